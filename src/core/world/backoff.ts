// How long to wait before the next try.

import { type Fault, pauseWished } from "../fault.ts";
import type { Machine } from "../machine.ts";
import { fractionOf } from "../random.ts";

interface Bounds {
  readonly firstMs: number;
  readonly mostMs: number;
}

/** A step under way is tried again within half a minute: somebody is watching it. */
export const STEP_BACKOFF = { firstMs: 500, mostMs: 30_000 } as const;
/** A machine that should be gone is tried for ever, at least every 15 minutes, or when its cloud wishes it: an hour at most. */
export const UNDO_BACKOFF = { firstMs: 500, mostMs: 15 * 60_000 } as const;

/**
 * Doubles from `firstMs` to `mostMs` with the number of failures (1, 2, …); the upper half of each step is jitter drawn from
 * `key`. The cloud's own wish counts when it is longer.
 */
export function backoffMs(
  bounds: Bounds,
  failures: number,
  wish: { readonly key: string; readonly retryAfterMs: number | null },
): number {
  const full = Math.min(bounds.mostMs, bounds.firstMs * 2 ** Math.min(failures - 1, 30));
  const drawn = Math.round(full / 2 + (full / 2) * fractionOf(`${wish.key}/${failures}`));
  return Math.max(drawn, pauseWished(wish.retryAfterMs) ?? 0);
}

/** Bounds for the tries of a machine's call; also of one that should be gone when the cloud only asked for a pause. */
export function triesOf({ undoAskedAt }: Pick<Machine, "undoAskedAt">, fault: Pick<Fault, "class">): Bounds {
  return undoAskedAt === null || fault.class === "throttle" ? STEP_BACKOFF : UNDO_BACKOFF;
}

/** A delete that was accepted and shows no effect is asked for again after this long. */
export const DESTROY_AGAIN_MS = 60_000;

/** Pause between looks at something that should change soon: short at first, never longer than 2 s. */
export function glanceMs(waitedMs: number): number {
  return Math.min(2_000, Math.max(250, Math.round(waitedMs / 10)));
}

/** Pause between looks whether an accepted delete shows. Debt may be there for ever: it is looked at five times until the next delete. */
export function removalGlanceMs(waitedMs: number, isDebt: boolean): number {
  if (!isDebt) return glanceMs(waitedMs);
  return Math.min(DESTROY_AGAIN_MS - waitedMs, Math.max(glanceMs(0), 2 * waitedMs));
}
