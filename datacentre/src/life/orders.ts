// What machines are told to do after their birth: stop, boot again, go.

import type { MachineState } from "../cloud-api.ts";
import type { Turn } from "../fault.ts";
import type { CloudState } from "../state/cloud-state.ts";
import type { MachineFault, MachineRecord } from "../state/machine-record.ts";
import { draw, enter, later, lateFault } from "./course.ts";
import { end, goDown } from "./downfall.ts";
import { boot, setOut, showBoot } from "./machine-life.ts";

export function shutDown(cloud: CloudState, machine: MachineRecord, turn: Turn | null): void {
  const before = machine.state;
  enter(cloud, machine, "stopping");
  const down = (): void => goDown(cloud, machine, { to: "stopped", fault: null });
  const stay = (fault: MachineFault): void => {
    cloud.operations.end(machine.operation, fault);
    goOn(cloud, machine, before);
  };
  later(cloud, machine, {
    afterMs: turn?.kind === "operation_fails" ? (turn.afterMs ?? 0) : draw(cloud, machine, "stopping"),
    act: () => (turn?.kind === "operation_fails" ? stay(lateFault(turn)) : down()),
  });
}

export function takeAway(cloud: CloudState, machine: MachineRecord, turn: Turn | null): void {
  const before = machine.state;
  machine.isRemoving = true;
  enter(cloud, machine, "stopping");
  const { agenda } = cloud;
  if (turn?.kind === "operation_fails") {
    return agenda.plan(agenda.now() + (turn.afterMs ?? 0), () => {
      if (machine.goneAt !== null) return;
      machine.isRemoving = false;
      cloud.operations.end(machine.operation, lateFault(turn));
      if (machine.state === "stopping") goOn(cloud, machine, before);
    });
  }
  const durationMs = turn?.kind === "remove_slow" ? turn.ms : draw(cloud, machine, "removal");
  // No change of course keeps it from going, or one that breaks down meanwhile would stay for ever.
  agenda.plan(agenda.now() + durationMs, () => {
    if (machine.goneAt === null) end(cloud, machine);
  });
}

/** Runs all the while, or is shown as stopped; its services are away for as long as it boots. It keeps its host and its addresses. */
export function bootAgain(cloud: CloudState, machine: MachineRecord, turn: Turn | null): void {
  const { operation } = machine;
  const now = cloud.agenda.now();
  const fails = turn?.kind === "operation_fails";
  const doneAt = now + (fails && turn.afterMs !== undefined ? turn.afterMs : draw(cloud, machine, "boot"));
  if (!fails) {
    machine.listeningAt = doneAt + draw(cloud, machine, "serviceDelay");
    showBoot(cloud, machine);
  }
  if (turn?.kind === "not_listening" || turn?.kind === "never_boot") machine.isListening = false;
  const standsStill = !fails && cloud.settings.rebootsAs === "stopped";
  if (standsStill) enter(cloud, machine, "stopped");
  const { course } = machine;
  if (turn?.kind === "never_boot") return;
  cloud.agenda.plan(doneAt, () => {
    // Whatever else was asked of it meanwhile has ended the operation.
    cloud.operations.end(operation, fails ? lateFault(turn) : null);
    if (standsStill && machine.course === course) enter(cloud, machine, "running");
  });
}

/** As if nothing had been asked of it. */
function goOn(cloud: CloudState, machine: MachineRecord, before: MachineState): void {
  enter(cloud, machine, before);
  if (before !== "pending") return;
  if (cloud.settings.twoStep && machine.isImageReady) boot(cloud, machine, null);
  else setOut(cloud, machine, null);
}
