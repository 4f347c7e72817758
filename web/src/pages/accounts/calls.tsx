import type { Account } from "../../../../src/contract/account.ts";
import { Pause } from "../../pause.tsx";

/** How often the cloud is called, how many calls it may get at once as its answers allow, and whether it is left alone since it throttled. */
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
