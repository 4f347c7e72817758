// All or nothing, for what changes as for what begins: nothing of the former set is asked to go before all of the new one is ready, and
// after an update that came to nothing the former set is the same machines, up but for what died by itself. Of whoever makes
// room for its successor see removed-first.ts.

import { isDead } from "../../src/core/decision/failure.ts";
import type { Machine } from "../../src/core/machine.ts";
import { isOpen } from "../../src/core/states.ts";
import type { Facts } from "../facts.ts";
import { revisionOf } from "../revision-of.ts";
import type { CheckerOf } from "./checker.ts";
import { makingRoom } from "./removed-first.ts";

type Members = ReadonlyMap<string, string | null>;

export const updates: CheckerOf = (facts, find) => {
  /** Who was there when last nothing was under way, and when the present update began. */
  const settled = new Map<string, Members>();
  const before = new Map<string, Members>();
  const wasAskedToGo = (row: Machine): void => {
    const deployment = facts.deployments.get(row.deployment ?? "");
    if (deployment === undefined || row.attemptNo !== deployment.attemptNo) return;
    const { id, state, removingAt, revisionNo } = deployment;
    const revision = revisionOf(facts, row);
    const isFormer = state === "updating" && removingAt === null && revision !== revisionNo;
    if (isFormer && makingRoom(facts, row) === undefined) {
      find(`${row.id} of revision ${revision} is asked to go before all of revision ${revisionNo} is ready`);
    }
    const undone = facts.revisionsOf(id).find(({ aside }) => aside !== null)?.no;
    if (state === "reverting" && revision !== undone) {
      find(`${row.id} of revision ${revision} is asked to go while revision ${undone} is undone`);
    }
  };
  const isAsItWas = (id: string): void => {
    const was = before.get(id);
    const is = membersOf(facts, id);
    if (was === undefined) return find(`${id} comes back from an update that nobody saw begin`);
    // Whoever has died by himself is replaced in the same moment.
    const replaced = facts.instancesOf(id).filter(({ repairSince }) => repairSince !== null);
    const isReplaced = (name: string): boolean => replaced.some((row) => row.name === name);
    const names = [...new Set([...was.keys(), ...is.keys()])].filter((name) => !isReplaced(name));
    const other = names.filter((name) => was.get(name) !== is.get(name));
    for (const name of other)
      find(`${id}/${name} is ${is.get(name)} after its update was undone, and was ${was.get(name)}`);
    for (const instance of facts.instancesOf(id)) {
      if (isReplaced(instance.name)) continue;
      if (instance.readyAt === null && !isDead(instance) && instance.state !== "new")
        find(`${id}/${instance.name} is ${instance.state} after its update was undone`);
    }
  };
  return {
    name: "updates",
    commit({ changed, events }) {
      for (const { before: was, after } of changed.machines) {
        // What was proven gone goes whenever it is shown after all: it was nobody's any more.
        if (was === null || !isOpen(was.row) || was.row.undoAskedAt !== null) continue;
        if (after?.row.undoAskedAt != null) wasAskedToGo(after.row);
      }
      for (const { key, before: was, after } of changed.deployments) {
        if (after?.row.removingAt == null || was === null || was.row.removingAt !== null) continue;
        const late = facts.instancesOf(key).find(({ readyAt }) => readyAt === null);
        if (late !== undefined) find(`${key} removes what was before, and ${late.name} is not ready`);
      }
      for (const { deployment, body } of events) {
        if (body.kind === "update_begun") before.set(deployment, settled.get(deployment) ?? new Map());
        if (body.kind === "deployment_moved" && body.from === "reverting" && body.to !== "shutting_down")
          isAsItWas(deployment);
      }
      const ids = [
        ...changed.deployments.map(({ key }) => key),
        ...changed.instances.flatMap(({ after }) => after?.row.deployment ?? []),
      ];
      for (const id of new Set(ids)) {
        const state = facts.deployments.get(id)?.state;
        if (state === "running" || state === "incomplete") settled.set(id, membersOf(facts, id));
      }
    },
  };
};

function membersOf(facts: Facts, id: string): Members {
  return new Map(facts.instancesOf(id).map(({ name, machine }) => [name, machine]));
}
