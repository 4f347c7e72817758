import { expect, test } from "vitest";
import type { Deployment } from "../contract/deployment.ts";
import { plain } from "./print.ts";
import { at, SAMPLE_TIME, sampleDeployment, sampleInstance } from "./replies.samples.ts";
import { treeLines } from "./tree.ts";

const lines = (deployment: Deployment, width: number) =>
  treeLines(deployment, { now: SAMPLE_TIME, width, height: Infinity, paint: plain });

test("a failed attempt that is held says what it costs, until when, and how it ends sooner", () => {
  const held = sampleDeployment({
    state: "pending",
    attempts: [],
    instances: [sampleInstance({ state: "running", ready: true })],
    failure: "web: no room",
    study: { since: at(0), until: at(90) },
    cost: { total: 0.01, perHour: 0.12, failedAttempts: 0, unpriced: 0, unpricedNow: 0 },
    actions: ["release", "cancel"],
  });
  expect(lines(held, 300).at(-1)).toMatch(
    /^The attempt has failed \(web: no room\) and is held for study for another .*, \$0\.1200 per hour; then it is rolled back\. Sooner: slipway release shop$/,
  );
  expect(lines({ ...held, failure: null, actions: [] }, 300).at(-1)).toMatch(/\(no reason\).*then it is rolled back$/);
});

test("a member that fails its live check says so, up or not", () => {
  const live = {
    kind: "tcp",
    port: 80,
    path: null,
    periodMs: 5_000,
    failures: 3,
    missed: 1,
    lastAnswer: "503",
    deadSince: null,
  } as const;
  const member = sampleInstance({ state: "running", ready: true, live, privateAddress: "10.0.0.4" });
  expect(lines(sampleDeployment({ state: "running", instances: [member] }), 200)).toContain(
    "  ● db  running, ready, its live check failed 1 of 3 times: 503, 10.0.0.4",
  );
  const dead = { ...member, ready: false, live: { ...live, missed: 3, deadSince: at(1) } };
  const text = lines(sampleDeployment({ state: "incomplete", instances: [dead] }), 200).join("\n");
  expect(text).toContain("db  running, its live check failed 3 times in a row: 503");
});
