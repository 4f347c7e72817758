// What is seen of machines and of their parts: by id, by name, and in lists. A machine is gone only when its parts are gone as well;
// machines are always asked for first, since their parts stand alone from the moment at which they go.

import { type KnownMachine, type MachineRef, type Observed, OWNER_LABELS } from "../../core/machine.ts";
import { lookEach } from "../../ports/look-each.ts";
import { type Listing, type Look, ProviderFault } from "../../ports/provider.ts";
import { asked, orNull, realmFault } from "./faults.ts";
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

interface Wanted {
  readonly installation: string;
  readonly machine: Pick<MachineRef, "name" | "realm" | "handle">;
}

export async function lookup(
  desk: Desk,
  { installation, machine: { name, realm, handle } }: Wanted,
  signal: AbortSignal,
): Promise<readonly Observed[]> {
  const machines = await machinesOf(desk, { owner: installation, name }, signal);
  if (machines.length > 0) return Promise.all(machines.map((machine) => explained(desk, machine, signal)));
  const at = { owner: installation, name };
  const { parts } = await desk.traits(signal);
  if (!hasParts(parts)) return [];
  const lone = listedAt(realm, await loneParts(desk, signal));
  const belonging = { owner: installation, names: [name], ids: handleParts(handle) };
  const mine = lone.parts.filter((part) => belongs(part, belonging, parts));
  return [observeParts(mine, { ...at, externalId: partsId(at) }) ?? []].flat();
}

/** All that have not ended, by exact name and owner. */
export async function machinesOf(
  { api }: Desk,
  { owner, name }: { readonly owner: string; readonly name: string },
  signal: AbortSignal,
): Promise<readonly SimMachine[]> {
  const machines = await asked(api.findByName(name, signal));
  return machines
    .filter(({ labels }) => ownerOf(labels) === owner)
    .filter((machine) => machine.name === name && machine.state !== "terminated");
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
  const { api } = desk;
  const ids = machines.map(({ externalId }) => externalId).filter((id) => readPartsId(id) === null);
  const together = ids.length > 1 ? await orNull(asked(api.getMany(ids, signal))) : null;
  const seen = new Map((together?.machines ?? []).map((machine) => [machine.id, machine]));
  const find = async ({ externalId, realm }: KnownMachine): Promise<SimMachine | null> => {
    if (together === null) return orNull(asked(api.get(externalId, signal)));
    const machine = seen.get(externalId);
    if (machine !== undefined) return machine;
    if (together.unreachableRealms.includes(realm)) throw new ProviderFault(realmFault(realm));
    return null;
  };
  let listed: Promise<ListedParts> | null = null;
  const lone = (): Promise<ListedParts> => (listed ??= loneParts(desk, signal));
  return lookEach(machines, async (wanted) => {
    const alone = readPartsId(wanted.externalId);
    if (alone === null) return lookAt({ desk, wanted, lone, signal }, await find(wanted));
    // What came to be after only its parts had been seen is no machine to be used, and goes with them.
    const [late = null] = await machinesOf(desk, alone, signal);
    if (late === null) return lookAt({ desk, wanted, lone, signal }, null);
    const observed = await explained(desk, late, signal);
    return { ...observed, externalId: wanted.externalId, state: observed.state === "stopping" ? "stopping" : "error" };
  });
}

interface Looking {
  readonly desk: Desk;
  readonly wanted: KnownMachine;
  /** Asked for once in all, by the first for whom it matters. */
  readonly lone: () => Promise<ListedParts>;
  readonly signal: AbortSignal;
}

async function lookAt({ desk, wanted, lone, signal }: Looking, machine: SimMachine | null): Promise<Observed | null> {
  if (machine !== null && machine.state !== "terminated")
    return remembering(await explained(desk, machine, signal), wanted);
  const { parts } = await desk.traits(signal);
  const end = async (): Promise<Observed | null> =>
    machine === null ? explainedAbsence(desk.api, wanted, signal) : explained(desk, machine, signal);
  if (!hasParts(parts)) return end();
  const belonging = belongingOf(wanted);
  const owner = belonging.owner ?? (machine === null ? null : ownerOf(machine.labels));
  const { externalId, name, realm } = wanted;
  const left = listedAt(realm, await lone()).parts.filter((part) => belongs(part, { ...belonging, owner }, parts));
  const observed = observeParts(left, { externalId, name, owner });
  if (observed === null) return end();
  return { ...observed, fault: (await end())?.fault ?? observed.fault };
}

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
  const hasEnded = page.machines.some(({ state }) => state === "terminated");
  // Anew: what ended may have done so since.
  const left = has && hasEnded ? await loneParts(desk, signal) : null;
  const machines = await Promise.all(page.machines.map((machine) => sightOf(desk, { machine, left, signal })));
  const shown = machines.filter((observed) => observed !== null);
  const names = new Set(shown.filter(({ state }) => state === "error").map(({ name }) => name));
  const alone = first === null ? [] : ourLoneParts(first, installation).filter(({ name }) => !names.has(name));
  const unlisted = new Set([...page.unreachableRealms, ...(first?.unlisted ?? []), ...(left?.unlisted ?? [])]);
  return { machines: [...shown, ...alone], next: page.next, unlisted: [...unlisted] };
}

interface Sighting {
  readonly machine: SimMachine;
  /** What stands alone by now; null: nothing can. */
  readonly left: ListedParts | null;
  readonly signal: AbortSignal;
}

/** Null for one that has ended where nobody knows of its parts: that it is gone would be no proof. */
async function sightOf(desk: Desk, { machine, left, signal }: Sighting): Promise<Observed | null> {
  const observed = await explained(desk, machine, signal);
  if (machine.state !== "terminated" || left === null) return observed;
  const { id: externalId, name, realm, labels } = machine;
  if (left.unlisted.includes(realm)) return null;
  const { parts } = await desk.traits(signal);
  const owner = ownerOf(labels);
  const own = left.parts.filter((part) => belongs(part, { owner, names: [name], ids: machine.parts }, parts));
  return observeParts(own, { externalId, name, owner }) ?? observed;
}
