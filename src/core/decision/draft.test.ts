import { expect, test } from "vitest";
import { sampleDeployment, sampleInstance, sampleMachine } from "../../ports/store.samples.ts";
import { draftOf, inWaves } from "./draft.ts";
import type { Snapshot } from "../snapshot.ts";

const snapshot: Snapshot = {
  deployment: sampleDeployment(),
  instances: [sampleInstance(), sampleInstance({ name: "web" })],
  revisions: [],
  attempts: [],
  machines: [],
  placements: [],
};

const statesIn = (waves: ReturnType<ReturnType<typeof draftOf>["waves"]>) =>
  waves.map(({ instances }) => instances.map(({ name, state }) => `${name} ${state}`));

test("a row that moves twice is written in two waves, each one arc of its table", () => {
  const draft = draftOf(snapshot, 5);
  draft.moveInstance("db", "launch_asked", null);
  draft.moveInstance("web", "launch_asked", null);
  draft.moveInstance("db", "seen_running", null);
  const waves = draft.waves();
  expect(statesIn(waves)).toEqual([["db pending", "web pending"], ["db running"]]);
  expect(waves.map(({ deployment, events }) => [deployment.eventNo, events.length])).toEqual([
    [3, 2],
    [4, 1],
  ]);
});

test("a machine is written as it was born before it moves on", () => {
  const draft = draftOf(snapshot, 5);
  const machine = sampleMachine();
  const { realm, size } = machine;
  const measures = { image: "debian-13", cpu: 1, memoryMib: 2048, storageGib: 10, userData: "", ports: [], labels: {} };
  draft.addMachine({
    machine,
    request: { name: machine.id, realm, size, spot: null, where: {}, group: "db", ...measures },
  });
  draft.setMachine(machine.id, { failures: 1 });
  draft.moveMachine(machine.id, "withdrawn");
  const [first, second] = draft.waves();
  expect(first?.newMachines.map((one) => [one.machine.state, one.machine.failures])).toEqual([["intent", 1]]);
  expect(first?.machines).toEqual([]);
  expect(second?.machines.map(({ state }) => state)).toEqual(["absent"]);
});

test("a deployment is always written, due at once unless something else is decided", () => {
  expect(draftOf(snapshot, 5).waves()).toMatchObject([{ deployment: { wakeAt: 5 }, instances: [], events: [] }]);
});

test("only moves of the tables are possible, and only of rows that are there", () => {
  const draft = draftOf(snapshot, 5);
  expect(() => draft.moveDeployment("all_ready", null)).toThrow("a deployment cannot go from new by all_ready");
  expect(() => draft.moveInstance("db", "reset", null)).toThrow("instance db cannot go from new by reset");
  expect(() => draft.instance("cache")).toThrow("no row cache in the snapshot");
  expect(() => draft.spec("cache")).toThrow("the blueprint has no instance cache");
});

test("the waves of many decisions are written together, the first of all first", () => {
  const one = draftOf(snapshot, 1);
  one.moveInstance("db", "launch_asked", null);
  one.moveInstance("db", "seen_running", null);
  const other = draftOf(snapshot, 2);
  const waves = inWaves([one.waves(), other.waves()]);
  expect(waves.map((wave) => wave.map(({ deployment }) => deployment.wakeAt))).toEqual([[1, 2], [1]]);
  expect(inWaves([])).toEqual([]);
});
