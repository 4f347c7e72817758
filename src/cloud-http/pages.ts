// Walking a list that comes in pages, with an end; and asking about many things in several requests.

import { pauseWished } from "../core/fault.ts";
import { createTurns } from "../ports/page-turns.ts";
import { ProviderFault } from "../ports/provider.ts";
import { pause } from "./pause.ts";

export interface PageOf<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/** More pages than any list has. */
const PAGES_MOST = 1_000;

export interface Walk {
  readonly signal: AbortSignal;
  /** Rejects with the signal's reason. */
  readonly sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly most?: number;
}

/**
 * All items, page by page as they are asked for. A later page that is throttled is asked for again after a while: a list of more pages than its
 * cloud answers in a row would never come to its end if it began anew each time. Throws a ProviderFault when that takes too long, when the first
 * page is throttled, and when the cursors lead in a circle or never end.
 */
export async function* pages<T>(
  read: (cursor: string | null) => Promise<PageOf<T>>,
  { signal, sleep = pause, most = PAGES_MOST }: Walk,
): AsyncGenerator<T, void> {
  const turns = createTurns("items", most);
  const patience = createPatience(async (ms) => sleep(ms, signal));
  for (let cursor: string | null = null; ;) {
    const from: string | null = cursor;
    const { items, next }: PageOf<T> = from === null ? await read(null) : await patience(() => read(from));
    yield* items;
    if (next === null) return;
    cursor = turns.turn(next);
  }
}

/** So long pages of one list are waited for in all: calls have their ends, and who else asks the account is to be told of the throttle. */
const WAITED_MOST_MS = 10_000;
const FIRST_WAIT_MS = 250;

/** Asks again what was throttled, with pauses twice as long each time in a row. */
function createPatience(sleep: (ms: number) => Promise<void>) {
  let left = WAITED_MOST_MS;
  return async <T>(act: () => Promise<T>): Promise<T> => {
    for (let waitMs = FIRST_WAIT_MS; ; waitMs *= 2) {
      try {
        return await act();
      } catch (error) {
        if (!(error instanceof ProviderFault) || error.fault.class !== "throttle") throw error;
        const ms = Math.max(waitMs, pauseWished(error.fault.retryAfterMs) ?? 0);
        if (ms > left) throw error;
        left -= ms;
        await sleep(ms);
      }
    }
  };
}

/** All of them in their order, so many together at the most. */
export function chunks<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, no) => all.slice(no * most, (no + 1) * most));
}
