import { execFileSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { sampleDeployment, sampleInstance } from "./replies.samples.ts";
import { runAt, standWith } from "./stand.samples.ts";

const shop = sampleDeployment({
  instances: [sampleInstance({ name: "db" }), sampleInstance({ name: "web-1" })],
  outputs: [{ name: "url", description: null, secret: false, value: "x", missing: null }],
});
const summary = { ...shop, instanceCount: 2, readyCount: 0, debtCount: 0 };
const script = {
  "GET /v1/deployments?limit=500": { json: { deployments: [summary, { ...summary, name: "blue" }], next: null } },
  "GET /v1/deployments/shop": { json: shop },
  "GET /v1/blueprints": {
    json: { blueprints: [{ name: "hello", version: 1, createdAt: shop.createdAt, createdBy: "ann" }] },
  },
};

test.each<[string, readonly string[]]>([
  ["sho", ["show"]],
  ["account a", ["add"]],
  ["show ", ["blue", "shop"]],
  ["show sh", ["shop"]],
  ["stop shop b", ["blue"]],
  ["ssh s", ["shop/"]],
  ["ssh shop/", ["shop/db", "shop/web-1"]],
  ["logs shop/w", ["shop/web-1"]],
  ["output shop u", ["url"]],
  ["retry shop ", ["db", "web-1"]],
  ["launch h", ["hello"]],
  ["blueprint show ", ["hello"]],
  ["show --j", ["--json"]],
  ["launch x --par", ["--param-file", "--partial"]],
  ["launch x --name ", []],
  ["audit --kind p", ["pool", "profile"]],
  ["launch x --wait h", []],
  ["account add ", []],
  ["show -- --", []],
  ["show nothing more", []],
])("behind `slipway %s` may come %j", async (line, expected) => {
  await using stand = await standWith(script);
  const { exitCode, out, err } = await stand.run(["complete", "--", ...line.split(" ")]);
  expect([exitCode, out.split("\n").filter(Boolean), err]).toEqual([0, expected, ""]);
});

test("without a server, and without a right to look, nothing is offered and nobody is told", async () => {
  await using stand = await standWith({});
  const refused = await stand.run(["complete", "--", "show", ""]);
  expect([refused.exitCode, refused.out, refused.err]).toEqual([0, "", ""]);
  const env = { SLIPWAY_CONFIG: join(stand.folder, "none.json"), HOME: stand.folder };
  const alone = await runAt(env, ["complete", "--", "show", ""]);
  expect([alone.exitCode, alone.out, alone.err]).toEqual([0, "", ""]);
});

test("bash takes what is offered", async () => {
  await using stand = await standWith({});
  const { out } = await stand.run(["completion", "bash"]);
  await writeFile(join(stand.folder, "script"), out);
  await writeFile(join(stand.folder, "slipway"), '#!/bin/sh\nprintf "%s\\n" "$#" "$@"\n');
  await chmod(join(stand.folder, "slipway"), 0o755);
  const asked =
    'complete() { :; }; . "$0"; COMP_WORDS=(slipway show "a b" ""); COMP_CWORD=3; _slipway; printf "<%s>" "${COMPREPLY[@]}"';
  const env = { PATH: `${stand.folder}:/usr/bin:/bin` };
  expect(execFileSync("bash", ["-c", asked, join(stand.folder, "script")], { env, encoding: "utf8" })).toBe(
    "<5><complete><--><show><a b>",
  );
});

test("a shell that is not known is told with those that are", async () => {
  await using stand = await standWith({});
  const { exitCode, err } = await stand.run(["completion", "tcsh"]);
  expect([exitCode, err]).toEqual([2, expect.stringContaining("must be one of bash, zsh, fish")]);
  expect((await stand.run(["completion", "zsh"])).out).toContain("#compdef slipway");
  expect((await stand.run(["completion", "fish"])).out).toContain("complete -c slipway");
});
