// The start of a machine, its reboot and its end. All are operations, of which only the end tells how they went. A machine is called by its name as it is now,
// found by its id.

import { orNull, retold } from "../../cloud-http/faults.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { CONSOLE_BYTES_MAX, consoleTail } from "../../ports/console-tail.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { forgetOldest } from "../../ports/recall.ts";
import type { Desk } from "./desk.ts";
import { faultOf, MISSING_FAULT } from "./faults.ts";
import { isStopped, isUp } from "./observe.ts";
import { find } from "./sights.ts";
import type { Operation } from "./schema.ts";
import { isUnderWay, succeeded } from "./session.ts";

/** LXD gives a start up after 30 s. */
const START_S = 35;
const STOP_S = 30;
const DELETE_S = 20;

export async function start(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const found = await find(desk, machine, signal);
  if (found === null) throw new ProviderFault(MISSING_FAULT);
  await fineWhen("already_running", change(desk, { name: found.name, action: "start", mostS: START_S }, signal));
}

/** At once, as if its power had been cut for a moment: a guest that does not listen would fail a gentle one. */
export async function reboot(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const found = await find(desk, machine, signal);
  if (found === null) throw new ProviderFault(MISSING_FAULT);
  const restart = { name: found.name, action: "restart", mostS: START_S } as const;
  const id = await begin(desk, restart, signal);
  try {
    ended(await desk.session.await(id, START_S, signal));
  } catch (error) {
    // By then it may have been ended, whatever its start has met.
    throw error instanceof ProviderFault ? retold(error, { effect: "unknown" }) : error;
  }
}

/** Takes its disks along, which are LXD's own parts of a machine. */
export async function destroy(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const found = await find(desk, machine, signal);
  if (found === null) return;
  const { name } = found;
  if (!isStopped(found)) {
    await fineWhen("already_stopped", change(desk, { name, action: "stop", mostS: STOP_S }, signal));
  }
  await fineWhen("instance_missing", remove(desk, name, signal));
}

async function remove({ session }: Desk, name: string, signal: AbortSignal): Promise<void> {
  const path = `/instances/${encodeURIComponent(name)}`;
  const { id } = await session.begin({ method: "DELETE", path }, signal);
  ended(await session.await(id, DELETE_S, signal));
}

interface Change {
  readonly name: string;
  readonly action: "start" | "restart" | "stop";
  readonly mostS: number;
}

async function change(desk: Desk, asked: Change, signal: AbortSignal): Promise<void> {
  const id = await begin(desk, asked, signal);
  ended(await desk.session.await(id, asked.mostS, signal));
}

/** Resolves with its operation. */
async function begin({ session }: Desk, { name, action, mostS }: Change, signal: AbortSignal): Promise<string> {
  const path = `/instances/${encodeURIComponent(name)}/state`;
  const body = { action, timeout: mostS, ...(action === "start" ? {} : { force: true }) };
  return (await session.begin({ method: "PUT", path, body }, signal)).id;
}

/** Throws why an operation failed, or that it goes on. One that LXD has forgotten has ended, nobody knows how: looks tell. */
function ended(operation: Operation | null): void {
  if (operation === null) return;
  if (isUnderWay(operation)) throw faultOf("busy", "under_way", "LXD is still at it");
  succeeded(operation);
}

async function fineWhen(code: string, done: Promise<void>): Promise<void> {
  try {
    await done;
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.code !== code) throw error;
  }
}

/**
 * The text of its last run; null where there is none, of a machine that never ran or is not there. LXD gives the text of a container that runs
 * only once: what was read before is kept here.
 */
export async function readConsole(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<string | null> {
  const found = await find(desk, machine, signal);
  if (found === null) return null;
  const told = await consoleOf(desk, found.name, signal);
  if (!isUp(found)) return told === null ? null : consoleTail(told);
  const run = `${machine.externalId} ${found.last_used_at}`;
  const whole = Buffer.concat([desk.consoles.get(run) ?? Buffer.alloc(0), told ?? Buffer.alloc(0)]);
  // A few bytes more than are shown, so that a character at the edge is cut once.
  desk.consoles.set(run, whole.subarray(-CONSOLE_BYTES_MAX - 4));
  forgetOldest(desk.consoles, CONSOLES_MOST);
  return whole.length === 0 ? null : consoleTail(whole);
}

const CONSOLES_MOST = 200;

async function consoleOf({ session }: Desk, name: string, signal: AbortSignal): Promise<Buffer | null> {
  try {
    return await orNull(session.bytes(`/instances/${encodeURIComponent(name)}/console`, signal));
  } catch (error) {
    // LXD's word for a log that was never begun, or that has nothing new, is that of its file system.
    if (error instanceof ProviderFault && error.fault.code === "disk_missing") return null;
    throw error;
  }
}
