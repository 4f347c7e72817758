// What one account's calls share: its session, its settings, and what has been found out on the way.

import { forgetOldest } from "../../ports/recall.ts";
import type { Settings } from "./account.ts";
import type { Device } from "./schema.ts";
import { openSession, type Session } from "./session.ts";

/** Of one run of a machine. */
export interface Run {
  /** When it began, as LXD tells it. */
  readonly startedAt: string;
  /** When it was first seen, in ms that only go forward. */
  readonly firstSeenMs: number;
  readonly address: string | null;
}

/** What the profiles bring. */
export interface Brought {
  readonly devices: Readonly<Record<string, Device>>;
  /** When it was read, in ms that only go forward. */
  readonly readMs: number;
}

export interface Desk {
  readonly session: Session;
  readonly settings: Settings;
  /** By id of the machine. */
  readonly runs: Map<string, Run>;
  /** What was read of consoles, by machine and run: the newest of it. */
  readonly consoles: Map<string, Buffer>;
  /** Null: not read, or to be read again. */
  brought: Brought | null;
  /** Where user data goes; null: the server was not asked yet. */
  userDataKey: string | null;
}

/** More than anybody has of them at once is not remembered. */
const REMEMBERED_MOST = 20_000;

export function deskOf(settings: Settings): Desk {
  return {
    session: openSession(settings),
    settings,
    runs: new Map(),
    consoles: new Map(),
    brought: null,
    userDataKey: null,
  };
}

/** As the newest; the oldest goes when there are too many. */
export function rememberRun({ runs }: Desk, id: string, run: Run): void {
  runs.delete(id);
  runs.set(id, run);
  forgetOldest(runs, REMEMBERED_MOST);
}
