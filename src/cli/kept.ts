// Failed machines beside what runs, in a few words: those that are kept in quarantine, and those that were and are on their way out.

import type { Deployment, Machine } from "../contract/deployment.ts";
import { isUnknown, type Sum } from "../contract/price.ts";
import { duration, hourlyText, listed, money } from "./print.ts";

interface Kept {
  /** "the failed machine of web, which is kept for another 3 h 59 min". */
  readonly text: string;
  readonly sum: Sum;
}

function keptOf({ machines }: Pick<Deployment, "machines">, now: number): Kept | null {
  const kept = machines.flatMap((machine) => {
    const { instance, quarantinedUntil: until } = machine;
    return instance === null || until === null ? [] : [{ machine, instance, until: Date.parse(until) }];
  });
  if (kept.length === 0) return null;
  const left = duration(Math.max(0, Math.max(...kept.map(({ until }) => until)) - now));
  const names = listed(kept.map(({ instance }) => instance));
  const text =
    kept.length === 1
      ? `the failed machine of ${names}, which is kept for another ${left}`
      : `the failed machines of ${names}, which are kept for another ${left} at most`;
  return { text, sum: billOf(kept.map(({ machine }) => machine)) };
}

function billOf(machines: readonly Machine[]): Sum {
  const known = machines.flatMap(({ hourlyCost }) => hourlyCost ?? []);
  return { dollars: known.reduce((sum, one) => sum + one, 0), unpriced: machines.length - known.length };
}

/** Behind what everything costs: ", of which $0.0250 for the failed machine of web, …". Empty: none is kept. */
export function shareOfKept(deployment: Pick<Deployment, "machines">, now: number): string {
  const kept = keptOf(deployment, now);
  if (kept === null) return "";
  return isUnknown(kept.sum) ? `, with ${kept.text}` : `, of which ${money(kept.sum.dollars)} for ${kept.text}`;
}

/** A sentence of its own; null: none is kept. */
export function keptLine(deployment: Pick<Deployment, "machines">, now: number): string | null {
  const kept = keptOf(deployment, now);
  return kept === null ? null : `In quarantine: ${kept.text}, ${hourlyText(kept.sum)}`;
}

/** What was kept goes although its deployment has ended; debt is told elsewhere. Null: nothing does. */
export function goingText({ final, machines }: Pick<Deployment, "final" | "machines">): string | null {
  const going = final
    ? machines.filter(({ open, undoAskedAt, debtSince }) => open && undoAskedAt !== null && debtSince === null)
    : [];
  const [first, ...more] = going.map(({ id, instance }) => (instance === null ? id : `${id} of ${instance}`));
  if (first === undefined) return null;
  return more.length === 0
    ? `its machine ${first}, which was in quarantine, goes now`
    : `its machines ${[first, ...more].join(", ")}, which were in quarantine, go now`;
}
