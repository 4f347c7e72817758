import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
import type { Deployment } from "../contract/deployment.ts";
import { emulator } from "./emulator.samples.ts";
import { at, sampleAttempt, sampleDeployment, sampleInstance } from "./replies.samples.ts";
import { moved, problem, standWith, streaming } from "./stand.samples.ts";

const ID = sampleDeployment().id;
const NAMES = ["db-1", "db-2", "app-1", "app-2", "app-3", "web-1", "web-2", "web-3", "web-4"];

function shown(given: Parameters<typeof sampleDeployment>[0], ready: number) {
  const instances = NAMES.map((name, place) =>
    place < ready
      ? sampleInstance({ name, state: "running", ready: true, privateAddress: `10.0.0.${place}` })
      : sampleInstance({ name, state: "pending", step: "boot", stepSince: at(0) }),
  );
  return { json: sampleDeployment({ instances, ...given }) };
}

test.each([
  [60, 9],
  [80, 24],
  [40, 6],
])("a watch over an outage leaves nothing on a terminal of %i by %i but what it drew last", async (columns, rows) => {
  const broken = (response: ServerResponse) => response.destroy();
  const attempts = [sampleAttempt({ outcome: "succeeded", endedAt: at(9) })];
  await using stand = await standWith({
    [`GET /v1/deployments/shop`]: shown({ eventNo: 1 }, 0),
    [`GET /v1/deployments/${ID}`]: [
      shown({ eventNo: 1 }, 3),
      problem("unavailable", "The database does not answer, and says so in many words that need several lines."),
      shown({ eventNo: 2 }, 7),
      shown({ state: "running", eventNo: 3, attempts, allRunningAt: at(9) }, 9),
    ],
    [`GET /v1/deployments/${ID}/stream`]: [
      streaming([moved(1, "pending")], "break"),
      broken,
      streaming([moved(2, "pending"), moved(3, "running")]),
    ],
  });
  const { exitCode, out } = await stand.run(["watch", "shop"], { columns, rows, env: { NO_COLOR: "1" } });
  expect(exitCode).toBe(0);
  expect(out).toContain("No contact with");
  const { rows: printed, terminal } = emulator(columns, rows);
  terminal.stdout.write(out);
  const last = out.slice(out.lastIndexOf("\r") + 1);
  const drawn = last.split("\n").map((line) => line.replaceAll(/\p{Cc}\[\??\d*[A-Za-z]/gu, ""));
  expect(printed.filter((row) => row !== "")).toEqual(drawn.filter((line) => line !== ""));
  expect(drawn.filter((line) => line.includes("attempt"))).toHaveLength(1);
});

test("who waits in silence is told once of an account that cannot be used, also when that comes later", async () => {
  const stopping = (troubles: Deployment["troubles"]) => ({
    json: sampleDeployment({ state: "shutting_down", standing: "shutting_down", eventNo: 1, troubles }),
  });
  const east = { account: "east", text: "is suspended: key revoked" };
  const done = { json: sampleDeployment({ state: "stopped", eventNo: 2 }) };
  await using stand = await standWith({
    "POST /v1/deployments/shop/stop": stopping([]),
    [`GET /v1/deployments/${ID}`]: [stopping([east]), stopping([{ ...east, text: "is suspended: again" }]), done],
    [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "pending"), moved(2, "failed")]),
  });
  const { exitCode, err } = await stand.run(["stop", "shop", "--wait"], { tickAt: "key revoked" });
  expect({ exitCode, err }).toEqual({
    exitCode: 0,
    err:
      "slipway: shop waits for account east, which is suspended: key revoked\n" +
      "  it is tried on: Ctrl-C ends the waiting only\n",
  });
});

test("why a launch failed and why its rollback is stuck are told apart", async () => {
  const debt = { count: 1, perHour: 0.04, total: 0, unpriced: 0, why: "db: it is locked" };
  const stuck = { state: "rollback_failed", failure: "web: no room", debt, eventNo: 1 } as const;
  await using stand = await standWith({
    "GET /v1/deployments/shop": { json: sampleDeployment(stuck) },
    [`GET /v1/deployments/${ID}`]: { json: sampleDeployment(stuck) },
    [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "failed")]),
  });
  expect(await stand.run(["watch", "shop"])).toMatchObject({
    exitCode: 5,
    err:
      "slipway: shop has a rollback that is stuck: 1 machine is not proven gone\n" +
      "  why the launch failed: web: no room\n" +
      "  why the rollback is stuck: db: it is locked\n" +
      "  see slipway show shop\n" +
      "  see slipway debt ls\n",
  });
});

test("messages on a terminal are wrapped at its width, and commands to paste are not", async () => {
  const detail =
    "Deployment shop is running, and a sentence as long as this one would go beyond the edge of the window.";
  await using stand = await standWith({ "POST /v1/deployments/shop/cancel": problem("not_in_this_state", detail) });
  const { err } = await stand.run(["cancel", "shop"], { typed: "" });
  expect(err.split("\n").map((line) => line.length <= 80)).toEqual([true, true, true]);
  expect(err.replaceAll(/\n +/g, " ")).toBe(`slipway: ${detail}\n`);
});
