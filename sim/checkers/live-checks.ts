// A member counts as dead only when its live check has failed as often in a row as its blueprint says, and is checked for as long as it is up.

import { isDead } from "../../src/core/decision/failure.ts";
import { MACHINES_MOST } from "../../src/core/decision/repair.ts";
import type { Facts } from "../facts.ts";
import type { CheckerOf } from "./checker.ts";

export const liveChecks: CheckerOf = (facts, find) => ({
  name: "live checks",
  commit({ changed }) {
    for (const { key, before, after } of changed.instances) {
      if (after === null || before === null) continue;
      const { missed, deadSince, state, deployment, name } = after.row;
      // What an update had put aside is again as it was.
      if (missed > before.row.missed + 1 && after.row.revision >= before.row.revision)
        find(`${key} has failed its live check ${missed} times after ${before.row.missed}`);
      if (deadSince === null || before.row.deadSince !== null) continue;
      const live = specOf(facts, deployment, name)?.live ?? null;
      if (state !== "running" || missed < (live?.failures ?? Infinity)) {
        find(`${key} is ${state} and counts as dead, having failed its live check ${missed} times`);
      }
    }
  },
  calm() {
    for (const { id, state } of facts.deployments.values()) {
      if (state !== "running" && state !== "incomplete") continue;
      for (const instance of facts.instancesOf(id)) {
        const spec = specOf(facts, id, instance.name);
        if (spec?.live == null || instance.state !== "running" || instance.repairSince !== null) continue;
        const isUp = instance.readyAt !== null || instance.deadSince !== null;
        if (isUp && instance.probeAt === null) find(`${id}/${instance.name} is up, and nobody checks it`);
        if (instance.deadSince === null || spec.repair.mode !== "replace" || isHeld(facts, id, instance.name)) continue;
        find(`${id}/${instance.name} counts as dead since ${instance.deadSince}, and nobody comes to repair it`);
      }
    }
  },
});

function isHeld(facts: Facts, id: string, name: string): boolean {
  const spec = specOf(facts, id, name);
  const members = facts.instancesOf(id);
  const checked = members.filter((one) => specOf(facts, id, one.name)?.live != null && one.state === "running");
  const isSilent = checked.length >= 5 && checked.every(isDead);
  const waits = members.some((one) => spec?.dependsOn.includes(one.name) === true && one.readyAt === null);
  const own = facts.machinesOf(id).filter((row) => row.instance === name);
  return spec?.protect === true || isSilent || waits || own.length >= MACHINES_MOST;
}

function specOf({ deployments }: Facts, id: string, instance: string) {
  return deployments.get(id)?.blueprint.instances.find(({ name }) => name === instance);
}
