import { expect, test } from "vitest";
import { namesApart } from "./machine-names.ts";

const of = (...machines: [id: string, instance: string | null, attempt: number | null][]) => [
  ...namesApart(machines.map(([id, instance, attempt]) => ({ id, instance, attempt }))).values(),
];

test("machines of one instance are told apart by their attempts, or by their ids", () => {
  expect(of(["m1", "db", 1], ["m2", "web", 1])).toEqual(["db", "web"]);
  expect(of(["m1", "db", 1], ["m2", "db", 2])).toEqual(["db of attempt 1", "db of attempt 2"]);
  expect(of(["m1", "db", 1], ["m2", "db", 1])).toEqual(["db (m1)", "db (m2)"]);
  expect(of(["m1", "db", null], ["m2", "db", 1])).toEqual(["db (m1)", "db (m2)"]);
  expect(of(["m1", null, null], ["m2", null, null])).toEqual(["m1", "m2"]);
});
