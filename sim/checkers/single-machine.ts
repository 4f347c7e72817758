// At most one machine alive per instance, in whatever attempt.

import type { CheckerOf } from "./checker.ts";

export const singleMachine: CheckerOf = (facts, find) => ({
  name: "single machine",
  billed({ kind }, life) {
    const { owner } = life;
    if (kind !== "born" || owner === null || life.isExcess) return;
    for (const other of facts.livesOf(owner.deployment)) {
      if (other === life || other.goneAt !== null || other.isExcess) continue;
      if (other.owner?.instance !== owner.instance) continue;
      // By policy a launch may go on beside a machine that its rollback could not remove in time.
      if (facts.ledger.get(other.name)?.debtSince !== null) continue;
      find(`${life.name} is born at ${life.cloud} while ${other.name} of the same instance lives at ${other.cloud}`);
    }
  },
});
