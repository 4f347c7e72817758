// Plans that are kept, so that exactly what was planned is carried out later, or nothing. Part of the port to the database (store.ts).

import type { DeploymentId } from "../core/ids.ts";

/** What a plan carries out: a launch; an update of a deployment that runs. */
export const PLAN_KINDS = ["launch", "update"] as const;
export type PlanKind = (typeof PLAN_KINDS)[number];

/** How long a plan can be carried out. */
export const PLAN_MS = 60 * 60_000;
/** How long it is known after that, so that it is told what became of it. */
export const PLAN_KNOWN_MS = 24 * 60 * 60_000;
/** Of those that one person has made and nobody has carried out, the newest so many are kept. */
export const PLANS_MOST = 100;

export interface PlanRow {
  readonly id: string;
  readonly kind: PlanKind;
  readonly pool: string;
  /** The deployment that it is about; null for a launch. */
  readonly target: DeploymentId | null;
  /** Name of the token. */
  readonly createdBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  /** What was asked for, as JSON without secret values; whoever wrote it parses it. */
  readonly request: unknown;
  /** Sealed JSON of secret values by name, null when there are none. */
  readonly secrets: string | null;
  /** Of the draws among equals: what carries it out draws the same. */
  readonly seed: number;
  /** Digest of what it was made from; another one is another plan. */
  readonly basis: string;
  /** The plan as it was shown, as JSON without secrets; whoever wrote it parses it. */
  readonly shown: unknown;
  /** When it was carried out … */
  readonly appliedAt: number | null;
  /** … and the deployment that came of it, or that it changed. */
  readonly deployment: DeploymentId | null;
}

export interface PlanReads {
  plan(id: string): Promise<PlanRow | null>;
}

export interface PlanWrites {
  /** Of its maker's that nobody has carried out, the oldest beyond PLANS_MOST go. */
  insertPlan(row: PlanRow): Promise<void>;
  /** Marks it as carried out now, by one alone: false when it was already, or is not there. */
  applyPlan(id: string, deployment: DeploymentId): Promise<boolean>;
}
