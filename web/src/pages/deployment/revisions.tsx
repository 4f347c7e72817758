// What the deployment was to be, one change after the other.

import type { Revision } from "../../../../src/contract/revision.ts";
import { revisionText } from "../../../../src/contract/revision-text.ts";
import { RelativeTime } from "../../components/relative-time.tsx";
import { OUTCOME_LOOKS } from "../../state-badge.tsx";

export function Revisions({ revisions }: { revisions: readonly Revision[] }) {
  return (
    <ol aria-label="Revisions" className="flex flex-col gap-1 text-sm text-muted">
      {revisions.map((revision) => {
        const { said, why } = revisionText(revision);
        const isFailed = revision.outcome === "failed";
        return (
          <li key={revision.no} className={isFailed ? "text-bad wrap-anywhere" : "wrap-anywhere"}>
            {isFailed && <span aria-hidden="true">{OUTCOME_LOOKS.failed.symbol} </span>}
            {said} <RelativeTime time={revision.endedAt ?? revision.begunAt} />
            {why}
          </li>
        );
      })}
    </ol>
  );
}
