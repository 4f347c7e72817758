import { expect, test } from "vitest";
import { sampleDeployment, sampleMachine } from "../ports/store.samples.ts";
import { retryDebt } from "./debt.ts";
import type { Machine } from "./machine.ts";

const snapshotOf = (...machines: Machine[]) => ({
  deployment: sampleDeployment(),
  instances: [],
  attempts: [],
  machines,
});
const debt = sampleMachine({ state: "made", externalId: "x", debtSince: 5, call: "destroy", callAt: 900, failures: 7 });

test("debt is due at once, with a fresh back-off", () => {
  const waves = retryDebt(snapshotOf(debt), debt.id, 10);
  expect(waves.flatMap(({ machines }) => machines)).toEqual([{ ...debt, callAt: 10, failures: 0 }]);
});

test("a machine that is no debt, or not there, changes nothing", () => {
  const closed: Machine = { ...debt, state: "gone", debtSince: null };
  expect(retryDebt(snapshotOf(closed), debt.id, 10)).toEqual([]);
  expect(retryDebt(snapshotOf({ ...debt, debtSince: null }), debt.id, 10)).toEqual([]);
  expect(retryDebt(snapshotOf(), debt.id, 10)).toEqual([]);
});
