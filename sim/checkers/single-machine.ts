// At most one machine alive per instance and revision, in whatever attempt. Two of an instance live beside each other only for an update,
// which makes the new one first, unless the blueprint has it after; what is left when it is over is on its way out, or debt.

import type { DeploymentState } from "../../src/core/states.ts";
import type { Facts, Life } from "../facts.ts";
import { revisionOf } from "../revision-of.ts";
import type { CheckerOf } from "./checker.ts";

const BESIDE: readonly (DeploymentState | undefined)[] = ["updating", "reverting", "shutting_down"];

export const singleMachine: CheckerOf = (facts, find) => ({
  name: "single machine",
  billed({ kind }, life) {
    const { owner } = life;
    if (kind !== "born" || owner === null || life.isExcess) return;
    for (const other of facts.livesOf(owner.deployment)) {
      if (other === life || other.goneAt !== null || other.isExcess) continue;
      if (other.owner?.instance !== owner.instance) continue;
      // By policy a launch may go on beside a machine that its rollback could not remove in time.
      if (facts.ledger.get(other.name)?.debtSince !== null || facts.everKept.has(other.name)) continue;
      if (areOfAnUpdate(facts, life, other)) continue;
      find(`${life.name} is born at ${life.cloud} while ${other.name} of the same instance lives at ${other.cloud}`);
    }
  },
});

function areOfAnUpdate(facts: Facts, life: Life, other: Life): boolean {
  const [own, before] = [facts.ledger.get(life.name), facts.ledger.get(other.name)];
  if (own === undefined || before === undefined || revisionOf(facts, own) === revisionOf(facts, before)) return false;
  const spec = facts.deployments
    .get(own.deployment ?? "")
    ?.blueprint.instances.find(({ name }) => name === own.instance);
  const isUpdated = facts.deployments.get(own.deployment ?? "")?.state === "updating";
  if (isUpdated && spec?.update.order === "removeFirst") return own.undoAskedAt !== null;
  const isUnderWay = BESIDE.includes(facts.deployments.get(own.deployment ?? "")?.state);
  // Born late, of an update that is over.
  return isUnderWay || own.undoAskedAt !== null;
}
