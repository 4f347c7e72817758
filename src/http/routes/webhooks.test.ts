import { expect, test } from "vitest";
import { Deployment } from "../../contract/deployment.ts";
import {
  EVENT_KINDS,
  MadeWebhook,
  Replayed,
  WebhookDeliveries,
  WebhookList,
  WEBHOOKS_MOST,
  WebhookTest,
} from "../../contract/webhook.ts";
import { startReceiver } from "../../../test/stage/receiver.ts";
import { createStand, SHOP } from "../stand.testsuite.ts";

const POST = { method: "POST", path: "/v1/webhooks" };
const url = "https://hooks.example/slipway?token=hidden";

test("a webhook's secret is shown once and kept sealed, and only admins see webhooks", async () => {
  const stand = await createStand();
  const body = { name: "chat", url, pool: "default", kinds: ["debt_opened"] };
  const made = await stand.reply(MadeWebhook, 201, { ...POST, body });
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const { webhooks } = await stand.reply(WebhookList, 200, { path: "/v1/webhooks" });
  expect(webhooks).toMatchObject([{ ...body, createdBy: "the-admin", waiting: 0, failing: null, dead: 0 }]);
  const kept = await stand.store.read(async (tx) => [await tx.webhooks(), await tx.webhookSecret("chat")]);
  expect(JSON.stringify([webhooks, kept])).not.toContain(made.secret);
  for (const as of ["viewer", "operator"] as const) {
    await stand.problem("not_permitted", { path: "/v1/webhooks", as });
    await stand.problem("not_permitted", { ...POST, body, as });
  }
  await stand.problem("name_taken", { ...POST, body });
  expect(await stand.ask({ method: "DELETE", path: "/v1/webhooks/chat" })).toMatchObject({ status: 204 });
  await stand.problem("not_found", { method: "DELETE", path: "/v1/webhooks/chat" });
});

test.each([
  [{ url: "gopher://x" }, "/url", "must look like"],
  [{ url: "https://ada:secret@hooks.example/" }, "/url", "may not hold a user name"],
  [{ pool: "defualt" }, "/pool", "did you mean"],
  [{ kinds: [] }, "/kinds", ""],
  [{ kinds: ["debt_opend"] }, "/kinds/0", ""],
])("a webhook with %j is refused at its place", async (given, pointer, words) => {
  const stand = await createStand();
  const problem = await stand.problem("bad_request", { ...POST, body: { name: "chat", url, ...given } });
  expect(problem.errors).toMatchObject([{ pointer }]);
  expect(JSON.stringify(problem).toLowerCase()).toContain(words);
  expect(JSON.stringify(problem)).not.toContain("secret");
});

test("there are as many webhooks as writing an event can bear, and no more", async () => {
  const stand = await createStand();
  await stand.store.write(async (tx) => {
    const usual = { url, pool: null, kinds: null, createdAt: await tx.now(), createdBy: "ada" };
    for (let n = 0; n < WEBHOOKS_MOST; n += 1) await tx.addWebhook({ ...usual, name: `hook-${n}` }, "sealed");
  });
  await stand.problem("in_use", { ...POST, body: { name: "one-more", url } });
});

test("a test message is signed, and its answer is told, also when it is none", async () => {
  await using receiver = await startReceiver();
  const stand = await createStand();
  const body = { name: "chat", url: receiver.url };
  receiver.secret = (await stand.reply(MadeWebhook, 201, { ...POST, body })).secret;
  const path = "/v1/webhooks/chat/test";
  expect(await stand.reply(WebhookTest, 200, { method: "POST", path })).toMatchObject({
    taken: true,
    text: "answered 204",
  });
  expect(receiver.received).toMatchObject([{ kind: "test" }]);
  expect(receiver.wrong).toEqual([]);
  receiver.answer = () => 503;
  expect(await stand.reply(WebhookTest, 200, { method: "POST", path })).toMatchObject({
    taken: false,
    text: "answered 503",
  });
  await stand.problem("not_found", { method: "POST", path: "/v1/webhooks/chta/test" });
});

test("what waits is shown, dead letters are shown, and told again for all or for one deployment", async () => {
  const stand = await createStand();
  await stand.reply(MadeWebhook, 201, { ...POST, body: { name: "chat", url } });
  const launch = { method: "POST", path: "/v1/deployments", body: { blueprint: { source: SHOP } } };
  const { id } = await stand.reply(Deployment, 201, launch);
  expect(EVENT_KINDS).toContain("launch_asked");
  const path = "/v1/webhooks/chat/deliveries";
  const { waiting } = await stand.reply(WebhookDeliveries, 200, { path });
  expect(waiting).toMatchObject([{ deployment: { id }, tries: 0, text: null }]);
  const refused = { isTaken: false, isFinal: true, text: "answered 410", retryAfterMs: null };
  await stand.store.write(async (tx) => {
    const [letter] = await tx.claimLetters(1, { claim: "c", claimMs: 1_000 });
    if (letter !== undefined) await tx.settleLetter(letter, refused, null);
  });
  const { deliveries } = await stand.reply(WebhookDeliveries, 200, { path: `${path}?state=dead&limit=5` });
  expect(deliveries).toMatchObject([
    { deployment: { id }, no: 1, kind: "launch_asked", text: "answered 410", again: false },
  ]);
  expect((await stand.reply(WebhookList, 200, { path: "/v1/webhooks" })).webhooks).toMatchObject([{ dead: 1 }]);
  const replay = { method: "POST", path: "/v1/webhooks/chat/replay" };
  await stand.problem("not_found", { ...replay, body: { deployment: "other" } });
  expect(await stand.reply(Replayed, 200, { ...replay, body: { deployment: id } })).toEqual({ letters: 1 });
  expect((await stand.reply(WebhookDeliveries, 200, { path })).deliveries).toMatchObject([{ again: true }]);
});
