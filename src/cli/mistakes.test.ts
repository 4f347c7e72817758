// Mistakes that the server finds in a launch, as the command line tells them.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { problem, standWith } from "./stand.samples.ts";

const file = join(mkdtempSync(join(tmpdir(), "slipway-mistakes-")), "shop.yaml");
writeFileSync(file, "slipway: 1\n");

const launch = async (options: string[], ...errors: { pointer: string; detail: string }[]) => {
  const refused = problem("bad_request", errors.map(({ detail }) => detail).join("; "), { errors });
  await using stand = await standWith({ "POST /v1/deployments": refused, "POST /v1/plan": refused });
  return [await stand.run(["launch", file, ...options]), await stand.run(["plan", file, ...options])].map(
    ({ exitCode, err }) => [exitCode, err],
  );
};

test("what is wrong with an option is told by its name", async () => {
  const name = { pointer: "/name", detail: "must be a name" };
  const pool = { pointer: "/pool", detail: "there is no pool nope" };
  const options = ["--pool", "nope"];
  const plan = [2, "slipway: must be a name\n  --pool: there is no pool nope\n  to name it: --name NAME\n"];
  expect(await launch(options, name, pool)).toEqual([plan, plan]);
  const one = [2, "slipway: --pool: there is no pool nope\n"];
  expect(await launch(options, pool)).toEqual([one, one]);
});

test("what is wrong with what the server chose is not told of an option that nobody gave", async () => {
  const empty = { pointer: "/pool", detail: "pool default has no account" };
  const told = [2, "slipway: pool default has no account\n  to name it: --pool POOL\n"];
  expect(await launch([], empty)).toEqual([told, told]);
});

test("what is no option's stays as the server says it", async () => {
  const told = await launch(
    [],
    { pointer: "/name", detail: "must be a name" },
    { pointer: "/partial", detail: "is odd" },
  );
  expect(told.map(([, err]) => String(err))).toEqual(told.map(() => expect.not.stringContaining("--name")));
});
