// What one account's calls share: its session, its settings, and what has been found out on the way.

import { forgetOldest } from "../../ports/recall.ts";
import type { Settings } from "./account.ts";
import type { Session } from "./session.ts";

/** What is known of a machine besides what each list says. */
export interface Detail {
  /** When the run began that this was asked in; null: it stood still. */
  readonly startedAt: number | null;
  readonly address: string | null;
  /** It has interfaces, of which a guest agent may tell an address yet. */
  readonly hasInterfaces: boolean;
  /** When it was first seen in this run, in ms that only go forward. */
  readonly firstSeenMs: number;
  readonly disks: readonly string[];
  /** How often it was asked for its address in this run. */
  readonly asked: number;
  /** Lists since. */
  skipped: number;
}

export interface Topology {
  readonly sockets: number;
  readonly cores: number;
  readonly threads: number;
}

export interface Measured {
  /** All of its threads. */
  readonly cpu: number;
  readonly memoryMib: number;
  readonly topology: Topology;
}

export interface Desk {
  readonly session: Session;
  readonly settings: Settings;
  /** Measures of instance types by name, as of the last read. */
  readonly types: Map<string, Measured>;
  /** Ids of vNIC profiles by what they are called. */
  readonly named: Map<string, string>;
  /** Clusters of the account by name, and names by id. */
  readonly clusters: Map<string, string>;
  /** GiB of the disk that a template boots from, by id. */
  readonly bootGib: Map<string, number>;
  /** By id of the machine. */
  readonly details: Map<string, Detail>;
  /** Disks of machines that were asked to go, by id of the machine. */
  readonly leaving: Map<string, readonly string[]>;
  /** Id of the account's quota, once it was looked up. */
  quota: string | null;
  /** That this user may make machines was tried, and the engine did not object. */
  mayCreate: boolean;
}

/** More than anybody has of them at once is not remembered. */
const REMEMBERED_MOST = 20_000;

export function deskOf(session: Session, settings: Settings): Desk {
  return {
    session,
    settings,
    types: new Map(),
    named: new Map(),
    clusters: new Map(),
    bootGib: new Map(),
    details: new Map(),
    leaving: new Map(),
    quota: null,
    mayCreate: false,
  };
}

/** What the account calls things by is asked for anew next time. */
export function forgetNames(desk: Desk): void {
  desk.quota = null;
  for (const known of [desk.types, desk.named, desk.clusters, desk.bootGib]) known.clear();
}

/** As the newest; the oldest goes when there are too many. */
export function remember<T>(into: Map<string, T>, key: string, value: T): void {
  into.delete(key);
  into.set(key, value);
  forgetOldest(into, REMEMBERED_MOST);
}
