import { expect, test } from "vitest";
import { standWith } from "./stand.samples.ts";

const POOL = {
  name: "prod",
  enabled: true,
  members: [],
  limit: { instances: null, cpu: null, memoryMib: null, hourlyCost: null },
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
