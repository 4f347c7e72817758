// Parts of machines: the port and the floating address that are made before the server, and what is left when it has gone.

import { orNull } from "../../cloud-http/faults.ts";
import type { Fault } from "../../core/fault.ts";
import type { KnownMachine, Observed } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { type Desk, makesParts } from "./desk.ts";
import {
  handleOf,
  handleOwner,
  handleParts,
  type Owned,
  ownerOf,
  type Part,
  readDescription,
  readPartsId,
} from "./names.ts";
import { observe } from "./observe.ts";
import { deletePart, findParts, type FoundPart, getPart } from "./neutron.ts";
import type { Server } from "./schema.ts";

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

/** False where nothing was, or is, made for machines that could be left behind. */
export function mayHaveParts(desk: Desk, { externalId, handle }: KnownMachine): boolean {
  return makesParts(desk) || handleParts(handle).length > 0 || readPartsId(externalId) !== null;
}

/** What is there of a machine's parts: by its name and by their ids. */
export async function partsOf(
  { session }: Desk,
  of: { readonly owned: Owned | null; readonly known: readonly Part[] },
  signal: AbortSignal,
): Promise<readonly FoundPart[]> {
  const found = of.owned === null ? [] : await findParts(session, of.owned, signal);
  const missing = of.known.filter(({ id }) => !found.some((part) => part.id === id));
  const asked = await Promise.all(missing.map((part) => orNull(getPart(session, part, signal))));
  return [...found, ...asked.filter((part) => part !== null)];
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
  const kinds = parts.map(({ kind }) => (kind === "port" ? "a port" : "a floating address"));
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

/** True when no server has a port of them. */
export const areLone = ({ parts }: OwnedParts): boolean => parts.every(({ server }) => server === null);
