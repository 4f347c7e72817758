// A cloud's wish when to come again. Clouds err: an epoch where seconds belong, a clock that is years off, figures that no number
// holds. So a wish is bounded where it is read, and one that makes no sense counts as none.

import type { IncomingHttpHeaders } from "node:http";
import { pauseWished } from "../core/fault.ts";

/** What an answer's headers say. A date counts from the answer's own, for the cloud's clock may be another than ours. */
export function pauseIn(headers: IncomingHttpHeaders): number | null {
  const told = Date.parse(headers.date ?? "");
  return retryAfterMs(headers["retry-after"], Number.isNaN(told) ? Date.now() : told);
}

/** The header of that name: seconds, or a date. `now`: ms since 1970. Null when it says nothing that can be used. */
export function retryAfterMs(header: string | undefined, now: number): number | null {
  const text = header?.trim() ?? "";
  if (/^\d+(\.\d+)?$/.test(text)) return boundedPause(Number(text) * 1000);
  // A date of HTTP begins with the day of the week; what else Date.parse takes for one is a number gone wrong.
  return /^[A-Z][a-z]{2,8},? /.test(text) ? boundedPause(Date.parse(text) - now) : null;
}

/** Milliseconds from elsewhere; null for what is none: negative, no number, infinite. */
export function boundedPause(ms: unknown): number | null {
  return typeof ms === "number" ? pauseWished(ms) : null;
}
