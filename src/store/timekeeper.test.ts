// The row of the time in a database whose clock is set between a keeper's statements.

import { expect, test } from "vitest";
import type { ClockStep } from "../core/world/clock-step.ts";
import { createTimekeeper, type TimeRow, type TimeRows } from "./timekeeper.ts";

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
  const keeper = createTimekeeper(rows, {
    monotonic: () => elapsed,
    onStep: (step) => void heard.push(step),
    waitForOthers: null,
  });
  return { at, keeper, heard, read };
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
