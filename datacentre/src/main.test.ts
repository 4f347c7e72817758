// The datacentre as a process of its own.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { connectOverHttp } from "./client.ts";
import { plainCloud } from "./presets.ts";

const MAIN = join(import.meta.dirname, "main.ts");

let folder = "";
let child: ChildProcess | null = null;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "datacentre-"));
});
afterEach(() => {
  child?.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

/** Starts it and returns the first thing it says, on either stream. */
async function start(...given: string[]): Promise<string> {
  child = spawn(process.execPath, [MAIN, ...given], { stdio: ["ignore", "pipe", "pipe"] });
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error("both streams are pipes");
  const [said] = await Promise.race([once(stdout, "data"), once(stderr, "data")]);
  return String(said);
}

async function endOf(running: ChildProcess | null): Promise<unknown> {
  if (running === null) throw new Error("nothing runs");
  const ended = once(running, "exit");
  running.kill("SIGTERM");
  return ended;
}

test("prints its url, writes each billing entry at once, ends with 0 on SIGTERM", async () => {
  const config = join(folder, "config.json");
  const billing = join(folder, "billing.jsonl");
  writeFileSync(config, JSON.stringify({ clouds: [plainCloud({ name: "mine" })], seed: "7" }));
  const said = await start("--config", config, "--billing", billing);
  expect(said).toMatch(/^datacentre at http:\/\/127\.0\.0\.1:\d+ with the clouds mine\n$/);
  const url = /http:\S+/.exec(said)?.[0] ?? "";
  const api = connectOverHttp({ url, tenant: "plain", key: "plain-key" });
  const { id } = await api.create({ name: "web", realm: "plain-a", size: "small", image: "nginx-1" });
  await api.get(id);
  const entries = readFileSync(billing, "utf8").trimEnd().split("\n");
  expect(entries.map((line) => JSON.parse(line))).toMatchObject([
    { machineId: id, kind: "born" },
    { machineId: id, kind: "running" },
  ]);
  expect(await endOf(child)).toEqual([0, null]);
});

test("started again it gives no id a second time, unless a seed asks for it", async () => {
  const firstId = async (...given: string[]): Promise<string> => {
    const url = /http:\S+/.exec(await start("--preset", "plain", ...given))?.[0] ?? "";
    const api = connectOverHttp({ url, tenant: "plain", key: "plain-key" });
    const { id } = await api.create({ name: "web", realm: "plain-a", size: "small", image: "nginx-1" });
    await endOf(child);
    return id;
  };
  expect(await firstId()).not.toBe(await firstId());
  expect(await firstId("--seed", "7")).toBe(await firstId("--seed", "7"));
});

test("a face starts with clouds of its own", async () => {
  expect(await start("--face", "plain", "--port", "0")).toMatch(/ with the clouds plain\n$/);
});

test.each([
  [["--face", "mask"], "--face: must be one of plain"],
  [["--preset", "moon"], "--preset: must be one of demo, plain, wide"],
  [["--preset", "plain", "--port", "x"], "--port: must be 0 to 65535"],
  [["--config", "nowhere.json"], "no such file"],
  [["--colour", "red"], "Unknown option '--colour'"],
])("%s: says what is wrong", async (given, problem) => {
  const said = await start(...given);
  expect(said).toContain(problem);
  expect(said).not.toContain("    at ");
});
