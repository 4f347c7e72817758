// A scenario is a plain value: what clouds there are, who launches what, and everything that goes wrong. The same value always
// plays the same way, and whatever is taken out of its lists leaves a scenario, so that a failing one can be made small.

import type { FaultRule } from "../datacentre/src/fault.ts";
import type { CloudSettings } from "../datacentre/src/settings.ts";
import type { ResolvedBlueprint } from "../src/core/blueprint/model.ts";
import type { QuotaLimit } from "../src/core/market/amount.ts";
import type { DeploymentState } from "../src/core/states.ts";

export interface Scenario {
  /** Of everything that is drawn while it is played. */
  readonly seed: string;
  readonly clouds: readonly CloudPlan[];
  readonly launches: readonly Launch[];
  readonly mishaps: readonly Mishap[];
  /** Processes on the same database. */
  readonly workers: number;
  /** How far statements of different processes are mixed: 0, each runs at once, to 1. */
  readonly mixing: number;
  /** Whether everything is deleted in the end. */
  readonly clearsUp: boolean;
  /** Of people and pools, until all mishaps are over; left out: there are none. */
  readonly quotas?: Quotas;
}

/** Nobody takes more; whom it does not name is not limited. */
export interface Quotas {
  readonly users: Readonly<Record<string, QuotaLimit>>;
  readonly pools: Readonly<Record<string, { readonly limit: QuotaLimit; readonly userLimit: QuotaLimit }>>;
}

/** Both have all accounts. */
export const POOLS = ["default", "lab"] as const;

/** How long each lets machines be kept in quarantine; without a word: as long as is asked. */
export const MOST_QUARANTINE_MS: ReadonlyMap<string, number> = new Map([[POOLS[1], 30_000]]);

export interface CloudPlan {
  readonly settings: CloudSettings;
  /** Priority group of its account; lower is tried first. */
  readonly group: number;
}

export interface Launch {
  /** All times are milliseconds since the beginning. */
  readonly atMs: number;
  readonly blueprint: ResolvedBlueprint;
  readonly partial: boolean;
  /** Who launches it; left out: somebody without a limit. */
  readonly by?: string;
  /** Left out: the first. */
  readonly pool?: (typeof POOLS)[number];
}

export const ASKS = [
  "cancel",
  "stop",
  "delete",
  "delete_with_stop",
  "delete_with_debt",
  "retry_rollback",
  "skip",
  "release",
  "retry_instance",
  "repair",
  "reboot",
  "update",
  "extend",
] as const;
/** `release_instance` is drawn by itself, with those that keep something. */
export type Ask = (typeof ASKS)[number] | "release_instance";

/** Where a process may be hit: before a statement or commit, after a commit, before a call is sent, after its answer came. */
export const POINTS = ["statement", "committed", "calling", "answered"] as const;
export type Point = (typeof POINTS)[number];

interface Hit {
  readonly atMs: number;
  readonly worker: number;
  /** The first such point that the process comes to … */
  readonly point: Point;
  /** … after as many others of the kind. */
  readonly skip: number;
  /** How long it is dead or stands still. */
  readonly forMs: number;
}

export type Mishap =
  /** The rule stands until all mishaps are over, and for so long at least. */
  | {
      readonly kind: "fault";
      readonly atMs: number;
      readonly forMs: number;
      readonly cloud: string;
      readonly rule: FaultRule;
    }
  | ({ readonly kind: "crash" } & Hit)
  | ({ readonly kind: "pause" } & Hit)
  /** Its connections to the database are cut: at a statement, or after a commit of which it does not hear. */
  | ({ readonly kind: "cut"; readonly point: "statement" | "committed" } & Omit<Hit, "point" | "forMs">)
  /** Notifications are lost with this probability. */
  | { readonly kind: "deaf"; readonly atMs: number; readonly forMs: number; readonly probability: number }
  | { readonly kind: "outage"; readonly atMs: number; readonly forMs: number; readonly cloud: string }
  | { readonly kind: "suspension"; readonly atMs: number; readonly forMs: number; readonly cloud: string }
  | {
      readonly kind: "quota";
      readonly atMs: number;
      readonly forMs: number;
      readonly cloud: string;
      readonly instances: number;
    }
  /** A host fails with all that runs on it, and comes back empty. */
  | { readonly kind: "host_down"; readonly atMs: number; readonly forMs: number; readonly cloud: string }
  /** One of our machines at this cloud, whichever `pick` means at that time. */
  | {
      readonly kind: "accident";
      readonly atMs: number;
      readonly cloud: string;
      readonly pick: number;
      readonly to: "stopped" | "error" | "terminated" | "vanished";
    }
  /** The database's clock is set by so much; at once, or when the process comes to the point. */
  | {
      readonly kind: "clock";
      readonly atMs: number;
      readonly byMs: number;
      readonly hit: Pick<Hit, "worker" | "point" | "skip"> | null;
    }
  /** A person switches an account off, and on again. */
  | { readonly kind: "switched_off"; readonly atMs: number; readonly forMs: number; readonly cloud: string }
  /** All our machines at this cloud are gone from its lists for a while, and none is. */
  | {
      readonly kind: "blindness";
      readonly atMs: number;
      readonly forMs: number;
      readonly cloud: string;
      readonly lists: number;
    }
  /** Somebody else's machine, under a name that looks like ours. */
  | { readonly kind: "foreign"; readonly atMs: number; readonly cloud: string; readonly name: string }
  /** The pool keeps what has ended for so long only from now on, and what is over is taken away. */
  | { readonly kind: "pruning"; readonly atMs: number; readonly keepMs: number }
  | {
      readonly kind: "act";
      readonly atMs: number;
      /** Index into the launches. */
      readonly launch: number;
      readonly ask: Ask;
      /** Waits from `atMs` on until the deployment comes to this state; null: at once. */
      readonly inState: DeploymentState | null;
      readonly pick: number;
    };

export const MISHAPS = [
  "fault",
  "crash",
  "pause",
  "cut",
  "deaf",
  "act",
  "outage",
  "suspension",
  "quota",
  "switched_off",
  "host_down",
  "accident",
  "blindness",
  "foreign",
  "clock",
  "pruning",
] as const satisfies readonly Mishap["kind"][];

/** The end of the last mishap: from then on the world is good. */
export function lastMishapMs({ launches, mishaps }: Scenario): number {
  const ends = mishaps.map((mishap) => mishap.atMs + ("forMs" in mishap ? mishap.forMs : 0));
  return Math.max(0, ...launches.map(({ atMs }) => atMs), ...ends);
}

/**
 * Clouds that may carry a request out twice without noticing: their answer may be that of the second, which was refused. One with tokens
 * or names of its own does not notice either while a realm of it is down: that is told before anybody looks for the first.
 */
export interface Liars {
  readonly machines: ReadonlySet<string>;
  readonly parts: ReadonlySet<string>;
}

export function liarsOf({ clouds, mishaps }: Scenario): Liars {
  const faults = mishaps.filter((mishap) => mishap.kind === "fault");
  const doubling = (on: "create" | "createPart"): readonly string[] =>
    faults.flatMap(({ cloud, rule }) => (rule.on === on && rule.do.kind === "duplicate" ? [cloud] : []));
  const downs = new Set(faults.flatMap(({ cloud, rule }) => (rule.do.kind === "realm_down" ? [cloud] : [])));
  const careless = clouds.filter(
    ({ settings: { name, tokens, uniqueNames } }) => (tokens === "off" && uniqueNames !== true) || downs.has(name),
  );
  const doubles = doubling("create");
  return {
    machines: new Set(careless.map(({ settings }) => settings.name).filter((name) => doubles.includes(name))),
    parts: new Set(doubling("createPart")),
  };
}
