// Planted faults of repairs, as in planted.test.ts.

import { expect, test } from "vitest";
import { liveChecks } from "./checkers/live-checks.ts";
import { repairs } from "./checkers/repairs.ts";
import { studies } from "./checkers/studies.ts";
import type { ResolvedBlueprint } from "../src/core/blueprint/model.ts";
import { found, inTransactions, inWrites } from "./plants.samples.ts";
import { plainBlueprint } from "./scenario.samples.ts";
import type { Mishap } from "./scenario.ts";
import type { SealedChanges, Tx } from "../src/ports/store.ts";

/** `i2` is repaired, twice in a long while; it dies again and again. */
function dyingScenario(protect = false) {
  const blueprint = plainBlueprint();
  const repair = { mode: "replace", tries: 2, withinMs: 600_000, cascade: false } as const;
  const instances = blueprint.instances.map((one) => ({ ...one, repair, protect }));
  const die = (atMs: number): Mishap => ({ kind: "accident", atMs, cloud: "east", pick: 1, to: "error" });
  return {
    launches: [{ atMs: 2_000, blueprint: { ...blueprint, instances }, partial: false }],
    mishaps: [20_000, 80_000, 140_000, 200_000].map(die),
  };
}

test("repairs: they are not counted", async () => {
  const plant = inWrites((changes) => ({
    ...changes,
    instances: changes.instances.map((row) => ({ ...row, repairs: 0 })),
  }));
  expect(await found(repairs, plant, dyingScenario())).toContainEqual(
    expect.stringMatching(/^repairs: dep000000001\/i\d is repaired 3 times within its window/),
  );
});

test("repairs: nobody comes for who was repaired too often", async () => {
  const plant = inWrites((changes) => {
    const { deployment } = changes;
    return deployment.state === "incomplete" && String(deployment.failure).includes("not repaired now")
      ? { ...changes, deployment: { ...deployment, wakeAt: null } }
      : changes;
  });
  expect(await found(repairs, plant, dyingScenario())).toContainEqual(
    expect.stringMatching(/^repairs: dep000000001\/i\d is error, and nobody comes to repair it/),
  );
});

const protecting = <D extends { readonly blueprint: ResolvedBlueprint }>(deployment: D, protect: boolean): D => {
  const instances = deployment.blueprint.instances.map((spec) => ({ ...spec, protect }));
  return { ...deployment, blueprint: { ...deployment.blueprint, instances } };
};

test("repairs: decisions do not know who is protected", async () => {
  const plant = inTransactions((tx) => ({
    snapshots: async (ids) =>
      (await tx.snapshots(ids)).map((row) => ({ ...row, deployment: protecting(row.deployment, false) })),
    apply: (all) => tx.apply(all.map((one) => ({ ...one, deployment: protecting(one.deployment, true) }))),
  }));
  expect(await found(repairs, plant, dyingScenario(true))).toContainEqual(
    expect.stringMatching(/^repairs: dep000000001\/i\d is protected, and is replaced by itself/),
  );
});

/** `i1` and `i2` are checked; one try of each fails. */
function checkedScenario() {
  const blueprint = plainBlueprint();
  const live = { check: { kind: "tcp", port: 80 }, periodMs: 1_000, failures: 3 } as const;
  const instances = blueprint.instances.map((one) => ({ ...one, live }));
  const silence: Mishap = {
    kind: "fault",
    atMs: 20_000,
    forMs: 10_000,
    cloud: "east",
    rule: { on: "probe", do: { kind: "not_listening" }, times: 2 },
  };
  return {
    launches: [{ atMs: 2_000, blueprint: { ...blueprint, instances }, partial: false }],
    mishaps: [silence],
  };
}

test("live checks: a failure counts for all of them", async () => {
  const plant = inTransactions((tx) => ({
    endProbe: (claim, next) => tx.endProbe(claim, { ...next, missed: next.missed === 0 ? 0 : 3 }),
  }));
  expect(await found(liveChecks, plant, checkedScenario())).toContainEqual(
    expect.stringMatching(/^live checks: dep000000001\/i\d has failed its live check 3 times after 0/),
  );
});

test("live checks: one is forgotten", async () => {
  const plant = inTransactions((tx) => ({
    endProbe: (claim, next) => tx.endProbe(claim, claim.live === null ? next : { ...next, probeAt: null }),
    apply: (all) =>
      tx.apply(all.map((one) => ({ ...one, instances: one.instances.map((row) => ({ ...row, probeAt: null })) }))),
  }));
  expect(await found(liveChecks, plant, checkedScenario())).toContainEqual(
    expect.stringMatching(/^live checks: dep000000001\/i\d is up, and nobody checks it/),
  );
});

/** `i2` is refused at the first account, and what came up of the attempt is held. */
function studiedScenario() {
  const blueprint = plainBlueprint();
  const policy = { ...blueprint.policy, studyMs: 20_000 };
  const refusal: Mishap = {
    kind: "fault",
    atMs: 0,
    forMs: 60_000,
    cloud: "east",
    rule: { on: "create", do: { kind: "refuse", code: "insufficient_capacity" }, when: { nth: 2 }, times: 1 },
  };
  return { launches: [{ atMs: 2_000, blueprint: { ...blueprint, policy }, partial: false }], mishaps: [refusal] };
}

test("studies: what is held is undone all the same", async () => {
  const undone = async (tx: Tx, changes: SealedChanges): Promise<SealedChanges> => {
    const { id, studySince } = changes.deployment;
    if (studySince === null) return changes;
    const rows = (await tx.snapshots([id])).flatMap(({ machines }) => machines.filter(({ madeAt }) => madeAt !== null));
    const gone = rows.map((row) => ({ ...row, undoAskedAt: studySince + 1 }));
    return { ...changes, machines: [...changes.machines, ...gone] };
  };
  const plant = inTransactions((tx) => ({
    apply: async (all) => tx.apply(await Promise.all(all.map((one) => undone(tx, one)))),
  }));
  expect(await found(studies, plant, studiedScenario())).toContainEqual(
    expect.stringMatching(/^studies: \S+ is undone while its deployment holds it for study/),
  );
});

test("studies: nobody comes when its time is over", async () => {
  const plant = inWrites((changes) =>
    changes.deployment.studyUntil === null
      ? changes
      : { ...changes, deployment: { ...changes.deployment, wakeAt: changes.deployment.createdAt + 3_600_000 } },
  );
  expect(await found(studies, plant, studiedScenario())).toContainEqual(
    expect.stringMatching(/^studies: dep000000001 still holds an attempt for study/),
  );
});
