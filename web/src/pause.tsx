import { durationText } from "../../src/contract/amounts.ts";
import { useNow } from "./clock.ts";
import { exactText, relativeText } from "./components/relative-time.tsx";

/** A pause that is over is worth a word for a while: it says why there are fewer at once. */
const TOLD_MS = 3_600_000;

/** That an account's cloud throttles, and for how long it is still left alone. */
export function Pause({ until }: { until: string }) {
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
