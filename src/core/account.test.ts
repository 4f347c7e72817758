import { expect, test } from "vitest";
import { sampleFault } from "../ports/store.samples.ts";
import { ACCOUNT_HEALTHS } from "./account.ts";
import { FAULT_CLASSES } from "./fault.ts";
import { type Health, healthAfter } from "./world/tracking.ts";

test("from unknown, polls reach every health there is, and no other", () => {
  const polls = [null, ...FAULT_CLASSES.map((cls) => sampleFault({ class: cls }))];
  const reached = new Map<string, Health>([["unknown", { health: "unknown", healthText: null }]]);
  for (const before of reached.values()) {
    for (const fault of polls) {
      const after = healthAfter(before, fault);
      if (!reached.has(after.health)) reached.set(after.health, after);
    }
  }
  expect([...reached.keys()].sort()).toEqual([...ACCOUNT_HEALTHS].sort());
});
