import { expect, test } from "vitest";
import { wherePairs, withWhere } from "./where.ts";

test("pairs become the setting, for a realm or for all, and are read from it again", () => {
  const pairs = [
    ["networks", "shop,db"],
    ["eu.west-1.publicAddress", "false"],
    ["eu.west-1.securityGroups", "web"],
    ["key", "ops"],
  ] as const;
  const setting = withWhere(undefined, pairs);
  expect(setting).toEqual({
    "*": { networks: ["shop", "db"], key: "ops" },
    "eu.west-1": { publicAddress: false, securityGroups: ["web"] },
  });
  expect(new Map(wherePairs(setting))).toEqual(new Map(pairs));
  expect(wherePairs({ r1: { key: "a" }, "*": { key: "b" } })).toEqual([
    ["key", "b"],
    ["r1.key", "a"],
  ]);
});

test("an empty value takes one out, and the last one all of it", () => {
  const setting = { "*": { networks: ["shop"] }, r1: { key: "ops" } };
  expect(withWhere(setting, [["r1.key", ""]])).toEqual({ "*": { networks: ["shop"] } });
  expect(withWhere({ r1: { key: "ops" } }, [["r1.key", ""]])).toBeUndefined();
});

test("what makes no sense goes to the server as it is written, and what is no setting is none", () => {
  expect(withWhere("x", [["netwroks", "shop"]])).toEqual({ "*": { netwroks: "shop" } });
  expect(withWhere({ "*": 7 }, [["publicAddress", "maybe"]])).toEqual({ "*": { publicAddress: "maybe" } });
  expect(withWhere(undefined, [["networks", " a , ,b"]])).toEqual({ "*": { networks: ["a", "b"] } });
});
