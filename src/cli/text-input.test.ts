// Every way by which text comes in: what is no UTF-8 is refused with its name and its place, and nothing is asked of the server.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { readStdinText } from "./text-input.ts";
import { sampleDeployment } from "./replies.samples.ts";
import { standWith } from "./stand.samples.ts";

const LATIN_1 = Buffer.from("caf\xe9", "latin1");
const PLACE = "is not UTF-8 text: the byte 0xE9 at offset 3 does not fit; save it as UTF-8";

describe("what is no UTF-8 is refused", () => {
  test.each<[string, (file: string) => readonly string[], "FILE" | "standard input"]>([
    ["--set-file", (file) => ["launch", "shop", "--set-file", `cert=${file}`], "FILE"],
    ["--set-file -", () => ["launch", "shop", "--set-file", "cert=-"], "standard input"],
    ["a blueprint to launch", (file) => ["launch", file], "FILE"],
    ["a blueprint to plan", (file) => ["plan", file], "FILE"],
    ["a blueprint to check", (file) => ["blueprint", "check", file], "FILE"],
    ["a blueprint to store", (file) => ["blueprint", "put", file], "FILE"],
    ["a blueprint on standard input", () => ["launch", "-"], "standard input"],
    ["a credential", () => ["account", "add", "a", "--provider", "sim", "--credential", "key=-"], "standard input"],
    ["a token", () => ["login", "http://127.0.0.1:7070"], "standard input"],
  ])("%s", async (_, argv, name) => {
    await using stand = await standWith({});
    const file = join(stand.folder, "latin1.yaml");
    await writeFile(file, LATIN_1);
    const ended = await stand.run(argv(file), { stdin: LATIN_1 });
    expect(ended).toEqual({ exitCode: 2, out: "", err: `slipway: ${name === "FILE" ? file : name} ${PLACE}\n` });
    expect(stand.requests.filter(({ method }) => method !== "GET")).toEqual([]);
  });
});

test("the mark that some editors put before a text is left out, of values and of the configuration too", async () => {
  await using stand = await standWith({
    "POST /v1/deployments": { status: 201, json: sampleDeployment({ state: "new" }) },
  });
  const file = join(stand.folder, "cert.pem");
  await writeFile(file, "\uFEFF-----BEGIN\nx\n");
  await writeFile(
    join(stand.folder, "config.json"),
    `\uFEFF${JSON.stringify({ url: stand.url, token: "secret-token" })}`,
    { mode: 0o600 },
  );
  const ended = await stand.run(["launch", "-", "--set-file", `cert=${file}`], {
    stdin: "\uFEFFname: shop\n",
    env: { SLIPWAY_URL: undefined, SLIPWAY_TOKEN: undefined },
  });
  expect(ended).toMatchObject({ exitCode: 0, err: "" });
  expect(stand.requests.at(-1)?.body).toMatchObject({
    blueprint: { source: "name: shop\n" },
    parameters: { cert: "-----BEGIN\nx" },
  });
});

test("whoever writes on and on is not listened to for ever", async () => {
  let pieces = 0;
  const endless = Readable.from(
    (function* () {
      for (;;) {
        pieces += 1;
        yield Buffer.alloc(64 * 1024, "y");
      }
    })(),
  );
  await expect(readStdinText({ stdin: endless })).rejects.toThrow("standard input is larger than 1 MiB");
  expect(pieces).toBeLessThan(64);
});
