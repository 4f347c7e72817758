import { useNow } from "../clock.ts";

const STEPS = [
  { unit: "y", ms: 365 * 86_400_000 },
  { unit: "d", ms: 86_400_000 },
  { unit: "h", ms: 3_600_000 },
  { unit: "min", ms: 60_000 },
  { unit: "s", ms: 1_000 },
] as const;

/** The two largest units, as in "3 min 12 s"; "0 s" for less than a second. */
export function durationText(ms: number): string {
  const whole = Math.max(0, ms);
  const place = STEPS.findIndex((step) => whole >= step.ms);
  const [first, second] = place < 0 ? [] : STEPS.slice(place, place + 2);
  if (first === undefined) return "0 s";
  const count = Math.floor(whole / first.ms);
  const rest = second === undefined ? 0 : Math.floor((whole % first.ms) / second.ms);
  return rest === 0 || second === undefined
    ? `${count} ${first.unit}`
    : `${count} ${first.unit} ${rest} ${second.unit}`;
}

/** Two clocks are never quite the same, and the page's ticks in seconds: what was a moment ago here may be a moment ahead. */
const NOW_MS = 3_000;

/** "3 min ago" of what was `ms` ago. */
export function relativeText(ms: number): string {
  if (ms < 0 && ms > -NOW_MS) return "now";
  const past = ms >= 0;
  const step = STEPS.find((one) => Math.abs(ms) >= one.ms);
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
