// The datacentre's own API over HTTP, as its tenants use it.

import type { CloudApi, ListQuery, MachinePage } from "../../../datacentre/src/cloud-api.ts";
import type {
  ImageQuery,
  OfferQuery,
  Operation,
  PartQuery,
  PartRequest,
  TenantApi,
} from "../../../datacentre/src/tenant-api.ts";
import { readableJson } from "../../cloud-http/answer.ts";
import { jsonIn, UnreadableAnswer } from "../../cloud-http/read.ts";
import { pauseIn } from "../../cloud-http/retry-after.ts";
import { type Answer, send, type Sent } from "../../cloud-http/send.ts";
import type { Way } from "../../cloud-http/way.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { faultOf } from "./faults.ts";
import {
  readMachine,
  readMachines,
  readOperation,
  readPart,
  readParts,
  readPage,
  readProbeAnswer,
  readRefusal,
  readText,
  type Refusal,
  type SimMachine,
  type SimPart,
  type SimParts,
} from "./schema.ts";
import {
  readImages,
  readOffers,
  readRealms,
  readThings,
  readTraits,
  readUsage,
  type SimThings,
  type SimTraits,
} from "./offers-schema.ts";

type Seen<Page extends { readonly machines: unknown }> = Omit<Page, "machines"> & {
  readonly machines: readonly SimMachine[];
};

/** What of a tenant's rights is used here. */
export type TenantCloud = Pick<CloudApi, "console" | "probe"> &
  Pick<TenantApi, "realms" | "sizes" | "images" | "usage"> & {
    create(request: Parameters<CloudApi["create"]>[0], signal?: AbortSignal): Promise<SimMachine>;
    get(id: string, signal?: AbortSignal): Promise<SimMachine>;
    getMany(ids: readonly string[], signal?: AbortSignal): Promise<Seen<Omit<MachinePage, "next">>>;
    findByNames(names: readonly string[], signal?: AbortSignal): Promise<readonly SimMachine[]>;
    list(query: ListQuery, signal?: AbortSignal): Promise<Seen<MachinePage>>;
    start(id: string, signal?: AbortSignal): Promise<unknown>;
    reboot(id: string, signal?: AbortSignal): Promise<unknown>;
    remove(id: string, signal?: AbortSignal): Promise<SimMachine>;
    getOperation(id: string, signal?: AbortSignal): Promise<Pick<Operation, "fault">>;
    traits(signal?: AbortSignal): Promise<SimTraits>;
    things(signal?: AbortSignal): Promise<SimThings>;
    createPart(request: PartRequest, signal?: AbortSignal): Promise<SimPart>;
    getPart(id: string, signal?: AbortSignal): Promise<SimPart>;
    listParts(query: PartQuery, signal?: AbortSignal): Promise<SimParts>;
    detachPart(id: string, signal?: AbortSignal): Promise<unknown>;
    removePart(id: string, signal?: AbortSignal): Promise<unknown>;
  };

export interface SimAccess {
  readonly way: Way;
  readonly tenant: string;
  readonly key: string;
}

/** Every method rejects with a ProviderFault or the signal's reason. */
export function connectOverHttp({ way, tenant, key }: SimAccess): TenantCloud {
  const authorization = `Bearer ${tenant}:${key}`;

  async function ask<T>(request: Asked<T>, signal: AbortSignal = new AbortController().signal): Promise<T> {
    const { method, path, body, read } = request;
    const headers = { authorization, "content-type": "application/json" };
    const written = body === undefined ? {} : { body: JSON.stringify(body) };
    const answer = await send(way, { method, path, headers, ...written }, signal);
    if (answer.status !== 200) throw new ProviderFault(faultOf(refusalIn(answer)));
    return readableJson(answer, read);
  }

  return {
    traits: (signal) => ask({ method: "GET", path: "/v1/traits", read: readTraits }, signal),
    things: (signal) => ask({ method: "GET", path: "/v1/things", read: readThings }, signal),
    realms: (signal) => ask({ method: "GET", path: "/v1/realms", read: readRealms }, signal),
    sizes: (query, signal) => ask({ method: "GET", path: `/v1/sizes?${textsIn(query)}`, read: readOffers }, signal),
    images: (query, signal) => ask({ method: "GET", path: `/v1/images?${textsIn(query)}`, read: readImages }, signal),
    usage: (signal) => ask({ method: "GET", path: "/v1/usage", read: readUsage }, signal),
    create: (body, signal) => ask({ method: "POST", path: "/v1/machines", body, read: readMachine }, signal),
    get: (id, signal) => ask({ method: "GET", path: pathOf(id), read: readMachine }, signal),
    getOperation: (id, signal) =>
      ask({ method: "GET", path: `/v1/operations/${encodeURIComponent(id)}`, read: readOperation }, signal),
    getMany: (ids, signal) => ask({ method: "POST", path: "/v1/looks", body: { ids }, read: readPage }, signal),
    findByNames: ([name = "", ...others], signal) =>
      others.length === 0
        ? ask({ method: "GET", path: `/v1/names/${encodeURIComponent(name)}`, read: readMachines }, signal)
        : ask({ method: "POST", path: "/v1/searches", body: { names: [name, ...others] }, read: readMachines }, signal),
    list: (query, signal) => ask({ method: "GET", path: `/v1/machines?${queryOf(query)}`, read: readPage }, signal),
    start: (id, signal) => ask({ method: "POST", path: `${pathOf(id)}/start`, read: readMachine }, signal),
    reboot: (id, signal) => ask({ method: "POST", path: `${pathOf(id)}/reboot`, read: readMachine }, signal),
    remove: (id, signal) => ask({ method: "DELETE", path: pathOf(id), read: readMachine }, signal),
    createPart: (body, signal) => ask({ method: "POST", path: "/v1/parts", body, read: readPart }, signal),
    getPart: (id, signal) => ask({ method: "GET", path: partPathOf(id), read: readPart }, signal),
    listParts: (query, signal) => ask({ method: "GET", path: `/v1/parts?${queryOf(query)}`, read: readParts }, signal),
    detachPart: (id, signal) => ask({ method: "POST", path: `${partPathOf(id)}/detach`, read: readPart }, signal),
    removePart: (id, signal) => ask({ method: "DELETE", path: partPathOf(id), read: readPart }, signal),
    console: (id, signal) => ask({ method: "GET", path: `${pathOf(id)}/console`, read: readText }, signal),
    probe: (id, body, signal) =>
      ask({ method: "POST", path: `${pathOf(id)}/probe`, body, read: readProbeAnswer }, signal),
  };
}

interface Asked<T> extends Pick<Sent, "method" | "path"> {
  readonly body?: unknown;
  readonly read: (value: unknown) => T;
}

function pathOf(id: string): string {
  return `/v1/machines/${encodeURIComponent(id)}`;
}

function partPathOf(id: string): string {
  return `/v1/parts/${encodeURIComponent(id)}`;
}

function textsIn({ ...query }: OfferQuery | Omit<ImageQuery, "tags">): string {
  return new URLSearchParams(Object.entries(query).filter(([, value]) => typeof value === "string")).toString();
}

/** Texts as they are, whatever else as JSON. */
function queryOf({ ...query }: ListQuery | PartQuery): string {
  const written = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) written.set(key, typeof value === "string" ? value : JSON.stringify(value));
  }
  return written.toString();
}

/** Something else at that address, or in between, may answer as well. It has let nobody in where it says so; else nobody knows what it did. */
function refusalIn({ status, headers, body }: Answer): Refusal {
  try {
    return readRefusal(jsonIn(body));
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
    const message = `status ${status} from something that is no datacentre`;
    return { code: CODES.get(status) ?? "internal_error", message, retryAfterMs: pauseIn(headers) };
  }
}

/** What any server means by them. */
const CODES: ReadonlyMap<number, Refusal["code"]> = new Map([
  [401, "wrong_key"],
  [403, "forbidden"],
  [429, "throttled"],
] as const);
