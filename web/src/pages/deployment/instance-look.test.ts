import { expect, test } from "vitest";
import { at, sampleDeployment, sampleInstance, sampleMachine } from "./deployment.samples.ts";
import { owedOf } from "./instance-look.ts";

test("who has another machine beside one that is debt is not shown as what that one is", () => {
  const debt = sampleMachine("db-1", { debtSince: at(1) });
  const owed = (machine: string | null, machines = [debt]) =>
    owedOf(sampleDeployment({ instances: [sampleInstance("db", { machine })], machines }));
  const another = sampleMachine("db-2");
  expect(owed("db-1")).toEqual(new Set(["db"]));
  expect(owed(null)).toEqual(new Set(["db"]));
  expect(owed("db-2", [debt, another])).toEqual(new Set());
  expect(owed("db-2", [debt, { ...another, open: false }])).toEqual(new Set(["db"]));
});
