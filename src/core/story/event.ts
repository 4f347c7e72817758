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
  "pool_quota",
  "spend_cap",
  "image_unread",
  "placement",
  "placement_unread",
  "tried",
] as const;
export type RefusalCode = (typeof REFUSAL_CODES)[number];

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
  | { kind: "start_asked"; instance: string; machine: MachineId }
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
  | { kind: "cancel_asked"; by: string }
  | { kind: "stop_asked"; by: string }
  /** From when on it runs for a time only: then it stops by itself. */
  | { kind: "lease_begun"; endsAt: number }
  | { kind: "lease_extended"; by: string; endsAt: number }
  /** A warning. */
  | { kind: "lease_ending"; endsAt: number }
  | { kind: "lease_ended" }
  | { kind: "delete_asked"; by: string; abandonDebt: boolean }
  | { kind: "rollback_retry_asked"; by: string }
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
  readonly at: number;
  readonly body: EventBody;
}
