// Revisions as replies.

import type * as contract from "../../contract/revision.ts";
import type { Revision } from "../../core/deployment.ts";
import { time, timeOrNull } from "./terms.ts";

export function showRevision(revision: Revision): contract.Revision {
  const { no, why, by, begunAt, endedAt, outcome, reason, changes } = revision;
  const told = { changes: changes.map(({ reasons, ...one }) => ({ ...one, reasons: [...reasons] })) };
  return { no, why, by, begunAt: time(begunAt), endedAt: timeOrNull(endedAt), outcome, reason, ...told };
}
