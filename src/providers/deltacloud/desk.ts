// What one account's calls share: its session, its settings, and what has been found out on the way.

import { forgetOldest } from "../../ports/recall.ts";
import type { Settings } from "./account.ts";
import type { Entry, Profile, States } from "./schema.ts";
import type { Session } from "./session.ts";

export interface Desk {
  readonly session: Session;
  readonly settings: Settings;
  /** By id, as of the last read. */
  readonly profiles: Map<string, Profile>;
  /** Names of machines that a create has gone out for in this session. */
  readonly asked: Set<string>;
  /** When a stop was asked for, by the machine's name: ids are given again. */
  readonly stops: Map<string, number>;
  /** Null: not asked yet. */
  entry: Entry | null;
  states: States | null;
  /** The realm where there is only one: not every instance tells its own. */
  onlyRealm: string | null;
}

export function deskOf(session: Session, settings: Settings): Desk {
  const found = { profiles: new Map(), asked: new Set<string>(), stops: new Map<string, number>() };
  return { session, settings, ...found, entry: null, states: null, onlyRealm: null };
}

/** Guests may ignore the first, and some clouds take the second for an order. */
const STOP_AGAIN_MS = 120_000;
/** More than are stopped within that time are not remembered. */
const STOPS_MOST = 10_000;

/** True when a stop is due: none was asked for lately. It counts as asked for from now on. */
export function isStopDue({ stops }: Pick<Desk, "stops">, name: string): boolean {
  const now = performance.now();
  const askedAt = stops.get(name);
  if (askedAt !== undefined && now - askedAt < STOP_AGAIN_MS) return false;
  stops.delete(name);
  stops.set(name, now);
  forgetOldest(stops, STOPS_MOST);
  return true;
}
