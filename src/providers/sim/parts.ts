// Parts of machines: which of them belong to which machine, what stands alone, and how that is shown. A part that we make has the
// machine's labels and one more with its name; one that the cloud makes along is named after the machine, and on some clouds nothing
// else tells whose it is.

import { pages } from "../../cloud-http/pages.ts";
import type { Fault } from "../../core/fault.ts";
import { type Handle, type KnownMachine, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import type { PartQuery, PartTraits } from "../../../datacentre/src/tenant-api.ts";
import type { TenantCloud } from "./client.ts";
import { asked, machineFault } from "./faults.ts";
import type { SimTraits } from "./offers-schema.ts";
import type { SimPart } from "./schema.ts";

/** A tenant's cloud, and what it tells of itself, asked for once. */
export interface Desk {
  readonly api: TenantCloud;
  /** Pauses between looks at what takes a while. Rejects with the signal's reason. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  traits(signal: AbortSignal): Promise<SimTraits>;
}

export function deskOf(api: TenantCloud, sleep: Desk["sleep"]): Desk {
  let known: SimTraits | null = null;
  return {
    api,
    sleep,
    async traits(signal) {
      signal.throwIfAborted();
      known ??= await asked(api.traits(signal));
      return known;
    },
  };
}

/** False where machines are of one piece, so that nobody has to look for parts. */
export function hasParts({ needed, implied, publicByPart, keys }: PartTraits): boolean {
  return needed.length > 0 || implied.length > 0 || publicByPart || keys;
}

/** Name of the machine, on parts that we make. */
const MACHINE_LABEL = "slipway-machine";

export function partLabels(name: string, labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...labels, [MACHINE_LABEL]: name };
}

/** As the cloud names what it makes along with a machine. */
const MADE_ALONG = /-(?:port|volume|address)(?:-\d+)?$/;

const machineOf = ({ name, labels }: SimPart): string => labels[MACHINE_LABEL] ?? name.replace(MADE_ALONG, "");

export const ownerOf = (labels: Readonly<Record<string, string>>): string | null =>
  labels[OWNER_LABELS.installation] ?? null;

/** By which parts are known to belong to one machine. */
export interface Belonging {
  /** Null: nobody knows any more whose it was, and only ids count. */
  readonly owner: string | null;
  readonly names: readonly string[];
  readonly ids: readonly string[];
}

export function belongingOf({ name, externalId, handle }: KnownMachine): Belonging {
  const alone = readPartsId(externalId);
  const owner = alone?.owner ?? handleOwner(handle);
  return { owner, names: alone === null ? [name] : [alone.name], ids: handleParts(handle) };
}

export function belongs(part: SimPart, { owner, names, ids }: Belonging, { labelled }: PartTraits): boolean {
  if (ids.includes(part.id)) return true;
  if (owner === null || !names.includes(machineOf(part))) return false;
  const own = ownerOf(part.labels);
  return own === owner || (own === null && !labelled);
}

const PARTS_ID = /^parts:(?<owner>[^/]*)\/(?<name>.+)$/;

/** The id of a machine of which only parts are there: it stays the same whichever parts those are. */
export function partsId({ owner, name }: { readonly owner: string; readonly name: string }): string {
  return `parts:${owner}/${name}`;
}

export function readPartsId(externalId: string): { readonly owner: string; readonly name: string } | null {
  const { owner, name } = PARTS_ID.exec(externalId)?.groups ?? {};
  return owner === undefined || name === undefined ? null : { owner, name };
}

/** What has to be known of a machine besides its id; null: nothing. */
export function handleOf(of: {
  readonly owner: string | null;
  readonly operation?: string | null;
  readonly parts: readonly string[];
}): Handle | null {
  const { owner, operation = null, parts } = of;
  const known = {
    ...(owner === null ? {} : { owner }),
    ...(operation === null ? {} : { operation }),
    ...(parts.length === 0 ? {} : { parts }),
  };
  return Object.keys(known).length === 0 ? null : known;
}

function handleOwner(handle: Handle | null): string | null {
  const owner = handle?.["owner"];
  return typeof owner === "string" ? owner : null;
}

export function handleParts(handle: Handle | null): readonly string[] {
  const parts = handle?.["parts"];
  return typeof parts === "object" ? parts : [];
}

export interface ListedParts {
  readonly parts: readonly SimPart[];
  /** Realms that the cloud said nothing of. */
  readonly unlisted: readonly string[];
}

/** All parts that are in no machine, whoever's. */
export function loneParts(desk: Desk, signal: AbortSignal): Promise<ListedParts> {
  return partsLike(desk, { isLone: true }, signal);
}

export async function partsLike(desk: Desk, query: PartQuery, signal: AbortSignal): Promise<ListedParts> {
  const found: SimPart[] = [];
  const unlisted = await eachPart(desk, { query, take: async (part) => void found.push(part) }, signal);
  return { parts: found, unlisted };
}

/** Page by page, so that something has come of it where the whole takes longer than there is time. Gives the realms that nothing was said of. */
export async function eachPart(
  { api, sleep }: Desk,
  { query, take }: { readonly query: PartQuery; readonly take: (part: SimPart) => Promise<void> },
  signal: AbortSignal,
): Promise<readonly string[]> {
  const unlisted = new Set<string>();
  const read = async (cursor: string | null) => {
    const page = await asked(api.listParts({ ...query, ...(cursor === null ? {} : { cursor }) }, signal));
    page.unreachableRealms.forEach((realm) => unlisted.add(realm));
    return { items: page.parts, next: page.next };
  };
  for await (const part of pages(read, { signal, sleep })) await take(part);
  return [...unlisted];
}

const NOTHING_SEEN = { privateAddress: null, publicAddress: null } as const;

/** Parts of one machine without it, shown as a machine in `error`; as one that goes while all of them do. Null: there are none. */
export function observeParts(
  parts: readonly SimPart[],
  as: { readonly externalId: string; readonly name: string; readonly owner: string | null },
): Observed | null {
  const [first] = parts;
  if (first === undefined) return null;
  const { owner, ...named } = as;
  const seen = { ...named, realm: first.realm, ...NOTHING_SEEN };
  const handle = handleOf({ owner, parts: parts.map(({ id }) => id) });
  if (parts.every(({ state }) => state === "removing")) return { ...seen, state: "stopping", fault: null, handle };
  return { ...seen, state: "error", fault: aloneFault(parts), handle };
}

function aloneFault(parts: readonly SimPart[]): Fault {
  const broken = parts.find(({ fault }) => fault !== null)?.fault ?? null;
  if (broken !== null) return machineFault(broken);
  const text = `of the machine only parts are there: ${parts.map(({ name }) => name).join(", ")}`;
  const [code, requestId, retryAfterMs] = ["parts_alone", null, null] as const;
  return { class: "transient", scope: "realm", effect: "made", code, text, requestId, retryAfterMs };
}

/** Lone parts of this installation by the machine that they were made for, those left out that are going already. */
export function ourLoneParts({ parts }: ListedParts, installation: string): readonly Observed[] {
  const ours = parts.filter(({ labels, state }) => ownerOf(labels) === installation && state !== "removing");
  return [...Map.groupBy(ours, machineOf)].flatMap(([name, some]) => {
    const at = { owner: installation, name };
    return observeParts(some, { ...at, externalId: partsId(at) }) ?? [];
  });
}
