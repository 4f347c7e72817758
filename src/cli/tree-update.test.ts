import { expect, test } from "vitest";
import type { Deployment } from "../contract/deployment.ts";
import { plain } from "./print.ts";
import { at, SAMPLE_TIME, sampleDeployment } from "./replies.samples.ts";
import { treeLines } from "./tree.ts";
import type { Revision } from "../contract/revision.ts";

const lines = (deployment: Deployment, width: number, seconds: number) =>
  treeLines(deployment, { now: SAMPLE_TIME + seconds * 1000, width, height: Infinity, paint: plain });

test("an update has a time of its own, and what it came to is told by the launch's again", () => {
  const first: Revision = {
    no: 1,
    why: "launch",
    by: "ada",
    begunAt: at(0),
    endedAt: at(40),
    outcome: "succeeded",
    reason: null,
    changes: [],
  };
  const second: Revision = {
    no: 2,
    why: "update",
    by: "ada",
    begunAt: at(3_600),
    endedAt: null,
    outcome: null,
    reason: null,
    changes: [],
  };
  const given = { revisions: [first, second], revision: 2, allRunningAt: at(40) };
  for (const state of ["updating", "reverting"] as const) {
    const [head] = lines(sampleDeployment({ ...given, state, standing: state }), 80, 3_612);
    expect(head).toMatch(new RegExp(`${state}  12 s`));
  }
  const revisions = [first, { ...second, endedAt: at(3_650), outcome: "succeeded" as const }];
  const [head] = lines(sampleDeployment({ ...given, state: "running", standing: "running", revisions }), 80, 3_700);
  expect(head).toMatch(/running after 40 s/);
});
