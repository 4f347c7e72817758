// Walking a list that comes in pages, with an end; and asking about many things in several requests.

import { createTurns } from "../ports/page-turns.ts";

export interface PageOf<T> {
  readonly items: readonly T[];
  /** Cursor of the next page; null on the last one. */
  readonly next: string | null;
}

/** More pages than any list has. */
const PAGES_MOST = 1_000;

/** All items, page by page as they are asked for. Throws a ProviderFault when the cursors lead in a circle or never end. */
export async function* pages<T>(
  read: (cursor: string | null) => Promise<PageOf<T>>,
  most = PAGES_MOST,
): AsyncGenerator<T, void> {
  const turns = createTurns("items", most);
  for (let cursor: string | null = null; ;) {
    const { items, next }: PageOf<T> = await read(cursor);
    yield* items;
    if (next === null) return;
    cursor = turns.turn(next);
  }
}

/** All of them in their order, so many together at the most. */
export function chunks<T>(all: readonly T[], most: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / most) }, (_, no) => all.slice(no * most, (no + 1) * most));
}
