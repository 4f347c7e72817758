// Members are repaired by themselves as often within a window as the blueprint says, and who may be repaired is not forgotten.

import { hasFailed } from "../../src/core/decision/failure.ts";
import { MACHINES_MOST } from "../../src/core/decision/repair.ts";
import type { Facts } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";

export const repairs: CheckerOf = (facts, find) => {
  /** When each window began, in Slipway's time, and the repairs in it. */
  const windows = new Map<string, { readonly from: number; count: number }>();
  /** By deployment, whose row begins anew by the update that is under way. */
  const anew = new Map<string, readonly string[]>();
  /** Whose machine the update that is under way, or was undone, had removed first. */
  const madeRoom = new Set<string>();
  /** Whose present machine has run. */
  const ran = new Set<string>();
  return {
    name: "repairs",
    commit({ events }) {
      for (const { deployment, at, body } of events) {
        if (body.kind === "instance_moved") {
          const moved = `${deployment}/${body.instance}`;
          if (body.to === "running") ran.add(moved);
          if (body.to === "new") ran.delete(moved);
        }
        if (body.kind === "instance_revised") {
          const revised = `${deployment}/${body.instance}`;
          if (body.to === "running") ran.add(revised);
          if (body.to === "new" || body.to === null) ran.delete(revised);
          if (body.to === "new") anew.set(deployment, [...(anew.get(deployment) ?? []), revised]);
        }
        if (body.kind === "deployment_moved" && (body.from === "updating" || body.from === "reverting")) {
          // Who is another by now is counted anew; on the way back all is as it was.
          if (body.from === "updating" && body.to !== "reverting")
            anew.get(deployment)?.forEach((key) => windows.delete(key));
          anew.delete(deployment);
        }
        // A person let it go; what an update had removed is launched again when that came to nothing.
        if (body.kind === "removed_first") madeRoom.add(`${deployment}/${body.instance}`);
        if (body.kind === "deployment_moved" && body.from === "updating" && body.to !== "reverting")
          [...madeRoom].filter((key) => key.startsWith(`${deployment}/`)).forEach((key) => madeRoom.delete(key));
        if (body.kind !== "repair_begun") continue;
        const key = `${deployment}/${body.instance}`;
        const spec = specOf(facts, deployment, body.instance);
        if (body.by === null && spec?.protect === true && ran.has(key) && !madeRoom.has(key)) {
          find(`${key} is protected, and is replaced by itself`);
        }
        if (body.nth === null) continue;
        const policy = spec?.repair;
        if (policy?.mode !== "replace") find(`${key} is repaired by itself, and its blueprint does not say so`);
        const before = windows.get(key);
        const isOver = before === undefined || at >= before.from + (policy?.withinMs ?? 0);
        const window = isOver ? { from: at, count: 0 } : before;
        window.count += 1;
        windows.set(key, window);
        if (window.count > (policy?.tries ?? 0)) find(`${key} is repaired ${window.count} times within its window`);
      }
    },
    calm() {
      for (const { id, state, wakeAt, attemptNo } of facts.deployments.values()) {
        if (state !== "incomplete" || wakeAt !== null) continue;
        for (const instance of facts.instancesOf(id)) {
          const own = facts
            .machinesOf(id)
            .filter((row) => row.instance === instance.name && row.attemptNo === attemptNo);
          const spec = specOf(facts, id, instance.name);
          if (spec?.protect === true && ran.has(`${id}/${instance.name}`)) continue;
          const isHeld = instance.fault?.class === "config" || own.length >= MACHINES_MOST;
          if (!hasFailed(instance) || isHeld || spec?.repair.mode !== "replace") continue;
          find(`${id}/${instance.name} is ${instance.state}, and nobody comes to repair it`);
        }
      }
    },
  };
};

function specOf({ deployments }: Facts, id: string, instance: string) {
  return deployments.get(id)?.blueprint.instances.find(({ name }) => name === instance);
}
