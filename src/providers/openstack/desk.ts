// What one account's calls share: its session, its settings, and what has been found out on the way.

import type { Flavor } from "./schema.ts";
import type { Settings } from "./account.ts";
import type { Session } from "./session.ts";

export interface Desk {
  readonly session: Session;
  readonly settings: Settings;
  /** Ids of flavors by name, as of the last read. */
  readonly flavors: Map<string, string>;
  /** Ids of networks and security groups by what they are called. */
  readonly named: Map<string, string>;
  /** Names of machines that a create has gone out for in this session: the next one for such a name is in doubt. */
  readonly asked: Set<string>;
  /** That this user may make servers was tried, and Nova did not object. */
  mayCreate: boolean;
}

/** More names than anybody asks for twice are not remembered. */
const ASKED_MOST = 10_000;

export function deskOf(session: Session, settings: Settings): Desk {
  return { session, settings, flavors: new Map(), named: new Map(), asked: new Set(), mayCreate: false };
}

/** True when its name was asked for before. */
export function isAskedAgain({ asked }: Pick<Desk, "asked">, name: string): boolean {
  const isAgain = asked.has(name);
  const [oldest] = asked;
  if (asked.size >= ASKED_MOST && oldest !== undefined) asked.delete(oldest);
  asked.add(name);
  return isAgain;
}

export function rememberFlavors({ flavors }: Pick<Desk, "flavors">, read: readonly Flavor[]): void {
  for (const { name, id } of read) flavors.set(name, id);
}

/** True when machines may have parts at Neutron that are made one by one: a port, and a floating address that leads to it. */
export const makesPorts = ({ settings }: Pick<Desk, "settings">): boolean => settings.floatingNetwork !== null;
