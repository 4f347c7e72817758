import { NO_LIMIT, NOTHING_USED } from "./replies.samples.ts";
import { expect, test } from "vitest";
import { problem, standWith } from "./stand.samples.ts";
import { collectMember, joined } from "./members.ts";

test("a member is an account with a group and a weight, if given", () => {
  const given = ["east", "west,weight=-5", "north,group=2,weight=7"].reduce(
    (before: ReturnType<typeof collectMember>, one) => collectMember(one, before),
    [],
  );
  expect(given).toEqual([
    { account: "east" },
    { account: "west", weight: -5 },
    { account: "north", group: 2, weight: 7 },
  ]);
});

test.each(["", ",group=1", "east,grp=1", "east,group=", "east,group=-1"])("refuses %j", (given) => {
  expect(() => collectMember(given)).toThrow(/^--member/);
});

test("members that are there are changed in what was given, others are added", () => {
  const before = [{ account: "east", group: 1, weight: 5 }];
  expect(joined(before, [{ account: "east", weight: 9 }, { account: "west" }])).toEqual([
    { account: "east", group: 1, weight: 9 },
    { account: "west" },
  ]);
});

test("an account that is not there is told by its option", async () => {
  const detail = 'there is no account nort: did you mean "north"? Accounts: north, west.';
  const refusal = problem("bad_request", `members.1.account: ${detail}`, {
    errors: [{ pointer: "/members/1/account", detail }],
  });
  const retention = { stepsDays: 90, consolesDays: 30, ledgerDays: null };
  const pool = {
    name: "prod",
    enabled: true,
    members: [{ account: "west", group: 0, weight: 0 }],
    limit: NO_LIMIT,
    used: NOTHING_USED,
    near: [],
    userLimit: NO_LIMIT,
    maxLeaseMs: null,
    maxQuarantineMs: null,
    retention,
  };
  await using stand = await standWith({
    "POST /v1/pools": refusal,
    "GET /v1/pools/prod": { json: pool },
    "PATCH /v1/pools/prod": refusal,
  });
  for (const argv of [
    ["pool", "add", "prod", "--member", "west", "--member", "nort"],
    ["pool", "set", "prod", "--member", "nort"],
  ]) {
    expect(await stand.run(argv)).toEqual({ exitCode: 2, out: "", err: `slipway: --member nort: ${detail}\n` });
  }
});
