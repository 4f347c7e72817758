import { expect, test } from "vitest";
import { standWith } from "../stand.samples.ts";

const NOW = Date.UTC(2026, 10, 29, 12);
const at = (agoMs: number): string => new Date(NOW - agoMs).toISOString();
const CHAT = {
  name: "chat",
  url: "https://hooks.example/in",
  pool: null,
  kinds: null,
  createdAt: at(0),
  createdBy: "ada",
  waiting: 0,
  failing: null,
  dead: 0,
};

test("webhook add prints the secret alone, and what goes on beside it", async () => {
  await using stand = await standWith({
    "POST /v1/webhooks": { status: 201, json: { name: "chat", secret: "whsec_x" } },
  });
  const add = ["webhook", "add", "chat", CHAT.url];
  const { exitCode, out, err } = await stand.run([
    ...add,
    "--kind",
    "deleted",
    "--kind",
    "debt_opened",
    "--kind",
    "deleted",
  ]);
  expect({ exitCode, out }).toEqual({ exitCode: 0, out: "whsec_x\n" });
  expect(err).toContain("slipway webhook test chat");
  const body = { name: "chat", url: CHAT.url, pool: null, kinds: ["deleted", "debt_opened"] };
  expect(stand.requests.at(-1)?.body).toEqual(body);
  const wrong = await stand.run([...add, "--kind", "debt_opend"]);
  expect(wrong).toMatchObject({ exitCode: 2, err: expect.stringContaining('did you mean "debt_opened"') });
});

test("webhook ls says what needs a person", async () => {
  const failing = { since: at(3_600_000), text: "connection refused" };
  const webhooks = [CHAT, { ...CHAT, name: "pager", pool: "prod", kinds: ["parked"], waiting: 2, failing, dead: 1 }];
  await using stand = await standWith({ "GET /v1/webhooks": { json: { webhooks } } }, () => NOW);
  const { out, err } = await stand.run(["webhook", "ls"]);
  expect(out.split("\n").map((line) => line.replaceAll(/ {2,}/g, "  ").trim())).toEqual([
    "NAME  POOL  KINDS  WAITING  DEAD  URL",
    "chat  all  all  0  0  https://hooks.example/in",
    "pager  prod  parked  2  1  https://hooks.example/in",
    "",
  ]);
  expect(err).toContain("Webhook pager has not taken what waits for 1 h 00 min: connection refused.");
  expect(err).toContain("1 event is not tried any more at pager");
});

test("webhook test fails when the message was not taken", async () => {
  const answers = [
    { json: { taken: true, text: "answered 204", ms: 12 } },
    { json: { taken: false, text: "answered 500", ms: 12 } },
  ];
  await using stand = await standWith({ "POST /v1/webhooks/chat/test": answers });
  expect(await stand.run(["webhook", "test", "chat"])).toMatchObject({
    exitCode: 0,
    out: "Webhook chat answered 204 within 12 ms.\n",
  });
  expect(await stand.run(["webhook", "test", "chat"])).toMatchObject({
    exitCode: 1,
    err: expect.stringContaining("webhook chat took nothing: answered 500"),
  });
});

test("webhook deliveries shows what waits, what was taken and what was not", async () => {
  const deployment = { id: "abcdefghijkl", name: "shop" };
  const ended = { deployment, at: at(60_000), tries: 1, again: false };
  const deliveries = [
    { ...ended, no: 3, kind: "deleted", state: "delivered", text: "answered 204" },
    { ...ended, no: 2, kind: "parked", state: "dead", tries: 15, text: "answered 500" },
    { ...ended, no: 1, kind: "stop_asked", state: "dead", text: "answered 410", again: true },
  ];
  const waiting = [{ deployment, nextTryAt: at(-90_000), tries: 2, text: "connection refused" }];
  const script = {
    "GET /v1/webhooks/chat/deliveries?": { json: { waiting, deliveries } },
    "GET /v1/webhooks/chat/deliveries?state=dead&limit=5": { json: { waiting: [], deliveries: [] } },
  };
  await using stand = await standWith(script, () => NOW);
  const { out } = await stand.run(["webhook", "deliveries", "chat"]);
  expect(out.split("\n").map((line) => line.replaceAll(/ {2,}/g, "  ").trim())).toEqual([
    "STATE  DEPLOYMENT  EVENT  WHEN  TRIES  LAST TRY",
    "waiting  shop  in 1 min 30 s  2  connection refused",
    "delivered  shop  3 deleted  1 min 00 s ago  1  answered 204",
    "dead  shop  2 parked  1 min 00 s ago  15  answered 500",
    "dead, again  shop  1 stop_asked  1 min 00 s ago  1  answered 410",
    "",
  ]);
  const dead = await stand.run(["webhook", "deliveries", "chat", "--state", "dead", "--limit", "5"]);
  expect(dead.err + dead.out).toContain("Webhook chat has no such deliveries.");
});

test("webhook replay and rm say what they did", async () => {
  await using stand = await standWith({
    "POST /v1/webhooks/chat/replay": { json: { letters: 2 } },
    "DELETE /v1/webhooks/chat": { status: 204 },
  });
  expect((await stand.run(["webhook", "replay", "chat", "--deployment", "shop"])).out).toContain("2 dead letters");
  expect(stand.requests.at(-1)?.body).toEqual({ deployment: "shop" });
  expect((await stand.run(["webhook", "rm", "chat"])).out).toBe("Removed webhook chat.\n");
});

test("webhook set changes what it is told of, and wants to be told which", async () => {
  await using stand = await standWith({ "PATCH /v1/webhooks/chat": { json: { ...CHAT, kinds: ["quota_near"] } } });
  const set = (...more: string[]) => stand.run(["webhook", "set", "chat", ...more]);
  expect((await set("--kind", "quota_near")).out).toBe("Webhook chat is told of quota_near.\n");
  await set("--all-kinds");
  const sent = stand.requests.filter(({ method }) => method === "PATCH").map(({ body }) => body);
  expect(sent).toEqual([{ kinds: ["quota_near"] }, { kinds: null }]);
  for (const wrong of [[], ["--all-kinds", "--kind", "deleted"]]) {
    expect(await set(...wrong)).toMatchObject({ exitCode: 2, err: expect.stringContaining("--all-kinds") });
  }
});
