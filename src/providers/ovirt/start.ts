// The start that the engine of Slipway asks for, once a machine stands still. Before the first one its interfaces and its disk are made
// what was asked for; all of it may be done again.

import { retold } from "../../cloud-http/faults.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { actOn, addNic, attachmentsOf, bootDiskIn, deleteNic, getVm, growDisk, nicsOf, putNic } from "./engine.ts";
import { faultOf } from "./faults.ts";
import { readComment, type Wanted, wantedIn } from "./names.ts";
import { isStarted } from "./observe.ts";

const GIB = 1024 * 1024 * 1024;

export async function start(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const { session } = desk;
  const { externalId: id } = machine;
  signal.throwIfAborted();
  try {
    const wanted = await wantedOf(desk, machine, signal);
    if (wanted !== null) await prepare(desk, { id, wanted }, signal);
    await actOn(session, { id, action: "start" }, signal);
  } catch (error) {
    if (!(error instanceof ProviderFault)) throw error;
    if (error.fault.class !== "conflict") throw error;
    // Busy with another step, or started already.
    const vm = await getVm(session, id, signal);
    if (!isStarted(vm)) throw retold(error, { effect: "none" });
  }
}

/** Its guest is asked to boot again. */
export function reboot({ session }: Desk, { externalId: id }: KnownMachine, signal: AbortSignal): Promise<void> {
  return actOn(session, { id, action: "reboot" }, signal);
}

/** Null: nothing that the machine has not been made with. A restored database knows no handle: the machine says so itself. */
async function wantedOf({ session }: Desk, machine: KnownMachine, signal: AbortSignal): Promise<Wanted | null> {
  const told = wantedIn(machine.handle);
  if (told !== null) return isNothing(told) ? null : told;
  const vm = await getVm(session, machine.externalId, signal);
  const noted = readComment(vm.comment);
  return noted === null || isStarted(vm) || isNothing(noted) ? null : noted;
}

const isNothing = ({ networks, storageGib }: Wanted): boolean => networks.length === 0 && storageGib === null;

interface Standing {
  readonly id: string;
  readonly wanted: Wanted;
}

async function prepare(desk: Desk, { id, wanted }: Standing, signal: AbortSignal): Promise<void> {
  if (wanted.networks.length > 0) await joinNetworks(desk, { id, wanted }, signal);
  if (wanted.storageGib !== null) await enlargeDisk(desk, { id, wanted }, signal);
}

/** Those of the template are put into the networks first, so that the guest finds its interfaces where it expects them. */
async function joinNetworks({ session }: Desk, { id: vm, wanted }: Standing, signal: AbortSignal): Promise<void> {
  const nics = await nicsOf(session, vm, signal);
  const taken = new Set(nics.map(({ name }) => name));
  for (const [at, profile] of wanted.networks.entries()) {
    const nic = nics[at];
    if (nic === undefined) {
      const name = freeName(taken);
      await there(addNic(session, { vm, name, profile }, signal));
    } else if (nic.vnic_profile?.id !== profile) await there(putNic(session, { vm, nic: nic.id, profile }, signal));
  }
  for (const { id: nic } of nics.slice(wanted.networks.length)) await deleteNic(session, { vm, nic }, signal);
}

/** A vNIC profile that has gone since the create; the machine itself was there a moment ago. */
async function there(done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.class !== "not_found") throw error;
    throw faultOf("account", "no_vnic_profile", `a network of the machine is not there any more: ${error.fault.text}`);
  }
}

function freeName(taken: Set<string | undefined>): string {
  for (let no = 1; ; no += 1) {
    const name = `nic${no}`;
    if (taken.has(name)) continue;
    taken.add(name);
    return name;
  }
}

/** The engine is busy with the disk for a moment: the start is refused until then, and comes again. */
async function enlargeDisk({ session }: Desk, { id, wanted }: Standing, signal: AbortSignal): Promise<void> {
  const boot = bootDiskIn(await attachmentsOf(session, { kind: "vms", id }, signal));
  const bytes = (wanted.storageGib ?? 0) * GIB;
  if (boot === undefined || (boot.disk?.provisioned_size ?? 0) >= bytes) return;
  await growDisk(session, { vm: id, attachment: boot.id, bytes }, signal);
}
