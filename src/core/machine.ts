// A row of the ledger: one concrete thing asked of a cloud, written before the cloud is asked and closed only when the
// cloud proves that it is gone.

import type { Where } from "./blueprint/model.ts";
import type { AccountId, DeploymentId, MachineId } from "./ids.ts";
import type { Fault } from "./fault.ts";
import { invariant } from "./invariant.ts";
import type { MachineState } from "./states.ts";

/** What a caller does next for a machine. `look`: a direct read by id. `lookup`: a search by our own name after a doubt. */
export const CALLS = ["create", "lookup", "start", "reboot", "console", "destroy", "look"] as const;
export type Call = (typeof CALLS)[number];

/** The cloud's state in our words. `unknown` changes nothing and runs into a deadline. */
export const OBSERVED_STATES = ["pending", "running", "stopped", "stopping", "error", "gone", "unknown"] as const;
export type ObservedState = (typeof OBSERVED_STATES)[number];

/**
 * What a provider has to know of a machine besides its id, such as ids of its operation, network interface, disk and address. Kept in the
 * ledger and given back with every call; nobody else reads it. It holds no secret.
 */
export type Handle = Readonly<Record<string, string | readonly string[]>>;

/** By what a provider finds a machine that it was asked for. */
export interface MachineRef {
  /** Our own name for it. */
  readonly name: string;
  readonly realm: string;
  /** Null while nobody has heard of it: it may have parts all the same. */
  readonly externalId: string | null;
  readonly handle: Handle | null;
  /** It was asked to go: why it is not there needs no reason. */
  readonly isLeaving: boolean;
}

/** A machine that the cloud has confirmed. */
export type KnownMachine = MachineRef & { readonly externalId: string };

/** One machine as a cloud shows it. A part of one that stands alone, such as a disk, is shown as a machine in `error`. */
export interface Observed {
  /** Machines are looked at, started, read and removed by it: where a cloud may give it to another one later, its provider compares names. */
  readonly externalId: string;
  /** Our own name for it, from its name or labels. */
  readonly name: string;
  readonly realm: string;
  readonly state: ObservedState;
  /** Why it is in error, what its exit was, or, of one that is gone, why it never came to be. */
  readonly fault: Fault | null;
  readonly privateAddress: string | null;
  readonly publicAddress: string | null;
  /** The whole of it as it is now; null: nothing new is known of it. */
  readonly handle: Handle | null;
}

/** All that a cloud is asked for when a machine is made. Sealed in the ledger: user data may carry secrets. */
export interface CreateRequest {
  readonly name: MachineId;
  readonly realm: string;
  readonly size: string;
  readonly image: string;
  /** The profile asked for; clouds that cut to measure use it. */
  readonly cpu: number;
  readonly memoryMib: number;
  readonly storageGib: number;
  readonly userData: string;
  /** TCP ports that the readiness check will try from outside; clouds that publish ports open them. */
  readonly ports: readonly number[];
  /** Null: a lasting machine. Else one that the cloud may take away, at this price at most. */
  readonly spot: { readonly maxHourlyMicros: number | null } | null;
  /** What the blueprint asks; the account's own defaults come behind it (`whereIn`). */
  readonly where: Where;
  /** The same for all that are put on hosts together or apart, as `where.hosts` says: members of one group of one attempt. */
  readonly group: string;
  /** Owner labels: see OWNER_LABELS. */
  readonly labels: Readonly<Record<string, string>>;
}

/** Labels on everything we ask for. A machine without our installation's label is never touched. */
export const OWNER_LABELS = {
  installation: "slipway-installation",
  deployment: "slipway-deployment",
  instance: "slipway-instance",
  attempt: "slipway-attempt",
} as const;

export interface Machine {
  readonly id: MachineId;
  /** Null for a stray: ours by its labels, but unknown to the ledger (a restored database). */
  readonly deployment: DeploymentId | null;
  readonly instance: string | null;
  readonly attemptNo: number;
  /** Number of the placement that it was asked for under; 0 for a stray. */
  readonly placementNo: number;
  /** Place in which the machines of one decision are asked for. */
  readonly askOrder: number;
  readonly account: AccountId;
  readonly realm: string;
  readonly size: string;
  /** Millionths of a dollar; null: nobody knows the price. */
  readonly hourlyMicros: number | null;
  readonly state: MachineState;
  readonly externalId: string | null;
  readonly handle: Handle | null;
  readonly observed: ObservedState;
  readonly observedAt: number | null;
  readonly privateAddress: string | null;
  readonly publicAddress: string | null;
  readonly intentAt: number;
  /** When the create was claimed for sending; in doubt, when it can last have been sent; null: certainly not sent. */
  readonly sentAt: number | null;
  readonly madeAt: number | null;
  /** When it was first seen to run or to stand still; `madeAt` where its boot was not watched, since it was found after a doubt or up at once. */
  readonly bootedAt: number | null;
  /** When the row was closed. */
  readonly closedAt: number | null;
  /** A start was sent and nothing was seen of it yet. */
  readonly startAskedAt: number | null;
  /** When the reboot under way was claimed for sending; null: certainly not sent. */
  readonly rebootSentAt: number | null;
  /** A reboot is under way: until then it may be asked for, and once it was sent, the machine may stand still for it. Null: none is. */
  readonly rebootUntil: number | null;
  /** From here on it should be gone. */
  readonly undoAskedAt: number | null;
  /** The console is read before the delete. */
  readonly keepEvidence: boolean;
  /** The cloud accepted the delete. */
  readonly destroyedAt: number | null;
  /** It should be gone, its deadline passed, and it is not proven gone. */
  readonly debtSince: number | null;
  /** Lists of its realm in a row without it. */
  readonly missing: number;
  /** A person gave it up as debt: the rollback of its attempt goes on without it. */
  readonly skippedAt: number | null;
  /** The attempt failed for it, and until then it is kept alone: see decision/quarantine.ts. Null: it is not. */
  readonly quarantinedUntil: number | null;
  readonly call: Call | null;
  readonly callAt: number | null;
  /** Fence: every claim takes the next number, and an answer counts only under its own. */
  readonly callNo: number;
  readonly claimedUntil: number | null;
  /** Failed tries of the present call, for the back-off. */
  readonly failures: number;
  readonly fault: Fault | null;
  /** The nonce that the machine calls home with. */
  readonly nonce: string;
}

/** Of a machine that nobody has asked to boot again. */
export const NOT_REBOOTING = { rebootSentAt: null, rebootUntil: null } as const;

export function refOf({ id, realm, externalId, handle, undoAskedAt }: Machine): MachineRef {
  return { name: id, realm, externalId, handle, isLeaving: undoAskedAt !== null };
}

/** Of one that the cloud has given an id. */
export function knownOf(machine: Machine): KnownMachine {
  const { externalId } = machine;
  invariant(externalId !== null, `${machine.id} is asked about by the cloud's id, and has none`);
  return { ...refOf(machine), externalId };
}

/** The instance that a machine was asked for. Not for strays: they were asked for nobody. */
export function memberOf({ id, instance }: Pick<Machine, "id" | "instance">): string {
  invariant(instance !== null, `machine ${id} belongs to no instance`);
  return instance;
}
