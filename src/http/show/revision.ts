// Revisions as replies.

import type * as contract from "../../contract/revision.ts";
import type { Revision } from "../../core/deployment.ts";
import { time, timeOrNull } from "./terms.ts";

export function showRevision({ no, why, by, begunAt, endedAt, outcome, reason }: Revision): contract.Revision {
  return { no, why, by, begunAt: time(begunAt), endedAt: timeOrNull(endedAt), outcome, reason };
}
