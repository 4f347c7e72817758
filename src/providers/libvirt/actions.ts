// The start that the engine of Slipway asks for, the reboot that people ask for, and the end of a machine with all that was made for it. Both may be asked for again.

import { orNull, retold } from "../../cloud-http/faults.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { destroyDomain, domainMarks, domainState, resetDomain, startDomain, undefineDomain } from "./calls.ts";
import type { Desk } from "./desk.ts";
import { faultOf, isRefusal } from "./faults.ts";
import { handleOf, uuidBytes } from "./names.ts";
import { isActive } from "./observe.ts";
import { knowAside, partsOf, poolOf, removeParts } from "./parts.ts";

export async function start(desk: Desk, { externalId: uuid }: KnownMachine, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  try {
    await startDomain(desk.acts, uuid, signal);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (error.fault.code === "no_volume") {
      const text = `a file of the machine is not there any more: ${error.fault.text}`;
      throw faultOf("passing", "file_missing", text);
    }
    // Started already, by a call whose answer was lost.
    const state = error.fault.class === "conflict" ? await domainState(desk.acts, uuid, signal) : null;
    if (state !== null && isActive(state)) return;
    throw retold(error, { effect: "none" });
  }
}

/** As by the button on its case: whether a guest would listen to a gentler wish nobody can tell. */
export async function reboot(desk: Desk, { externalId: uuid }: KnownMachine, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await resetDomain(desk.acts, uuid, signal);
}

export async function destroy(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const known = await withHandle(desk, machine, signal);
  if (uuidBytes(machine.externalId) !== null) await endDomain(desk, machine.externalId, signal);
  await knowAside(desk, poolOf(desk, known), signal);
  await removeParts(desk, await partsOf(desk, known, signal), signal);
}

/** A restored database knows no handle: the machine says so itself, as long as it is there. */
async function withHandle(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<KnownMachine> {
  if (machine.handle !== null || uuidBytes(machine.externalId) === null) return machine;
  const marks = await domainMarks(desk.acts, machine.externalId, signal);
  if (marks === null || marks.pool === null) return machine;
  return { ...machine, handle: handleOf({ owner: marks.owner, pool: marks.pool }) };
}

async function endDomain({ acts }: Desk, uuid: string, signal: AbortSignal): Promise<void> {
  try {
    await orNull(destroyDomain(acts, uuid, signal));
  } catch (error) {
    if (!isRefusal(error, "not_running")) throw error;
  }
  await orNull(undefineDomain(acts, uuid, signal));
}
