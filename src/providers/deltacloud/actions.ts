// What is done with an instance: only what it says itself can be done with it now. Repeating is fine: an action that its state does not
// permit (405) and one on what is not there (403) both mean "look again".

import { pause } from "../../cloud-http/pause.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { type Desk, isStopDue } from "./desk.ts";
import { endsWhenStopped, statesOf } from "./entry.ts";
import { missingFault, notNowFault, notYetFault } from "./faults.ts";
import { whoseIs } from "./names.ts";
import { isGone } from "./observe.ts";
import type { Instance } from "./schema.ts";
import { anotherName, instanceOf, isOurs } from "./sights.ts";

export async function start(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const { session } = desk;
  const { externalId: id } = machine;
  const found = await ownInstance(desk, machine, signal);
  if (found?.state === "RUNNING") return;
  if (found !== null && found.actions.includes("start") && (await isDone(desk, { id, action: "start" }, signal)))
    return;
  const now = found === null ? null : await ownInstance(desk, machine, signal);
  if (now === null || isGone(now)) throw missingFault(`Deltacloud at ${session.name}: there is no instance ${id}`);
  if (now.state === "RUNNING") return;
  throw notNowFault(`Deltacloud at ${session.name}: the instance ${id} is ${now.state}, and cannot be started now`);
}

export async function reboot(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const { session } = desk;
  const { externalId: id } = machine;
  const found = await ownInstance(desk, machine, signal);
  if (found === null || isGone(found)) throw missingFault(`Deltacloud at ${session.name}: there is no instance ${id}`);
  if (found.actions.includes("reboot") && (await isDone(desk, { id, action: "reboot" }, signal))) return;
  throw notNowFault(`Deltacloud at ${session.name}: the instance ${id} is ${found.state}, and cannot be rebooted now`);
}

/** Between looks at what is being stopped, within one call. What takes longer is asked for again. */
const LOOKS_MS = [250, 500, 1_000, 2_000, 2_000, 2_000, 2_000] as const;
const NOT_YET_MS = 5_000;

/**
 * Follows the instance's own actions: destroyed where that is offered, else stopped first. Done when Deltacloud has accepted the delete, or where
 * a stop is the delete, that.
 */
export async function destroy(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const { externalId: id } = machine;
  for (const waitMs of [...LOOKS_MS, null]) {
    const found = await ownInstance(desk, machine, signal);
    if (found === null || isGone(found)) return;
    const { actions } = found;
    if (actions.includes("destroy")) {
      if (await isDone(desk, { id, action: "destroy" }, signal)) return;
    } else if (actions.includes("stop")) {
      // Seen at once what has become of it.
      if (isStopDue(desk, machine.name) && (await isDone(desk, { id, action: "stop" }, signal))) continue;
    } else if (await isEnding(desk, found, signal)) return;
    // What is not being stopped is not waited for here: it may take as long as it likes.
    const isOnItsWay = actions.length > 0 || isStopping(found);
    if (waitMs === null || !isOnItsWay) throw notYetFault(notYetText(desk, found), NOT_YET_MS);
    await pause(waitMs, signal);
  }
}

/** False where its state does not permit it, or it is not there: a look tells which. */
async function isDone(
  { session }: Desk,
  { id, action }: { readonly id: string; readonly action: "start" | "reboot" | "stop" | "destroy" },
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await session.act(id, action, signal);
    return true;
  } catch (error) {
    if (error instanceof ProviderFault && LOOK_AGAIN.includes(error.fault.code)) return false;
    throw error;
  }
}

const LOOK_AGAIN: readonly string[] = ["not_in_this_state", "absent_or_forbidden", "not_there"];

/** Null where it is gone, be it that its id is another machine's by now. Throws a ProviderFault where it may be somebody else's. */
async function ownInstance(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<Instance | null> {
  const instance = await instanceOf(desk, machine.externalId, signal);
  if (instance === null || isOurs(instance, machine)) return instance;
  if (whoseIs(instance.name) !== null) return null;
  throw new ProviderFault(anotherName(desk, { instance, machine }));
}

/** It was stopped, and with its driver that is the end of it. */
async function isEnding(desk: Desk, instance: Instance, signal: AbortSignal): Promise<boolean> {
  return (instance.state === "STOPPED" || isStopping(instance)) && endsWhenStopped(await statesOf(desk, signal));
}

const isStopping = ({ state }: Instance): boolean => state === "STOPPING" || state === "SHUTTING_DOWN";

function notYetText({ session }: Desk, instance: Instance): string {
  const { id, state, actions } = instance;
  const begin = `Deltacloud at ${session.name}: the instance ${id} is ${state}`;
  if (actions.includes("stop")) return `${begin}, was asked to stop, and can be deleted when it has`;
  if (isStopping(instance)) return `${begin}, and can be deleted when it has stopped`;
  return `${begin}, in which Deltacloud offers nothing that could be done with it; it is deleted as soon as that changes, unless somebody removes it with the cloud's own tools`;
}
