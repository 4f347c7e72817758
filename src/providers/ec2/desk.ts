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
  /** The list that was begun last: where it goes on, and names of the machines shown so far. */
  listed: { readonly next: string; readonly living: readonly string[] } | null;
  /** What Service Quotas said, when it was asked last. */
  toldLimits: { readonly limits: Limits; readonly askedAt: number } | null;
  /** Whether machines could be made was tried, and nothing stood against it. */
  mayCreate: boolean;
}

export function openDesk(settings: Settings): Desk {
  const found = { disks: new Map(), places: new Map(), listed: null, toldLimits: null, mayCreate: false };
  return { session: openSession(settings), settings, ...found };
}
