import { durationText, SPANS } from "../../../src/contract/amounts.ts";
import { useNow } from "../clock.ts";

/** Two clocks are never quite the same, and the page's ticks in seconds: what was a moment ago here may be a moment ahead. */
const NOW_MS = 3_000;

/** "3 min ago" of what was `ms` ago. */
export function relativeText(ms: number): string {
  if (ms < 0 && ms > -NOW_MS) return "now";
  const past = ms >= 0;
  const step = SPANS.find((one) => Math.abs(ms) >= one.ms);
  if (step === undefined) return "now";
  const text = `${Math.floor(Math.abs(ms) / step.ms)} ${step.unit}`;
  return past ? `${text} ago` : `in ${text}`;
}

const EXACT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });

export function exactText(time: string): string {
  return EXACT.format(new Date(time));
}

const TIME_OF_DAY = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

export function timeOfDay(at: number): string {
  return TIME_OF_DAY.format(at);
}

/** "3 min ago", and the exact time on hover. */
export function RelativeTime({ time }: { time: string }) {
  const now = useNow();
  return (
    <time dateTime={time} title={exactText(time)} className="whitespace-nowrap tabular-nums">
      {relativeText(now - Date.parse(time))}
    </time>
  );
}

/** When what comes next is due: what is due already comes now, also when it has not come yet. */
export function DueTime({ time }: { time: string }) {
  const now = useNow();
  return Date.parse(time) > now ? <RelativeTime time={time} /> : "now";
}

/** How long it is until then, getting shorter. */
export function TimeLeft({ until }: { until: string }) {
  const now = useNow();
  return (
    <time dateTime={until} title={exactText(until)} className="whitespace-nowrap tabular-nums">
      {durationText(Date.parse(until) - now)}
    </time>
  );
}

/** How long from `from` to `to`, running while `to` is null. */
export function Duration({ from, to }: { from: string; to: string | null }) {
  const now = useNow();
  const end = to === null ? now : Date.parse(to);
  const title = `${exactText(from)} – ${to === null ? "now" : exactText(to)}`;
  return (
    <span title={title} className="whitespace-nowrap tabular-nums">
      {durationText(end - Date.parse(from))}
    </span>
  );
}
