// Keeps Slipway's time right in one process: every reading of the database's clock is held against the process's own before
// anybody acts on it. A transaction that meets a clock that has stepped is rolled back, the offset is set right, and it runs again.

import {
  type Baseline,
  type ClockStep,
  judge,
  judgeAsNewcomer,
  type Unsure,
  type Verdict,
} from "../core/world/clock-step.ts";
import { StoreAway } from "../ports/store.ts";

/** The row of the offset, with the time that it makes of the database's clock. */
export interface TimeRow {
  readonly now: number;
  readonly offsetMs: number;
  /** What deployments have been told of: see `tellClock`. */
  readonly toldOffsetMs: number;
  /** How often the offset has been changed. */
  readonly steps: number;
  readonly seenAt: number;
}

/** The row outside of any transaction. */
export interface TimeRows {
  read(): Promise<TimeRow>;
  /**
   * Moves Slipway's time by so much against the database's clock; false when it had been changed since it was read. `at`: the time that was
   * read, set right. Not asked for anew: the clock may step again in this moment.
   */
  move(steps: number, step: { readonly byMs: number; readonly at: number }): Promise<boolean>;
  /** Notes that this time was found in order. */
  see(steps: number, at: number): Promise<void>;
}

/** The database's clock is not where it should be, so nothing may be done by it. Leaves the store as StoreAway, if at all. */
export class ClockMoved extends Error {
  override readonly name = "ClockMoved";
}

export interface Timekeeper {
  /** The time of a row that was asked for at `askedAt` and has just come; throws when it cannot be gone by. */
  check(row: TimeRow, askedAt: number): number;
  /** Runs `act`, and again when it met a clock that had stepped, with the offset set right. */
  guard<T>(act: () => Promise<T>): Promise<T>;
  /** For `Store.keepTime`, and when the store is opened. */
  keep(): Promise<{ readonly isUntold: boolean }>;
  readonly monotonic: () => number;
}

/** How often a time that is in order is noted, and so how much of a step back while nothing ran may go unnoticed. */
const SEEN_MS = 5_000;
/** Where processes run, one of them has noted the time within so long. */
const SILENCE_MS = 8_000;
/**
 * A process that begins when none has noted the time lately does not know whether none ran, or the clock has been set forward just
 * now; and where it was set back, it knows no more than the time that was noted last. Whoever runs notices that within a second, and by how
 * much, so they are waited for before the newcomer goes by this time, or sets it right …
 */
const WAIT_MS = 2_500;
/**
 * … and it is longer before the newcomer's word counts for others: until then it goes by theirs, and notes nothing. For a step that is
 * shorter than their silence looks like none.
 */
const NEWCOMER_MS = 10_000;
/** Without a reading for so long, one is taken. */
const FLOOR_MS = 1_000;
/** A step is measured with a reading that took no longer, if one can be had. */
const NARROW_MS = 500;
const TRIES_MOST = 5;

export interface TimekeeperOptions {
  /** The process's clock: see `Clock.monotonic`. */
  readonly monotonic: () => number;
  /** Told of each step, once it is set right. */
  readonly onStep: (step: ClockStep) => void;
  /** Null where there can be no other process. */
  readonly waitForOthers: ((ms: number) => Promise<void>) | null;
}

export function createTimekeeper(rows: TimeRows, { monotonic, onStep, waitForOthers }: TimekeeperOptions): Timekeeper {
  let baseline: Baseline | null = null;
  let last: { readonly row: TimeRow; readonly heardAt: number } | null = null;
  /** On the monotonic clock: until then others, who have changed the offset, know better than this process, and it notes nothing. */
  let newcomerUntil = 0;
  let settling: Promise<void> | null = null;
  /** The number of a change by others, or at the first look, after which it was waited for what they find next. */
  let waitedAt: number | null = null;

  function judged(row: TimeRow, askedAt: number, heardAt: number): Verdict | Unsure {
    const reading = { ...row, askedAt, heardAt };
    if (baseline === null || last === null || row.steps <= baseline.steps || heardAt >= newcomerUntil) {
      return judge(baseline, reading);
    }
    if (waitedAt === row.steps) return judge(null, reading);
    return judgeAsNewcomer(baseline, reading, row.offsetMs - last.row.offsetMs);
  }

  function check(row: TimeRow, askedAt: number): number {
    const heardAt = monotonic();
    const verdict = judged(row, askedAt, heardAt);
    if (verdict.kind !== "in_order") throw new ClockMoved("the database's clock was moved");
    // Who set it right has told it already.
    if (last !== null && last.row.steps < row.steps) onStep(stepOfAnother(last.row, row));
    if (baseline === null && waitForOthers !== null) newcomerUntil = heardAt + NEWCOMER_MS;
    baseline = verdict.baseline;
    last = { row, heardAt };
    return row.now;
  }

  /** Takes a reading, and sets the offset right until one is in order. */
  async function settle(): Promise<void> {
    for (let tries = 1; tries <= TRIES_MOST; tries += 1) {
      const askedAt = monotonic();
      const row = await rows.read();
      const heardAt = monotonic();
      const verdict = judged(row, askedAt, heardAt);
      if (verdict.kind === "in_order") return void check(row, askedAt);
      if (verdict.kind === "unsure" || (baseline === null && waitForOthers !== null && waitedAt === null)) {
        await waitForOthers?.(WAIT_MS);
        waitedAt = row.steps;
        continue;
      }
      if (verdict.kind === "outdated" || (heardAt - askedAt > NARROW_MS && tries < TRIES_MOST - 1)) continue;
      const at = row.now - verdict.byMs;
      if (!(await rows.move(row.steps, { byMs: verdict.byMs, at }))) continue;
      const offsetMs = row.offsetMs - verdict.byMs;
      // Time itself has not moved: should the clock step again in this moment, that is noticed as well.
      if (baseline !== null) baseline = { ...baseline, steps: row.steps + 1 };
      // To be noted as seen by who keeps the time meanwhile.
      last = { row: { ...row, now: at, offsetMs, steps: row.steps + 1 }, heardAt };
      onStep({ byMs: verdict.byMs, offsetMs, isOurs: true });
    }
    throw new StoreAway("busy", { cause: new Error("the database's clock does not come to rest") });
  }

  /** One at a time: all who met the same step wait for it to be set right once. */
  function settled(): Promise<void> {
    settling ??= settle().finally(() => (settling = null));
    return settling;
  }

  /** The first look. */
  async function begin(): Promise<void> {
    await settled();
    if (waitForOthers === null || last === null || last.row.now - last.row.seenAt < SILENCE_MS) return;
    await waitForOthers(WAIT_MS);
    await settled();
  }

  return {
    monotonic,
    check,
    guard: (act) => guarded(act, settled),
    async keep() {
      if (last === null) await begin();
      else if (monotonic() - last.heardAt >= FLOOR_MS) await settled();
      if (last === null) return { isUntold: false };
      const { row, heardAt } = last;
      if (row.now - row.seenAt >= SEEN_MS && heardAt >= newcomerUntil) await rows.see(row.steps, row.now);
      return { isUntold: row.offsetMs !== row.toldOffsetMs };
    },
  };
}

/** `settled` sets the offset right. */
async function guarded<T>(act: () => Promise<T>, settled: () => Promise<void>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ClockMoved)) throw error;
      if (tries === TRIES_MOST) throw new StoreAway("busy", { cause: error });
      await settled();
    }
  }
}

/** What another process has set right between two readings. */
function stepOfAnother(before: TimeRow, { offsetMs }: TimeRow): ClockStep {
  return { byMs: before.offsetMs - offsetMs, offsetMs, isOurs: false };
}
