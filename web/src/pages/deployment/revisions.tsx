// What the deployment was to be, one change after the other.

import type { Revision } from "../../../../src/contract/revision.ts";
import { revisionText } from "../../../../src/contract/revision-text.ts";
import { RelativeTime } from "../../components/relative-time.tsx";

export function Revisions({ revisions }: { revisions: readonly Revision[] }) {
  return (
    <ol aria-label="Revisions" className="flex flex-col gap-1 text-sm text-muted">
      {revisions.map((revision) => (
        <li key={revision.no}>
          {revisionText(revision)} <RelativeTime time={revision.endedAt ?? revision.begunAt} />
        </li>
      ))}
    </ol>
  );
}
