// What was kept of a machine before it was removed: mostly the end of its console.

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { failureFrom } from "../../api.ts";
import { Button } from "../../components/button.tsx";
import { Dialog } from "../../components/dialog.tsx";
import { RelativeTime } from "../../components/relative-time.tsx";
import { ErrorState, Skeleton } from "../../components/states.tsx";
import { queries } from "../../queries.ts";

export function EvidenceButton({ machine, name }: { machine: string; name: string }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button className="mt-1 self-start" onClick={() => setOpen(true)}>
        Read its console
      </Button>
      <Dialog open={isOpen} onClose={() => setOpen(false)} title={`Kept of ${name}`} isWide>
        {isOpen && <Kept machine={machine} />}
      </Dialog>
    </>
  );
}

function Kept({ machine }: { machine: string }) {
  const { data: evidence, error, refetch } = useQuery(queries.evidence(machine));
  if (error !== null) return <ErrorState error={failureFrom(error)} onRetry={() => void refetch()} />;
  if (evidence === undefined) return <Skeleton lines={6} />;
  return (
    <>
      <p className="text-muted">
        Machine <span className="font-mono text-xs text-ink">{machine}</span>, kept <RelativeTime time={evidence.at} />{" "}
        before it was removed.
      </p>
      {evidence.fault !== null && <p className="text-bad">! {evidence.fault}</p>}
      {evidence.console === null || evidence.console === "" ? (
        <p>The console showed nothing.</p>
      ) : (
        <pre
          // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- the keyboard scrolls what has the focus
          tabIndex={0}
          aria-label="Console"
          className="max-h-[55dvh] overflow-auto rounded-md border bg-canvas p-3 font-mono text-xs whitespace-pre-wrap break-words"
        >
          {evidence.console}
        </pre>
      )}
    </>
  );
}
