// What is seen of machines: by name, by id, in lists. A server is absent only where Nova itself says so, and a machine only when its
// parts are gone as well.

import { orNull } from "../../cloud-http/faults.ts";
import { chunks } from "../../cloud-http/pages.ts";
import type { KnownMachine, MachineRef, Observed } from "../../core/machine.ts";
import { findEach, lookEach } from "../../ports/look-each.ts";
import { type Found, type Listing, type Look, ProviderFault } from "../../ports/provider.ts";
import { areKeysDue } from "../../ports/recall.ts";
import { type Desk, makesPorts } from "./desk.ts";
import { silentFault } from "./faults.ts";
import { handleParts, inCompany, nameIn, ownerOf, type Part, partsId, readPartsId, type Whose } from "./names.ts";
import { getServer, hasSilentCell, listServers, serversNamed, zoneNames } from "./nova.ts";
import { isUnexplained, observe } from "./observe.ts";
import {
  areLone,
  findParts,
  mayHaveParts,
  networkPartsOf,
  observeParts,
  ourParts,
  ownedBy,
  ownedOf,
  type OwnedParts,
  partsOf,
} from "./parts.ts";
import type { Server } from "./schema.ts";

/** So many servers in ERROR are asked for their reason at once. */
const EXPLAINED_AT_ONCE = 8;

/** All servers of exactly this name and owner, oldest first. */
export async function serversOf(
  { session }: Desk,
  { owner, name }: Whose,
  signal: AbortSignal,
): Promise<readonly Server[]> {
  return ofThem(await serversNamed(session, [name], signal), { owner, name });
}

function ofThem(servers: readonly Server[], { owner, name }: Whose): readonly Server[] {
  const ours = servers.filter((server) => isNamed(server, name) && ownerOf(server.metadata ?? {}) === owner);
  return ours.toSorted((a, b) => createdAt(a) - createdAt(b));
}

const isNamed = ({ name, metadata = {} }: Server, wanted: string): boolean => (nameIn(metadata) ?? name) === wanted;

const createdAt = ({ created = "" }: Server): number => Date.parse(created) || 0;

/** One list for all of a deployment. */
export async function lookup(
  desk: Desk,
  { installation: owner, machines }: { readonly installation: string; readonly machines: readonly MachineRef[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const names = machines.map(({ name }) => name);
  const there = await serversNamed(desk.session, names, signal);
  let isSilent: Promise<boolean> | null = null;
  return findEach(machines, async ({ name, realm, handle }) => {
    const servers = ofThem(there, { owner, name });
    if (servers.length > 0)
      return Promise.all(servers.map(async (one) => seen(desk, await explained(desk, one, signal), signal)));
    if (await (isSilent ??= hasSilentCell(desk.session, signal))) throw new ProviderFault(CELL_AWAY);
    const owned = { owner, name, realm };
    const parts = await partsOf(desk, { name, owned, known: handleParts(handle) }, signal);
    return [observeParts(parts, { externalId: partsId(owned), name, realm, owner }) ?? []].flat();
  });
}

const CELL_AWAY = silentFault(
  "cell_silent",
  "a cell of the cloud does not answer, so that nobody can say what is there",
);

/** With the parts that are known to be made for it. */
async function seen(desk: Desk, server: Server, signal: AbortSignal): Promise<Observed> {
  return observe(server, idsOf(await networkPartsOf(desk, ownedBy(server), signal)));
}

const idsOf = (parts: readonly Part[]): readonly Part[] => parts.map(({ kind, id }) => ({ kind, id }));

/** What is there by itself, since lists do not tell every reason. */
async function explained({ session }: Desk, server: Server, signal: AbortSignal): Promise<Server> {
  if (!isUnexplained(server)) return server;
  return (await orNull(getServer(session, server.id, signal))) ?? server;
}

/** One list for all of a deployment, and a direct look at those that it lacks: only that is proof. */
export async function look(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Look>> {
  const { session } = desk;
  const servers = machines.filter(({ externalId }) => readPartsId(externalId) === null);
  const listed = await serversNamed(session, inCompany(servers.map(({ name }) => name)), signal);
  const byId = new Map(listed.map((server) => [server.id, server]));
  return lookEach(machines, async (machine) => {
    const alone = readPartsId(machine.externalId);
    if (alone !== null) return lookAtParts(desk, { machine, alone }, signal);
    const found = byId.get(machine.externalId) ?? (await orNull(getServer(session, machine.externalId, signal)));
    if (found !== null) return observedAs(await explained(desk, found, signal), machine);
    return leftOf(desk, machine, signal);
  });
}

/** In a cell that does not answer, Nova knows no more of it than that it is there. */
function observedAs(server: Server, { name, realm, handle }: KnownMachine): Observed {
  const observed = observe(server, handleParts(handle));
  if (server.name !== undefined) return { ...observed, handle: observed.handle ?? handle };
  return { ...observed, name, realm, state: "unknown", handle };
}

async function leftOf(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<Observed | null> {
  if (!mayHaveParts(desk, machine)) return null;
  const owned = ownedOf(machine);
  const { externalId, name, realm } = machine;
  const parts = await partsOf(desk, { name, owned, known: handleParts(machine.handle) }, signal);
  return observeParts(parts, { externalId, name, realm, owner: owned?.owner ?? null });
}

/** What came to be after only its parts had been seen is no machine to be used, and goes with them. */
async function lookAtParts(
  desk: Desk,
  { machine, alone }: { readonly machine: KnownMachine; readonly alone: Whose },
  signal: AbortSignal,
): Promise<Observed | null> {
  const [late] = await serversOf(desk, alone, signal);
  if (late === undefined) {
    if (await hasSilentCell(desk.session, signal)) throw new ProviderFault(CELL_AWAY);
    return leftOf(desk, machine, signal);
  }
  const observed = observedAs(late, machine);
  const { externalId } = machine;
  return { ...observed, externalId, state: observed.state === "stopping" ? "stopping" : "error" };
}

export async function list(
  desk: Desk,
  { installation, cursor }: { readonly installation: string; readonly cursor: string | null },
  signal: AbortSignal,
): Promise<Listing> {
  const { session } = desk;
  const { servers, next } = await listServers(session, cursor, signal);
  const ours = servers.filter(({ metadata = {} }) => ownerOf(metadata) === installation);
  const told: Server[] = [];
  for (const some of chunks(ours, EXPLAINED_AT_ONCE)) {
    told.push(...(await Promise.all(some.map((server) => explained(desk, server, signal)))));
  }
  // Such a server is somewhere, and may be anybody's.
  const isSilent = servers.some(({ name }) => name === undefined);
  const unlisted = isSilent ? await zoneNames(session, signal) : [];
  // After the servers, so that none of them has lost its parts to one that ended in between.
  const isFirst = cursor === null;
  const keys = isFirst && areKeysDue(desk.keys, ours.some(isUnderWay));
  const parts = isFirst ? ourParts(await findParts(desk, { keys }, signal), installation) : null;
  const machines = told.map((server) => withParts(desk, server, parts));
  const shown = new Set(machines.map(({ name }) => name));
  const alone = [...(parts?.values() ?? [])].filter(
    (of) => !shown.has(of.owned.name) && areLone(of, { isWhole: !isSilent }),
  );
  const lone = await loneMachines(desk, alone, signal);
  if (keys) desk.keys.isLone = lone.some(({ handle }) => handleParts(handle).some(({ kind }) => kind === "key"));
  return { machines: [...machines, ...lone], next, unlisted };
}

/** About to be otherwise, so that the next list comes soon. */
const isUnderWay = ({ status, "OS-EXT-STS:task_state": task }: Server): boolean =>
  status === "BUILD" || (task ?? "") !== "";

type ByMachine = ReadonlyMap<string, OwnedParts>;

/** `parts`: null where they were not asked for, so that nothing new is known of ports. */
function withParts(desk: Desk, server: Server, parts: ByMachine | null): Observed {
  const observed = observe(server);
  if (parts === null) return makesPorts(desk) ? { ...observed, handle: null } : observed;
  return observe(server, idsOf(parts.get(observed.name)?.parts ?? []));
}

/** Those whose server is not there, nor about to take them. */
async function loneMachines(
  desk: Desk,
  alone: readonly OwnedParts[],
  signal: AbortSignal,
): Promise<readonly Observed[]> {
  const lone: Observed[] = [];
  for (const some of chunks(alone, NAMES_MOST)) {
    const names = some.map(({ owned }) => owned.name);
    const servers = await serversNamed(desk.session, names, signal);
    const taken = new Set(servers.map((server) => ownedBy(server)?.name));
    for (const { owned, parts } of some) {
      const as = { ...owned, externalId: partsId(owned) };
      if (!taken.has(owned.name)) lone.push(...[observeParts(parts, as) ?? []].flat());
    }
  }
  return lone;
}

/** Names in one question to Nova: more make an address that is too long. */
const NAMES_MOST = 50;
