// What one account's calls share: its session, its settings, and what has been found out on the way.

import { type KeyQuestions, noKeyQuestions } from "../../ports/recall.ts";
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
  /** Names of machines that a create has gone out for in this session. */
  readonly asked: Set<string>;
  /** That this user may make servers was tried, and Nova did not object. */
  mayCreate: boolean;
  readonly keys: KeyQuestions;
}

export function deskOf(session: Session, settings: Settings): Desk {
  return {
    session,
    settings,
    flavors: new Map(),
    named: new Map(),
    asked: new Set(),
    mayCreate: false,
    keys: noKeyQuestions(),
  };
}

export function rememberFlavors({ flavors }: Pick<Desk, "flavors">, read: readonly Flavor[]): void {
  for (const { name, id, disk } of read) flavors.set(name, { id, disk });
}

/** True when machines may have parts at Neutron that are made one by one: a port, and a floating address that leads to it. */
export const makesPorts = ({ settings }: Pick<Desk, "settings">): boolean => settings.floatingNetwork !== null;
