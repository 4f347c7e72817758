// What one account's calls share: its session, its settings, and what has been found out on the way.

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
  /** What lists have asked for keys so far. */
  readonly keys: {
    /** Lists without that question since the last one with it. */
    skipped: number;
    /** The last answer had a key without an instance. */
    isLone: boolean;
    /** Ids of instances that have ended, and whose key has gone. */
    readonly gone: Set<string>;
  };
  /** Ids of instances that this session has made, with the time of it: EC2 may not know them yet. */
  readonly fresh: Map<string, number>;
  /** What Service Quotas said, when it was asked last. */
  toldLimits: { readonly limits: Limits; readonly askedAt: number } | null;
  /** Whether machines could be made was tried, and nothing stood against it. */
  mayCreate: boolean;
}

export function openDesk(settings: Settings): Desk {
  const keys = { skipped: Infinity, isLone: false, gone: new Set<string>() };
  const found = {
    disks: new Map(),
    places: new Map(),
    listed: null,
    fresh: new Map<string, number>(),
    keys,
    toldLimits: null,
    mayCreate: false,
  };
  return { session: openSession(settings), settings, ...found };
}

/** Of lists that come close together, one in so many asks for keys. */
const KEYS_EVERY = 20;

/**
 * While instances are under way lists come close together, and one question for keys with each would be half of all requests. Instances tell
 * their own keys, so that only a key that stands alone waits for it.
 */
export function areKeysDue({ keys }: Pick<Desk, "keys">, isUnderWay: boolean): boolean {
  if (isUnderWay && !keys.isLone && keys.skipped < KEYS_EVERY - 1) {
    keys.skipped += 1;
    return false;
  }
  keys.skipped = 0;
  return true;
}

/** More than end in an hour are not remembered. */
const GONE_MOST = 10_000;

export function rememberGone({ keys: { gone } }: Pick<Desk, "keys">, externalId: string): void {
  gone.add(externalId);
  const [oldest] = gone;
  if (gone.size > GONE_MOST && oldest !== undefined) gone.delete(oldest);
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
