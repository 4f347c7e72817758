// Planted faults of updates, as in planted.test.ts.

import { expect, test } from "vitest";
import { updates } from "./checkers/updates.ts";
import type { Snapshot } from "../src/core/snapshot.ts";
import { found, inTransactions, inWrites } from "./plants.samples.ts";
import type { Mishap } from "./scenario.ts";

/** `i1` gets another machine. */
const UPDATE: Mishap = { kind: "act", atMs: 3_000, launch: 0, ask: "update", inState: "running", pick: 1 };
/** … which is refused. */
const REFUSED: Mishap = {
  kind: "fault",
  atMs: 0,
  forMs: 60_000,
  cloud: "east",
  rule: { on: "create", when: { nth: 3 }, do: { kind: "refuse", code: "invalid_size" } },
};
/** … which comes up, and is cancelled while its dependent waits for it. */
const ALL_ANEW: readonly Mishap[] = [
  { ...UPDATE, pick: 2 },
  { kind: "act", atMs: 9_500, launch: 0, ask: "cancel", inState: "updating", pick: 0 },
];

const seen = (change: (snapshot: Snapshot) => Snapshot, written = (row: Snapshot["deployment"]) => row) =>
  inTransactions((tx) => ({
    snapshots: async (ids) => (await tx.snapshots(ids)).map(change),
    apply: (all) => tx.apply(all.map((one) => ({ ...one, deployment: written(one.deployment) }))),
  }));

const asReady = (snapshot: Snapshot): Snapshot => {
  const { deployment } = snapshot;
  return deployment.state === "updating"
    ? { ...snapshot, deployment: { ...deployment, removingAt: deployment.since } }
    : snapshot;
};

test("updates: what was before is removed before what is new is ready", async () => {
  expect(await found(updates, seen(asReady), { mishaps: [UPDATE] })).toContainEqual(
    expect.stringMatching(/^updates: dep000000001 removes what was before, and i\d is not ready/),
  );
});

test("updates: a machine of the former set is asked to go too early", async () => {
  const plant = seen(asReady, (row) => ({ ...row, removingAt: null }));
  expect(await found(updates, plant, { mishaps: [UPDATE] })).toContainEqual(
    expect.stringMatching(/^updates: .*-i\d-t1 of revision 1 is asked to go before all of revision 2 is ready/),
  );
});

test("updates: the way back forgets a machine", async () => {
  const plant = inWrites((changes) =>
    changes.deployment.state === "reverting"
      ? { ...changes, instances: changes.instances.map((row) => ({ ...row, machine: null })) }
      : changes,
  );
  expect(await found(updates, plant, { mishaps: [REFUSED, UPDATE] })).toContainEqual(
    expect.stringMatching(/^updates: dep000000001\/i\d is null after its update was undone, and was sw-/),
  );
});

test("updates: the way back takes a machine of the former set along", async () => {
  const plant = seen((snapshot) =>
    snapshot.deployment.state === "reverting"
      ? { ...snapshot, instances: snapshot.instances.map((row) => ({ ...row, machine: null })) }
      : snapshot,
  );
  expect(await found(updates, plant, { mishaps: ALL_ANEW })).toContainEqual(
    expect.stringMatching(/^updates: .*-i\d-t1 of revision 1 is asked to go while revision 2 is undone/),
  );
});
