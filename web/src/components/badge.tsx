import type { ReactNode } from "react";
import { classes } from "./classes.ts";

export type Tone = "neutral" | "info" | "good" | "warn" | "bad";

const TONE: Readonly<Record<Tone, string>> = {
  neutral: "bg-raised text-muted",
  info: "bg-info-soft text-info",
  good: "bg-good-soft text-good",
  warn: "bg-warn-soft text-warn",
  bad: "bg-bad-soft text-bad",
};

/** What a state looks like: never by colour alone. */
export interface Look {
  readonly tone: Tone;
  /** One sign, the same size as a letter. */
  readonly symbol: string;
  readonly word: string;
  /** Something is under way. */
  readonly moving?: boolean;
}

export function Badge({ look, title, children }: { look: Look; title?: string; children?: ReactNode }) {
  return (
    <span
      title={title}
      className={classes(
        "inline-flex items-center gap-1 rounded px-1.5 text-xs leading-5 font-medium whitespace-nowrap",
        TONE[look.tone],
      )}
    >
      <span aria-hidden="true" className={classes("inline-block w-3 text-center", look.moving && "animate-pulse")}>
        {look.symbol}
      </span>
      {look.word}
      {children}
    </span>
  );
}
