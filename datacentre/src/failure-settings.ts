// How a request that was accepted fails later.

import { oneOf, type Read } from "./shape.ts";

/** What becomes of the machine: `nothing` is left at GCE, `stopped` is what a start that failed leaves at oVirt. */
export const readShown = oneOf(["error", "stopped", "terminated", "nothing"]);
/** Where it is said why: on the machine, or in the operation only. */
export const readReason = oneOf(["machine", "operation"]);

export interface Failures {
  readonly shown: Read<typeof readShown>;
  readonly reason: Read<typeof readReason>;
}
