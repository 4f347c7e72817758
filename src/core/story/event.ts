// Events of a deployment: append-only, numbered per deployment, told to people and machines alike. State can be rebuilt from them.

import type { DeploymentId, MachineId } from "../ids.ts";
import type { Fault } from "../fault.ts";
import type {
  DeploymentMove,
  DeploymentState,
  InstanceMove,
  InstanceState,
  MachineMove,
  MachineState,
} from "../states.ts";

/** Why an account × realm cannot host a deployment. */
export interface Refusal {
  readonly account: string;
  readonly realm: string | null;
  readonly code: RefusalCode;
  readonly text: string;
}

export const REFUSAL_CODES = [
  "disabled",
  "unhealthy",
  "paused",
  "no_catalogue",
  "no_realm",
  "no_image",
  "no_size",
  "user_data",
  "callback",
  "blocked",
  "quota",
  "user_quota",
  "pool_user_quota",
  "pool_quota",
  "spend_cap",
  "image_unread",
  "placement",
  "placement_unread",
  "tried",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

/** Whose limits hold for all accounts. `pool_user`: a user in one pool, where each has the same. */
export const HOLDER_KINDS = ["user", "pool_user", "pool"] as const;
export type HolderKind = (typeof HOLDER_KINDS)[number];

/** Of a machine kept alone: its time is up, somebody has released it, its deployment is ended, or it went by itself. */
export const QUARANTINE_ENDS = ["time", "released", "cancelled", "stopped", "deleted", "gone"] as const;
export type QuarantineEnd = (typeof QUARANTINE_ENDS)[number];

export const REBOOT_OUTCOMES = ["taken", "refused", "lost"] as const;
export type RebootOutcome = (typeof REBOOT_OUTCOMES)[number];

export type EventBody =
  | {
      kind: "deployment_moved";
      from: DeploymentState;
      to: DeploymentState;
      move: DeploymentMove;
      reason: string | null;
    }
  | {
      kind: "instance_moved";
      instance: string;
      from: InstanceState;
      to: InstanceState;
      move: InstanceMove;
      reason: string | null;
    }
  | {
      kind: "machine_moved";
      instance: string;
      machine: MachineId;
      from: MachineState;
      to: MachineState;
      move: MachineMove;
      externalId: string | null;
    }
  | { kind: "launch_asked"; by: string; partial: boolean }
  | {
      kind: "account_selected";
      attempt: number;
      account: string;
      /** Where it places something. */
      realms: readonly string[];
      /** Of those whose price is known. */
      hourlyMicros: number;
      /** Machines whose price is not. */
      unpriced: number;
      /** Groups that did not take their first alternative, and why. */
      passedOver: Readonly<Record<string, string>>;
      refused: readonly Refusal[];
    }
  | {
      /** Refused for lack of room or quota, and placed anew at the same account. */
      kind: "instance_replaced";
      instance: string;
      account: string;
      from: { readonly realm: string; readonly size: string };
      to: { readonly realm: string; readonly size: string };
      reason: string;
    }
  | { kind: "no_account"; refused: readonly Refusal[] }
  | {
      kind: "machine_asked";
      instance: string;
      machine: MachineId;
      attempt: number;
      account: string;
      realm: string;
      size: string;
      image: string;
    }
  | { kind: "instance_ready"; instance: string }
  /** Its live check has failed so often in a row that it counts as dead, though its cloud shows it running; and it passed again. */
  | { kind: "live_lost"; instance: string; reason: string }
  | { kind: "live_back"; instance: string }
  | { kind: "start_asked"; instance: string; machine: MachineId }
  | { kind: "reboot_asked"; instance: string; machine: MachineId; by: string }
  | {
      kind: "reboot_answered";
      instance: string;
      machine: MachineId;
      /** Lost: nobody knows whether its cloud reboots it, and it is not asked again. */
      outcome: RebootOutcome;
      /** Why it was refused, or what came in place of the answer. */
      reason: string | null;
    }
  /** Nothing waits for the reboot any more: its machine runs, or the reason why not. */
  | { kind: "reboot_over"; instance: string; machine: MachineId; reason: string | null }
  | { kind: "undo_asked"; instance: string; machine: MachineId }
  | {
      kind: "fault_met";
      instance: string | null;
      machine: MachineId | null;
      call: string;
      fault: Fault;
      retryAt: number | null;
    }
  | { kind: "evidence_kept"; instance: string; machine: MachineId; bytes: number }
  | { kind: "debt_opened"; instance: string; machine: MachineId; hourlyMicros: number | null }
  | { kind: "debt_cleared"; instance: string; machine: MachineId }
  | {
      kind: "attempt_ended";
      attempt: number;
      account: string;
      outcome: "succeeded" | "failed" | "cancelled";
      instance: string | null;
      reason: string | null;
      fault: Fault | null;
    }
  | { kind: "offer_blocked"; account: string; realm: string; size: string; until: number; text: string }
  | { kind: "account_suspended"; account: string; text: string }
  /** A warning: of what somebody may hold, so much is held. `quota`: as the limit names it. */
  | { kind: "quota_near"; of: HolderKind; name: string; quota: string; used: number; most: number }
  | {
      /** The attempt has failed for `reason`, and stays as it is until then. */
      kind: "study_begun";
      endsAt: number;
      reason: string | null;
      /** Of those that stay and have a known price. */
      hourlyMicros: number;
      /** Those whose price nobody knows. */
      unpriced: number;
    }
  | {
      /** The attempt has failed for this machine, which is kept alone until then. */
      kind: "quarantine_begun";
      instance: string;
      machine: MachineId;
      endsAt: number;
      reason: string | null;
      /** Null: nobody knows the price. */
      hourlyMicros: number | null;
    }
  /** `by`: who released it; else null. */
  | { kind: "quarantine_ended"; instance: string; machine: MachineId; why: QuarantineEnd; by: string | null }
  /** What was kept is rolled back now. */
  | { kind: "release_asked"; by: string }
  | { kind: "cancel_asked"; by: string }
  | { kind: "stop_asked"; by: string }
  /** From when on it runs for a time only: then it stops by itself. */
  | { kind: "lease_begun"; endsAt: number }
  | { kind: "lease_extended"; by: string; endsAt: number }
  /** A warning. */
  | { kind: "lease_ending"; endsAt: number }
  | { kind: "lease_ended" }
  /** Another revision has none. */
  | { kind: "lease_lifted" }
  | { kind: "delete_asked"; by: string; abandonDebt: boolean }
  | { kind: "rollback_retry_asked"; by: string }
  /** Given up as debt: its rollback goes on without it. */
  | { kind: "machine_skipped"; instance: string; machine: MachineId; by: string }
  /** Launched once more, as this one, which has its name from now on. */
  | { kind: "relaunch_asked"; by: string; successor: DeploymentId }
  | { kind: "instance_retry_asked"; instance: string; by: string }
  | {
      /** A member is replaced in a deployment that has settled. */
      kind: "repair_begun";
      instance: string;
      /** Who asked; null: by itself, for `reason`. */
      by: string | null;
      reason: string | null;
      /** Which of the `most` in the window; null: it does not count. */
      nth: number | null;
      most: number | null;
    }
  | {
      kind: "repair_ended";
      instance: string;
      isUp: boolean;
      reason: string | null;
      /** Members whose user data tells about its former machine. */
      outdated: readonly string[];
    }
  | {
      /** Another blueprint, or other values. */
      kind: "update_begun";
      by: string;
      replaced: readonly string[];
      added: readonly string[];
      removed: readonly string[];
    }
  /** Before anything is asked for that is to take its place. */
  | { kind: "removed_first"; instance: string; machine: MachineId }
  /** All that is new is ready: what was before goes, and there is no way back. */
  | { kind: "removal_begun" }
  | {
      /** Its row begins anew for an update, or is again what it was before one. */
      kind: "instance_revised";
      instance: string;
      /** Null: there was none of that name. */
      from: InstanceState | null;
      /** Null: there is none any more. */
      to: InstanceState | null;
    }
  /** A launch whose rollback got stuck goes on at no other account. */
  | { kind: "seeking_ended"; reason: string | null }
  | { kind: "parked"; text: string; tries: number }
  | { kind: "deleted" }
  /** The database's clock was set; the deployment's deadlines are where they were. */
  | { kind: "clock_moved"; byMs: number };

export type EventKind = EventBody["kind"];

export interface DeploymentEvent {
  readonly deployment: DeploymentId;
  /** 1, 2, … without gaps. */
  readonly no: number;
  /** Number of the revision that the deployment had, or was on its way to. */
  readonly revision: number;
  readonly at: number;
  readonly body: EventBody;
}
