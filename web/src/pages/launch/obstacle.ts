// Why nothing can be launched as the form stands, for whoever wonders at a button that does nothing.

import type { Draft } from "./draft.ts";
import { choiceOf, emptyOf } from "./draft.ts";
import type { Outlined } from "./outline.ts";
import type { Planning } from "./planning.ts";

export interface Form {
  readonly draft: Draft;
  readonly outlined: Outlined;
  readonly planning: Pick<Planning, "error" | "mistakes" | "notOffered">;
  /** What is wrong with the deployment's name: "must be …". */
  readonly nameMistake: string | null;
  /** What no account offers was seen, and is to be tried. */
  readonly isAnyway: boolean;
  /** Parameters that may be left empty: they are as they were. */
  readonly kept?: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/** The first thing to do before it can be launched; null when it can be. */
export function obstacleOf({ draft, outlined, planning, nameMistake, isAnyway, kept = NONE }: Form): string | null {
  const { outline, error, marks } = outlined;
  if (choiceOf(draft) === null)
    return draft.from === "stored" ? "Choose a blueprint first." : "Choose a file first, or paste its text.";
  if (marks.length > 0) {
    const lines = [...new Set(marks.map(({ line }) => line))];
    const [last] = lines.slice(-1);
    if (lines.length === 1) return `Correct the blueprint first, in line ${last}.`;
    return `Correct the blueprint first, in lines ${lines.slice(0, -1).join(", ")} and ${last}.`;
  }
  if (outline === null) return error === null ? "The blueprint is being read." : "The blueprint could not be read.";
  if (nameMistake !== null) return "Correct the deployment's name.";
  const isNeeded = (name: string): boolean => !kept.has(name) || (draft.values.get(name) ?? "") !== "";
  const empty = emptyOf(draft, outline).filter(isNeeded);
  if (empty.length > 0) return `Fill in ${empty.join(", ")}.`;
  const named = new Set(planning.mistakes.flatMap(({ parameter }) => parameter ?? []).filter(isNeeded));
  if (named.size > 0) return `Correct ${[...named].join(", ")}.`;
  if (planning.error !== null) return "It cannot be launched like this: the reason stands where the plan would be.";
  if (planning.notOffered.length > 0 && !isAnyway)
    return "No account offers what it names: correct that, or launch anyway.";
  return null;
}
