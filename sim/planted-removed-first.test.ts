// Planted faults of members that make room for their successors, as in planted.test.ts.

import { expect, test } from "vitest";
import { UNLIMITED } from "../src/core/market/amount.ts";
import type { Snapshot } from "../src/core/snapshot.ts";
import { quotas } from "./checkers/quotas.ts";
import { removedFirst } from "./checkers/removed-first.ts";
import { updates } from "./checkers/updates.ts";
import { found, inTransactions, inWrites } from "./plants.samples.ts";
import type { Mishap, Scenario } from "./scenario.ts";
import { plainScenario } from "./scenario.samples.ts";

/** `i2` gets another machine; with `pick` 2 both do. */
const UPDATE: Mishap = { kind: "act", atMs: 3_000, launch: 0, ask: "update", inState: "running", pick: 1 };
const BOTH: Mishap = { ...UPDATE, pick: 2 };
/** The third machine is refused: the new one of the update. */
const REFUSED: Mishap = {
  kind: "fault",
  atMs: 0,
  forMs: 60_000,
  cloud: "east",
  rule: { on: "create", when: { nth: 3 }, do: { kind: "refuse", code: "invalid_size" } },
};

const launches: Scenario["launches"] = plainScenario().launches.map(({ blueprint, ...launch }) => {
  const instances = blueprint.instances.map((spec) => ({ ...spec, update: { order: "removeFirst" as const } }));
  return { ...launch, blueprint: { ...blueprint, instances } };
});

const seen = (change: (snapshot: Snapshot) => Snapshot) =>
  inTransactions((tx) => ({ snapshots: async (ids) => (await tx.snapshots(ids)).map(change) }));

const asUpdated = (change: (snapshot: Snapshot) => Partial<Snapshot>) =>
  seen((snapshot) => (snapshot.deployment.state === "updating" ? { ...snapshot, ...change(snapshot) } : snapshot));

/** Nothing is given back while an update is under way. */
const keepingAll = inWrites((changes) =>
  changes.deployment.state === "updating"
    ? { ...changes, placements: changes.placements.map((row) => ({ ...row, releasedAt: null })) }
    : changes,
);

test("an update of members that make room is found to be right", async () => {
  for (const checker of [removedFirst, updates, quotas]) {
    const told = await found(
      checker,
      inWrites((changes) => changes),
      { launches, mishaps: [REFUSED, BOTH] },
    );
    expect(told).toEqual([]);
  }
});

test("removed first: the new machine is asked for while the former one lives", async () => {
  const plant = asUpdated(({ machines }) => ({
    machines: machines.map((row) =>
      row.placementNo === 1 ? { ...row, state: "gone", call: null, callAt: null } : row,
    ),
  }));
  expect(await found(removedFirst, plant, { launches, mishaps: [UPDATE] })).toContainEqual(
    expect.stringMatching(/^removed first: .*-i2-t2 is asked for while .*-i2-t1, which goes first, is made$/),
  );
});

test("removed first: a machine makes room before what it needs is ready", async () => {
  const plant = asUpdated(({ deployment, instances }) => ({
    instances: instances.map((row) => (row.name === "i1" ? { ...row, readyAt: deployment.since } : row)),
  }));
  expect(await found(removedFirst, plant, { launches, mishaps: [BOTH] })).toContainEqual(
    expect.stringMatching(/^removed first: .*-i2-t1 makes room before i1 is ready$/),
  );
});

test("removed first: the former place is held beside the new one, beyond what its pool may hold", async () => {
  expect(await found(removedFirst, keepingAll, { launches, mishaps: [UPDATE] })).toContainEqual(
    expect.stringMatching(/^removed first: dep000000001\/i2 holds its former place 1 beside 2$/),
  );
  const limit = { ...UNLIMITED, instances: 2 };
  const limits = { users: {}, pools: { default: { limit, userLimit: UNLIMITED } } };
  // Until it is over they are limited.
  const mishaps: Mishap[] = [UPDATE, { kind: "deaf", atMs: 0, forMs: 60_000, probability: 0 }];
  expect(await found(quotas, keepingAll, { launches, mishaps, quotas: limits })).toContainEqual(
    expect.stringMatching(/^quotas: pool default holds 3 instances, and may hold 2$/),
  );
});

test("removed first: what had made room is missing, and nobody is told", async () => {
  const plant = inTransactions((tx) => ({
    snapshots: async (ids) => (await tx.snapshots(ids)).map(withoutRepair),
    apply: (all) => tx.apply(all.map((one) => ({ ...one, deployment: { ...one.deployment, failure: null } }))),
  }));
  const given = { launches, mishaps: [REFUSED, UPDATE], clearsUp: false };
  expect(await found(removedFirst, plant, given)).toContainEqual(
    expect.stringMatching(/^removed first: dep000000001\/i2 made room, is \w+, and nobody is told$/),
  );
});

function withoutRepair(snapshot: Snapshot): Snapshot {
  if (snapshot.deployment.state !== "incomplete") return snapshot;
  const instances = snapshot.instances.map((row) =>
    row.name === "i2" ? { ...row, state: "vanished" as const, repairSince: null } : row,
  );
  return { ...snapshot, instances };
}
