import { describe, expect, test } from "vitest";
import { sampleAbout, sampleDeployment } from "./replies.samples.ts";
import { problem, standWith } from "./stand.samples.ts";

const VIEWER = { "GET /v1/about": { json: sampleAbout("viewer", []) } } as const;
const OPERATOR = { "GET /v1/about": { json: sampleAbout("operator", ["deployments", "debt"]) } } as const;
const NO_ACCOUNTS = { "GET /v1/accounts": { json: { accounts: [] } } } as const;
const NO_DEPLOYMENTS = { "GET /v1/deployments?limit=50": { json: { deployments: [], next: null } } } as const;

describe("hints are for those who may do what they say", () => {
  test.each([
    {
      argv: ["ls"],
      script: { ...NO_DEPLOYMENTS, ...NO_ACCOUNTS },
      says: "No deployments and no accounts yet.",
      of: [],
    },
    { argv: ["account", "ls"], script: NO_ACCOUNTS, says: "No accounts yet.", of: [] },
    { argv: ["account", "check", "--all"], script: NO_ACCOUNTS, says: "there is nothing to check.", of: [] },
    { argv: ["pool", "ls"], script: { "GET /v1/pools": { json: { pools: [] } } }, says: "No pools yet.", of: [] },
    {
      argv: ["blueprint", "ls"],
      script: { "GET /v1/blueprints": { json: { blueprints: [] } } },
      says: "No stored blueprints.",
      of: ["operator"],
    },
  ])("$argv", async ({ argv, script, says, of }) => {
    for (const [role, about] of [
      ["viewer", VIEWER],
      ["operator", OPERATOR],
      ["admin", {}],
    ] as const) {
      await using stand = await standWith({ ...script, ...about });
      const { out } = await stand.run(argv);
      expect(out).toContain(says);
      expect([role, !out.endsWith(`${says}\n`)]).toEqual([role, role === "admin" || of.some((one) => one === role)]);
    }
  });

  test("a stuck rollback is not told to those who may not retry it", async () => {
    const debt = { count: 1, perHour: 0.04, total: 0, unpriced: 0, why: "db: it is locked" };
    const stuck = sampleDeployment({ state: "rollback_failed", debt, actions: [] });
    await using stand = await standWith({ "GET /v1/deployments/shop": { json: stuck } });
    expect((await stand.run(["show", "shop"])).out).not.toContain("retry-rollback");
  });
});

test("a secret is not asked for when the role forbids what it is for", async () => {
  await using stand = await standWith(OPERATOR);
  for (const argv of [
    ["account", "add", "lab", "--provider", "sim", "--credential", "key=-"],
    ["account", "set", "lab", "--credential", "key=-"],
  ]) {
    const { exitCode, err, out } = await stand.run(argv, { stdin: "hush" });
    expect({ exitCode, out, err }).toEqual({
      exitCode: 3,
      out: "",
      err:
        "slipway: token ada has the role operator, which may not change accounts\n" +
        `  use a token with a role that may: \`slipway login ${stand.url}\`, or set SLIPWAY_TOKEN\n`,
    });
  }
  expect(stand.requests.map(({ method }) => method)).not.toContain("POST");
});

test("whatever the server forbids is told with what would help", async () => {
  await using stand = await standWith({
    "POST /v1/deployments/shop/stop": problem("not_permitted", "This needs the role operator; token v has viewer."),
  });
  expect(await stand.run(["stop", "shop"])).toEqual({
    exitCode: 3,
    out: "",
    err:
      "slipway: This needs the role operator; token v has viewer.\n" +
      `  use a token with a role that may: \`slipway login ${stand.url}\`, or set SLIPWAY_TOKEN\n`,
  });
});
