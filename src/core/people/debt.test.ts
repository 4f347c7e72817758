import { expect, test } from "vitest";
import { sampleDeployment, sampleFault, sampleMachine, sampleObserved } from "../../ports/store.samples.ts";
import { debtReason, retryDebt } from "./debt.ts";
import type { Machine } from "../machine.ts";
import { record } from "../decision/follow.ts";
import { recordCalls } from "../world/record.ts";

const snapshotOf = (...machines: Machine[]) => ({
  deployment: sampleDeployment(),
  instances: [],
  revisions: [],
  attempts: [],
  placements: [],
  machines,
});
const debt = sampleMachine({ state: "made", externalId: "x", debtSince: 5, call: "destroy", callAt: 900, failures: 7 });

test("debt is due at once, with a fresh back-off", () => {
  const waves = retryDebt(snapshotOf(debt), debt.id, 10);
  expect(waves.flatMap(({ machines }) => machines)).toEqual([{ ...debt, callAt: 10, failures: 0 }]);
});

test("a delete that was accepted and shows no effect is asked for again, also when a look under way still finds it", () => {
  const ignored: Machine = { ...debt, undoAskedAt: 1, destroyedAt: 8, call: "look" };
  const [retried] = retryDebt(snapshotOf(ignored), debt.id, 10).flatMap(({ machines }) => machines);
  expect(retried).toMatchObject({ call: "destroy", callAt: 10, destroyedAt: null });
  const outcome = { kind: "looked", observed: sampleObserved({ name: debt.id, externalId: "x" }) } as const;
  const traits = { visibilityMs: 0, callTimeoutMs: { create: 0 }, usualBootMs: 0 };
  const answer = { machine: debt.id, call: "look", outcome, askedAt: 9, traits } as const;
  const answered = record({
    snapshot: snapshotOf(retried ?? debt),
    now: 11,
    recording: (draft) => recordCalls(draft, [answer]),
  });
  expect(answered.flatMap(({ machines }) => machines).at(-1)).toMatchObject({ call: "destroy", callAt: 10 });
});

test("a machine that is no debt, or not there, changes nothing", () => {
  const closed: Machine = { ...debt, state: "gone", debtSince: null };
  expect(retryDebt(snapshotOf(closed), debt.id, 10)).toEqual([]);
  expect(retryDebt(snapshotOf({ ...debt, debtSince: null }), debt.id, 10)).toEqual([]);
  expect(retryDebt(snapshotOf(), debt.id, 10)).toEqual([]);
});

test("debt has a reason also where no cloud has given one", () => {
  const refused = sampleFault({ text: "locked by another task" });
  const reasons = [
    { ...debt, deployment: null, fault: refused },
    { ...debt, deployment: null, destroyedAt: 8 },
    { ...debt, state: "in_doubt" as const, externalId: null },
    debt,
    { ...debt, destroyedAt: 8 },
  ].map(debtReason);
  expect(reasons).toEqual([
    "locked by another task",
    "it has our labels, and no row of the ledger stands for it",
    "no clear answer came when it was asked for; it is looked for under its own name",
    "its cloud has not accepted the delete yet",
    "its cloud accepted the delete, and has not shown since that it is gone",
  ]);
});
