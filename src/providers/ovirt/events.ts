// What the engine's events tell of machines: why one went down, or never came to be, and all that happened to it. The engine keeps no
// console output that could be read.

import { chunks } from "../../cloud-http/pages.ts";
import type { Fault } from "../../core/fault.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { eventsOf, NAMES_MOST } from "./engine.ts";
import { eventFault } from "./faults.ts";
import type { Event } from "./schema.ts";

/** By the engine's own numbers (AuditLogType): it went down, for a reason that the event tells. Who tells the most comes first. */
const FAILED: ReadonlyMap<number, string> = new Map([
  [119, "VM_DOWN_ERROR"],
  [61, "VM_DOWN"],
  [66, "VM_FAILURE"],
  [54, "USER_FAILED_RUN_VM"],
  [70, "USER_RUN_VM_AS_STATELESS_FINISHED_FAILURE"],
  [818, "RUN_VM_FAILED"],
]);

/** It was started, ran, or was powered off by somebody: what came before tells nothing of how it is. */
const SETTLED: ReadonlySet<number> = new Set([32, 33, 76, 153, 538]);

const NOT_MADE = 60;

/** A machine's start and end are some ten events. */
const EVENTS_EACH = 20;

interface Named {
  readonly id: string;
  readonly name: string;
}

/** Why each of these machines is down, by id, where its newest event says so. */
export async function endings(
  { session }: Desk,
  machines: readonly Named[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Fault>> {
  const found = new Map<string, Fault>();
  for (const some of chunks(machines, NAMES_MOST)) {
    const asked = { names: some.map(({ name }) => name), most: some.length * EVENTS_EACH };
    const events = await toldOrNone(eventsOf(session, asked, signal));
    for (const machine of some) {
      const fault = endingIn(ofMachine(events, machine));
      if (fault !== null) found.set(machine.id, fault);
    }
  }
  return found;
}

/** Of what happened since it was started or powered off; null: nothing that is a failure. Newest first. */
function endingIn(events: readonly Event[]): Fault | null {
  const settled = events.findIndex(({ code }) => SETTLED.has(code));
  const since = settled < 0 ? events : events.slice(0, settled);
  for (const [number, code] of FAILED) {
    const told = since.find((event) => event.code === number);
    if (told !== undefined) return eventFault({ code, text: told.description });
  }
  return null;
}

/** Newest first. Names are one's own within a data center only. */
function ofMachine(events: readonly Event[], { id, name }: Named): readonly Event[] {
  return events.filter(({ vm }) => (vm?.id === undefined ? vm?.name === name : vm.id === id));
}

/** Why a machine that is not there never came to be; null: its events do not say so. */
export async function whyNotMade({ session }: Desk, name: string, signal: AbortSignal): Promise<Fault | null> {
  const events = await toldOrNone(eventsOf(session, { names: [name], most: EVENTS_EACH }, signal));
  const told = events.find(({ code }) => code === NOT_MADE);
  return told === undefined ? null : eventFault({ code: "USER_ADD_VM_FINISHED_FAILURE", text: told.description });
}

const SHOWN_MOST = 200;

/** All that happened to a machine, oldest first; null: nothing that is kept. */
export async function history({ session }: Desk, name: string, signal: AbortSignal): Promise<string | null> {
  const events = await eventsOf(session, { names: [name], most: SHOWN_MOST }, signal);
  if (events.length === 0) return null;
  const lines = events.map(({ time, severity, code, description }) => {
    return `${new Date(time).toISOString()} ${severity} ${code} ${description}`;
  });
  return ["oVirt keeps no console output; its events of this machine:", ...lines.toReversed(), ""].join("\n");
}

/** Not everybody may read events: then nobody can say why. */
async function toldOrNone(asked: Promise<readonly Event[]>): Promise<readonly Event[]> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.class !== "transient" && error.fault.class !== "throttle")
      return [];
    throw error;
  }
}
