import { expect, test } from "vitest";
import { problem, standWith } from "../stand.samples.ts";

const HUGE = {
  name: "huge",
  cpu: 16,
  memoryMib: 65_536,
  storageGib: 100,
  architecture: "x86_64",
  accelerators: 0,
  acceleratorKind: null,
};
const SMALL = { ...HUGE, name: "small", cpu: 1, memoryMib: 1024, storageGib: 10 };
const add = ["profile", "add", "huge", "--cpu", "16", "--memory-mib", "65536"];

test("profile add makes one, with the server's defaults for what is left out", async () => {
  await using stand = await standWith({
    "GET /v1/profiles": { json: { profiles: [SMALL] } },
    "PUT /v1/profiles/huge": { json: HUGE },
  });
  const { exitCode, out } = await stand.run([...add, "--storage-gib", "100"]);
  expect(stand.requests.at(-1)?.body).toEqual({ cpu: 16, memoryMib: 65_536, storageGib: 100 });
  const text = "Added profile huge: 16 cpu, 64 GiB, 100 GiB of storage, x86_64.\n";
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: text });
  expect((await stand.run([...add, "--json"])).out).toBe(`${JSON.stringify(HUGE)}\n`);
});

test("profile add replaces one only when that is asked for, and says what it was", async () => {
  await using stand = await standWith({
    "GET /v1/profiles": { json: { profiles: [{ ...HUGE, cpu: 8 }] } },
    "PUT /v1/profiles/huge": { json: HUGE },
  });
  const kept = await stand.run(add);
  expect(kept).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining("profile huge exists already: 8 cpu, 64 GiB"),
  });
  expect(stand.requests.map(({ method }) => method)).toEqual(["GET"]);
  const { out } = await stand.run([...add, "--replace"]);
  expect(out).toMatch(/^Replaced profile huge: 16 cpu, .*; it was 8 cpu, /);
});

test.each([
  [["--cpu", "0", "--memory-mib", "1"], "--cpu 0: must be a number above 0, 2147483647 at most"],
  [["--cpu", "2", "--memory-mib", "4GiB"], "--memory-mib 4GiB: must be a whole number from 1 to 2147483647"],
  [["--cpu", "2"], "--memory-mib is missing"],
])("profile add %j is refused before anything is asked", async (options, text) => {
  await using stand = await standWith({});
  const { exitCode, err } = await stand.run(["profile", "add", "huge", ...options]);
  expect({ exitCode, requests: stand.requests }).toEqual({ exitCode: 2, requests: [] });
  expect(err).toContain(text);
});

test("rm of several profiles, accounts, pools, blueprints and tokens removes those that are there", async () => {
  for (const noun of ["profile", "account", "pool", "blueprint", "token"]) {
    await using stand = await standWith({
      "GET /v1/accounts": { json: { accounts: [] } },
      [`DELETE /v1/${noun}s/one`]: {},
      [`DELETE /v1/${noun}s/two`]: problem("not_found", `There is no ${noun} two.`),
      [`DELETE /v1/${noun}s/three`]: {},
    });
    const { exitCode, out, err } = await stand.run([noun, "rm", "one", "two", "three", "one"]);
    expect(out.match(/^Removed \w+ \w+/gm)).toEqual([`Removed ${noun} one`, `Removed ${noun} three`]);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: `slipway: There is no ${noun} two.\n` });
  }
});

test("token add --json prints the token with whose it is", async () => {
  const nobody = { pool: null, owner: null, createdBy: "ada" };
  const times = { createdAt: "2026-11-22T10:00:00.000Z", expiresAt: null, lastUsedAt: null };
  const made = { name: "ci", role: "operator", ...nobody, ...times, token: "secret-1" };
  await using stand = await standWith({ "POST /v1/tokens": { status: 201, json: made } });
  const { out } = await stand.run(["token", "add", "ci", "--role", "operator", "--json"]);
  expect(out).toBe(`${JSON.stringify(made)}\n`);
});

test("all that is wrong with a hardware profile is told at once", async () => {
  await using stand = await standWith({});
  const { exitCode, err } = await stand.run(["profile", "add", "huge", "--cpu", "0", "--storage-gib", "x"]);
  expect(exitCode).toBe(2);
  expect(err.split("\n").map((line) => line.trim().replace(/:.*/, ""))).toEqual([
    "slipway",
    "--memory-mib is missing",
    "--cpu 0",
    "--storage-gib x",
    "see slipway profile add --help",
    "",
  ]);
  expect(err).toContain("the profile has 3 mistakes");
  expect(stand.requests).toEqual([]);
  const { err: one } = await stand.run(["profile", "add", "huge", "--cpu", "2"]);
  expect(one).toMatch(/^slipway: --memory-mib is missing/);
});
