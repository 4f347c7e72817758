// How machines go down and end.

import type { Failures } from "../failure-settings.ts";
import type { CloudState } from "../state/cloud-state.ts";
import type { MachineFault, MachineRecord } from "../state/machine-record.ts";
import { bill, enter, show } from "./course.ts";
import { leaveParts } from "./part-life.ts";
import { countOut, leaveRoom } from "./room.ts";

/** Stale lists may look back this far. */
const REMEMBER_DEAD_MS = 10 * 60_000;

export interface Downfall {
  readonly to: "stopped" | "error" | "terminated";
  readonly fault: MachineFault | null;
}

/** Down at once, whatever it was doing. */
export function goDown(cloud: CloudState, machine: MachineRecord, { to, fault }: Downfall): void {
  machine.fault = fault;
  if (fault !== null) show(cloud, machine, `Kernel panic - not syncing: ${fault.text}`);
  if (to === "terminated") return end(cloud, machine);
  enter(cloud, machine, to);
  if (to === "stopped") bill(cloud, machine, "stopped");
  if (to === "stopped" && cloud.settings.twoStep) {
    leaveRoom(machine);
    if (cloud.settings.quotaAt === "start") countOut(cloud, machine);
  }
}

interface Failure {
  readonly fault: MachineFault;
  readonly shown?: Failures["shown"] | undefined;
  readonly reason?: Failures["reason"] | undefined;
}

/** What was accepted comes to nothing. Unless told, it shows as this cloud shows such things. */
export function failLate(cloud: CloudState, machine: MachineRecord, { fault, shown, reason }: Failure): void {
  const { failures, twoStep } = cloud.settings;
  const to = shown ?? failures.shown;
  cloud.operations.end(machine.operation, fault);
  machine.isImageReady ||= !twoStep;
  if (to === "nothing") vanish(cloud, machine);
  else goDown(cloud, machine, { to, fault: (reason ?? failures.reason) === "machine" ? fault : null });
}

/** Gone without a trace, as when somebody removes it by hand. */
export function vanish(cloud: CloudState, machine: MachineRecord): void {
  if (machine.goneAt === null) end(cloud, machine);
  machine.isVanished = true;
}

export function end(cloud: CloudState, machine: MachineRecord): void {
  const now = cloud.agenda.now();
  enter(cloud, machine, "terminated");
  machine.goneAt = now;
  leaveRoom(machine);
  countOut(cloud, machine);
  if (machine.holdsAddress && machine.network !== null) machine.network.taken -= 1;
  leaveParts(cloud, machine);
  bill(cloud, machine, "gone");
  const forgetAt = now + Math.max(cloud.settings.lingerMs, REMEMBER_DEAD_MS);
  cloud.agenda.plan(forgetAt, () => cloud.machines.delete(machine.id));
}
