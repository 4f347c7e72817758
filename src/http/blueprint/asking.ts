// Questions to clouds that a request waits for: the tracker asks them, and what is known by the end is told.

import type { Enquiry } from "../../core/market/market.ts";
import type { Reads } from "../../ports/store.ts";
import type { HttpDeps } from "../http-deps.ts";

export type Asking = Pick<HttpDeps, "store" | "clock" | "closing">;

/** Somebody waits for the reply: what is not known by then is told as not known. */
const WAIT_MS = 4_000;
const LOOK_MS = 50;

/** Looks until nothing that it waits for is unread, and has that asked for meanwhile. */
export async function askUntil<T>(
  deps: Asking,
  look: (tx: Reads) => Promise<{ readonly report: T; readonly unread: readonly Enquiry[] }>,
): Promise<T> {
  const endsAt = deps.clock.monotonic() + WAIT_MS;
  for (;;) {
    const seen = await deps.store.read(look);
    if (seen.unread.length === 0 || deps.clock.monotonic() >= endsAt) return seen.report;
    await deps.store.write((tx) => tx.enquire(seen.unread));
    await deps.clock.sleep(LOOK_MS, deps.closing);
  }
}
