// A server whose PostgreSQL goes away for a while in the middle of a launch: who asks is told to come back, nothing is lost, and work
// goes on by itself. And what a server says that is given the wrong PostgreSQL.

import { afterAll, beforeAll, expect, test } from "vitest";
import { Problem } from "../src/contract/problem.ts";
import { ownDatabase, type OwnDatabase } from "../src/store/postgres.samples.ts";
import { slipway } from "./stage/command.ts";
import { type DatacentreStage, quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { type Door, openDoorTo } from "./stage/door.ts";
import { until } from "./stage/poll.ts";
import { type Route, type ServerStage, startServer } from "./stage/server.ts";

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  app: { count: 2, image: debian-12, profile: small, dependsOn: [db] }
`;

let database: OwnDatabase;
let datacentre: DatacentreStage;
let door: Door;
let server: ServerStage;

beforeAll(async () => {
  database = await ownDatabase();
  datacentre = await startDatacentre([
    quickCloud("roomy", { latencyOf: { create: { kind: "uniform", minMs: 500, maxMs: 1_000 } } }),
  ]);
  const url = new URL(database.url);
  door = await openDoorTo({ host: url.hostname, port: Number(url.port) });
  url.port = String(door.port);
  server = await startServer({ env: { DATABASE_URL: url.href, SLIPWAY_KEY: Buffer.alloc(32, 1).toString("base64") } });
  await server.addAccounts(datacentre, ["roomy"]);
});

afterAll(async () => {
  await server?.child.end("SIGTERM");
  await door?.close();
  await datacentre?.stop();
  await database?.drop();
});

test("while PostgreSQL is away the API says so, and when it is back the launch goes on", async () => {
  const { id } = await server.launch(SHOP);
  await until(async () => ((await server.events(id)).some(({ kind }) => kind === "machine_asked") ? true : null));
  door.shut();
  const routes: readonly Route[] = [`GET /v1/deployments/${id}`, "GET /readyz", `POST /v1/deployments/${id}/cancel`];
  for (const route of routes) {
    const reply = await server.ask(route);
    expect([route, reply.status, reply.headers.get("content-type")]).toEqual([route, 503, "application/problem+json"]);
    expect(reply.headers.get("retry-after")).toBe("5");
    expect(Problem.parse(await reply.json())).toMatchObject({ code: "unavailable" });
  }
  expect((await server.ask("GET /livez")).ok).toBe(true);
  const { code, err } = await slipway(["show", "shop"], server.env);
  expect({ code, err }).toEqual({
    code: 1,
    err: expect.stringMatching(/^slipway: The database does not answer[^\n]+\n$/),
  });
  door.open();
  await until(async () => ((await server.ask("GET /readyz")).ok ? true : null));
  const deployment = await server.reaches(id, ["running", "failed"]);
  expect(deployment).toMatchObject({ state: "running", cancelAskedAt: null });
  const alive = await datacentre.alive();
  const open = deployment.machines.filter((machine) => machine.open).map(({ externalId }) => externalId ?? "");
  expect(new Set(alive.map(({ machineId }) => machineId))).toEqual(new Set(open));
  expect(alive).toHaveLength(3);
});

test.each(["serve", "work", "migrate"])("%s says in one line which PostgreSQL is wrong", async (command) => {
  const nowhere = new URL(database.url);
  nowhere.pathname = "/never_made";
  const env = { ...server.env, SLIPWAY_PORT: "0", DATABASE_URL: nowhere.href };
  const { code, out, err } = await slipway([command], env);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^slipway: DATABASE_URL is refused by the server: [^\n]*never_made[^\n]*\n$/);
});

test.each(["serve", "work"])("%s refuses a key that is not the database's", async (command) => {
  const key = Buffer.alloc(32, 2).toString("base64");
  const env = { ...server.env, SLIPWAY_PORT: "0", DATABASE_URL: database.url, SLIPWAY_KEY: key };
  const { code, out, err } = await slipway([command], env);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^slipway: the key is not the one that [^\n]*\n$/);
});
