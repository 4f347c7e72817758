// Mistakes that the server finds in a launch, as the command line tells them.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { problem, standWith } from "./stand.samples.ts";

const file = join(mkdtempSync(join(tmpdir(), "slipway-mistakes-")), "shop.yaml");
writeFileSync(file, "slipway: 1\n");

const launch = async (...errors: { pointer: string; detail: string }[]) => {
  const refused = problem("bad_request", errors.map(({ detail }) => detail).join("; "), { errors });
  await using stand = await standWith({ "POST /v1/deployments": refused, "POST /v1/plan": refused });
  return [await stand.run(["launch", file]), await stand.run(["plan", file])].map(({ exitCode, err }) => [
    exitCode,
    err,
  ]);
};

test("what is wrong with an option is told by its name", async () => {
  const name = { pointer: "/name", detail: "must be a name" };
  const pool = { pointer: "/pool", detail: "there is no pool nope" };
  const both = [2, "slipway: --name: must be a name\n  --pool: there is no pool nope\n"];
  expect(await launch(name, pool)).toEqual([both, both]);
  const one = [2, "slipway: --pool: there is no pool nope\n"];
  expect(await launch(pool)).toEqual([one, one]);
});

test("what is no option's stays as the server says it", async () => {
  const told = await launch({ pointer: "/name", detail: "must be a name" }, { pointer: "/partial", detail: "is odd" });
  expect(told.map(([, err]) => String(err))).toEqual(told.map(() => expect.not.stringContaining("--name")));
});
