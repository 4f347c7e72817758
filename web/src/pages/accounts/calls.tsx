import type { Account } from "../../../../src/contract/account.ts";
import { useNow } from "../../clock.ts";
import { durationText } from "../../components/relative-time.tsx";

/** How many calls may be under way at once, as the cloud's answers allow, and whether it asked for a pause. */
export function Calls({ account: { parallelCalls, pausedUntil } }: { account: Account }) {
  const now = useNow();
  const leftMs = pausedUntil === null ? 0 : Date.parse(pausedUntil) - now;
  return (
    <span className="whitespace-nowrap">
      {parallelCalls} at once
      {leftMs > 0 && (
        <span className="block text-xs font-medium text-warn">
          <span aria-hidden="true">‖ </span>paused for {durationText(leftMs + 999)}
        </span>
      )}
    </span>
  );
}
