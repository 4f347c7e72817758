import { expect, test } from "vitest";
import type { Check } from "../../contract/checkup.ts";
import { at, SAMPLE_TIME } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";
import { ownVersion } from "../version.ts";

const check = (given: Partial<Check>): Check => ({
  name: "database",
  state: "fine",
  text: "embedded",
  remedy: null,
  ...given,
});
const found = (...checks: Check[]) => ({ "GET /v1/checkup": { json: { version: ownVersion(), at: at(0), checks } } });

test("one screen says what is fine, what is to be known and what is wrong", async () => {
  const note = check({ name: "callbacks", state: "note", text: "an address of this machine", remedy: "set another" });
  const wrong = check({ name: "debt", state: "wrong", text: "2 machines", remedy: "slipway debt ls" });
  await using stand = await standWith(found(check({}), note, wrong));
  const { exitCode, out } = await stand.run(["doctor"]);
  expect(exitCode).toBe(1);
  expect(out.split("\n")).toEqual([
    `Slipway at ${stand.url}`,
    `✓ version   ${ownVersion()}, as this command line`,
    "✓ database  embedded",
    "· callbacks an address of this machine",
    "            → set another",
    "! debt      2 machines",
    "            → slipway debt ls",
    "1 wrong, 1 to be known",
    "",
  ]);
});

test("what is only to be known is no failure", async () => {
  await using stand = await standWith(found(check({ state: "note" })));
  const { exitCode, out } = await stand.run(["doctor"]);
  expect([exitCode, out.split("\n").at(-2)]).toEqual([0, "Nothing is wrong, 1 to be known"]);
  expect(JSON.parse((await stand.run(["doctor", "--json"])).out).checks).toHaveLength(1);
});

test("a server whose database is away tells that, and one that is not there ends as always", async () => {
  await using stand = await standWith({ "GET /v1/checkup": problem("unavailable", "The database is away.") });
  const away = await stand.run(["doctor"]);
  expect([away.exitCode, away.out]).toEqual([1, expect.stringContaining("! database  The database is away.")]);
  const gone = await stand.run(["doctor"], { env: { SLIPWAY_URL: "http://127.0.0.1:1" } });
  expect(gone.exitCode).toBe(3);
});

test("clocks of the two machines that are far apart are told", async () => {
  await using stand = await standWith(found(check({})), () => SAMPLE_TIME);
  const { out } = await stand.run(["doctor"], { now: () => SAMPLE_TIME + 600_000 });
  expect(out).toContain("· own clock this machine's clock is 10 min 00 s ahead of the server's time");
  expect(out.split("\n").at(-2)).toBe("Nothing is wrong, 1 to be known");
});
