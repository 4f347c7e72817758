// No two accounts with live machines of one deployment, unless the machines of one of them have become debt by policy, or are kept in quarantine.

import type { CheckerOf } from "./checker.ts";

export const singleAccount: CheckerOf = (facts, find) => ({
  name: "single account",
  billed({ kind }, life) {
    const { owner } = life;
    if (kind !== "born" || owner === null || life.isExcess) return;
    for (const other of facts.livesOf(owner.deployment)) {
      if (other.cloud === life.cloud || other.goneAt !== null || other.isExcess) continue;
      if (facts.ledger.get(other.name)?.debtSince !== null || facts.everKept.has(other.name)) continue;
      find(`${life.name} is born at ${life.cloud} while ${other.name} lives at ${other.cloud}`);
    }
  },
});
