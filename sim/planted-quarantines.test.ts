// Planted faults of quarantines, as in planted.test.ts.

import { expect, test } from "vitest";
import type { Machine } from "../src/core/machine.ts";
import { quarantines } from "./checkers/quarantines.ts";
import { found, inTransactions, inWrites } from "./plants.samples.ts";
import { LAUNCH_MS, plainBlueprint } from "./scenario.samples.ts";
import type { Mishap } from "./scenario.ts";

const KEPT_MS = 60_000;

/** `i2` does not boot at `east`, is kept, and comes up at `west`. */
function keepingScenario() {
  const blueprint = plainBlueprint();
  const policy = { ...blueprint.policy, quarantineMs: KEPT_MS };
  const failing: Mishap = {
    kind: "fault",
    atMs: 0,
    forMs: 400_000,
    cloud: "east",
    rule: { on: "create", do: { kind: "boot_error" }, when: { nth: 2 }, times: 1 },
  };
  return { launches: [{ atMs: LAUNCH_MS, blueprint: { ...blueprint, policy }, partial: false }], mishaps: [failing] };
}

const isKept = ({ quarantinedUntil }: Machine): boolean => quarantinedUntil !== null;

const MACHINE = "sw-dep000000001-a1-i2-t1";

/** Whatever decisions read of machines that are kept. */
const read = (change: (row: Machine) => Machine) =>
  inTransactions((tx) => ({
    snapshots: async (ids) =>
      (await tx.snapshots(ids)).map((all) => ({
        ...all,
        machines: all.machines.map((row) => (isKept(row) ? change(row) : row)),
      })),
  }));

/** Whatever they write of them. */
const written = (change: (row: Machine) => Partial<Machine>) =>
  inWrites((changes) => ({
    ...changes,
    machines: changes.machines.map((row) => ({ ...row, ...change(row) })),
  }));

test.each([
  [
    "they end at once",
    read((row) => ({ ...row, quarantinedUntil: 1 })),
    `${MACHINE} was to be kept for another \\d+ ms`,
  ],
  [
    "they never end",
    read((row) => ({ ...row, quarantinedUntil: Number(row.quarantinedUntil) + 1e9 })),
    `${MACHINE} is still kept \\d+ ms after that was to end`,
  ],
  [
    "what is kept is undone",
    written((row) => (isKept(row) ? { undoAskedAt: row.intentAt, call: "destroy", callAt: row.intentAt } : {})),
    `${MACHINE} is undone while it is kept`,
  ],
  [
    "nobody removes it in the end",
    written((row) => (row.id === MACHINE ? { undoAskedAt: null, call: null, callAt: null } : {})),
    `${MACHINE} is kept no longer, and nobody removes it`,
  ],
  [
    "all of the attempt is kept",
    written((row) => (row.attemptNo === 1 && row.undoAskedAt !== null ? { quarantinedUntil: 1 } : {})),
    "sw-dep000000001-a1-i1-t1 is kept, and its attempt failed for i2",
  ],
  [
    "two of an attempt are kept",
    written((row) => (row.attemptNo === 1 && row.undoAskedAt !== null ? { quarantinedUntil: 1 } : {})),
    "is kept, and another one is of attempt dep000000001/1",
  ],
  [
    "its end is told to nobody",
    inWrites((changes) => ({
      ...changes,
      events: changes.events.map((event) =>
        event.body.kind === "quarantine_ended" ? { ...event, body: { kind: "lease_lifted" } } : event,
      ),
    })),
    `the end of the quarantine of ${MACHINE} is not told`,
  ],
])("quarantines: %s", async (_, plant, text) => {
  expect(await found(quarantines, plant, keepingScenario())).toContainEqual(
    expect.stringMatching(new RegExp(`^quarantines: .*${text}`)),
  );
});
