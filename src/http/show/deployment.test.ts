import { expect, test } from "vitest";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleAttempt,
  sampleDeployment,
  sampleInstance,
  sampleMachine,
  samplePlacement,
} from "../../ports/store.samples.ts";
import { showDeployment } from "./deployment.ts";

const HOUR_MS = 3_600_000;

test("machines whose price nobody knows are counted, and are in no sum", () => {
  const made = { state: "made", externalId: "x", madeAt: SAMPLE_TIME } as const;
  const priced = sampleMachine({ ...made, id: sampleMachine().id, hourlyMicros: 40_000 });
  const shown = showDeployment({
    snapshot: {
      deployment: sampleDeployment({ state: "pending", attemptNo: 1 }),
      instances: [sampleInstance({ machine: priced.id })],
      revisions: [],
      attempts: [sampleAttempt()],
      machines: [],
      placements: [samplePlacement({ instance: "app", hourlyMicros: null })],
    },
    hasNamesake: false,
    machines: [
      priced,
      sampleMachine({ ...made, instance: "app", hourlyMicros: null, debtSince: SAMPLE_TIME }),
      sampleMachine({ ...made, instance: "web", state: "gone", closedAt: SAMPLE_TIME, hourlyMicros: null }),
    ],
    kept: { stepsFrom: 1, consolesGoneAt: null, ledgerGoneAt: null },
    accounts: [sampleAccount()],
    unanswered: [],
    mayAct: true,
    now: SAMPLE_TIME + HOUR_MS,
    past: new Map(),
  });
  expect(shown.cost).toEqual({ total: 0.04, perHour: 0.04, failedAttempts: 0, unpriced: 2, unpricedNow: 1 });
  expect(shown.machines.map(({ cost, hourlyCost }) => [cost, hourlyCost])).toEqual([
    [0.04, 0.04],
    [null, null],
    [null, null],
  ]);
  expect(shown.debt).toMatchObject({ count: 1, perHour: 0, total: 0, unpriced: 1 });
  expect(shown.attempts.map(({ cost, unpriced }) => [cost, unpriced])).toEqual([[0.04, 2]]);
});
