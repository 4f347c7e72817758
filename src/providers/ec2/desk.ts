// What one account's calls share: its session, its settings, and what has been found out on the way.

import { forgetOldest, type KeyQuestions, noKeyQuestions } from "../../ports/recall.ts";
import type { Settings } from "./account.ts";
import type { Disks } from "./images.ts";
import type { Limits } from "./quotas.ts";
import type { Places } from "./places.ts";
import { openSession, type Session } from "./session.ts";

export interface Desk {
  readonly session: Session;
  readonly settings: Settings;
  /** By the image's id; it never changes. */
  readonly disks: Map<string, Disks>;
  /** Ids of what machines are placed by, by realm and question. */
  readonly places: Map<string, Places>;
  /** The list that was begun last: where it goes on, names of machines that are there, and whether one of them is about to be otherwise. */
  listed: { readonly next: string; readonly shown: readonly string[]; readonly isUnderWay: boolean } | null;
  readonly keys: KeyQuestions;
  /** Ids of instances that have ended, and whose key has gone. */
  readonly gone: Set<string>;
  /** Ids of instances that this session has made, with the time of it: EC2 may not know them yet. */
  readonly fresh: Map<string, number>;
  /** What Service Quotas said, and when it was asked last, in ms that only go forward. */
  toldLimits: { readonly limits: Limits; readonly askedAt: number } | null;
  /** Whether machines could be made was tried, and nothing stood against it. */
  mayCreate: boolean;
}

export function openDesk(settings: Settings): Desk {
  const found = {
    disks: new Map(),
    places: new Map(),
    listed: null,
    fresh: new Map<string, number>(),
    keys: noKeyQuestions(),
    gone: new Set<string>(),
    toldLimits: null,
    mayCreate: false,
  };
  return { session: openSession(settings), settings, ...found };
}

/** More than end in an hour are not remembered. */
const GONE_MOST = 10_000;

export function rememberGone({ gone }: Pick<Desk, "gone">, externalId: string): void {
  gone.add(externalId);
  forgetOldest(gone, GONE_MOST);
}

/** EC2 promises no more than that a new instance is seen by all questions in the end; it takes some seconds. */
export const VISIBILITY_MS = 60_000;

export function rememberFresh({ fresh }: Pick<Desk, "fresh">, externalId: string): void {
  for (const [id, madeAt] of fresh) if (performance.now() - madeAt > VISIBILITY_MS) fresh.delete(id);
  fresh.set(externalId, performance.now());
}

export function isFresh({ fresh }: Pick<Desk, "fresh">, externalId: string): boolean {
  const madeAt = fresh.get(externalId);
  return madeAt !== undefined && performance.now() - madeAt <= VISIBILITY_MS;
}
