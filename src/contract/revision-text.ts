// A revision in words, without the schema that describes it: pages load this.

import type { Revision } from "./revision.ts";

const ENDED = { succeeded: "up", failed: "failed", cancelled: "cancelled" } as const;

/** In words, to stand before the time at which it ended, or began. */
export function revisionText({ no, why, by, outcome, reason }: Revision): string {
  const because = reason === null || reason === outcome ? "" : `, ${reason}`;
  const begun = reason === null ? "begun" : `going back${because}; begun`;
  return `Revision ${no}, ${why} by ${by}: ${outcome === null ? begun : `${ENDED[outcome]}${because}`}`;
}
