// What the deployment was to be, one change after the other.

import { useMemo } from "react";
import type { Event } from "../../../../src/contract/event.ts";
import type { Revision } from "../../../../src/contract/revision.ts";
import { changesText, madeRoomText, revisionText } from "../../../../src/contract/revision-text.ts";
import { RelativeTime } from "../../components/relative-time.tsx";
import { OUTCOME_LOOKS } from "../../state-badge.tsx";
import { createChosen } from "./log.ts";

interface RevisionsProps {
  readonly revisions: readonly Revision[];
  readonly events: readonly Event[];
}

export function Revisions({ revisions, events }: RevisionsProps) {
  const chosen = useMemo(() => createChosen(({ kind }) => kind === "removed_first"), []);
  const removed = chosen(events);
  return (
    <ol aria-label="Revisions" className="flex flex-col gap-1 text-sm text-muted">
      {revisions.map((revision) => (
        <OneRevision key={revision.no} revision={revision} removed={removed} />
      ))}
    </ol>
  );
}

function OneRevision({ revision, removed }: { revision: Revision; removed: readonly Event[] }) {
  const { said, why } = revisionText(revision);
  const isFailed = revision.outcome === "failed";
  const more = [changesText(revision), madeRoomText(revision, removed)].filter((text) => text !== null);
  return (
    <li className="wrap-anywhere">
      <span className={isFailed ? "text-bad" : undefined}>
        {isFailed && <span aria-hidden="true">{OUTCOME_LOOKS.failed.symbol} </span>}
        {said} <RelativeTime time={revision.endedAt ?? revision.begunAt} />
        {why}
      </span>
      {more.map((text) => (
        <span key={text} className="block">
          {text}
        </span>
      ))}
    </li>
  );
}
