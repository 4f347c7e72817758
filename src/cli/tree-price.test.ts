import { expect, test } from "vitest";
import { at, SAMPLE_TIME, sampleAttempt, sampleDeployment } from "./replies.samples.ts";
import type { Deployment } from "../contract/deployment.ts";
import { plain } from "./print.ts";
import { treeLines } from "./tree.ts";

const lines = (deployment: Deployment, width: number) =>
  treeLines(deployment, { now: SAMPLE_TIME + 100_000, width, height: Infinity, paint: plain });

test("where no price is known, none is said", () => {
  const cost = { total: 0, perHour: 0, failedAttempts: 0, unpriced: 1, unpricedNow: 1 };
  const running = sampleDeployment({ state: "running", allRunningAt: at(90), attempts: [], cost });
  expect(lines(running, 80).at(-1)).toBe("All ready, price not known");
  const mixed = sampleDeployment({ ...running, cost: { ...cost, perHour: 0.12 } });
  expect(lines(mixed, 80).at(-1)).toBe("All ready, $0.1200 per hour, not counting 1 machine whose price is not known");
  const attempts = [sampleAttempt({ hourlyCost: 0, unpriced: 4, outcome: null, endedAt: null })];
  expect(lines(sampleDeployment({ attempts }), 200)[1]).toMatch(/ at east \(east-1\), .*, price not known$/);
  const debt = { count: 2, perHour: 0, total: 0, unpriced: 2, why: null };
  expect(lines(sampleDeployment({ state: "failed", debt }), 200).at(-1)).toContain(
    "2 machines are not proven gone, price not known; Slipway goes on trying",
  );
});
