// Work on many rows of which one may be at fault: that one is told and left out, and holds up none of the others.

import type { Events } from "../log.ts";
import { StoreAway } from "../ports/store.ts";
import type { Kind } from "./pump.ts";

interface Telling<R> {
  readonly events: Events;
  readonly kind: Kind;
  /** For the log. */
  readonly nameOf: (row: R) => string;
}

/** All in one go; where that is refused, each by itself. Throws StoreAway alone, for then nobody is at fault. */
export async function together<R, T>(
  telling: Telling<R>,
  rows: readonly R[],
  act: (rows: readonly R[]) => Promise<T>,
): Promise<readonly T[]> {
  try {
    return [await act(rows)];
  } catch (error) {
    if (error instanceof StoreAway) throw error;
    return apart(telling, rows, (row) => act([row]));
  }
}

/** One after the other. */
export async function apart<R, T>(
  { events, kind, nameOf }: Telling<R>,
  rows: readonly R[],
  act: (row: R) => Promise<T>,
): Promise<readonly T[]> {
  const done: T[] = [];
  for (const row of rows) {
    try {
      done.push(await act(row));
    } catch (error) {
      if (error instanceof StoreAway) throw error;
      events.workBroke(kind, nameOf(row), error);
    }
  }
  return done;
}
