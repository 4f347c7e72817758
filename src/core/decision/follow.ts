// What the world has told is recorded, and what follows from it decided, as one change of the ledger.

import type { Changes, Snapshot, Surroundings } from "../snapshot.ts";
import { decideIn, needsMarket } from "./decide.ts";
import { type Draft, draftOf } from "./draft.ts";

/** What was told of a deployment. */
export interface Told {
  readonly snapshot: Snapshot;
  readonly now: number;
  /** Writes it into a draft; the same each time. */
  readonly recording: (draft: Draft) => void;
}

/** That and no more: the deployment is due at once. */
export function record({ snapshot, now, recording }: Told): readonly Changes[] {
  const draft = draftOf(snapshot, now);
  recording(draft);
  return draft.waves();
}

/** What was told and what follows. */
export interface Followed {
  /** With what was told, before anything was decided. */
  readonly before: Snapshot;
  readonly waves: readonly Changes[];
}

/** Both. Null where another transaction has to decide: an account is chosen under the locks of all those that it is chosen among. */
export function recordAndDecide(
  { snapshot, now, recording }: Told,
  around: Omit<Surroundings, "market">,
): Followed | null {
  const draft = draftOf(snapshot, now);
  recording(draft);
  const before = draft.view();
  if (needsMarket(before)) return null;
  decideIn(draft, { ...around, market: null });
  return { before, waves: draft.waves() };
}
