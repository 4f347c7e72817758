import type { Account } from "../../../../src/contract/account.ts";
import { useNow } from "../../clock.ts";
import { durationText, exactText, relativeText } from "../../components/relative-time.tsx";

/** How often the cloud is called, how many calls it may get at once as its answers allow, and whether it asked for a pause. */
export function Calls({
  account: { parallelCalls, callsPerMinute, callsUnderWay, pausedUntil },
}: {
  account: Account;
}) {
  return (
    <>
      <span className="block whitespace-nowrap tabular-nums" title="In the last 60 s, lists of its machines included">
        {callsPerMinute} a minute
      </span>
      <span className="block text-xs whitespace-nowrap tabular-nums text-muted">
        {callsUnderWay} of {parallelCalls} at once
      </span>
      {pausedUntil !== null && <Pause until={pausedUntil} />}
    </>
  );
}

/** A pause that is over is worth a word for a while: it says why there are fewer at once. */
const TOLD_MS = 3_600_000;

function Pause({ until }: { until: string }) {
  const now = useNow();
  const leftMs = Date.parse(until) - now;
  if (leftMs < -TOLD_MS) return null;
  if (leftMs <= 0) {
    return (
      <span className="block text-xs text-muted" title={exactText(until)}>
        slowed down by the cloud {relativeText(-leftMs)}
      </span>
    );
  }
  return (
    <span className="block text-xs font-medium whitespace-nowrap text-warn" title={exactText(until)}>
      <span aria-hidden="true">‖ </span>paused for {durationText(leftMs + 999)}
    </span>
  );
}
