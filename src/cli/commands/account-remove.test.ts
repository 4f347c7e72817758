import { expect, test } from "vitest";
import { NO_LIMIT, NOTHING_USED, SAMPLE_TIME } from "../replies.samples.ts";
import { standWith } from "../stand.samples.ts";

const limit = NO_LIMIT;
const account = (name: string, pools: readonly string[]) => ({
  id: name,
  name,
  provider: "sim",
  settings: {},
  enabled: true,
  health: "healthy",
  healthText: null,
  healthAt: null,
  alert: null,
  limit,
  images: {},
  realms: {},
  pools,
  openMachines: 0,
  parallelCalls: 1,
  callsUnderWay: 0,
  callsPerMinute: 0,
  pausedUntil: null,
  quotas: [],
  usageAt: null,
  offersAt: null,
  createdAt: new Date(SAMPLE_TIME).toISOString(),
});
const pool = (name: string, ...members: readonly string[]) => ({
  name,
  enabled: true,
  limit,
  used: NOTHING_USED,
  near: [],
  userLimit: NO_LIMIT,
  members: members.map((one) => ({ account: one, group: 0, weight: 0 })),
  maxLeaseMs: null,
  maxQuarantineMs: null,
  retention: { stepsDays: 90, consolesDays: 30, ledgerDays: null },
});

test("whoever removes a pool's last account is told that the pool is empty, with the command that removes it too", async () => {
  await using stand = await standWith({
    "GET /v1/accounts": { json: { accounts: [account("lab", ["default", "prod"]), account("east", ["default"])] } },
    "DELETE /v1/accounts/lab": { status: 204 },
    "DELETE /v1/accounts/east": { status: 204 },
    "GET /v1/pools/prod": { json: pool("prod") },
    "GET /v1/pools/default": [{ json: pool("default", "east") }, { json: pool("default") }],
  });
  expect(await stand.run(["account", "rm", "lab", "east"])).toEqual({
    exitCode: 0,
    err: "",
    out:
      "Removed account lab.\nPool prod is empty now; remove it too: slipway pool rm prod\n" +
      "Removed account east.\nPool default is empty now; remove it too: slipway pool rm default\n",
  });
});
