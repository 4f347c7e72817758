// Turning the pages of a list, with an end: a cloud that errs in its cursors would keep a caller busy for ever, and a list that is cut
// off somewhere must never pass for a whole one.

import { ProviderFault } from "./provider.ts";

export interface PageTurns {
  /** The cursor of the page that comes next. Throws a ProviderFault when the cursors lead in a circle or never end. */
  turn(next: string): string;
}

/** `what`: the list, in words; `most`: pages that no such list has more of. */
export function createTurns(what: string, most: number): PageTurns {
  const seen = new Set<string>();
  return {
    turn(next) {
      if (seen.has(next)) throw endless(what, "its pages lead in a circle");
      seen.add(next);
      if (seen.size >= most) throw endless(what, `it has more than ${most} pages`);
      return next;
    },
  };
}

function endless(what: string, why: string): ProviderFault {
  return new ProviderFault({
    class: "transient",
    scope: "account",
    effect: "none",
    retryAfterMs: null,
    code: "endless_list",
    text: `the cloud's list of ${what} has no end: ${why}`,
    requestId: null,
  });
}
