import type { ServerResponse } from "node:http";
import { expect, test } from "vitest";
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
