// Parts of machines: the key, the port and the floating address that are made before the server, and what is left when it has gone.

import { orNull } from "../../cloud-http/faults.ts";
import type { Fault } from "../../core/fault.ts";
import type { KnownMachine, Observed } from "../../core/machine.ts";
import { pages } from "../../cloud-http/pages.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { type Desk, makesPorts } from "./desk.ts";
import {
  descriptionOf,
  handleOf,
  handleOwner,
  handleParts,
  keyPart,
  type Owned,
  ownerOf,
  type Part,
  type PartKind,
  readDescription,
  readKeyName,
  readPartsId,
} from "./names.ts";
import { deleteVolume, getVolume } from "./cinder.ts";
import { deleteNetworkPart, findNetworkParts, type FoundPart, getNetworkPart } from "./neutron.ts";
import { deleteKey, getKey, keysPage } from "./nova.ts";
import { NO_ZONE, observe } from "./observe.ts";
import type { Server } from "./schema.ts";
import type { Session } from "./session.ts";

/** Whose parts a machine has; null: nobody knows any more, and only those in its handle count. */
export function ownedOf({ name, externalId, handle, realm }: KnownMachine): Owned | null {
  const owner = handleOwner(handle);
  const whose = readPartsId(externalId) ?? (owner === null ? null : { owner, name });
  return whose === null ? null : { ...whose, realm };
}

export function ownedBy(server: Server): Owned | null {
  const owner = ownerOf(server.metadata ?? {});
  const { name, realm } = observe(server);
  return owner === null ? null : { owner, name, realm };
}

/**
 * False where nothing was, or is, made for machines that could be left behind. A handle names the key; without one, there may be a key that
 * nobody has told of.
 */
export function mayHaveParts(desk: Desk, { externalId, handle }: KnownMachine): boolean {
  return makesPorts(desk) || handle === null || handleParts(handle).length > 0 || readPartsId(externalId) !== null;
}

interface PartsOf {
  /** Our name for the machine. */
  readonly name: string;
  readonly owned: Owned | null;
  readonly known: readonly Part[];
}

/** What is there of a machine's parts: by its name and by their ids. */
export async function partsOf(
  desk: Desk,
  { name, owned, known }: PartsOf,
  signal: AbortSignal,
): Promise<readonly FoundPart[]> {
  const { session } = desk;
  const found = await networkPartsOf(desk, owned, signal);
  const project = await session.projectId(signal);
  const keys = owned === null ? await keysNamed(session, name, signal) : [keyPart({ ...owned, project })];
  const expected = new Map([...known, ...keys].map((part) => [`${part.kind} ${part.id}`, part]));
  const missing = [...expected.values()].filter(({ id }) => !found.some((part) => part.id === id));
  const asked = await Promise.all(missing.map((part) => orNull(getPart(session, part, signal))));
  return [...found, ...asked.filter((part) => part !== null)];
}

/** Those at Neutron alone. */
export async function networkPartsOf(
  desk: Desk,
  owned: Owned | null,
  signal: AbortSignal,
): Promise<readonly FoundPart[]> {
  return owned === null || !makesPorts(desk) ? [] : findNetworkParts(desk.session, owned, signal);
}

/** Names of machines are nobody else's, so that a key that has one is known even when nobody can say any more whose it is. */
async function keysNamed(session: Session, name: string, signal: AbortSignal): Promise<readonly Part[]> {
  const keys = await allKeys(session, signal);
  return keys.filter((key) => readKeyName(key)?.name === name).map((id) => ({ kind: "key", id }));
}

async function allKeys(session: Session, signal: AbortSignal): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const key of pages((cursor) => keysPage(session, cursor, signal), { signal })) keys.push(key);
  return keys;
}

/** Of everybody in the project; of keys, those of this user that were brought for machines in it. */
export async function findParts(
  desk: Desk,
  { keys: withKeys }: { readonly keys: boolean },
  signal: AbortSignal,
): Promise<readonly FoundPart[]> {
  const { session } = desk;
  const found = makesPorts(desk) ? await findNetworkParts(session, null, signal) : [];
  if (!withKeys) return found;
  const keys = await allKeys(session, signal);
  const project = await session.projectId(signal);
  return [...found, ...keys.filter((key) => readKeyName(key)?.project === project).map(foundKey)];
}

/** In which realm its machine was to be, a key does not tell. */
function foundKey(key: string): FoundPart {
  const whose = readKeyName(key);
  const description = whose === null ? "" : descriptionOf({ ...whose, realm: NO_ZONE });
  return { kind: "key", id: key, description, server: null };
}

/** Null for what turns out to be none of the machine's own. */
async function getPart(session: Session, { kind, id }: Part, signal: AbortSignal): Promise<FoundPart | null> {
  switch (kind) {
    case "key":
      return foundKey((await getKey(session, id, signal)).id);
    case "volume": {
      const found = await getVolume(session, id, signal);
      return found === null ? null : { ...found, description: "", server: null };
    }
    case "port":
    case "floatingip":
      return getNetworkPart(session, { kind, id }, signal);
  }
}

function deletePart(session: Session, { kind, id }: Part, signal: AbortSignal): Promise<void> {
  switch (kind) {
    case "key":
      return deleteKey(session, id, signal);
    case "volume":
      return deleteVolume(session, id, signal);
    case "port":
    case "floatingip":
      return deleteNetworkPart(session, { kind, id }, signal);
  }
}

/** All that are there, floating addresses first; throws the first refusal, when everything was tried. */
export async function removeParts({ session }: Desk, parts: readonly Part[], signal: AbortSignal): Promise<void> {
  const faults: ProviderFault[] = [];
  for (const part of [...parts].toSorted((a, b) => (a.kind < b.kind ? -1 : Number(a.kind > b.kind)))) {
    try {
      await orNull(deletePart(session, part, signal));
    } catch (error) {
      if (!(error instanceof ProviderFault)) throw error;
      faults.push(error);
    }
  }
  const [first] = faults;
  if (first !== undefined) throw first;
}

/** Parts of one machine that is not there, as a machine in `error`. Null: there are none. */
export function observeParts(
  parts: readonly Part[],
  as: Pick<Observed, "externalId" | "name" | "realm"> & { readonly owner: string | null },
): Observed | null {
  if (parts.length === 0) return null;
  const { externalId, name, realm, owner } = as;
  const kinds = parts.map(({ kind }) => WORDS[kind]);
  return {
    externalId,
    name,
    realm,
    state: "error",
    fault: { ...ALONE, text: `of the machine only ${kinds.join(" and ")} is there` },
    privateAddress: null,
    publicAddress: null,
    handle: handleOf(owner, parts),
  };
}

const WORDS: Readonly<Record<PartKind, string>> = {
  port: "a port",
  floatingip: "a floating address",
  key: "a key",
  volume: "a volume",
};

const ALONE: Omit<Fault, "text"> = {
  class: "transient",
  scope: "realm",
  effect: "made",
  code: "parts_alone",
  retryAfterMs: null,
  requestId: null,
};

/** Parts of this installation, by the machine that they were made for. */
export function ourParts(all: readonly FoundPart[], installation: string): ReadonlyMap<string, OwnedParts> {
  const ours = all.flatMap((part) => {
    const owned = readDescription(part.description);
    return owned?.owner === installation ? { part, owned } : [];
  });
  const byName = Map.groupBy(ours, ({ owned }) => owned.name);
  return new Map(
    [...byName].flatMap(([name, [first, ...others]]) => {
      if (first === undefined) return [];
      return [[name, { owned: first.owned, parts: [first, ...others].map(({ part }) => part) }] as const];
    }),
  );
}

export interface OwnedParts {
  readonly owned: Owned;
  readonly parts: readonly FoundPart[];
}

/**
 * True when no server has a port of them. A key does not tell whether one has it: by itself it is lone only where every server is known
 * (`isWhole`), and none of that name is among them.
 */
export function areLone({ parts }: OwnedParts, { isWhole }: { readonly isWhole: boolean }): boolean {
  return parts.every(({ kind, server }) => server === null && (isWhole || kind !== "key"));
}
