// What may be done with a machine in its present state. Clouds differ in it.

import { CloudError, type MachineState } from "../cloud-api.ts";
import type { CloudState } from "../state/cloud-state.ts";
import type { MachineRecord } from "../state/machine-record.ts";

export const ACTIONS = ["start", "stop", "reboot", "remove"] as const;
export type Action = (typeof ACTIONS)[number];

/** Where an action leads: asked of a machine that is there, or on its way, it changes nothing. */
const REACHED: Readonly<Record<Action, readonly MachineState[]>> = {
  start: ["pending", "running"],
  stop: ["stopping", "stopped"],
  reboot: [],
  remove: ["terminated"],
};

const FROM: Readonly<Record<Action, readonly MachineState[]>> = {
  start: ["stopped"],
  stop: ["pending", "running"],
  reboot: ["running"],
  remove: ["pending", "running", "stopped", "stopping", "error"],
};

/** Those that would be accepted now and change something: what Deltacloud shows with each instance. */
export function actionsOf(cloud: CloudState, machine: MachineRecord): readonly Action[] {
  return ACTIONS.filter((action) => FROM[action].includes(machine.state) && refusalOf(cloud, machine, action) === null);
}

/** False: it is there, or on its way, and nothing is to be done. Throws `locked` or `wrong_state`. */
export function mayAct(cloud: CloudState, machine: MachineRecord, action: Action): boolean {
  const refusal = refusalOf(cloud, machine, action);
  if (refusal !== null) throw refusal;
  return FROM[action].includes(machine.state);
}

function refusalOf(cloud: CloudState, machine: MachineRecord, action: Action): CloudError | null {
  const { id, state } = machine;
  const { repeatedActions, removeFrom } = cloud.settings;
  const actionless: readonly MachineState[] = cloud.settings.actionlessStates;
  const wrong = (why = ""): CloudError => {
    return new CloudError("wrong_state", `${id} is ${state}${why}`, { about: { id, state, action } });
  };
  if (actionless.includes(state)) return wrong(": nothing can be done with it");
  if (!machine.isImageReady && state === "pending" && (action !== "remove" || removeFrom === "stopped")) {
    return new CloudError("locked", `The image of ${id} is still being copied`, { about: { id, action } });
  }
  if (REACHED[action].includes(state)) return repeatedActions === "accept" ? null : wrong(" already");
  if (!FROM[action].includes(state)) return wrong();
  const isDown = state === "stopped" || state === "error";
  return action === "remove" && removeFrom === "stopped" && !isDown && !machine.isRemoving
    ? wrong(": it must be stopped first")
    : null;
}
