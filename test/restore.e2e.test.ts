// A backup comes back when time has gone on: what lives is adopted or told, what was right then is not carried out, and nothing is removed.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { Hold } from "../src/contract/hold.ts";
import { slipway } from "./stage/command.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { until } from "./stage/poll.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

const closing: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const close of closing.toReversed()) await close();
});

const blueprint = (name: string): string => `
slipway: 1
name: ${name}
instances:
  db: { image: debian-12, profile: small }
  web: { image: debian-12, profile: small, dependsOn: [db] }
`;

async function names(datacentre: DatacentreStage): Promise<string[]> {
  return (await datacentre.alive()).map(({ name }) => name).toSorted();
}

const held = (server: ServerStage): Promise<Hold> => server.call(Hold, "GET /v1/hold");

test("after a return from a backup nothing is removed before somebody says so, and nothing is launched twice", async () => {
  const datacentre = await startDatacentre([
    quickCloud("east", { boot: { kind: "uniform", minMs: 3_000, maxMs: 4_000 } }),
  ]);
  closing.push(() => datacentre.stop());
  const home = freshHome();
  let server = await startServer({ home });
  closing.push(() => server.child.end("SIGKILL"));
  await server.addAccounts(datacentre, ["east"]);
  const kept = await server.launch(blueprint("kept"));
  const stopped = await server.launch(blueprint("stopped"));
  await server.reaches(kept.id, ["running"]);
  await server.reaches(stopped.id, ["running"]);
  const underWay = await server.launch(blueprint("under-way"));
  await server.reaches(underWay.id, ["pending"]);
  const file = join(home, "one.backup");
  const made = await slipway(["backup", file], server.env);
  expect(made).toMatchObject({ code: 0, err: "" });
  expect(made.out).toMatch(/holds \d+ rows as of .*\n.*The key is not in it/);

  await server.reaches(underWay.id, ["running"]);
  const later = await server.launch(blueprint("later"));
  await server.reaches(later.id, ["running"]);
  await server.call(z.unknown(), `POST /v1/deployments/${stopped.id}/stop`);
  await server.reaches(stopped.id, ["stopped"]);
  const alive = await names(datacentre);
  expect(alive).toHaveLength(6);
  await server.child.end("SIGTERM");

  const restore = (...args: string[]) => slipway(["restore", ...args], server.env);
  const data = join(home, "data");
  const before = readdirSync(data).toSorted();
  const bytes = readFileSync(file);
  const damaged = Buffer.from(bytes);
  damaged[bytes.length - 6] = (damaged[bytes.length - 6] ?? 0) ^ 1;
  for (const [name, content, said] of [
    ["cut", bytes.subarray(0, bytes.length / 2), "is cut off"],
    ["damaged", damaged, "is damaged"],
    ["other", Buffer.from("name: shop\n"), "is no backup of slipway"],
  ] as const) {
    const path = join(home, name);
    writeFileSync(path, content);
    expect(await restore(path, "--replace")).toMatchObject({
      code: 2,
      err: expect.stringContaining(`${path} ${said}`),
    });
  }
  expect(await restore(file)).toMatchObject({ code: 2, err: expect.stringContaining("--replace") });
  const other = { ...server.env, SLIPWAY_KEY: Buffer.alloc(32, 7).toString("base64") };
  expect(await slipway(["restore", file, "--replace"], other)).toMatchObject({
    code: 2,
    err: expect.stringContaining("SLIPWAY_KEY is not the key that the backup was made with"),
  });
  expect(readdirSync(data).toSorted()).toEqual(before);

  expect(await restore(file, "--replace")).toMatchObject({ code: 0 });
  expect(readdirSync(data).toSorted()).toEqual(["database", "database.before-1", "key"]);
  server = await startServer({ home });
  expect(await restore(file, "--replace")).toMatchObject({ code: 2, err: expect.stringContaining("in use by pid") });

  // What it does not know: all of `later`. What was under way is adopted, and waits.
  const hold = await until(async () => {
    const now = await held(server);
    return now.strays.length === 2 ? now : null;
  });
  expect(hold.strays.map(({ machine }) => machine).every((name) => name.includes(later.id))).toBe(true);
  expect(hold.deployments).toBe(1);
  await server.reaches(stopped.id, ["stopped"]);
  await until(async () => {
    const { state, instances } = await server.deployment(underWay.id);
    return state === "pending" && instances.every((one) => one.state === "running") ? true : null;
  });
  expect(await server.deployment(kept.id)).toMatchObject({ state: "running" });
  expect(await names(datacentre)).toEqual(alive);
  const told = await slipway(["hold"], server.env);
  expect(told.out).toContain("1 deployment that was under way waits");
  expect(told.out).toContain(later.id);
  expect((await slipway(["doctor"], server.env)).out).toContain("put back from a backup");
  const longer = await slipway(["hold", "--for", "2h"], server.env);
  expect(longer.out).toMatch(/For another (2 h|1 h 59)/);

  expect(await slipway(["hold", "--go"], server.env)).toMatchObject({ code: 0 });
  await server.reaches(underWay.id, ["running"]);
  const left = alive.filter((name) => !name.includes(later.id));
  await until(async () => ((await names(datacentre)).length === left.length ? true : null));
  expect(await names(datacentre)).toEqual(left);
  await until(async () => ((await held(server)).strays.length === 0 ? true : null));
  expect(await held(server)).toMatchObject({ restoredAt: null, until: null });
}, 480_000);
