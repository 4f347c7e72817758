// A cloud's own words in the tree: what they are about is said before them.

import { expect, test } from "vitest";
import { plain } from "./print.ts";
import { at, CAPACITY, sampleDeployment, sampleInstance, sampleMachine } from "./replies.samples.ts";
import { treeLines } from "./tree.ts";

const QUOTA = { ...CAPACITY, class: "quota", scope: "account", text: "Quota exceeded for cores" } as const;
const TOLD = "quota of account east at its cloud: Quota exceeded for cores (raised by its operator)";
const frame = { now: Date.parse(at(72)), width: Infinity, height: Infinity, paint: plain };

test("a machine that was refused for a quota says whose it is", () => {
  const refused = sampleInstance({ state: "create_failed", account: null, machine: null, fault: QUOTA });
  const failed = sampleDeployment({ account: "east", instances: [refused], machines: [], attempts: [] });
  expect(treeLines(failed, frame)[1]).toContain(`create_failed, ${TOLD}`);
});

test("so does a call that is tried again", () => {
  const machine = sampleMachine({
    id: "m-db",
    account: "east",
    failures: 1,
    callAt: at(73),
    call: "destroy",
    fault: QUOTA,
  });
  const going = sampleInstance({ state: "shutting_down", machine: "m-db" });
  const deployment = sampleDeployment({
    state: "rollback_in_progress",
    attempts: [],
    instances: [going],
    machines: [machine],
  });
  expect(treeLines(deployment, frame)[1]).toContain(`try 2 in 1 s, ${TOLD}`);
});
