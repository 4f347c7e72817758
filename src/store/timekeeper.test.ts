// The row of the time in a database whose clock is set between a keeper's statements.

import { expect, test } from "vitest";
import type { ClockStep } from "../core/world/clock-step.ts";
import { createTimekeeper, type Timekeeper, type TimeRow, type TimeRows } from "./timekeeper.ts";

/** Time that stands still but for what is passed, and a database's clock that is set by hand; `beforeMove` happens to the next change. */
function database() {
  let elapsed = 0;
  let setBy = 0;
  let row = { offsetMs: 0, steps: 0, seenAt: 0 };
  const at = {
    pass: (ms: number) => void (elapsed += ms),
    set: (ms: number) => void (setBy += ms),
    beforeMove: () => {},
  };
  const read = (): TimeRow => ({ ...row, now: elapsed + setBy + row.offsetMs, toldOffsetMs: 0 });
  const rows: TimeRows = {
    read: async () => read(),
    async move(steps, { byMs, at: seenAt }) {
      at.beforeMove();
      at.beforeMove = () => {};
      if (steps !== row.steps) return false;
      row = { offsetMs: row.offsetMs - byMs, steps: steps + 1, seenAt };
      return true;
    },
    async see(steps, seenAt) {
      if (steps === row.steps) row = { ...row, seenAt: Math.max(row.seenAt, seenAt) };
    },
  };
  const heard: ClockStep[] = [];
  const join = (others: Timekeeper | null): Timekeeper =>
    createTimekeeper(rows, {
      monotonic: () => elapsed,
      onStep: (step) => void heard.push(step),
      waitForOthers:
        others === null
          ? null
          : async (ms) => {
              elapsed += ms;
              await others.keep();
            },
    });
  return { at, keeper: join(null), join, heard, read };
}

test("a clock that is set again while its step is set right is set right twice", async () => {
  const { at, keeper, heard, read } = database();
  await keeper.keep();
  at.pass(30_000);
  at.set(-24_482);
  at.beforeMove = () => at.set(41_696);
  await keeper.keep();
  expect(heard.map(({ byMs }) => byMs)).toEqual([-24_482, 41_696]);
  expect(read().now).toBe(30_000);
  expect(read().seenAt).toBe(30_000);
});

test("a newcomer that reads what neither it nor others can have meant waits for what they find", async () => {
  const { at, keeper, join, heard, read } = database();
  await keeper.keep();
  const newcomer = join(keeper);
  await newcomer.keep();
  at.pass(5_000);
  at.set(36_098_896);
  await keeper.keep();
  at.set(3_038_946);
  await newcomer.keep();
  expect(read().now).toBe(7_500);
  expect(heard.filter(({ isOurs }) => isOurs).map(({ byMs }) => byMs)).toEqual([36_098_896, 3_038_946]);
});

test("a newcomer that took a step for the time goes by others at once when they set it right", async () => {
  const { at, keeper, join, heard, read } = database();
  await keeper.keep();
  at.pass(2_000);
  at.set(4_000);
  const newcomer = join(keeper);
  await newcomer.keep();
  expect(read().now).toBe(6_000);
  at.pass(1_000);
  await keeper.keep();
  at.pass(1_000);
  await newcomer.keep();
  expect(read().now).toBe(4_000);
  expect(heard.filter(({ isOurs }) => isOurs).map(({ byMs }) => byMs)).toEqual([4_000]);
});

test("a newcomer that meets a clock set back leaves it to others, who know by how much", async () => {
  const { at, keeper, join, heard, read } = database();
  await keeper.keep();
  at.pass(4_000);
  at.set(-28_333_816);
  await join(keeper).keep();
  expect(read().now).toBe(6_500);
  expect(heard.filter(({ isOurs }) => isOurs).map(({ byMs }) => byMs)).toEqual([-28_333_816]);
});

test("with nobody else there, it goes on from the time that was noted last", async () => {
  const { at, keeper, join, heard, read } = database();
  await keeper.keep();
  at.pass(6_000);
  await keeper.keep();
  at.pass(60_000);
  at.set(-28_333_816);
  const idle: Timekeeper = { ...keeper, keep: async () => ({ isUntold: false }) };
  await join(idle).keep();
  expect(read().now).toBe(6_000);
  expect(heard.map(({ byMs }) => byMs)).toEqual([-28_333_816 + 62_500]);
});
