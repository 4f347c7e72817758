// Webhooks on a real server: signed, in order, and none lost over a death in the middle of a delivery.

import { expect, onTestFinished, test, vi } from "vitest";
import { MadeWebhook, WebhookDeliveries, WebhookList } from "../src/contract/webhook.ts";
import { slipway } from "./stage/command.ts";
import { quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { until } from "./stage/poll.ts";
import { numbersOf, type Receiver, startReceiver } from "./stage/receiver.ts";
import { freshHome, type ServerStage, startServer } from "./stage/server.ts";

vi.setConfig({ testTimeout: 120_000 });

const BLUEPRINT = `
slipway: 1
name: shop
parameters:
  password: { type: string, secret: true, default: "correct horse battery" }
instances:
  db: { image: debian-12, profile: small, userData: "\${{ params.password }}" }
  web: { image: debian-12, profile: small, dependsOn: [db] }
`;

async function stageOf() {
  const home = freshHome();
  const datacentre = await startDatacentre([quickCloud("east")]);
  const receiver = await startReceiver();
  onTestFinished(async () => {
    await receiver[Symbol.asyncDispose]();
    await datacentre.stop();
  });
  const start = async () => {
    const server = await startServer({ home, env: { SLIPWAY_WEBHOOKS: "any" } });
    onTestFinished(async () => void (await server.child.end("SIGKILL")));
    return server;
  };
  const server = await start();
  await server.addAccounts(datacentre, ["east"]);
  return { server, receiver, start };
}

async function add(server: ServerStage, receiver: Receiver, given: object = {}): Promise<void> {
  const made = await server.call(MadeWebhook, "POST /v1/webhooks", { name: "chat", url: receiver.url, ...given });
  receiver.secret = made.secret;
}

/** Waits until it was told of all that has happened. */
const quiet = (server: ServerStage) =>
  until(
    async () => {
      const { webhooks } = await server.call(WebhookList, "GET /v1/webhooks");
      return webhooks.every(({ waiting }) => waiting === 0) ? webhooks : null;
    },
    { deadlineMs: 60_000, everyMs: 50, otherwise: () => `something waits:\n${server.child.output()}` },
  );

test("every event is told in its order with a right signature, although the server is killed in mid-delivery", async () => {
  const { server: first, receiver, start } = await stageOf();
  await add(first, receiver);
  const held = Promise.withResolvers<void>();
  receiver.answer = () => {
    if (receiver.received.length < 12) return 204;
    held.resolve();
    return null;
  };
  const launches = await Promise.all(["one", "two", "three"].map((name) => first.launch(BLUEPRINT, { name })));
  await held.promise;
  await first.child.end("SIGKILL");
  const before = receiver.received.length;
  receiver.answer = () => 204;
  const server = await start();
  const events = new Map<string, readonly number[]>();
  for (const { id } of launches) {
    await server.reaches(id, ["running"]);
    events.set(
      id,
      (await server.events(id)).map(({ no }) => no),
    );
  }
  await quiet(server);
  for (const [id, numbers] of events) expect(numbersOf(receiver.received, id)).toEqual(numbers);
  expect(receiver.wrong).toEqual([]);
  expect(receiver.received.length).toBeGreaterThan(before);
  const cut = receiver.received.filter(({ status }) => status === null);
  expect(cut.length).toBeGreaterThan(0);
  for (const { id } of cut)
    expect(receiver.received.filter((one) => one.id === id && one.status === 204)).toHaveLength(1);
});

test("dead letters are seen and told again, with a new key of the installation too, and no secret is in anything", async () => {
  const { server: first, receiver, start } = await stageOf();
  const env = first.env;
  const added = await slipway(
    ["webhook", "add", "chat", receiver.url, "--pool", "default", "--kind", "deployment_moved", "--json"],
    env,
  );
  receiver.secret = MadeWebhook.parse(JSON.parse(added.out)).secret;
  expect(await slipway(["webhook", "test", "chat"], env)).toMatchObject({ code: 0 });
  expect(receiver.received).toMatchObject([{ kind: "test", status: 204 }]);

  receiver.answer = ({ no }) => (no > 0 ? 410 : 204);
  const { id } = await first.launch(BLUEPRINT, { name: "shop" });
  await first.reaches(id, ["running"]);
  await quiet(first);
  const dead = WebhookDeliveries.parse(
    JSON.parse((await slipway(["webhook", "deliveries", "chat", "--state", "dead", "--json"], env)).out),
  );
  const moves = (await first.events(id)).filter(({ kind }) => kind === "deployment_moved").map(({ no }) => no);
  expect(dead.deliveries.map(({ no }) => no).toSorted((a, b) => a - b)).toEqual(moves);
  const listed = await slipway(["webhook", "ls"], env);
  expect(listed).toMatchObject({ code: 0, out: expect.stringContaining("deployment_moved") });
  expect(listed.err).toContain("slipway webhook replay chat");

  await first.child.end("SIGTERM");
  expect(await slipway(["key", "rotate"], env)).toMatchObject({ code: 0 });
  const server = await start();
  receiver.received.length = 0;
  receiver.answer = () => 204;
  expect(await slipway(["webhook", "replay", "chat", "--deployment", "shop"], server.env)).toMatchObject({
    code: 0,
    out: expect.stringContaining(`${moves.length} dead letters to be told again`),
  });
  await quiet(server);
  expect(numbersOf(receiver.received, id)).toEqual(moves);
  expect(receiver.wrong).toEqual([]);
  const { deliveries } = await server.call(WebhookDeliveries, "GET /v1/webhooks/chat/deliveries");
  expect(deliveries.map(({ state }) => state)).toEqual(moves.map(() => "delivered"));
  const said = [first.child.output(), server.child.output(), JSON.stringify(deliveries)].join("\n");
  for (const secret of [receiver.secret, receiver.url, "correct horse battery"]) expect(said).not.toContain(secret);
  expect(await slipway(["webhook", "rm", "chat"], server.env)).toMatchObject({ code: 0 });
  expect((await server.call(WebhookList, "GET /v1/webhooks")).webhooks).toEqual([]);
});
