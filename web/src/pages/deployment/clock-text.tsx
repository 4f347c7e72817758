import { useNow } from "../../clock.ts";
import { durationText, exactText } from "../../components/relative-time.tsx";

/** How long since a time, running; with the time itself on hover. */
export function ClockText({ since }: { since: string }) {
  const now = useNow();
  return (
    <span title={`since ${exactText(since)}`} className="tabular-nums whitespace-nowrap">
      {durationText(now - Date.parse(since))}
    </span>
  );
}
