import { expect, test } from "vitest";
import type { Deployment } from "../contract/deployment.ts";
import { plain } from "./print.ts";
import { at, SAMPLE_TIME, sampleDeployment, sampleMachine } from "./replies.samples.ts";
import { moved, standWith, streaming } from "./stand.samples.ts";
import { treeLines } from "./tree.ts";

const kept = (given: Partial<Deployment["machines"][number]> = {}) =>
  sampleMachine({ id: "sw-1-a1-web-t1", instance: "web", hourlyCost: 0.025, quarantinedUntil: at(3_700), ...given });
const last = (given: Partial<Deployment>) =>
  treeLines(sampleDeployment(given), {
    now: SAMPLE_TIME + 100_000,
    width: Infinity,
    height: Infinity,
    paint: plain,
  }).at(-1);

const cost = { total: 0.1, perHour: 0.085, failedAttempts: 0, unpriced: 0, unpricedNow: 0 };
const running = { state: "running", cost } as const;

test("what a machine in quarantine costs is told within what all costs", () => {
  expect(last({ ...running, machines: [kept()] })).toBe(
    "All ready, $0.0850 per hour, of which $0.0250 for the failed machine of web, which is kept for another 1 h 00 min",
  );
  expect(last({ ...running, machines: [kept(), kept({ instance: "app", quarantinedUntil: at(400) })] })).toContain(
    ", of which $0.0500 for the failed machines of web, app, which are kept for another 1 h 00 min at most",
  );
  expect(last({ ...running, machines: [kept({ hourlyCost: null })] })).toContain(
    "$0.0850 per hour, with the failed machine of web, which",
  );
  expect(last({ ...running, machines: [kept({ quarantinedUntil: null })] })).toBe("All ready, $0.0850 per hour");
});

test("where not all is ready it has a line of its own", () => {
  expect(last({ state: "failed", failure: "no room", machines: [kept()] })).toBe(
    "In quarantine: the failed machine of web, which is kept for another 1 h 00 min, $0.0250 per hour",
  );
});

const { id: ID } = sampleDeployment();
const going = kept({ quarantinedUntil: null, undoAskedAt: at(50) });
const GOES = "its machine sw-1-a1-web-t1 of web, which was in quarantine, goes now";

test.each(["--wait", "--watch"])(
  "what goes with a deployment that is brought down %s is told at its end",
  async (how) => {
    const stopping = { json: sampleDeployment({ state: "shutting_down", eventNo: 1 }) };
    const done = { json: sampleDeployment({ state: "stopped", final: true, eventNo: 2, machines: [going] }) };
    await using stand = await standWith({
      "POST /v1/deployments/shop/stop": stopping,
      [`GET /v1/deployments/${ID}`]: [stopping, done],
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "pending"), moved(2, "failed")]),
    });
    const { exitCode, out } = await stand.run(["down", "shop", how], how === "--watch" ? { columns: 120 } : {});
    expect(exitCode).toBe(0);
    if (how === "--wait") expect(out).toBe(`shop is stopped; ${GOES}: slipway show shop\n`);
    else expect(out.slice(out.lastIndexOf("\r"))).toContain(GOES);
  },
);
