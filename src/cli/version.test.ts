import { expect, test } from "vitest";
import { sampleAbout } from "./replies.samples.ts";
import { runAt, standWith } from "./stand.samples.ts";
import { ownVersion, tooOld } from "./version.ts";

test.each([
  ["1.2.3", "1.9.0", null],
  ["1.2.3", "2.0.0", "client"],
  ["2.0.0", "1.9.9", "server"],
  ["0.2.0", "0.2.7", null],
  ["0.2.0", "0.3.0", "client"],
  ["0.3.0", "0.2.0", "server"],
  ["0.9.0", "1.0.0", "client"],
  ["unknown", "1.0.0", null],
  ["1.0.0", "unknown", null],
] as const)("%s and %s: the older one that does not go with the other is %s", (client, server, older) => {
  expect(tooOld(client, server)).toBe(older);
});

test("the command line's version is told before the server is asked, and the server's with a warning", async () => {
  await using stand = await standWith({ "GET /v1/about": { json: { ...sampleAbout(), version: "7.0.0" } } });
  const { exitCode, out, err } = await stand.run(["version"]);
  expect([exitCode, out]).toEqual([0, `Command line ${ownVersion()}\nServer       7.0.0, at ${stand.url}\n`]);
  expect(err).toBe("slipway: the two may not understand each other: update this command line\n");
  const json = await stand.run(["version", "--json"]);
  expect(JSON.parse(json.out)).toEqual({ client: ownVersion(), server: "7.0.0", url: stand.url });
  const alone = await runAt({ SLIPWAY_CONFIG: `${stand.folder}/none.json`, HOME: stand.folder }, ["version"]);
  expect([alone.exitCode, alone.out]).toEqual([3, `Command line ${ownVersion()}\n`]);
  expect(alone.err).toContain("no server is known");
});
