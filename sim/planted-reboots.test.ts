// Planted faults of reboots, as in planted.test.ts.

import { expect, test } from "vitest";
import { reboots } from "./checkers/reboots.ts";
import type { Machine } from "../src/core/machine.ts";
import { found, inWrites } from "./plants.samples.ts";
import { plainPlan } from "./scenario.samples.ts";
import type { Mishap } from "./scenario.ts";

const REBOOT: Mishap = { kind: "act", atMs: 20_000, launch: 0, ask: "reboot", inState: "running", pick: 0 };
const SLOW = plainPlan("east", 0, { rebootsAs: "stopped", boot: { kind: "fixed", ms: 12_000 } });
const REBOOTED = { clouds: [SLOW], mishaps: [REBOOT], clearsUp: false };

const machines = (change: (row: Machine) => Machine) =>
  inWrites((changes) => ({ ...changes, machines: changes.machines.map(change) }));

test("reboots: what was sent is forgotten", async () => {
  let isFirst = true;
  const plant = machines((row) => {
    if (row.rebootSentAt === null || row.call !== "look" || !isFirst) return row;
    isFirst = false;
    return { ...row, call: "reboot", callAt: row.rebootSentAt, rebootSentAt: null };
  });
  expect(await found(reboots, plant, REBOOTED)).toContainEqual(
    expect.stringMatching(/^reboots: east-\w+ is rebooted 2 times, and was to be 1 times/),
  );
});

test("reboots: nobody knows that the machine may stand still", async () => {
  const plant = machines((row) => (row.rebootSentAt === null ? row : { ...row, rebootUntil: row.rebootSentAt }));
  expect(await found(reboots, plant, REBOOTED)).toContainEqual(
    expect.stringMatching(/^reboots: dep000000001\/i\d counts as stopped, and its machine is just being rebooted/),
  );
});

test("reboots: nobody looks at the end", async () => {
  const runs = plainPlan("east", 0, { rebootsAs: "running" });
  const plant = machines((row) =>
    row.rebootSentAt !== null && row.call === "look" ? { ...row, call: null, callAt: null } : row,
  );
  expect(await found(reboots, plant, { ...REBOOTED, clouds: [runs] })).toContainEqual(
    expect.stringMatching(/^reboots: the reboot of sw-.* has no end/),
  );
});
