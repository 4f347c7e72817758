// OpenStack: Keystone, Nova, Glance and Neutron, at one address as DevStack has them.

import { CloudError } from "../../cloud-api.ts";
import { ShapeError } from "../../shape.ts";
import { findRoute } from "../../wire/http-route.ts";
import { parseJson } from "../../wire/json.ts";
import type { Door, Face, FaceReply, FaceRequest } from "../face.ts";
import { OPENSTACK_CLOUDS } from "./clouds.ts";
import { giveToken, requestIdOf, takeToken, versionsOf } from "./keystone.ts";
import { addressOf, type Service, SERVICES } from "./names.ts";
import { type Deed, PageAnswer, pageReply, Refusal, refusalReply, saidBy, UNAUTHENTICATED } from "./refusals.ts";
import type { Ask, Reading, Resource } from "./resource.ts";
import { ROUTES } from "./routes.ts";

export const openstackFace: Face = {
  name: "openstack",
  clouds: OPENSTACK_CLOUDS,
  open() {
    const unscoped = new Set<string>();
    let answered = 0;
    return async (request, door) => {
      const { status, headers = {}, body } = await answer(request, door, unscoped);
      const id = requestIdOf(++answered);
      const named = { "x-openstack-request-id": id, "x-compute-request-id": id };
      return { status, headers: { ...named, ...headers }, body };
    };
  },
};

interface Place {
  readonly service: Service;
  /** Below the service's own. */
  readonly path: string;
}

/** Null: no service is there. Nova and Glance are also found below what the catalogue says, and Nova with a project in its path. */
function placeOf({ path }: FaceRequest): Place | null {
  const [, service = "", , below = ""] = /^\/(identity|compute|image|network)\/(v[\d.]+)(\/.*)?$/.exec(path) ?? [];
  const found = (["identity", "compute", "image", "network"] as const).find((one) => one === service);
  if (found === undefined || !path.startsWith(SERVICES[found])) return null;
  const own = found === "compute" ? below.replace(/^\/[0-9a-f]{32}(?=\/)/, "") : below.replace(/\.json$/, "");
  return { service: found, path: own.replace(/\/$/, "") };
}

const TOKENS = "/auth/tokens";

async function answer(request: FaceRequest, door: Door, unscoped: Set<string>): Promise<FaceReply> {
  const place = placeOf(request);
  const { service, path } = place ?? { service: "compute" as const, path: "" };
  let deed: Deed = { kind: "server" };
  try {
    if (place === null || path === "") return await versions(request, door);
    if (service === "identity" && path === TOKENS && request.method === "POST") {
      return await giveToken(request, door, unscoped);
    }
    if (service === "identity" && path === TOKENS && request.method === "DELETE") return await takeToken(request, door);
    const session = request.headers["x-auth-token"] ?? "";
    const route = findRoute(ROUTES[service], { method: request.method, path });
    if (service !== "identity" && unscoped.has(session)) throw new Refusal(401, UNAUTHENTICATED);
    if (route === null) throw new PageAnswer(404);
    const { run, params } = route;
    const microversion = microversionOf(request);
    const reading = read(
      run,
      { params, query: request.query, address: addressOf(request), microversion },
      request.body,
    );
    deed = { kind: run.kind, ...reading.deed };
    const told = await door.ask({ session }, { operation: run.operation, ...reading.subject }, reading.answer);
    return replyOf(told, microversion);
  } catch (error) {
    return refused(error, { service, deed });
  }
}

function replyOf({ status = 200, headers = {}, body }: ReturnType<Reading["answer"]>, microversion: number): FaceReply {
  const version = `2.${microversion}`;
  const all = {
    "openstack-api-version": `compute ${version}`,
    "x-openstack-nova-api-version": version,
    ...(body === undefined ? {} : { "content-type": "application/json" }),
    ...headers,
  };
  return { status, headers: all, body: body === undefined ? "" : JSON.stringify(body) };
}

/** What makes no sense is refused when access has been checked. */
function read(resource: Resource, ask: Omit<Ask, "body">, written: string): Reading {
  try {
    return resource.read({ ...ask, body: parseJson(written, "body") });
  } catch (error) {
    const refuse = (): never => {
      throw error instanceof ShapeError ? malformed(error) : error;
    };
    return { answer: refuse };
  }
}

const malformed = ({ message }: ShapeError): Refusal => new Refusal(400, `Invalid input. ${message}`);

/** Of Zed. */
const NEWEST = 93;

/** `OpenStack-API-Version: compute 2.79`, or as it was before 2.27. 1 unless told. */
function microversionOf({ headers }: FaceRequest): number {
  const [, newer] = /\bcompute\s+(\S+)/i.exec(headers["openstack-api-version"] ?? "") ?? [];
  const wanted = newer ?? headers["x-openstack-nova-api-version"] ?? "2.1";
  if (wanted.toLowerCase() === "latest") return NEWEST;
  const minor = Number(/^2\.(\d+)$/.exec(wanted)?.[1] ?? Number.NaN);
  if (minor >= 1 && minor <= NEWEST) return minor;
  throw new Refusal(406, `Version ${wanted} is not supported by the API. Minimum is 2.1 and maximum is 2.${NEWEST}.`);
}

/** Needs no login. */
async function versions(request: FaceRequest, door: Door): Promise<FaceReply> {
  await door.pass({ operation: "describe" });
  const { path } = request;
  const address = addressOf(request);
  if (path.startsWith("/identity")) return versionsOf(request);
  const json = (body: object): FaceReply => {
    return { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  };
  const linked = (at: string) => [{ rel: "self", href: `${address}${at}/` }];
  const nova = {
    id: "v2.1",
    status: "CURRENT",
    version: `2.${NEWEST}`,
    min_version: "2.1",
    links: linked(SERVICES.compute),
  };
  if (path.startsWith(SERVICES.compute)) return json({ version: nova });
  if (/^\/compute\/?$/.test(path)) return json({ versions: [nova] });
  if (/^\/image\/?$/.test(path))
    return json({ versions: [{ id: "v2.16", status: "CURRENT", links: linked(SERVICES.image) }] });
  if (/^\/network\/?$/.test(path))
    return json({ versions: [{ id: "v2.0", status: "CURRENT", links: linked(SERVICES.network) }] });
  throw new PageAnswer(404);
}

function refused(error: unknown, { service, deed }: { readonly service: Service; readonly deed: Deed }): FaceReply {
  const said =
    error instanceof CloudError ? saidBy(error, deed) : error instanceof ShapeError ? malformed(error) : error;
  if (said instanceof PageAnswer) return pageReply(said);
  if (said instanceof Refusal) return refusalReply(said, service);
  throw said;
}
