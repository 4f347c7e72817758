// What one account's calls share: its session, its settings, and what has been found out on the way.

import type { Flavor } from "./schema.ts";
import type { Settings } from "./account.ts";
import type { Session } from "./session.ts";

export interface Desk {
  readonly session: Session;
  readonly settings: Settings;
  /** By name, as of the last read. */
  readonly flavors: Map<string, Pick<Flavor, "id" | "disk">>;
  /** Ids of networks and security groups by what they are called. */
  readonly named: Map<string, string>;
  /** Names of machines that a create has gone out for in this session: the next one for such a name is in doubt. */
  readonly asked: Set<string>;
  /** That this user may make servers was tried, and Nova did not object. */
  mayCreate: boolean;
  /** What lists have asked for keys so far. */
  readonly keys: {
    /** Lists without that question since the last one with it. */
    skipped: number;
    /** The last answer had a key without a server. */
    isLone: boolean;
  };
}

/** More names than anybody asks for twice are not remembered. */
const ASKED_MOST = 10_000;

export function deskOf(session: Session, settings: Settings): Desk {
  return {
    session,
    settings,
    flavors: new Map(),
    named: new Map(),
    asked: new Set(),
    mayCreate: false,
    keys: newKeys(),
  };
}

const newKeys = (): Desk["keys"] => ({ skipped: Infinity, isLone: false });

/** True when its name was asked for before. */
export function isAskedAgain({ asked }: Pick<Desk, "asked">, name: string): boolean {
  const isAgain = asked.has(name);
  const [oldest] = asked;
  if (asked.size >= ASKED_MOST && oldest !== undefined) asked.delete(oldest);
  asked.add(name);
  return isAgain;
}

export function rememberFlavors({ flavors }: Pick<Desk, "flavors">, read: readonly Flavor[]): void {
  for (const { name, id, disk } of read) flavors.set(name, { id, disk });
}

/** Of lists that come close together, one in so many asks for keys. */
const KEYS_EVERY = 20;

/**
 * While servers are under way lists come close together, and one question for keys with each would be half of all requests. Machines tell their
 * own keys, so that only a key that stands alone waits for it.
 */
export function areKeysDue({ keys }: Pick<Desk, "keys">, isUnderWay: boolean): boolean {
  if (isUnderWay && !keys.isLone && keys.skipped < KEYS_EVERY - 1) {
    keys.skipped += 1;
    return false;
  }
  keys.skipped = 0;
  return true;
}

/** True when machines may have parts at Neutron that are made one by one: a port, and a floating address that leads to it. */
export const makesPorts = ({ settings }: Pick<Desk, "settings">): boolean => settings.floatingNetwork !== null;
