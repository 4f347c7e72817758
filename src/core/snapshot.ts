// What a decision sees and what it changes. Both are plain values: the store loads one and writes the other.

import type { AccountVerdict, Block } from "./account.ts";
import type { ResolvedBlueprint } from "./blueprint/model.ts";
import type { Attempt, Deployment, Instance, Revision } from "./deployment.ts";
import type { DeploymentEvent } from "./story/event.ts";
import type { CreateRequest, Machine } from "./machine.ts";
import type { Enquiry, Market } from "./market/market.ts";
import type { Placement } from "./market/placement.ts";

/** One deployment with all that belongs to it, read under its row's lock. */
export interface Snapshot {
  readonly deployment: Deployment;
  /** In the blueprint's order. */
  readonly instances: readonly Instance[];
  /** All, by number. */
  readonly revisions: readonly Revision[];
  /** All, by number. */
  readonly attempts: readonly Attempt[];
  /** Every open one, and all of the present attempt; locked. */
  readonly machines: readonly Machine[];
  /** Those of use; by attempt, instance and number. */
  readonly placements: readonly Placement[];
}

/** What `decide` needs besides the snapshot. */
export interface Surroundings {
  /** Present whenever the deployment may have to choose an account. */
  readonly market: Market | null;
  /** Opened secret parameters. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly installation: string;
  /** Address at which machines reach this server, without a slash at the end: for `callback` readiness. */
  readonly callbackBase: string;
  /** A fresh nonce per call, from a generator outside the core. */
  readonly nonce: () => string;
}

export interface NewMachine {
  readonly machine: Machine;
  readonly request: CreateRequest;
}

/** Rows to write, all in one transaction. Arrays hold only what is new or changed. */
export interface Changes {
  readonly deployment: Deployment;
  /** Where another one is its blueprint now. */
  readonly blueprint: ResolvedBlueprint | null;
  readonly instances: readonly Instance[];
  /** Members that there were none of. */
  readonly born: readonly Instance[];
  /** Names of those that are no member any more. */
  readonly dropped: readonly string[];
  readonly revisions: readonly Revision[];
  readonly attempts: readonly Attempt[];
  readonly placements: readonly Placement[];
  readonly machines: readonly Machine[];
  readonly newMachines: readonly NewMachine[];
  readonly events: readonly DeploymentEvent[];
  /** Upserted by account × realm × size × reason. */
  readonly blocks: readonly Block[];
  /** Blocks whose offer has just proven good. */
  readonly unblocks: readonly { readonly account: string; readonly realm: string; readonly size: string }[];
  readonly verdicts: readonly AccountVerdict[];
  readonly evidence: readonly Evidence[];
  /** Images to ask accounts for; what is known or asked already stays as it is. */
  readonly enquiries: readonly Enquiry[];
}

/** Kept from a machine before it is deleted. */
export interface Evidence {
  readonly machine: string;
  readonly at: number;
  readonly console: string | null;
  readonly fault: string | null;
}
