// The tables: what is committed, and per transaction a buffer in front of it.

import type { Account, Block, Pool } from "../../core/account.ts";
import type { CallCount } from "../../core/world/call-rate.ts";
import type { HardwareProfile } from "../../core/blueprint/model.ts";
import type { Lane, Webhook } from "../../core/story/delivery.ts";
import type { Attempt, Deployment, Instance, Revision } from "../../core/deployment.ts";
import type { DeploymentEvent } from "../../core/story/event.ts";
import type { AccountId, DeploymentId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import type { Enquiry } from "../../core/market/market.ts";
import type { OfferBook } from "../../core/market/offer.ts";
import type { Placement } from "../../core/market/placement.ts";
import type { Group, User } from "../../core/people/grants.ts";
import type { Evidence } from "../../core/snapshot.ts";
import type { ClockRow } from "./clock-row.ts";
import type { AuditEntry } from "../../ports/audit.ts";
import type { Told, OffersRead, UsageRead } from "../../ports/offers.ts";
import type { PlanRow } from "../../ports/plans.ts";
import type { StoredBlueprint, Token } from "../../ports/store.ts";
import type { Delivery } from "../../ports/webhooks.ts";

export interface DeploymentRow {
  readonly row: Deployment;
  readonly secrets: string | null;
  readonly source: string;
  /** What they were before the update that is under way. */
  readonly aside: { readonly secrets: string | null; readonly source: string } | null;
  /** What is gone: see Kept. */
  readonly stepsFrom: number;
  readonly consolesGoneAt: number | null;
  readonly ledgerGoneAt: number | null;
  readonly ledgerEmpty: boolean;
}

interface InstanceRow {
  readonly row: Instance;
  readonly probeNo: number;
  readonly probeClaimedUntil: number | null;
}

export interface MachineRow {
  readonly row: Machine;
  readonly request: string | null;
}

export interface AccountRow {
  readonly row: Account;
  readonly credentials: string | null;
  readonly pollNo: number;
  readonly pollClaimedUntil: number | null;
  readonly calls: CallCount;
}

/** What an account sells, by its id. */
interface OffersRow extends OffersRead {
  readonly book: OfferBook;
}

export interface EnquiryRow extends Told {
  readonly account: AccountId;
  /** Null: it waits for an answer. */
  readonly answeredAt: number | null;
}

export interface DeliveryRow extends Omit<Delivery, "deploymentName"> {
  readonly webhook: string;
  readonly event: DeploymentEvent;
}

/** Which type of row each table holds. */
interface RowTypes {
  deployments: DeploymentRow;
  instances: InstanceRow;
  revisions: Revision;
  attempts: Attempt;
  placements: Placement;
  offers: OffersRow;
  usages: UsageRead;
  enquiries: EnquiryRow;
  machines: MachineRow;
  events: DeploymentEvent;
  evidence: Evidence;
  accounts: AccountRow;
  pools: Pool;
  blocks: Block;
  profiles: HardwareProfile;
  blueprints: StoredBlueprint;
  tokens: Token;
  users: User;
  groups: Group;
  audit: AuditEntry & { readonly at: number };
  endedSessions: { readonly id: string; readonly until: number };
  settings: string;
  requestKeys: { readonly deployment: DeploymentId; readonly digest: string };
  plans: PlanRow;
  clock: ClockRow;
  clockTold: { readonly offsetMs: number };
  webhooks: { readonly row: Webhook; readonly secret: string };
  lanes: Lane;
  deliveries: DeliveryRow;
}

export type TableName = keyof RowTypes;
export type Tables = { readonly [T in TableName]: Table<RowTypes[T]> };
export type Views = { readonly [T in TableName]: View<RowTypes[T]> };

/** Committed rows by key, in order of their insertion; with `groupOf` also by group. */
class Table<R> {
  readonly name: TableName;
  readonly groupOf: (row: R) => string | null;
  readonly committed = new Map<string, R>();
  private readonly groups = new Map<string, Map<string, R>>();

  constructor(name: TableName, groupOf: (row: R) => string | null = () => null) {
    this.name = name;
    this.groupOf = groupOf;
  }

  group(name: string): ReadonlyMap<string, R> | null {
    return this.groups.get(name) ?? null;
  }

  set(key: string, row: R): void {
    this.committed.set(key, row);
    const name = this.groupOf(row);
    if (name === null) return;
    const rows = this.groups.get(name);
    if (rows === undefined) this.groups.set(name, new Map([[key, row]]));
    else rows.set(key, row);
  }

  delete(key: string): void {
    const row = this.committed.get(key);
    if (row === undefined) return;
    this.committed.delete(key);
    const name = this.groupOf(row);
    if (name !== null) this.groups.get(name)?.delete(key);
  }
}

const NONE: readonly never[] = [];

/**
 * One transaction's sight of a table: what is committed now, and in front of it its own writes, which nobody else sees before the
 * commit. One that must go on seeing an earlier moment keeps there what the rows were before others changed them.
 */
class View<R> {
  readonly name: TableName;
  private readonly table: Table<R>;
  /** Null: not there. Most transactions write to a few tables only, so most views have none. */
  private written: Map<string, { row: R } | null> | null = null;

  constructor(table: Table<R>) {
    this.name = table.name;
    this.table = table;
  }

  get(key: string): R | undefined {
    const own = this.written?.get(key);
    if (own === undefined) return this.table.committed.get(key);
    return own?.row;
  }

  all(): R[] {
    return this.written === null ? [...this.table.committed.values()] : this.merged(this.table.committed, null);
  }

  /** The same as `all`, to be looked through before anything else is done. */
  each(): Iterable<R> {
    return this.written === null ? this.table.committed.values() : this.all();
  }

  /** Rows of one group, in order of insertion. */
  group(name: string): R[] {
    const committed = this.table.group(name);
    return this.written === null ? [...(committed?.values() ?? NONE)] : this.merged(committed ?? NONE, name);
  }

  put(key: string, row: R): void {
    this.keepOwn(key, { row });
  }

  delete(key: string): void {
    this.keepOwn(key, null);
  }

  private keepOwn(key: string, own: { row: R } | null): void {
    this.written ??= new Map();
    this.written.set(key, own);
  }

  /** Makes the writes visible to all; returns what they changed. */
  commit(): readonly Written<R>[] {
    if (this.written === null) return NONE;
    const changed: Written<R>[] = [];
    for (const [key, own] of this.written) {
      changed.push({ key, before: this.table.committed.get(key) ?? null, after: own?.row ?? null });
      if (own === null) this.table.delete(key);
      else this.table.set(key, own.row);
    }
    return changed;
  }

  /** Keeps what is there now of all that the other is about to commit. */
  keep(other: View<R>): void {
    for (const key of other.written?.keys() ?? NONE) {
      if (this.written?.has(key) === true) continue;
      const row = this.table.committed.get(key);
      this.keepOwn(key, row === undefined ? null : { row });
    }
  }

  /** `group`: null for all. */
  private merged(committed: Iterable<readonly [string, R]>, group: string | null): R[] {
    const rows: R[] = [];
    const { written } = this;
    for (const [key, row] of committed) {
      const own = written?.get(key);
      if (own === undefined) rows.push(row);
      else if (own !== null) rows.push(own.row);
    }
    for (const [key, own] of written ?? []) {
      if (own === null || this.table.committed.has(key)) continue;
      if (group === null || this.table.groupOf(own.row) === group) rows.push(own.row);
    }
    return rows;
  }
}

/** One row that a commit has changed; null: not there. */
interface Written<R> {
  readonly key: string;
  readonly before: R | null;
  readonly after: R | null;
}

/** What one transaction has changed, by table. */
export type Committed = { readonly [T in TableName]: readonly Written<RowTypes[T]>[] };

/** Makes all writes visible. `frozen` are the views of those who must not see them. */
export function commitAll(views: Views, frozen: Iterable<Views>): Committed {
  for (const other of frozen) keepAll(other, views);
  return {
    deployments: views.deployments.commit(),
    instances: views.instances.commit(),
    revisions: views.revisions.commit(),
    attempts: views.attempts.commit(),
    placements: views.placements.commit(),
    offers: views.offers.commit(),
    usages: views.usages.commit(),
    enquiries: views.enquiries.commit(),
    machines: views.machines.commit(),
    events: views.events.commit(),
    evidence: views.evidence.commit(),
    accounts: views.accounts.commit(),
    pools: views.pools.commit(),
    blocks: views.blocks.commit(),
    profiles: views.profiles.commit(),
    blueprints: views.blueprints.commit(),
    tokens: views.tokens.commit(),
    users: views.users.commit(),
    groups: views.groups.commit(),
    audit: views.audit.commit(),
    endedSessions: views.endedSessions.commit(),
    settings: views.settings.commit(),
    requestKeys: views.requestKeys.commit(),
    plans: views.plans.commit(),
    clock: views.clock.commit(),
    clockTold: views.clockTold.commit(),
    webhooks: views.webhooks.commit(),
    lanes: views.lanes.commit(),
    deliveries: views.deliveries.commit(),
  };
}

function keepAll(frozen: Views, written: Views): void {
  frozen.deployments.keep(written.deployments);
  frozen.instances.keep(written.instances);
  frozen.revisions.keep(written.revisions);
  frozen.attempts.keep(written.attempts);
  frozen.placements.keep(written.placements);
  frozen.offers.keep(written.offers);
  frozen.usages.keep(written.usages);
  frozen.enquiries.keep(written.enquiries);
  frozen.machines.keep(written.machines);
  frozen.events.keep(written.events);
  frozen.evidence.keep(written.evidence);
  frozen.accounts.keep(written.accounts);
  frozen.pools.keep(written.pools);
  frozen.blocks.keep(written.blocks);
  frozen.profiles.keep(written.profiles);
  frozen.blueprints.keep(written.blueprints);
  frozen.tokens.keep(written.tokens);
  frozen.users.keep(written.users);
  frozen.groups.keep(written.groups);
  frozen.audit.keep(written.audit);
  frozen.endedSessions.keep(written.endedSessions);
  frozen.settings.keep(written.settings);
  frozen.requestKeys.keep(written.requestKeys);
  frozen.plans.keep(written.plans);
  frozen.clock.keep(written.clock);
  frozen.clockTold.keep(written.clockTold);
  frozen.webhooks.keep(written.webhooks);
  frozen.lanes.keep(written.lanes);
  frozen.deliveries.keep(written.deliveries);
}

export function emptyTables(): Tables {
  return {
    deployments: new Table("deployments"),
    instances: new Table("instances", ({ row }) => row.deployment),
    revisions: new Table("revisions", (row) => row.deployment),
    attempts: new Table("attempts", (row) => row.deployment),
    placements: new Table("placements", (row) => row.deployment),
    offers: new Table("offers"),
    usages: new Table("usages"),
    enquiries: new Table("enquiries", (row) => row.account),
    machines: new Table("machines", ({ row }) => row.deployment),
    events: new Table("events", (row) => row.deployment),
    evidence: new Table("evidence"),
    accounts: new Table("accounts"),
    pools: new Table("pools"),
    blocks: new Table("blocks"),
    profiles: new Table("profiles"),
    blueprints: new Table("blueprints", (row) => row.name),
    tokens: new Table("tokens"),
    users: new Table("users"),
    groups: new Table("groups"),
    audit: new Table("audit"),
    endedSessions: new Table("endedSessions"),
    settings: new Table("settings"),
    requestKeys: new Table("requestKeys"),
    plans: new Table("plans"),
    clock: new Table("clock"),
    clockTold: new Table("clockTold"),
    webhooks: new Table("webhooks"),
    lanes: new Table("lanes"),
    deliveries: new Table("deliveries"),
  };
}

export function viewsOf(tables: Tables): Views {
  return {
    deployments: new View(tables.deployments),
    instances: new View(tables.instances),
    revisions: new View(tables.revisions),
    attempts: new View(tables.attempts),
    placements: new View(tables.placements),
    offers: new View(tables.offers),
    usages: new View(tables.usages),
    enquiries: new View(tables.enquiries),
    machines: new View(tables.machines),
    events: new View(tables.events),
    evidence: new View(tables.evidence),
    accounts: new View(tables.accounts),
    pools: new View(tables.pools),
    blocks: new View(tables.blocks),
    profiles: new View(tables.profiles),
    blueprints: new View(tables.blueprints),
    tokens: new View(tables.tokens),
    users: new View(tables.users),
    groups: new View(tables.groups),
    audit: new View(tables.audit),
    endedSessions: new View(tables.endedSessions),
    settings: new View(tables.settings),
    requestKeys: new View(tables.requestKeys),
    plans: new View(tables.plans),
    clock: new View(tables.clock),
    clockTold: new View(tables.clockTold),
    webhooks: new View(tables.webhooks),
    lanes: new View(tables.lanes),
    deliveries: new View(tables.deliveries),
  };
}

export const CLOCK_KEY = "clock";
export const instanceKey = (row: { deployment: string; name: string }): string => `${row.deployment}/${row.name}`;
export const numberedKey = (row: { deployment: string; no: number }): string => `${row.deployment}/${row.no}`;
export const placementKey = (row: Pick<Placement, "deployment" | "attempt" | "instance" | "no">): string =>
  `${row.deployment}/${row.attempt}/${row.instance}/${row.no}`;
export const enquiryKey = ({ account, kind, realm, choice }: Enquiry): string =>
  JSON.stringify([account, kind, realm, choice]);
export const laneKey = (row: { deployment: string; webhook: string }): string => `${row.deployment}/${row.webhook}`;
export const deliveryKey = (row: { deployment: string; webhook: string; no: number }): string =>
  `${laneKey(row)}/${row.no}`;
export const blueprintKey = (row: { name: string; version: number }): string => `${row.name}/${row.version}`;
export const blockKey = (row: Pick<Block, "account" | "realm" | "size" | "reason">): string =>
  JSON.stringify([row.account, row.realm, row.size, row.reason]);

/** The order that SQL gives with `order by` and the C collation: by code unit. */
export function compare<V extends string | number>(a: V, b: V): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
