import { useNow } from "../../clock.ts";
import { exactText } from "../../components/relative-time.tsx";

/** As a clock shows it: 42 s, 3:07, 2:03:07. Boxes have no room for words. */
function clockText(ms: number): string {
  const seconds = Math.floor(Math.max(0, ms) / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const two = (whole: number): string => String(whole).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return hours === 0 ? `${minutes}:${two(seconds % 60)}` : `${hours}:${two(minutes)}:${two(seconds % 60)}`;
}

/** How long since a time, running; with the time itself on hover. */
export function ClockText({ since }: { since: string }) {
  const now = useNow();
  return (
    <span title={`since ${exactText(since)}`} className="tabular-nums whitespace-nowrap">
      {clockText(now - Date.parse(since))}
    </span>
  );
}
