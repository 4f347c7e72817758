// A revision in words, without the schema that describes it: pages load this.

import type { Event } from "./event.ts";
import type { Revision } from "./revision.ts";

const DONE = { add: "adds", replace: "replaces", remove: "removes" } as const;

/** What it makes of the one before it, in words, as `Changes: replaces app (its image is another), adds web-3`; null: of no machine, or a launch's. */
export function changesText({ changes }: Pick<Revision, "changes">): string | null {
  const texts = changes.flatMap(({ name, change, reasons }) => {
    if (change === "keep") return [];
    return [`${DONE[change]} ${name}${reasons.length === 0 ? "" : ` (${reasons.join("; ")})`}`];
  });
  return texts.length === 0 ? null : `Changes: ${texts.join(", ")}`;
}

const ENDED = { succeeded: "up", failed: "failed", cancelled: "cancelled" } as const;

interface RevisionText {
  /** To stand before the time at which it ended, or began: "Revision 2, update by ada: failed". */
  readonly said: string;
  /** To stand behind that time: ": db: no room"; empty where there is no reason to tell. */
  readonly why: string;
}

/** In words, around the time at which it ended, or began. */
export function revisionText({ no, why, by, outcome, reason }: Revision): RevisionText {
  const begun = reason === null ? "begun" : "going back, begun";
  return {
    said: `Revision ${no}, ${why} by ${by}: ${outcome === null ? begun : ENDED[outcome]}`,
    why: reason === null || reason === outcome ? "" : `: ${reason}`,
  };
}

/** Whose machines went for an update that came to nothing; null: nobody's, or it did not. */
export function madeRoomText(
  { no, outcome }: Pick<Revision, "no" | "outcome">,
  events: readonly Event[],
): string | null {
  if (outcome === null || outcome === "succeeded") return null;
  const names = events.flatMap((event) =>
    event.kind === "removed_first" && event.revision === no ? [event.instance] : [],
  );
  if (names.length === 0) return null;
  const [was, its] = names.length === 1 ? ["was", "its"] : ["were", "their"];
  return `${names.join(", ")} ${was} removed first for it: what was on ${its} disks is gone.`;
}
