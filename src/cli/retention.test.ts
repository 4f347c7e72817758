import { expect, test } from "vitest";
import { NOTHING_USED, NO_LIMIT, sampleDeployment, sampleInstance } from "./replies.samples.ts";
import { standWith } from "./stand.samples.ts";

const POOL = {
  name: "prod",
  enabled: true,
  members: [],
  limit: NO_LIMIT,
  used: NOTHING_USED,
  near: [],
  userLimit: NO_LIMIT,
  maxLeaseMs: null,
  maxQuarantineMs: null,
  retention: { stepsDays: 7, consolesDays: 30, ledgerDays: null },
};

test("how long a pool keeps what has ended is set in days or for ever, and shown", async () => {
  await using stand = await standWith({
    "GET /v1/pools/prod": { json: POOL },
    "PATCH /v1/pools/prod": { json: POOL },
  });
  const { exitCode, out } = await stand.run(["pool", "set", "prod", "--keep-steps", "7", "--keep-ledger", "forever"]);
  expect(exitCode).toBe(0);
  expect(stand.requests.at(-1)?.body).toEqual({ retention: { stepsDays: 7, ledgerDays: null } });
  expect(out).toContain("7/30/\u221e days");
});

test("a pool is made with its retention", async () => {
  await using stand = await standWith({ "POST /v1/pools": { status: 201, json: POOL } });
  await stand.run(["pool", "add", "prod", "--keep-consoles", "3"]);
  expect(stand.requests.at(-1)?.body).toMatchObject({ retention: { consolesDays: 3 } });
});

test.for(["0", "-1", "1.5", "36501", "never", ""])("no time to keep something for: %s", async (given) => {
  await using stand = await standWith({});
  const { exitCode, err } = await stand.run(["pool", "set", "prod", "--keep-steps", given]);
  expect(exitCode).toBe(2);
  expect(err).toContain('must be a whole number of days from 1 to 36500, or "forever"');
});

test("of a deployment whose attempts, machines and consoles are gone nothing is made up", async () => {
  const gone = { stepsFrom: 9, consolesGoneAt: "2026-01-02T00:00:00.000Z", ledgerGoneAt: "2026-01-02T00:00:00.000Z" };
  const json = sampleDeployment({
    state: "failed",
    standing: "failed",
    final: true,
    eventNo: 8,
    endedAt: "2026-01-01T00:01:00.000Z",
    attempts: [],
    actions: ["delete"],
    kept: gone,
    cost: { total: null, perHour: 0, failedAttempts: null, unpriced: 0, unpricedNow: 0 },
    instances: [sampleInstance({ state: "stopped", machine: "m" })],
  });
  await using stand = await standWith({ "GET /v1/deployments/shop": { json } });
  const { out } = await stand.run(["show", "shop"]);
  expect(out).toMatch(/^✗ shop {2}failed/m);
  expect(out).toMatch(/^db .* not kept$/m);
  expect(out).toContain("Cost: not known any more");
  expect(out).not.toMatch(/\$|refused/);
  const { err } = await stand.run(["evidence", "shop"]);
  expect(err).toBe("slipway: nothing is kept any more of shop\n");
});
