import { expect, test } from "vitest";
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
