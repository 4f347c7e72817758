import { expect, test } from "vitest";
import { consequencesOf } from "../../action-texts.ts";
import { cancelHere, retryHere } from "./cancelling.ts";
import { at, sampleDeployment, sampleMachine } from "./deployment.samples.ts";
import type { Revision } from "../../../../src/contract/revision.ts";

const launch: Revision = {
  no: 1,
  why: "launch",
  by: "ada",
  begunAt: at(0),
  endedAt: at(60),
  outcome: "succeeded",
  reason: null,
  changes: [],
};
const update: Revision = { ...launch, no: 2, why: "update", begunAt: at(100), endedAt: null, outcome: null };
const machine = (id: string, asked: number, open = true) => sampleMachine(id, { askedAt: at(asked), open });

test("a cancelled launch takes all its machines", () => {
  const of = (...machines: ReturnType<typeof machine>[]) =>
    cancelHere(sampleDeployment({ state: "pending", machines, revisions: [{ ...update, no: 1, why: "launch" }] }));
  expect(of()).toBe("No machine is held at a cloud now.");
  expect(of(machine("a", 101))).toBe("1 machine will be removed, even while it boots.");
  expect(of(machine("a", 101), machine("b", 101))).toBe("2 machines will be removed, those that just boot too.");
});

test("a cancelled update takes what it has added alone", () => {
  const of = (...machines: ReturnType<typeof machine>[]) =>
    cancelHere(sampleDeployment({ state: "updating", machines, revisions: [launch, update] }));
  const former = [machine("a", 1), machine("b", 1), machine("c", 1, false)];
  expect(of(...former)).toBe("No machine that the update has added is held at a cloud now.");
  expect(of(...former, machine("d", 100))).toBe(
    "1 machine that the update has added will be removed, even while it boots.",
  );
  expect(of(...former, machine("d", 100), machine("e", 110), machine("f", 110, false))).toBe(
    "2 machines that the update has added will be removed, those that just boot too.",
  );
});

test("what a cancel means is said of launches, of updates, or of both", () => {
  const said = (...states: ("pending" | "updating")[]) =>
    consequencesOf(
      "cancel",
      states.map((state) => ({ state })),
    ).join(" ");
  expect(said("pending")).toContain("every machine made for it is deleted");
  expect(said("pending")).not.toContain("update");
  expect(said("updating")).toMatch(/^Of an update only what it has added is deleted.*The former set stays as it is/);
  expect(said("updating")).not.toContain("rolled back");
  expect(said("pending", "updating")).toMatch(/rolled back.*Of an update/);
});

test("another try of a rollback says what is asked to go, what is left as debt at what price, and how it goes on", () => {
  const left = (id: string, hourlyCost: number | null) => sampleMachine(id, { attempt: 1, open: true, hourlyCost });
  const machines = [left("a", 0.02), left("b", 0.03), left("c", null), sampleMachine("d", { attempt: 0, open: true })];
  const of = (...skip: string[]) => retryHere(sampleDeployment({ attempt: 1, machines, cancelAskedAt: null }), skip);
  expect(of()).toBe(
    "3 machines will be asked to go at once. Then the launch goes on at the next account, if one is left.",
  );
  expect(of("a", "b")).toContain(
    "1 machine will be asked to go at once. 2 machines stay as debt and may go on costing: $0.050/h. Then",
  );
  expect(of("a", "b", "c")).toContain("waits for no machine any more. 3 machines stay as debt");
  expect(of("c")).toContain("1 machine stays as debt and may go on costing: the price is not known of all.");
  const cancelled = sampleDeployment({ attempt: 1, machines, cancelAskedAt: at(5) });
  expect(retryHere(cancelled, [])).toContain("to its end as Cancelled.");
});
