// A database whose clock is set again and again, and processes that are paused, slow and answered late: time as they keep it goes on as
// time does.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Baseline, judge, STEP_MS } from "./clock-step.ts";

type Happening =
  /** A process asks; the database looks at its clock after `toMs`, and the answer is there after `backMs`. */
  | { readonly kind: "reading"; readonly by: number; readonly toMs: number; readonly backMs: number }
  | { readonly kind: "set"; readonly byMs: number }
  | { readonly kind: "waiting"; readonly forMs: number };

/** Both look at once. */
const quick: readonly Happening[] = [0, 1].map((by) => ({ kind: "reading", by, toMs: 0, backMs: 0 }));

const delay = fc.oneof({ weight: 3, arbitrary: fc.nat(20) }, fc.nat(60_000));
const readings = fc.record({ kind: fc.constant("reading" as const), by: fc.nat(1), toMs: delay, backMs: delay });
const waits = fc.record({ kind: fc.constant("waiting" as const), forMs: fc.nat(100_000) });
const sets = fc.record({ kind: fc.constant("set" as const), byMs: fc.integer({ min: -1e8, max: 1e8 }) });

/** What the processes make of it: how often the offset was changed, and how far Slipway's time is from how time went. */
function play(happenings: readonly Happening[]): { readonly steps: number; readonly errorMs: number } {
  const clock = { offsetMs: 0, steps: 0, seenAt: 0 };
  const known: (Baseline | null)[] = [null, null];
  let time = 1_000_000_000;
  let setBy = 0;
  for (const one of happenings) {
    if (one.kind === "waiting") time += one.forMs;
    if (one.kind === "set") setBy += one.byMs;
    if (one.kind !== "reading") continue;
    const askedAt = time;
    const now = time + one.toMs + setBy + clock.offsetMs;
    time += one.toMs + one.backMs;
    const verdict = judge(known[one.by] ?? null, {
      now,
      steps: clock.steps,
      seenAt: clock.seenAt,
      askedAt,
      heardAt: time,
    });
    if (verdict.kind === "in_order") known[one.by] = verdict.baseline;
    if (verdict.kind !== "stepped") continue;
    clock.offsetMs -= verdict.byMs;
    clock.seenAt = now - verdict.byMs;
    clock.steps += 1;
    const mine = known[one.by] ?? null;
    if (mine !== null) known[one.by] = { ...mine, steps: clock.steps };
  }
  return { steps: clock.steps, errorMs: setBy + clock.offsetMs };
}

test("a clock that nobody sets never steps, however slow the answers are", () => {
  const calm = fc.array(fc.oneof(readings, waits), { maxLength: 60 });
  fc.assert(
    fc.property(calm, (happenings) => {
      expect(play(happenings)).toEqual({ steps: 0, errorMs: 0 });
    }),
  );
});

test("whatever the clock is set by, time goes on, but for what is too small to be a step", () => {
  const story = fc.array(fc.tuple(fc.oneof(sets, waits), fc.constantFrom(0, 1)), { maxLength: 30 });
  fc.assert(
    fc.property(story, (parts) => {
      const happenings = parts.flatMap(([one, by]): Happening[] => [
        ...quick,
        one,
        { kind: "reading", by, toMs: 0, backMs: 0 },
      ]);
      const small = parts.flatMap(([one]) => (one.kind === "set" && Math.abs(one.byMs) <= STEP_MS ? [one.byMs] : []));
      expect(play(happenings).errorMs).toBe(small.reduce((sum, byMs) => sum + byMs, 0));
    }),
  );
});

test("a step that slow answers hide is set right within what they took", () => {
  const story = fc.array(fc.oneof(readings, waits), { maxLength: 20 });
  fc.assert(
    fc.property(story, fc.constantFrom(-3 * 3_600_000, 6 * 3_600_000), story, (before, byMs, after) => {
      const happenings: Happening[] = [...quick, ...before, { kind: "set", byMs }, ...after, ...quick];
      const { steps, errorMs } = play(happenings);
      expect(steps).toBeGreaterThanOrEqual(1);
      expect(Math.abs(errorMs)).toBeLessThanOrEqual(STEP_MS + 2 * 60_000);
    }),
  );
});
