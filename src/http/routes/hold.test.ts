import { expect, test } from "vitest";
import { Hold } from "../../contract/hold.ts";
import { createStand } from "../stand.testsuite.ts";

const HOUR_MS = 3_600_000;
const PATH = "/v1/hold";

test("without a hold there is none to be changed, and none to be ended", async () => {
  const stand = await createStand();
  const nothing = { restoredAt: null, until: null, deployments: 0, strays: [] };
  expect(await stand.reply(Hold, 200, { path: PATH })).toEqual(nothing);
  const now = await stand.store.read((tx) => tx.now());
  const body = { until: new Date(now + HOUR_MS).toISOString() };
  await stand.problem("not_in_this_state", { method: "PUT", path: PATH, body });
  expect((await stand.ask({ method: "DELETE", path: PATH })).status).toBe(204);
});

test("a hold is moved within 30 days, and ended", async () => {
  const stand = await createStand();
  const now = await stand.store.read((tx) => tx.now());
  await stand.store.write((tx) => tx.beginHold(now + HOUR_MS));
  const at = (ms: number) => ({ until: new Date(now + ms).toISOString() });
  const moved = await stand.reply(Hold, 200, { method: "PUT", path: PATH, body: at(8 * HOUR_MS) });
  expect(moved).toMatchObject(at(8 * HOUR_MS));
  for (const ms of [-HOUR_MS, 31 * 24 * HOUR_MS]) {
    await stand.problem("bad_request", { method: "PUT", path: PATH, body: at(ms) });
  }
  await stand.ask({ method: "DELETE", path: PATH });
  expect(await stand.reply(Hold, 200, { path: PATH })).toMatchObject({ restoredAt: null, until: null });
});

test("a database on a server has its own way of being backed up", async () => {
  const stand = await createStand();
  const { detail } = await stand.problem("not_in_this_state", { path: "/v1/backup" });
  expect(detail).toContain("pg_dump");
});
