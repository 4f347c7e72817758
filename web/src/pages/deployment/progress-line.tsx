// How far the launch is, in a bar and a sentence: what is waited for, also when nothing happens.

import type { Deployment } from "../../../../src/contract/deployment.ts";
import { useNow } from "../../clock.ts";
import { Spinner } from "../../components/button.tsx";
import { classes } from "../../components/classes.ts";
import { tallyOf } from "./reckoning.ts";
import { waitingOf } from "../../../../src/contract/waiting.ts";

const PARTS = [
  { key: "ready", word: "ready", bar: "bg-good" },
  { key: "rising", word: "coming up", bar: "bg-info" },
  { key: "leaving", word: "being hauled back", bar: "bg-warn" },
  { key: "bad", word: "failed", bar: "bg-bad" },
  { key: "stopped", word: "stopped", bar: "bg-edge/70" },
  { key: "rest", word: "not asked for", bar: "bg-edge/40" },
] as const;

export function ProgressBar({ deployment }: { deployment: Deployment }) {
  const tally = tallyOf(deployment);
  const count = deployment.instances.length;
  const shown = PARTS.filter(({ key }) => tally[key] > 0);
  return (
    <div className="flex flex-col gap-1.5">
      <div aria-hidden="true" className="flex h-2 gap-px overflow-hidden rounded-full bg-raised">
        {shown.map(({ key, bar }) => (
          <span key={key} className={classes("h-full", bar)} style={{ width: `${(100 * tally[key]) / count}%` }} />
        ))}
      </div>
      <p className="flex flex-wrap gap-x-3 text-xs text-muted">
        <span className="font-medium text-ink">
          {tally.ready} of {count} ready
        </span>
        {shown
          .filter(({ key }) => key !== "ready")
          .map(({ key, word, bar }) => (
            <span key={key} className="inline-flex items-center gap-1">
              <span aria-hidden="true" className={classes("size-2 rounded-full", bar)} />
              {tally[key]} {word}
            </span>
          ))}
      </p>
    </div>
  );
}

/** `lastAt`: when the last step was. */
export function Heartbeat({ deployment, lastAt }: { deployment: Deployment; lastAt: string | null }) {
  const now = useNow();
  const waiting = waitingOf(deployment, now, lastAt === null ? null : Date.parse(lastAt));
  if (waiting === null) return null;
  return (
    <p className="flex items-start gap-2 text-sm">
      <span className="mt-[3px] flex text-info">
        <Spinner />
      </span>
      <span className="min-w-0 break-words">{waiting.text}</span>
    </p>
  );
}
