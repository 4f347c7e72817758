// A revision in words, without the schema that describes it: pages load this.

import type { Revision } from "./revision.ts";

const DONE = { add: "adds", replace: "replaces", remove: "removes" } as const;

/** What it changes, in words, as `replaces app (its image is another), adds web-3`; null: no machine, or a launch's. */
export function changesText({ changes }: Pick<Revision, "changes">): string | null {
  const texts = changes.flatMap(({ name, change, reasons }) => {
    if (change === "keep") return [];
    return [`${DONE[change]} ${name}${reasons.length === 0 ? "" : ` (${reasons.join("; ")})`}`];
  });
  return texts.length === 0 ? null : texts.join(", ");
}

const ENDED = { succeeded: "up", failed: "failed", cancelled: "cancelled" } as const;

/** In words, to stand before the time at which it ended, or began. */
export function revisionText({ no, why, by, outcome, reason }: Revision): string {
  const because = reason === null || reason === outcome ? "" : `, ${reason}`;
  const begun = reason === null ? "begun" : `going back${because}; begun`;
  return `Revision ${no}, ${why} by ${by}: ${outcome === null ? begun : `${ENDED[outcome]}${because}`}`;
}
