// Webhooks on PostgreSQL: a server and two workers share what is to be told, and what waits in a folder is told from the server that it
// is moved to.

import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { MadeWebhook, WebhookList } from "../src/contract/webhook.ts";
import { ownDatabase } from "../src/store/postgres.samples.ts";
import { ROOT, startChild } from "./stage/child.ts";
import { slipway } from "./stage/command.ts";
import { quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { until } from "./stage/poll.ts";
import { numbersOf, type Receiver, startReceiver } from "./stage/receiver.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

vi.setConfig({ testTimeout: 240_000 });

const BLUEPRINT = `
slipway: 1
name: shop
instances:
  db: { image: debian-12, profile: small }
  web: { count: 2, image: debian-12, profile: small, dependsOn: [db] }
`;

const LAUNCHES_MOST = 80;

async function emptyDatabase(): Promise<string> {
  const database = await ownDatabase();
  onTestFinished(() => database.drop());
  return database.url;
}

async function surroundings() {
  const datacentre = await startDatacentre([quickCloud("east")]);
  const receiver = await startReceiver();
  onTestFinished(async () => {
    await receiver[Symbol.asyncDispose]();
    await datacentre.stop();
  });
  return { datacentre, receiver };
}

async function started(home: string, env: NodeJS.ProcessEnv): Promise<ServerStage> {
  const server = await startServer({ home, env: { SLIPWAY_WEBHOOKS: "any", ...env } });
  onTestFinished(async () => void (await server.child.end("SIGKILL")));
  return server;
}

async function add(server: ServerStage, receiver: Receiver): Promise<void> {
  const made = await server.call(MadeWebhook, "POST /v1/webhooks", { name: "chat", url: receiver.url });
  receiver.secret = made.secret;
}

const quiet = (server: ServerStage) =>
  until(
    async () => {
      const { webhooks } = await server.call(WebhookList, "GET /v1/webhooks");
      return webhooks.every(({ waiting }) => waiting === 0) ? webhooks : null;
    },
    { deadlineMs: 120_000, everyMs: 50, otherwise: () => `something waits:\n${server.child.output()}` },
  );

test("three processes tell every event once and in its order, and each of them tells some", async () => {
  const { datacentre, receiver } = await surroundings();
  const env = {
    DATABASE_URL: await emptyDatabase(),
    SLIPWAY_KEY: Buffer.alloc(32, 7).toString("base64"),
    SLIPWAY_LOG: "debug",
  };
  const server = await started(freshHome(), env);
  const workers = [1, 2].map(() => {
    const work = startChild(join(ROOT, "bin/slipway"), ["work"], { ...server.env, ...env });
    onTestFinished(async () => void (await work.end("SIGKILL")));
    return work;
  });
  // Whoever joins when all is told tells nothing.
  await until(async () => (workers.every((work) => work.output().includes("working on")) ? workers : null), {
    deadlineMs: 60_000,
    everyMs: 50,
    otherwise: () => workers.map((work) => work.output()).join("\n"),
  });
  await server.addAccounts(datacentre, ["east"]);
  await add(server, receiver);
  const processes = [server.child, ...workers];
  const launches: { readonly id: string }[] = [];
  // Whoever looks first tells: with few launches that may be the same one or two.
  do {
    const some = await Promise.all(
      Array.from({ length: 8 }, (_, n) => server.launch(BLUEPRINT, { name: `shop-${launches.length + n}` })),
    );
    for (const { id } of some) await server.reaches(id, ["running"], 120_000);
    launches.push(...some);
    await quiet(server);
  } while (launches.length < LAUNCHES_MOST && !processes.every((one) => one.output().includes("webhook told")));
  for (const { id } of launches) {
    const told = receiver.received.filter((one) => one.deployment === id).map(({ no }) => no);
    expect(told).toEqual((await server.events(id)).map(({ no }) => no));
  }
  expect(receiver.wrong).toEqual([]);
  for (const one of processes) expect(one.output()).toContain("webhook told");
});

test("what waits in a folder is told by the server that it is moved to", async () => {
  const { datacentre, receiver } = await surroundings();
  const home = freshHome();
  // The server on which these tests have their databases is not the one that this one starts with.
  const first = await started(home, { DATABASE_URL: "" });
  await first.addAccounts(datacentre, ["east"]);
  await add(first, receiver);
  receiver.answer = () => 503;
  const { id } = await first.launch(BLUEPRINT, { name: "shop" });
  await first.reaches(id, ["running"]);
  await first.child.end("SIGTERM");
  expect(receiver.received.length).toBeGreaterThan(0);
  const url = await emptyDatabase();
  expect(await slipway(["move"], { ...first.env, DATABASE_URL: url })).toMatchObject({ code: 0 });

  const server = await started(home, { DATABASE_URL: url, SLIPWAY_KEY_FILE: join(home, "data", "key") });
  receiver.received.length = 0;
  receiver.answer = () => 204;
  expect(await slipway(["webhook", "replay", "chat"], server.env)).toMatchObject({ code: 0 });
  await quiet(server);
  expect(numbersOf(receiver.received, id)).toEqual((await server.events(id)).map(({ no }) => no));
  expect(receiver.wrong).toEqual([]);
});
