// Members are repaired by themselves as often within a window as the blueprint says, and who may be repaired is not forgotten.

import { hasFailed } from "../../src/core/decision/failure.ts";
import { MACHINES_MOST } from "../../src/core/decision/repair.ts";
import type { Facts } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";

export const repairs: CheckerOf = (facts, find) => {
  /** When each window began, in Slipway's time, and the repairs in it. */
  const windows = new Map<string, { readonly from: number; count: number }>();
  return {
    name: "repairs",
    commit({ events }) {
      for (const { deployment, at, body } of events) {
        if (body.kind !== "repair_begun" || body.nth === null) continue;
        const key = `${deployment}/${body.instance}`;
        const policy = policyOf(facts, deployment, body.instance);
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
          const isHeld = instance.fault?.class === "config" || own.length >= MACHINES_MOST;
          if (!hasFailed(instance) || isHeld || policyOf(facts, id, instance.name)?.mode !== "replace") continue;
          find(`${id}/${instance.name} is ${instance.state}, and nobody comes to repair it`);
        }
      }
    },
  };
};

function policyOf({ deployments }: Facts, id: string, instance: string) {
  return deployments.get(id)?.blueprint.instances.find(({ name }) => name === instance)?.repair;
}
