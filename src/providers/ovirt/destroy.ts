// The end of a machine: powered off, and when it stands still removed with its disks. What the engine is busy with at the moment, such as
// the copy of its disks, is waited for a while; then the end is asked for again later.

import { orNull } from "../../cloud-http/faults.ts";
import { pause } from "../../cloud-http/pause.ts";
import type { KnownMachine } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { type Desk, remember } from "./desk.ts";
import { actOn, deleteVm, getVm } from "./engine.ts";
import { isPowered } from "./observe.ts";
import { faultOf } from "./faults.ts";
import { removeLeft } from "./left-disks.ts";
import type { Vm } from "./schema.ts";

/** Between looks at a machine that is on its way down, in ms: 15 s in all. */
const PAUSES_MS = [50, 100, 200, 400, 800, 1_500, 2_000, 2_000, 2_000, 3_000, 3_000];

export async function destroy(desk: Desk, machine: KnownMachine, signal: AbortSignal): Promise<void> {
  const { session } = desk;
  const { externalId: id } = machine;
  signal.throwIfAborted();
  let isStopAsked = false;
  for (const pauseMs of [...PAUSES_MS, null]) {
    const vm = await orNull(getVm(session, id, signal));
    if (vm === null) return removeLeft(desk, machine, signal);
    rememberDisks(desk, vm);
    let hindrance = faultOf("busy", "still_up", "the machine was powered off, and does not stand still yet");
    try {
      if (!isPowered(vm)) return void (await orNull(deleteVm(session, id, signal)));
      if (!isStopAsked) await orNull(actOn(session, { id, action: "stop" }, signal));
      isStopAsked = true;
    } catch (error) {
      // A conflict is a matter of time.
      if (!(error instanceof ProviderFault) || error.fault.class !== "conflict") throw error;
      hindrance = error;
    }
    if (pauseMs === null) throw hindrance;
    await pause(pauseMs, signal);
  }
}

/** Once the engine has forgotten the machine, nobody tells them any more. */
function rememberDisks({ leaving }: Desk, { id, disk_attachments: attached }: Vm): void {
  const disks = (attached?.disk_attachment ?? []).map((one) => one.id);
  if (disks.length > 0) remember(leaving, id, disks);
}
