import { expect, test } from "vitest";
import { SAMPLE_TIME, sampleAbout } from "../replies.samples.ts";
import { standWith } from "../stand.samples.ts";

const HOUR_MS = 3_600_000;

test.each([
  [{}, "Clock: the database's, which was never seen to be set"],
  [
    { offsetMs: 3 * HOUR_MS, steps: 1, lastAt: "2026-11-22T09:50:00.000Z", lastByMs: -3 * HOUR_MS },
    "Clock: 3 h 00 min ahead of the database's, since that was set once, last back by 3 h 00 min, 10 min 00 s ago",
  ],
  [
    { offsetMs: -40, steps: 2, lastAt: "2026-11-22T09:50:00.000Z", lastByMs: 3 * HOUR_MS },
    "Clock: the database's again, since that was set 2 times, last forward by 3 h 00 min, 10 min 00 s ago",
  ],
])("about shows the server and its clock: %j", async (clock, line) => {
  const server = { ...sampleAbout(), clock: { offsetMs: 0, steps: 0, lastAt: null, lastByMs: null, ...clock } };
  await using stand = await standWith({ "GET /v1/about": { json: server } }, () => SAMPLE_TIME);
  const { exitCode, out } = await stand.run(["about"]);
  expect(exitCode).toBe(0);
  expect(out.trimEnd().split("\n")).toEqual([
    `Slipway 1.0.0 at ${stand.url}`,
    "Installation test, on the labels of all machines",
    "Database: embedded, in a folder of the server",
    "Providers: sim",
    line,
    "This token is ada, admin",
  ]);
  expect(JSON.parse((await stand.run(["about", "--json"])).out)).toEqual(server);
});
