// The database that a scenario is played on, as the stage and its processes see it: in memory (memoryDatabase), or a PostgreSQL
// (postgres/).

import type { Followers, VirtualClock } from "../datacentre/src/virtual-clock.ts";
import type { Attempt, Deployment, Instance, Revision } from "../src/core/deployment.ts";
import type { Machine } from "../src/core/machine.ts";
import type { Placement } from "../src/core/market/placement.ts";
import type { Evidence } from "../src/core/snapshot.ts";
import type { DeploymentEvent } from "../src/core/story/event.ts";
import type { Store } from "../src/ports/store.ts";
import { openMemory } from "../src/store/memory/open.ts";
import type { TimekeeperOptions } from "../src/store/timekeeper.ts";

/** Of rows, what is watched. */
interface Rows {
  readonly deployments: { readonly row: Deployment };
  readonly instances: { readonly row: Instance };
  readonly revisions: Revision;
  readonly attempts: Attempt;
  readonly placements: Placement;
  readonly machines: { readonly row: Machine };
  readonly events: DeploymentEvent;
  readonly evidence: Evidence;
  readonly clock: { readonly offsetMs: number };
}

/** One row that a commit has changed; null: not there. */
export interface Written<R> {
  readonly key: string;
  readonly before: R | null;
  readonly after: R | null;
}

/** What a commit has changed of what is watched. */
export type Changed = { readonly [T in keyof Rows]: readonly Written<Rows[T]>[] };

export interface SettableClock {
  now(): number;
  set(byMs: number): void;
}

/** One process's connections. */
export interface Connection extends Store {
  /** The death of the process: what it had not committed is gone, and it hears nothing any more. */
  crash(): void;
  /** Its connections are cut: transactions under way end with the reason and without a commit. It may go on. */
  cut(reason: Error): void;
}

/** What a process has of its own. `pause` is awaited before every statement and commit. */
export interface Own extends Partial<Pick<TimekeeperOptions, "monotonic" | "onStep">> {
  readonly pause?: () => Promise<void> | undefined;
}

export interface Database {
  /** A connection of nobody. */
  readonly store: Store;
  join(own: Own): Connection;
  /** What was played on it is over. */
  close(): Promise<void>;
}

export interface Surroundings {
  readonly clock: VirtualClock;
  /** The database's, which may be set. */
  readonly databaseClock: SettableClock;
  readonly installation: string;
  /** Told of each commit while it is made, so that nobody has acted on it yet. */
  readonly onCommit: (changed: Changed) => void;
  /** Asked for each notification: true loses it. */
  readonly drop: () => boolean;
}

export interface DatabaseKind {
  /** What has to keep up with the clock of what is played on it. */
  readonly followers: Followers | null;
  /** An empty one. */
  open(surroundings: Surroundings): Promise<Database>;
}

export const memoryDatabase: DatabaseKind = {
  followers: null,
  async open({ clock, databaseClock, installation, onCommit, drop }) {
    const sleep = (ms: number): Promise<void> => clock.sleep(ms);
    const monotonic = (): number => clock.now();
    const store = openMemory({ clock: databaseClock, monotonic, installation, sleep, onCommit, drop });
    return { store, join: (own) => store.join(own), close: async () => undefined };
  },
};
