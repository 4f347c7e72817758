import { expect, test } from "vitest";
import { filtersFor, inCompany } from "./names.ts";

const [first, second] = ["sw-k3u9-a1-web-1-t1", "sw-k3u9-a1-web-2-t1"];
const other = "sw-p7q2-a1-db-t1";

test.each<[string, readonly string[], readonly string[]]>([
  ["one alone, exactly", [other], [`^${other}$`]],
  ["several of a deployment, by what they have in common", [first, second], ["^sw-k3u9-a1-web-"]],
  ["those of two deployments, by themselves", [first, other, second], ["^sw-k3u9-a1-web-", `^${other}$`]],
  ["one that another begins with", [`${first}0`, first], [`^${first}`]],
  ["the same twice, once", [other, other], [`^${other}$`]],
  ["what means something in a filter, for itself", ["a.b", "c|d"], [String.raw`^a\.b$`, String.raw`^c\|d$`]],
  ["nobody", [], []],
])("Nova is asked for %s", (_, names, filters) => {
  expect(filtersFor(names)).toEqual(filters);
  for (const name of names) expect(filters.some((filter) => new RegExp(filter).test(name))).toBe(true);
});

test("those of whom there is only one in a deployment are in nobody's company", () => {
  expect(inCompany([first, other, second])).toEqual([first, second]);
});
