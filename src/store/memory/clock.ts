// The row of Slipway's time, and what is told of it.

import { TOLD_OF_STEPS } from "../../core/world/clock-step.ts";
import type { ClockState, Tx } from "../../ports/store.ts";
import type { TimeRow, TimeRows } from "../timekeeper.ts";
import type { ClockRow } from "./clock-row.ts";
import { CLOCK_KEY, type Views } from "./rows.ts";
import type { Transaction } from "./transaction.ts";
import { addEvent, lockLanes } from "./webhooks.ts";

function rowOf({ clock }: Views): ClockRow {
  const row = clock.get(CLOCK_KEY);
  if (row === undefined) throw new Error("the database has no clock");
  return row;
}

function toldOf({ clockTold }: Views): number {
  const row = clockTold.get(CLOCK_KEY);
  if (row === undefined) throw new Error("the database does not know what was told of its clock");
  return row.offsetMs;
}

/** `now`: the database's clock. */
export function timeRowOf(views: Views, now: number): TimeRow {
  const row = rowOf(views);
  return { ...row, now: now + row.offsetMs, toldOffsetMs: toldOf(views) };
}

export function clockState(views: Views): ClockState {
  const { offsetMs, steps, steppedAt, steppedByMs } = rowOf(views);
  return { offsetMs, steps, lastAt: steppedAt, lastByMs: steppedByMs };
}

/** `alone` runs a transaction that nobody has opened. */
export function timeRowsOn(
  alone: <T>(mode: "write" | "read", act: (tx: Transaction) => Promise<T>) => Promise<T>,
): TimeRows {
  const change = (steps: number, act: (tx: Transaction, was: ClockRow) => ClockRow | null): Promise<boolean> =>
    alone("write", (tx) =>
      tx.alone(async () => {
        await tx.lock(tx.views.clock, CLOCK_KEY);
        const was = rowOf(tx.views);
        const row = was.steps === steps ? act(tx, was) : null;
        if (row !== null) tx.views.clock.put(CLOCK_KEY, row);
        return row !== null;
      }),
    );
  return {
    read: () => alone("read", (tx) => tx.statement(() => tx.timeRow())),
    move: (steps, { byMs, at }) =>
      change(steps, (_, was) => {
        const moved = { offsetMs: was.offsetMs - byMs, steps: was.steps + 1, seenAt: at };
        return { ...was, ...moved, steppedAt: at, steppedByMs: byMs };
      }),
    async see(steps, at) {
      await change(steps, (_, was) => (was.seenAt < at ? { ...was, seenAt: at } : null));
    },
  };
}

export function tellingTime(tx: Transaction): Pick<Tx, "tellClock"> {
  const { clockTold, deployments } = tx.views;
  return {
    tellClock: () =>
      tx.statement(async () => {
        const underWay = (): string[] =>
          deployments.all().flatMap(({ row: { id, state } }) => (TOLD_OF_STEPS.includes(state) ? [id] : []));
        const locked = underWay();
        await tx.lockAll(deployments, locked);
        await tx.lock(clockTold, CLOCK_KEY);
        const { offsetMs } = rowOf(tx.views);
        const byMs = toldOf(tx.views) - offsetMs;
        if (byMs === 0) return;
        await lockLanes(tx, locked);
        const at = tx.now();
        for (const id of locked) {
          const was = deployments.get(id);
          if (was === undefined) continue;
          const event = {
            deployment: was.row.id,
            no: was.row.eventNo + 1,
            revision: was.row.revisionNo,
            at,
            body: { kind: "clock_moved", byMs } as const,
          };
          deployments.put(id, { ...was, row: { ...was.row, eventNo: event.no } });
          addEvent(tx, event);
        }
        clockTold.put(CLOCK_KEY, { offsetMs });
      }),
  };
}
