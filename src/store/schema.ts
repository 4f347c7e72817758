// The tables as rows come back from the database; migrations/ is where they are made.

import type { Account, AccountHealth, Alert, Block } from "../core/account.ts";
import type { LaunchPolicy, ResolvedBlueprint } from "../core/blueprint/model.ts";
import type { InstanceChange } from "../core/change/difference.ts";
import type { Aside, AttemptOutcome, RevisionReason } from "../core/deployment.ts";
import type { EventBody } from "../core/story/event.ts";
import type { Fault } from "../core/fault.ts";
import type { AccountId, DeploymentId, MachineId } from "../core/ids.ts";
import type { Call, Handle, ObservedState } from "../core/machine.ts";
import type { Amount, QuotaLimit } from "../core/market/amount.ts";
import type { EnquiryKind } from "../core/market/market.ts";
import type { Conditions, Cut } from "../core/market/offer.ts";
import type { DeploymentState, InstanceState, MachineState } from "../core/states.ts";
import type { AuditRow, GrantRow, GroupRow, TokenRow, UserRow } from "./access-rows.ts";
import type { WebhookDeliveryRow, WebhookLaneRow, WebhookRow } from "./webhook-rows.ts";
import type { HoldingRow, PlacementRow } from "./placement-rows.ts";
import type { PlanRow } from "./plan-rows.ts";

export interface DeploymentRow {
  readonly id: DeploymentId;
  readonly name: string;
  readonly pool: string;
  readonly state: DeploymentState;
  readonly since: Date;
  readonly blueprint: ResolvedBlueprint;
  readonly blueprint_name: string;
  readonly policy: LaunchPolicy;
  readonly partial: boolean;
  readonly seed: number;
  readonly attempt_no: number;
  readonly revision_no: number;
  readonly event_no: number;
  readonly created_at: Date;
  readonly created_by: string;
  readonly first_running_at: Date | null;
  readonly all_running_at: Date | null;
  readonly lease_ends_at: Date | null;
  readonly lease_warned: boolean;
  readonly study_since: Date | null;
  readonly study_until: Date | null;
  readonly studied_ms: number;
  readonly ended_at: Date | null;
  readonly failure: string | null;
  readonly relaunch: boolean;
  readonly cancel_asked_at: Date | null;
  readonly removing_at: Date | null;
  readonly stop_asked_at: Date | null;
  readonly delete_asked_at: Date | null;
  readonly abandon_debt: boolean;
  readonly deleted_at: Date | null;
  readonly relaunch_of: DeploymentId | null;
  readonly traceparent: string | null;
  readonly successor: DeploymentId | null;
  readonly resumed_at: Date | null;
  readonly resumes: number;
  readonly wake_at: Date | null;
  readonly secrets: string | null;
  readonly source: string;
  readonly request_key: string | null;
  readonly request_digest: string | null;
  readonly parked_since: Date | null;
  readonly parked_tries: number;
  readonly parked_text: string | null;
  readonly steps_from: number;
  readonly consoles_gone_at: Date | null;
  readonly ledger_gone_at: Date | null;
  readonly ledger_empty: boolean;
}

export interface InstanceRow {
  readonly deployment: DeploymentId;
  readonly name: string;
  readonly position: number;
  readonly revision: number;
  readonly state: InstanceState;
  readonly since: Date;
  readonly machine: MachineId | null;
  readonly tries: number;
  readonly running_at: Date | null;
  readonly ready_at: Date | null;
  readonly missed: number;
  readonly dead_since: Date | null;
  readonly probe_at: Date | null;
  readonly probe_answer: string | null;
  readonly probe_no: number;
  readonly probe_claimed_until: Date | null;
  readonly fault: Fault | null;
  readonly repair_since: Date | null;
  readonly repairs: number;
  readonly repairs_from: Date | null;
}

export interface RevisionRow {
  readonly deployment: DeploymentId;
  readonly no: number;
  readonly why: RevisionReason;
  readonly by_whom: string;
  readonly begun_at: Date;
  readonly ended_at: Date | null;
  readonly outcome: AttemptOutcome | null;
  readonly reason: string | null;
  readonly changes: readonly InstanceChange[];
  readonly aside: Aside | null;
  /** Of the deployment that it was before, sealed as there. */
  readonly aside_source: string | null;
  readonly aside_secrets: string | null;
}

export interface AttemptRow {
  readonly deployment: DeploymentId;
  readonly no: number;
  readonly revision: number;
  readonly account: AccountId;
  readonly account_name: string;
  readonly realm: string | null;
  readonly hourly_micros: number;
  readonly user_data_bytes_most: number;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly outcome: AttemptOutcome | null;
  readonly reason: string | null;
  readonly fault: Fault | null;
  readonly failed_instance: string | null;
}

export interface MachineRow {
  readonly id: MachineId;
  readonly deployment: DeploymentId | null;
  readonly instance: string | null;
  readonly attempt_no: number;
  readonly placement_no: number;
  readonly ask_order: number;
  readonly account: AccountId;
  readonly realm: string;
  readonly size: string;
  readonly hourly_micros: number | null;
  readonly state: MachineState;
  readonly external_id: string | null;
  readonly handle: Handle | null;
  readonly observed: ObservedState;
  readonly observed_at: Date | null;
  readonly private_address: string | null;
  readonly public_address: string | null;
  readonly intent_at: Date;
  readonly sent_at: Date | null;
  readonly made_at: Date | null;
  readonly booted_at: Date | null;
  readonly closed_at: Date | null;
  readonly start_asked_at: Date | null;
  readonly reboot_sent_at: Date | null;
  readonly reboot_until: Date | null;
  readonly undo_asked_at: Date | null;
  readonly keep_evidence: boolean;
  readonly destroyed_at: Date | null;
  readonly debt_since: Date | null;
  readonly missing: number;
  readonly skipped_at: Date | null;
  readonly quarantined_until: Date | null;
  readonly call: Call | null;
  readonly call_at: Date | null;
  readonly call_no: number;
  readonly claimed_until: Date | null;
  readonly failures: number;
  readonly fault: Fault | null;
  readonly nonce: string;
  readonly request: string | null;
  /** The transaction that last wrote what a comparison with a list goes by. */
  readonly written: string;
}

export interface EvidenceRow {
  readonly machine: string;
  readonly at: Date;
  readonly console: string | null;
  readonly fault: string | null;
}

export interface EventRow {
  readonly deployment: DeploymentId;
  readonly no: number;
  readonly revision: number;
  readonly at: Date;
  readonly body: EventBody;
}

export interface AccountRow {
  readonly id: AccountId;
  readonly name: string;
  readonly provider: string;
  readonly settings: Account["settings"];
  readonly credentials: string | null;
  readonly enabled: boolean;
  readonly health: AccountHealth;
  readonly health_text: string | null;
  readonly health_at: Date | null;
  /** As far as it was known when it was written. */
  readonly quota: Partial<QuotaLimit>;
  readonly images: Account["images"];
  readonly realms: Account["realms"];
  readonly offers_no: number;
  readonly offers_at: Date | null;
  readonly conditions: Conditions | null;
  readonly usage_asked_at: Date | null;
  readonly limiter_parallel: number;
  readonly limiter_paused_until: Date | null;
  readonly alert: Alert | null;
  readonly poll_at: Date;
  readonly poll_no: number;
  readonly poll_claimed_until: Date | null;
  readonly calls_minute: Date;
  readonly calls_now: number;
  readonly calls_before: number;
  readonly created_at: Date;
}

export interface OfferRow {
  readonly account: AccountId;
  readonly realm: string;
  readonly size: string;
  readonly cpu: number;
  readonly memory_mib: number;
  readonly storage_gib: number;
  readonly architecture: string;
  readonly accelerators: number;
  readonly accelerator_kind: string | null;
  readonly family: string | null;
  readonly spot: boolean;
  readonly hourly_micros: number | null;
  readonly takes: Amount;
  readonly cut: Cut | null;
}

export interface RealmRow {
  readonly account: AccountId;
  readonly realm: string;
}

export interface UsageRow {
  readonly account: AccountId;
  readonly realm: string;
  readonly dimension: string;
  readonly most: number | null;
  readonly used: number;
}

export interface EnquiryRow {
  readonly account: AccountId;
  readonly kind: EnquiryKind;
  readonly realm: string;
  readonly choice: string;
  readonly asked_at: Date;
  readonly answered_at: Date | null;
  readonly found: string | null;
  readonly text: string | null;
}

export interface PoolRow {
  readonly name: string;
  readonly enabled: boolean;
  /** As far as it was known when it was written. */
  readonly quota: Partial<QuotaLimit>;
  readonly user_quota: Partial<QuotaLimit>;
  readonly max_lease_ms: number | null;
  readonly max_quarantine_ms: number | null;
  readonly steps_days: number | null;
  readonly consoles_days: number | null;
  readonly ledger_days: number | null;
}

export interface PoolMemberRow {
  readonly pool: string;
  readonly account: AccountId;
  readonly position: number;
  readonly tier: number;
  readonly weight: number;
}

export interface BlockRow {
  readonly account: AccountId;
  readonly realm: string;
  readonly size: string;
  readonly reason: Block["reason"];
  readonly text: string;
  readonly strikes: number;
  readonly until: Date;
  readonly probe_deployment: DeploymentId | null;
  readonly probe_until: Date | null;
}

export interface BlueprintRow {
  readonly name: string;
  readonly version: number;
  readonly source: string;
  readonly created_at: Date;
  readonly created_by: string;
}

interface ProfileRow {
  readonly name: string;
  readonly cpu: number;
  readonly memory_mib: number;
  readonly storage_gib: number;
  readonly architecture: string;
  readonly accelerators: number;
  readonly accelerator_kind: string | null;
}

interface EndedSessionRow {
  readonly id: string;
  readonly until: Date;
}

interface SettingRow {
  readonly name: string;
  readonly value: string;
}

interface ClockRow {
  readonly offset_ms: number;
  readonly steps: number;
  readonly stepped_at: Date | null;
  readonly stepped_by_ms: number | null;
  readonly seen_at: Date;
}

interface ClockToldRow {
  readonly offset_ms: number;
}

interface SchemaHistoryRow {
  readonly name: string;
  readonly breaking: boolean;
  readonly checksum: string;
}

export interface Tables {
  deployments: DeploymentRow;
  instances: InstanceRow;
  revisions: RevisionRow;
  attempts: AttemptRow;
  placements: PlacementRow;
  holdings: HoldingRow;
  machines: MachineRow;
  evidence: EvidenceRow;
  events: EventRow;
  accounts: AccountRow;
  offers: OfferRow;
  realms: RealmRow;
  usages: UsageRow;
  enquiries: EnquiryRow;
  pools: PoolRow;
  pool_members: PoolMemberRow;
  blocks: BlockRow;
  blueprints: BlueprintRow;
  profiles: ProfileRow;
  tokens: TokenRow;
  users: UserRow;
  groups: GroupRow;
  grants: GrantRow;
  audit: AuditRow;
  ended_sessions: EndedSessionRow;
  plans: PlanRow;
  settings: SettingRow;
  clock: ClockRow;
  clock_told: ClockToldRow;
  schema_history: SchemaHistoryRow;
  webhooks: WebhookRow;
  webhook_lanes: WebhookLaneRow;
  webhook_deliveries: WebhookDeliveryRow;
}
