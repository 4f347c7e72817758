// Walking a list that comes in pages, with an end: a cloud that errs in its cursors would keep a caller busy for ever.

import { ProviderFault } from "../ports/provider.ts";

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
  const seen = new Set<string>();
  let cursor: string | null = null;
  for (let page = 0; page < most; page += 1) {
    const { items, next }: PageOf<T> = await read(cursor);
    yield* items;
    if (next === null) return;
    if (seen.has(next)) throw endless("its pages lead in a circle");
    seen.add(next);
    cursor = next;
  }
  throw endless(`it has more than ${most} pages`);
}

function endless(why: string): ProviderFault {
  return new ProviderFault({
    class: "transient",
    scope: "account",
    effect: "none",
    retryAfterMs: null,
    code: "endless_list",
    text: `the cloud's list has no end: ${why}`,
    requestId: null,
  });
}
