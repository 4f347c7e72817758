import { expect, test } from "vitest";
import type { Attempt } from "../../../../src/contract/deployment.ts";
import { releaseHere, retryHere } from "./cancelling.ts";
import { at, sampleDeployment, sampleInstance, sampleMachine } from "./deployment.samples.ts";
import { besideText, billOf, keptByInstance, keptNextOf, leavingOf, studiedOf } from "./quarantined.ts";

const kept = (id: string, instance: string, more = {}) =>
  sampleMachine(id, { instance, quarantinedUntil: at(14_400), releasable: true, ...more });

const failed: Attempt = {
  no: 1,
  revision: 1,
  account: "north",
  realm: null,
  hourlyCost: 0.04,
  startedAt: at(0),
  endedAt: at(60),
  outcome: "failed",
  reason: "web did not boot in time",
  failedInstance: "web",
  fault: null,
  cost: 0,
  unpriced: 0,
};

test("machines are told by instance, since they are released by it, with what they cost together", () => {
  const machines = [kept("a", "web"), sampleMachine("b"), kept("c", "web", { attempt: 2 }), kept("d", "db")];
  const told = keptByInstance({ machines });
  expect([...told].map(([name, of]) => [name, of.map(({ id }) => id)])).toEqual([
    ["web", ["a", "c"]],
    ["db", ["d"]],
  ]);
  expect(billOf([kept("a", "web"), kept("b", "web", { hourlyCost: null })])).toEqual({ dollars: 0.02, unpriced: 1 });
});

test("what the deployment does beside it is true in every state", () => {
  const said = (state: "pending" | "running" | "failed" | "stopped", more = {}) =>
    besideText(sampleDeployment({ state, ...more }), 1);
  expect(said("pending")).toContain("the launch goes on where it can");
  expect(said("running")).toBe("It is no member of what runs.");
  expect(said("failed")).toBe("The launch is over all the same.");
  expect(said("running", { stopAskedAt: at(1) })).toBe("");
  expect(said("stopped")).toBe("");
});

const study = {
  quarantineMs: 3_600_000,
  attempts: [failed],
  instances: [sampleInstance("db", { machine: "a" }), sampleInstance("web", { machine: "b" })],
  machines: [sampleMachine("a"), sampleMachine("b", { instance: "web" }), kept("z", "web", { attempt: 0 })],
};

test("the end of a study takes what came up but for the machine that is kept then", () => {
  expect(studiedOf(sampleDeployment(study)).map(({ id }) => id)).toEqual(["a", "b"]);
  expect(keptNextOf(sampleDeployment(study))).toMatchObject({ id: "b" });
  expect(releaseHere(sampleDeployment(study))).toBe(
    "1 machine will be removed, and that of web is kept in quarantine.",
  );
  expect(releaseHere(sampleDeployment({ ...study, quarantineMs: null }))).toBe("2 machines will be removed.");
  const refused = study.machines.map((one) => (one.id === "b" ? { ...one, state: "refused" as const } : one));
  expect(keptNextOf(sampleDeployment({ ...study, machines: refused }))).toBeNull();
});

test("what was kept is told until it is proven gone, or owed", () => {
  const going = { instance: "web", undoAskedAt: at(70) };
  const machines = [
    sampleMachine("a", going),
    sampleMachine("b", { ...going, debtSince: at(80) }),
    sampleMachine("c", { ...going, open: false }),
    sampleMachine("d", { ...going, attempt: 2 }),
    kept("e", "web"),
  ];
  const leaving = (state: "failed" | "running" | "rollback_in_progress") =>
    leavingOf(sampleDeployment({ state, attempts: [failed], machines })).map(({ id }) => id);
  expect(leaving("failed")).toEqual(["a"]);
  expect(leaving("running")).toEqual(["a"]);
  expect(leaving("rollback_in_progress")).toEqual([]);
});

test("a rollback that is tried again passes by what is kept", () => {
  const machines = [sampleMachine("a"), kept("b", "web")];
  expect(retryHere(sampleDeployment({ machines }), [])).toContain("1 machine will be asked to go at once.");
});
