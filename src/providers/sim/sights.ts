// What is seen of machines and of their parts: by id, by name, and in lists. A machine is gone only when its parts are gone as well;
// machines are always asked for first, since their parts stand alone from the moment at which they go.

import { orNull } from "../../cloud-http/faults.ts";
import { type KnownMachine, type MachineRef, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { findEach, lookEach } from "../../ports/look-each.ts";
import { type Found, type Listing, type Look, ProviderFault } from "../../ports/provider.ts";
import { asked, realmFault } from "./faults.ts";
import { explained, explainedAbsence } from "./observe.ts";
import {
  belongingOf,
  belongs,
  type Desk,
  handleOf,
  handleParts,
  hasParts,
  type ListedParts,
  loneParts,
  observeParts,
  ourLoneParts,
  ownerOf,
  partsId,
  readPartsId,
} from "./parts.ts";
import type { SimMachine } from "./schema.ts";

/** One search for all, and one list of lone parts where a machine is missing. */
export async function lookup(
  desk: Desk,
  { installation: owner, machines }: { readonly installation: string; readonly machines: readonly MachineRef[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const there = await machinesOf(desk, { owner, names: machines.map(({ name }) => name) }, signal);
  let listed: Promise<ListedParts> | null = null;
  return findEach(machines, async ({ name, realm, handle }) => {
    const mine = there.filter((machine) => machine.name === name);
    if (mine.length > 0) return Promise.all(mine.map((machine) => explained(desk, machine, signal)));
    const { parts } = await desk.traits(signal);
    if (!hasParts(parts)) return [];
    const lone = listedAt(realm, await (listed ??= loneParts(desk, signal)));
    const belonging = { owner, names: [name], ids: handleParts(handle) };
    const left = lone.parts.filter((part) => belongs(part, belonging, parts));
    return [observeParts(left, { owner, name, externalId: partsId({ owner, name }) }) ?? []].flat();
  });
}

/** All that have not ended, by exact names and owner. */
export async function machinesOf(
  { api }: Desk,
  { owner, names }: { readonly owner: string; readonly names: readonly string[] },
  signal: AbortSignal,
): Promise<readonly SimMachine[]> {
  const machines = await asked(api.findByNames(names, signal));
  return machines
    .filter(({ labels }) => ownerOf(labels) === owner)
    .filter(({ name, state }) => names.includes(name) && state !== "terminated");
}

/** Throws where nothing is known of the parts in this realm. */
export function listedAt(realm: string, lone: ListedParts): ListedParts {
  if (lone.unlisted.includes(realm)) throw new ProviderFault(realmFault(realm));
  return lone;
}

/** One machine by itself; several at once, unless one that is missing fails the whole. */
export async function look(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Look>> {
  // All of them, before parts are listed for any: those of one that went after that list would be in neither answer.
  const there = await machinesThere(desk, machines, signal);
  let listed: Promise<ListedParts> | null = null;
  const lone = (): Promise<ListedParts> => (listed ??= loneParts(desk, signal));
  return lookEach(machines, async (wanted) => {
    const machine = await there(wanted);
    if (machine === null || readPartsId(wanted.externalId) === null) {
      return lookAt({ desk, wanted, lone, signal }, machine);
    }
    // What came to be after only its parts had been seen is no machine to be used, and goes with them.
    const observed = await explained(desk, machine, signal);
    return { ...observed, externalId: wanted.externalId, state: observed.state === "stopping" ? "stopping" : "error" };
  });
}

/** What was found of each once all had been asked for; null: nothing. It throws what was said in place of an answer. */
type There = (wanted: KnownMachine) => Promise<SimMachine | null>;

async function machinesThere(desk: Desk, machines: readonly KnownMachine[], signal: AbortSignal): Promise<There> {
  const { api } = desk;
  const ids = machines.map(({ externalId }) => externalId).filter((id) => readPartsId(id) === null);
  const together = ids.length > 1 ? await orNull(asked(api.getMany(ids, signal))) : null;
  const seen = new Map((together?.machines ?? []).map((machine) => [machine.id, machine]));
  const named = lateOnes(desk, machines, signal);
  const find = async ({ externalId, realm }: KnownMachine): Promise<SimMachine | null> => {
    const alone = readPartsId(externalId);
    if (alone !== null) return named(alone);
    if (together === null) return orNull(asked(api.get(externalId, signal)));
    const machine = seen.get(externalId);
    if (machine !== undefined) return machine;
    if (together.unreachableRealms.includes(realm)) throw new ProviderFault(realmFault(realm));
    return null;
  };
  const answers = new Map(machines.map((machine) => [machine, find(machine)]));
  await Promise.allSettled(answers.values());
  return async (machine) => (await answers.get(machine)) ?? null;
}

type Alone = NonNullable<ReturnType<typeof readPartsId>>;

/** Those that came to be after only their parts had been seen: one search for all of an owner. */
function lateOnes(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): (alone: Alone) => Promise<SimMachine | null> {
  const alone = machines.flatMap(({ externalId }) => readPartsId(externalId) ?? []);
  const searches = new Map<string, Promise<readonly SimMachine[]>>();
  return async ({ owner, name }) => {
    const names = alone.filter((one) => one.owner === owner).map((one) => one.name);
    const search = searches.get(owner) ?? machinesOf(desk, { owner, names }, signal);
    searches.set(owner, search);
    return (await search).find((machine) => machine.name === name) ?? null;
  };
}

interface Looking {
  readonly desk: Desk;
  readonly wanted: KnownMachine;
  /** Asked for once in all, by the first for whom it matters. */
  readonly lone: () => Promise<ListedParts>;
  readonly signal: AbortSignal;
}

async function lookAt({ desk, wanted, lone, signal }: Looking, machine: SimMachine | null): Promise<Observed | null> {
  if (machine !== null && machine.state !== "terminated") {
    return remembering(await explained(desk, machine, signal), wanted);
  }
  const { parts } = await desk.traits(signal);
  const end = async (): Promise<Observed | null> =>
    machine === null ? explainedAbsence(desk.api, wanted, signal) : explained(desk, machine, signal);
  if (!hasParts(parts)) return end();
  const belonging = belongingOf(wanted);
  const owner = belonging.owner ?? (machine === null ? null : ownerOf(machine.labels));
  const { externalId, name, realm, isLeaving } = wanted;
  const left = listedAt(realm, await lone()).parts.filter((part) => belongs(part, { ...belonging, owner }, parts));
  const observed = observeParts(left, { externalId, name, owner });
  const fault = isLeaving ? null : ((await end())?.fault ?? null);
  if (observed !== null) return { ...observed, fault: fault ?? observed.fault };
  // Parts may be too new to be listed: that it has gone is said only of what was asked to go, and then it is no news.
  return fault === null ? null : { ...UNSEEN, externalId, name, realm, fault };
}

const UNSEEN = { state: "error", privateAddress: null, publicAddress: null, handle: null } as const;

/** Parts that are taken off a machine on its way out are still its own. */
function remembering(observed: Observed, { handle }: KnownMachine): Observed {
  if (observed.state !== "stopping") return observed;
  const parts = [...new Set([...handleParts(handle), ...handleParts(observed.handle)])];
  const { operation, owner } = observed.handle ?? {};
  const known = { owner: typeof owner === "string" ? owner : null, parts };
  return { ...observed, handle: handleOf({ ...known, operation: typeof operation === "string" ? operation : null }) };
}

export async function list(
  desk: Desk,
  of: { readonly installation: string; readonly cursor: string | null },
  signal: AbortSignal,
): Promise<Listing> {
  const { api } = desk;
  const { installation, cursor } = of;
  const labels = { [OWNER_LABELS.installation]: installation };
  const has = hasParts((await desk.traits(signal)).parts);
  const [page, first] = await Promise.all([
    asked(api.list({ labels, ...(cursor === null ? {} : { cursor }) }, signal)),
    has && cursor === null ? loneParts(desk, signal) : null,
  ]);
  // One that has ended may have left parts that are not listed yet, so that it is gone would be no proof: it is looked at by itself.
  const there = page.machines.filter(({ state }) => !has || state !== "terminated");
  const machines = await Promise.all(there.map((machine) => explained(desk, machine, signal)));
  const alone = first === null ? [] : ourLoneParts(first, installation);
  const unlisted = new Set([...page.unreachableRealms, ...(first?.unlisted ?? [])]);
  return { machines: [...machines, ...alone], next: page.next, unlisted: [...unlisted] };
}
