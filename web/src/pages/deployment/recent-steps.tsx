import type { Event } from "../../../../src/contract/event.ts";
import { classes } from "../../components/classes.ts";
import { exactText } from "../../components/relative-time.tsx";
import { TONE_INK } from "./instance-look.ts";
import { lookOf, offsetText } from "./log.ts";

const SHOWN = 6;

/** The newest steps, the last one below. */
export function RecentSteps({ events, from }: { events: readonly Event[]; from: string }) {
  const recent = events.slice(-SHOWN);
  const startedAt = Date.parse(from);
  if (recent.length === 0) return null;
  return (
    <section aria-label="Newest steps">
      <h2 className="mb-1">Newest steps</h2>
      <ol className="flex flex-col rounded-lg border bg-surface py-1">
        {recent.map((step) => {
          const look = lookOf(step);
          return (
            <li key={step.no} className="flex items-start gap-2 px-3 py-0.5">
              <time
                dateTime={step.at}
                title={exactText(step.at)}
                className="w-14 shrink-0 text-right font-mono text-xs leading-5 text-muted"
              >
                {offsetText(Date.parse(step.at) - startedAt)}
              </time>
              <span
                aria-hidden="true"
                className={classes("w-3 shrink-0 text-center text-xs leading-5", TONE_INK[look.tone])}
              >
                {look.symbol}
              </span>
              <span className={classes("min-w-0 break-words", look.tone === "bad" && "text-bad")}>{step.text}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
