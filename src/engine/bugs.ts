// Bugs of a provider, met by every poll and call that comes the same way: each is told when it begins, and again only when it has
// been away for longer than anybody pauses between two tries.

import { chainOf } from "../log.ts";
import type { Clock } from "../ports/clock.ts";

const AWAY_MS = 2 * 60 * 60_000;
/** Of one account. */
const KEPT_MOST = 100;

export interface Bugs {
  /** Notes that a call of this kind ended in this error; true when that is news. */
  met(what: string, error: unknown): boolean;
}

export function createBugs(clock: Pick<Clock, "monotonic">): Bugs {
  const lastAt = new Map<string, number>();
  return {
    met(what, error) {
      const now = clock.monotonic();
      const key = `${what}\n${placeOf(error)}`;
      const before = lastAt.get(key) ?? -Infinity;
      lastAt.delete(key);
      lastAt.set(key, now);
      for (const oldest of lastAt.keys()) if (lastAt.size > KEPT_MOST) lastAt.delete(oldest);
      return now - before > AWAY_MS;
    },
  };
}

const FRAME = /^ +at /;

/** Where in the code the error and its causes came up: the same bug may word itself otherwise each time. */
function placeOf(error: unknown): string {
  const lines = chainOf(error).split("\n");
  return lines.filter((line, at) => FRAME.test(line) && !FRAME.test(lines[at - 1] ?? "")).join("\n");
}
