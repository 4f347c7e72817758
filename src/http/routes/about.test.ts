import { expect, test } from "vitest";
import { About } from "../../contract/operation.ts";
import { TIME_HEADER } from "../../contract/terms.ts";
import { createStand } from "../stand.testsuite.ts";

const HOUR_MS = 3_600_000;

test("about tells what the server's time is, and that its database's clock was set", async () => {
  const stand = await createStand();
  const before = await stand.reply(About, 200, { path: "/v1/about" });
  expect(before).toMatchObject({
    version: "1.2.3",
    embedded: true,
    token: { name: "the-admin", role: "admin" },
    clock: { offsetMs: 0, steps: 0, lastAt: null, lastByMs: null },
  });
  stand.setClock(-3 * HOUR_MS);
  const after = await stand.reply(About, 200, { path: "/v1/about" });
  expect(after.now).toBe(new Date(stand.clock.now()).toISOString());
  expect(after.clock).toEqual({ offsetMs: 3 * HOUR_MS, steps: 1, lastAt: after.now, lastByMs: -3 * HOUR_MS });
});

test("every reply to who has a token tells the server's time, be the machine's what it may", async () => {
  const stand = await createStand();
  stand.setClock(6 * HOUR_MS);
  const now = new Date(stand.clock.now()).toISOString();
  const asked = [
    { path: "/v1/about" },
    { path: "/v1/deployments/nothing" },
    { path: "/v1/tokens", as: "viewer" as const },
  ];
  for (const one of asked) expect((await stand.ask(one)).headers.get(TIME_HEADER)).toBe(now);
  expect((await stand.ask({ path: "/v1/about", as: null })).headers.get(TIME_HEADER)).toBeNull();
});
