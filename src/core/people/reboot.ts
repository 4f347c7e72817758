// A member's machine is booted again: it stays what it is, so that no protection stands in the way.

import { mayReboot, mayUpdate } from "./actions.ts";
import type { Deployment, Instance } from "../deployment.ts";
import { draftOf } from "../decision/draft.ts";
import type { Machine } from "../machine.ts";
import { askForReboot, isRebootAsked } from "../world/reboot.ts";
import { type Asked, type Asker, noSuchInstance, notNow } from "./requests.ts";
import type { Snapshot } from "../snapshot.ts";
import { timeText } from "../story/times.ts";

/** Once more while its cloud has not answered yet is the same wish. */
export function askReboot(
  snapshot: Snapshot,
  { by, now, instance: name }: Asker & { readonly instance: string },
): Asked {
  const { deployment, instances, machines } = snapshot;
  const instance = instances.find((one) => one.name === name);
  if (instance === undefined) return noSuchInstance(snapshot, name);
  const machine = machines.find(({ id }) => id === instance.machine) ?? null;
  if (machine === null || !mayReboot(deployment, instance, machine)) {
    if (mayUpdate(deployment) && machine !== null && isRebootAsked(machine)) return { changes: [] };
    return notNow(deployment, `cannot reboot ${name} (${instance.state})${remedyOf(deployment, instance, machine)}`);
  }
  const draft = draftOf(snapshot, now);
  askForReboot(draft, machine, instance);
  draft.tell({ kind: "reboot_asked", instance: name, machine: machine.id, by });
  return { changes: draft.waves() };
}

function remedyOf(deployment: Deployment, instance: Instance, machine: Machine | null): string {
  if (!mayUpdate(deployment)) return "; only members of one that is up";
  if (instance.repairSince !== null) return ": it is being replaced";
  if (machine !== null && machine.rebootUntil !== null) {
    return `: it is being rebooted, and may be again from ${timeText(machine.rebootUntil)}`;
  }
  return instance.state === "running" ? ": it is not up yet" : "; only what runs can be rebooted";
}
