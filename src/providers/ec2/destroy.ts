// The end of an instance, its start, its reboot, and its console. Its disks, interfaces and public address are made to go with it (create.ts); the key
// that was brought for it is removed, and its placement group once it has ended: that is the last look's to see to where it takes longer.

import type { KnownMachine } from "../../core/machine.ts";
import { consoleTail } from "../../ports/console-tail.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { type Desk, isFresh } from "./desk.ts";
import { accountFault, isCode } from "./faults.ts";
import { groupOf, leaveGroup } from "./groups.ts";
import { keysOf, mayHaveKey, readLoneId, removeKeys, type Whose } from "./keys.ts";
import { instancesNamed, instancesPage, MISSING } from "./instances.ts";

export async function destroy(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const { externalId, name } = machine;
  const alone = readLoneId(externalId);
  const group = groupOf(machine.handle);
  if (alone !== null) {
    await destroyLone(desk, { alone, isOwn: alone.name === name }, signal);
    if (group !== null) await leaveGroup(desk, group, signal);
    return;
  }
  const hasEnded = await terminate(desk, externalId, signal);
  if (mayHaveKey(machine)) await removeKeys(desk, await keysOf(desk, { names: [name], owner: null }, signal), signal);
  if (hasEnded && group !== null) await leaveGroup(desk, group, signal);
}

/** With the key goes what came to be of the machine since; unless another row stands for that, to which the key belongs. */
async function destroyLone(
  desk: Desk,
  { alone: { owner, name }, isOwn }: { readonly alone: Whose; readonly isOwn: boolean },
  signal: AbortSignal,
): Promise<void> {
  const late = await instancesNamed(desk, { owner, names: [name] }, signal);
  if (late.length > 0 && !isOwn) return;
  for (const { InstanceId: id } of late) if (id !== undefined) await terminate(desk, id, signal);
  await removeKeys(desk, await keysOf(desk, { names: [name], owner }, signal), signal);
}

/** Of an instance that EC2 does not know yet nothing is ended: that is asked for again. True when it had ended before. */
async function terminate(desk: Desk, id: string, signal: AbortSignal): Promise<boolean> {
  try {
    const asked = { InstanceIds: [id] };
    const answer = await desk.session.ask((ec2, options) => ec2.terminateInstances(asked, options), signal);
    return answer.TerminatingInstances?.[0]?.CurrentState?.Name === "terminated";
  } catch (error) {
    if (!isCode(error, MISSING)) throw error;
    if (!isFresh(desk, id)) return true;
    throw accountFault(
      { class: "transient", code: MISSING },
      "EC2 does not know this instance yet, which is new",
      error,
    );
  }
}

export async function start(desk: Desk, { externalId }: KnownMachine, signal: AbortSignal): Promise<void> {
  const asked = { InstanceIds: [externalId] };
  try {
    await desk.session.ask((ec2, options) => ec2.startInstances(asked, options), signal);
  } catch (error) {
    if (!(error instanceof ProviderFault) || error.fault.class !== "conflict") throw error;
    const { items } = await instancesPage(desk, asked, signal);
    if (items[0]?.State?.Name !== "running") throw error;
  }
}

/** The guest is asked first; where it does not end by itself EC2 cuts it off after some minutes. */
export async function reboot(desk: Desk, { externalId }: KnownMachine, signal: AbortSignal): Promise<void> {
  const asked = { InstanceIds: [externalId] };
  await desk.session.ask((ec2, options) => ec2.rebootInstances(asked, options), signal);
}

/** What says that there is no console. */
const NO_CONSOLE: ReadonlySet<string> = new Set([MISSING, "IncorrectInstanceState"]);

/** Its newest output where the type lets that be asked for, else what EC2 has kept. */
export async function console(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<string | null> {
  try {
    return await output(desk, { id: machine.externalId, isLatest: true }, signal);
  } catch (error) {
    if (!isCode(error, "UnsupportedOperation")) return nothingOr(error);
  }
  return output(desk, { id: machine.externalId, isLatest: false }, signal).catch(nothingOr);
}

async function output(
  { session }: Desk,
  { id: InstanceId, isLatest }: { readonly id: string; readonly isLatest: boolean },
  signal: AbortSignal,
): Promise<string | null> {
  const asked = { InstanceId, ...(isLatest ? { Latest: true } : {}) };
  const { Output = "" } = await session.ask((ec2, options) => ec2.getConsoleOutput(asked, options), signal);
  return Output === "" ? null : consoleTail(Buffer.from(Output, "base64"));
}

function nothingOr(error: unknown): null {
  if (error instanceof ProviderFault && NO_CONSOLE.has(error.fault.code)) return null;
  throw error;
}
