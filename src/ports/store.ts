// The port to the database. Every method is one statement or a few, set-based; all state of Slipway is behind it.
//
// Order of locks, so that no two transactions wait for each other: deployments (by id), machines, accounts (by id), pools and users (by name), the rest.
// Blocks come last of all, those of a whole transaction at its end (store/blocks.ts).
// Within `write` nothing but the transaction may be awaited: no provider, no timer.

import type { Account, Block, Pool } from "../core/account.ts";
import type { HardwareProfile } from "../core/blueprint/model.ts";
import type { Attempt, Deployment, DeploymentHead, Instance, Revision } from "../core/deployment.ts";
import type { DeploymentEvent } from "../core/story/event.ts";
import type { AccountId, DeploymentId, MachineId } from "../core/ids.ts";
import type { Machine } from "../core/machine.ts";
import type { Amount, QuotaLimit } from "../core/market/amount.ts";
import type { Market } from "../core/market/market.ts";
import type { Placement } from "../core/market/placement.ts";
import type { Group, Role, User } from "../core/people/grants.ts";
import type { Changes, Evidence, Snapshot } from "../core/snapshot.ts";
import type { DeploymentState } from "../core/states.ts";
import type { PastBoot } from "../core/world/usual.ts";
import type { AuditReads, AuditWrites } from "./audit.ts";
import type { ClaimWrites, LedgerReads } from "./claims.ts";
import type { FigureReads } from "./figures.ts";
import type { HoldReads, HoldWrites } from "./hold.ts";
import type { OfferReads, OfferWrites } from "./offers.ts";
import type { PlanReads, PlanWrites } from "./plans.ts";
import type { PruneReads, PruneWrites } from "./pruning.ts";
import type { WebhookReads, WebhookWrites } from "./webhooks.ts";

/** A name or key that must be unique is taken. The transaction is rolled back. */
export class StoreConflict extends Error {
  override readonly name = "StoreConflict";
  readonly what: "deployment" | "account" | "request_key";
  constructor(what: StoreConflict["what"], options?: ErrorOptions) {
    super(`${what} exists already`, options);
    this.what = what;
  }
}

/** Why a database does nothing for anybody at the moment, to follow "the database". It names neither place nor cause: anyone may read it. */
export const AWAY = {
  unreachable: "does not answer",
  refused: "refuses Slipway",
  restarting: "is starting or stopping",
  no_space: "has no room left on its disk",
  no_memory: "has no memory left",
  no_connections: "takes no more connections",
  read_only: "takes no changes at the moment",
  broken_disk: "cannot read or write its files",
  busy: "is too busy",
} as const;
export type AwayReason = keyof typeof AWAY;

/**
 * The database is away: it does not answer, or not in time, or cannot take what is to be written, whoever asks. Whether a transaction that
 * had begun was committed is not known. It is no fault of what was asked, which is tried again.
 */
export class StoreAway extends Error {
  override readonly name = "StoreAway";
  readonly reason: AwayReason;
  constructor(reason: AwayReason, options?: ErrorOptions) {
    super(`the database ${AWAY[reason]}`, options);
    this.reason = reason;
  }
}

/** How Slipway's time stands to the database's clock. */
export interface ClockState {
  readonly offsetMs: number;
  /** Times that it was set right. */
  readonly steps: number;
  /** The last time: when, in Slipway's time, and by how much the database's clock had been moved; null: never. */
  readonly lastAt: number | null;
  readonly lastByMs: number | null;
}

/**
 * `now` everywhere is Slipway's time: the database's clock plus an offset, one for all processes (core/world/clock-step.ts). The store holds
 * each reading against the process's monotonic clock, and changes the offset when the database's clock has stepped.
 */
export interface Store {
  /**
   * Runs `act` in one transaction, and again when the database's clock had stepped: nothing of the first try is left then. Gives up after
   * 10 s with StoreAway("busy"). A throw rolls back, and so does a statement that failed, even when `act` catches its error. Neither
   * `write` nor `read` may be called inside either: refused, since one connection is all there may be.
   */
  write<T>(act: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs `act` on one moment: that of its first statement. `alone`: it calls one method of one statement, which needs no transaction for that. */
  read<T>(act: (tx: Reads) => Promise<T>, how?: "alone"): Promise<T>;
  /** Calls `wake` after commits that made rows due, in any process; returns a function that ends it. May miss some. */
  onDue(wake: () => void): Promise<() => Promise<void>>;
  /** Calls `wake` after commits that added events, in any process. May miss some. */
  onEvents(wake: (deployment: DeploymentId) => void): Promise<() => Promise<void>>;
  /** Called at least once a second by who works: without readings a step is not noticed. `isUntold`: `tellClock` has something to tell. */
  keepTime(): Promise<{ readonly isUntold: boolean }>;
  close(): Promise<void>;
}

/**
 * When the next row of each kind is due (ms since 1970), null for none; `now` of the same moment. A row under a claim is due
 * when the claim runs out, one of a paused account after the pause; what its account's limiter or switch holds back is not counted.
 */
export interface NextDue {
  readonly now: number;
  readonly advance: number | null;
  readonly call: number | null;
  readonly probe: number | null;
  readonly poll: number | null;
}

export interface DeploymentFilter {
  readonly states?: readonly DeploymentState[];
  readonly pool?: string;
  /** Of one of these. */
  readonly pools?: readonly string[];
  /** Part of the name. */
  readonly search?: string;
  /** Deleted ones too. */
  readonly deleted?: boolean;
  readonly limit: number;
  /** `next` of the page before: see CURSOR. */
  readonly cursor?: string;
}

/** The place of a page's last row: its time, ms since 1970 and before the year 5139, and its id. */
export const CURSOR = /^\d{1,14} [a-z0-9]{1,64}$/;

/** A row of the deployments' list: without blueprint and details, with what a list shows. */
export interface DeploymentSummary {
  readonly deployment: DeploymentHead;
  /** The one under way or last made; null before the first. */
  readonly attempt: (Pick<Attempt, "outcome" | "endedAt"> & { readonly account: string }) | null;
  readonly instanceCount: number;
  readonly readyCount: number;
  readonly debtCount: number;
}

export interface Debt {
  readonly machine: Machine;
  readonly deploymentName: string | null;
  /** Of its deployment. */
  readonly pool: string | null;
  readonly accountName: string;
}

export interface CallRate {
  /** Claimed in the last 60 s: calls for machines, and polls. */
  readonly perMinute: number;
  /** Calls for machines that wait for their answer. */
  readonly underWay: number;
}

/** A pool or a user, and what they hold of what they may. */
export interface QuotaUse {
  readonly of: "pool" | "user";
  readonly name: string;
  readonly limit: QuotaLimit;
  readonly held: Amount;
}

export interface StoredBlueprint {
  readonly name: string;
  readonly version: number;
  /** The text as it was given, comments included. */
  readonly source: string;
  readonly createdAt: number;
  readonly createdBy: string;
}

/** Setting with the address at which machines and people reach the server: it writes it, workers and plans read it. */
export const PUBLIC_URL = "public_url";

export interface Token {
  readonly name: string;
  /** SHA-256 of the token, hexadecimal. */
  readonly hash: string;
  readonly role: Role;
  /** Null: everywhere. */
  readonly pool: string | null;
  /** Name of the user whose it is, and who may do no less than it; null: a program's, which may do what it says. */
  readonly owner: string | null;
  /** Who made it; null: the first start, or nobody noted. */
  readonly createdBy: string | null;
  readonly createdAt: number;
  /** From then on it counts no more; null: it has no end. */
  readonly expiresAt: number | null;
  /** To the minute; null: never yet. */
  readonly lastUsedAt: number | null;
}

/** Who is let in at one moment. */
export interface Access {
  readonly tokens: readonly Token[];
  readonly users: readonly User[];
  readonly groups: readonly Group[];
  /** Ids of the page's sessions that were ended before their time. */
  readonly endedSessions: ReadonlySet<string>;
  readonly now: number;
}

/** What the database knows of those who use it. */
export interface StoreVitals {
  /** Servers and workers that listen to it; one at least, for somebody asks. */
  readonly processes: number;
  /** Name of the newest migration that it has had. */
  readonly schema: string;
}

export interface Reads
  extends AuditReads, OfferReads, PruneReads, FigureReads, HoldReads, LedgerReads, PlanReads, WebhookReads {
  /** Slipway's time, ms since 1970. */
  now(): Promise<number>;
  clock(): Promise<ClockState>;
  nextDue(): Promise<NextDue>;
  vitals(): Promise<StoreVitals>;
  snapshot(id: DeploymentId): Promise<Snapshot | null>;
  deployment(id: DeploymentId): Promise<Deployment | null>;
  /** Costs the same however large its blueprint is. */
  deploymentHead(id: DeploymentId): Promise<DeploymentHead | null>;
  /** Sealed secret parameters of deployments that have some. */
  secretsOf(ids: readonly DeploymentId[]): Promise<ReadonlyMap<DeploymentId, string>>;
  /** The same with those that are put aside: of an update under way or on its way back, machines of both sets repeat theirs. */
  secretSetsOf(ids: readonly DeploymentId[]): Promise<ReadonlyMap<DeploymentId, readonly string[]>>;
  /** Sealed secret parameters that are put aside: the former ones of an update under way, those of one on its way back; null: none are. */
  asideSecrets(id: DeploymentId): Promise<string | null>;
  /** Text of the blueprint that it has. */
  launchSource(id: DeploymentId): Promise<string | null>;
  /** Neither deleted nor followed by a successor; in any pool, since the pool may be left out by people. */
  deploymentsNamed(name: string, pool?: string): Promise<readonly DeploymentHead[]>;
  /** Newest first. A search that meets little may end a page early, even an empty one: it goes on where `next` is. */
  deployments(filter: DeploymentFilter): Promise<{ rows: readonly DeploymentSummary[]; next: string | null }>;
  /** All machines of a deployment, closed ones too, oldest first. */
  machinesOf(id: DeploymentId): Promise<readonly Machine[]>;
  machine(id: MachineId): Promise<Machine | null>;
  machineByNonce(nonce: string): Promise<Machine | null>;
  /** What a machine was asked for under, given back or not; null: it belongs to no deployment, or that row was pruned. */
  placementOf(machine: Machine): Promise<Placement | null>;
  evidence(id: MachineId): Promise<Evidence | null>;
  /** Events with a number above `after`, in order, at most `limit`. */
  events(id: DeploymentId, after: number, limit: number): Promise<readonly DeploymentEvent[]>;
  /** Number of the last event of each of these, in one query; of what does not exist nothing. */
  lastEvents(ids: readonly DeploymentId[]): Promise<ReadonlyMap<DeploymentId, number>>;
  accounts(): Promise<readonly Account[]>;
  accountNamed(name: string): Promise<Account | null>;
  account(id: AccountId): Promise<Account | null>;
  /** Open machines per account; accounts without any are left out. */
  openMachines(): Promise<ReadonlyMap<AccountId, number>>;
  /** Whether the ledger has a machine at the account, open or closed. */
  hasMachines(account: AccountId): Promise<boolean>;
  /** How often each account's cloud is called now. */
  callRates(): Promise<ReadonlyMap<AccountId, CallRate>>;
  /** What the latest machines at the account, whose boot was watched, took to come up within their launch, at most `each` of each size. */
  pastBoots(account: AccountId, sizes: readonly string[], each: number): Promise<readonly PastBoot[]>;
  /** Sealed credentials of an account. */
  credentials(id: AccountId): Promise<string | null>;
  pools(): Promise<readonly Pool[]>;
  blocks(): Promise<readonly Block[]>;
  debts(): Promise<readonly Debt[]>;
  /** What selection sees, without locks: for plans. `by`: names of those whose own limits hold. */
  market(pool: string, by?: readonly string[]): Promise<Market | null>;
  /** All pools and users, with what each holds; in order of their names. */
  quotas(): Promise<readonly QuotaUse[]>;
  profiles(): Promise<readonly HardwareProfile[]>;
  /** The newest version of each. */
  blueprints(): Promise<readonly StoredBlueprint[]>;
  /** The newest version, or the one asked for. */
  blueprint(name: string, version?: number): Promise<StoredBlueprint | null>;
  /** All versions, newest first. */
  blueprintVersions(name: string): Promise<readonly StoredBlueprint[]>;
  tokens(): Promise<readonly Token[]>;
  access(): Promise<Access>;
  /**
   * What every request begins with: of `access` what decides whether this token, or a session of it, counts and what for. Costs the same
   * however many others there are.
   */
  accessOf(pass: { readonly hash: string; readonly session: string | null }): Promise<Access>;
  setting(name: string): Promise<string | null>;
}

/** Sealed inserts: the store never sees a secret in the clear. */
export interface NewDeployment {
  readonly deployment: Deployment;
  readonly revision: Revision;
  readonly instances: readonly Instance[];
  readonly events: readonly DeploymentEvent[];
  /** Sealed JSON of secret parameters, null when there are none. */
  readonly secrets: string | null;
  /** Blueprint's text, kept for people. */
  readonly source: string;
  /** Idempotency-Key of the request with a digest of its body. */
  readonly requestKey: { readonly key: string; readonly digest: string } | null;
}

/** The same as Changes, with each new machine's request sealed. */
export interface SealedChanges extends Omit<Changes, "newMachines"> {
  readonly newMachines: readonly { readonly machine: Machine; readonly request: string }[];
}

export interface Tx
  extends Reads, AuditWrites, OfferWrites, ClaimWrites, PruneWrites, HoldWrites, PlanWrites, WebhookWrites {
  // --- advance
  /** Locks due deployments, skipping those locked by others; none while another transaction has locked some this way. */
  lockDue(limit: number): Promise<{ readonly now: number; readonly ids: readonly DeploymentId[] }>;
  /** Locks these deployments in order of id, waiting for others; returns those that exist and the time after the wait. */
  lock(ids: readonly DeploymentId[]): Promise<{ readonly now: number; readonly ids: readonly DeploymentId[] }>;
  /** Snapshots of locked deployments, open machine rows locked as well, in the order of `ids`. */
  snapshots(ids: readonly DeploymentId[]): Promise<readonly Snapshot[]>;
  /**
   * Waits until nobody else chooses among the accounts of these pools, and locks the pools and those of these users who have a limit; what
   * selection sees, by pool.
   */
  markets(pools: readonly string[], by?: readonly string[]): Promise<ReadonlyMap<string, Market>>;
  /**
   * Writes all changes of all decisions, set-based: all or, with one illegal row among them, nothing. A state goes along one arc of its
   * table at most. Never touches the claim columns of a machine (`callNo`, `claimedUntil`). A verdict of class auth or account suspends
   * the account. Notifies at commit.
   */
  apply(changes: readonly SealedChanges[]): Promise<void>;
  /** Makes all that are parked due now; returns how many are. */
  wakeParked(): Promise<number>;

  // --- people
  /** Throws StoreConflict when the request key (asked first: a repeated request has both) or the name is taken. Notifies. */
  /** Another source and other secrets, sealed, for an update that has just begun; what it was is put aside with the update's revision. */
  turnSource(turned: {
    readonly deployment: DeploymentId;
    readonly revision: number;
    readonly source: string;
    readonly secrets: string | null;
  }): Promise<void>;
  insertDeployment(row: NewDeployment): Promise<void>;
  /** The deployment made earlier with this Idempotency-Key, if any. */
  requestKey(key: string): Promise<{ readonly deployment: DeploymentId; readonly digest: string } | null>;
  /** Inserts or replaces by id; null keeps the credentials. Throws StoreConflict when another has the name. */
  putAccount(account: Account, sealedCredentials: string | null): Promise<void>;
  /**
   * Waits until nobody chooses among this account's offers, and keeps all from it. Before the account itself is locked, by whoever goes by what is
   * there: a choice that is not written yet is not seen.
   */
  lockChoice(id: AccountId): Promise<void>;
  /** Locks the row before it is changed by `putAccount`, so that what the tracker writes meanwhile is not undone. */
  lockAccount(id: AccountId): Promise<Account | null>;
  /** Also out of its pools. Throws when a machine refers to it: the ledger keeps its accounts. */
  deleteAccount(id: AccountId): Promise<void>;
  putPool(pool: Pool): Promise<void>;
  /** With the grants and tokens in it. */
  deletePool(name: string): Promise<void>;
  putProfile(profile: HardwareProfile): Promise<void>;
  deleteProfile(name: string): Promise<void>;
  /** Stores the next version. */
  addBlueprint(row: Omit<StoredBlueprint, "version" | "createdAt">): Promise<StoredBlueprint>;
  deleteBlueprint(name: string): Promise<void>;
  /** Who makes or deletes a token, a user or a group locks them all first: whether it may depends on the others. */
  lockAccess(): Promise<Access>;
  putToken(token: Token): Promise<void>;
  deleteToken(name: string): Promise<void>;
  /** Notes that a token is in use, unless that was noted within the last minute. */
  useToken(hash: string): Promise<void>;
  /** Inserts or replaces by name, grants and all. */
  putUser(user: User): Promise<void>;
  /** With their tokens. */
  deleteUser(name: string): Promise<void>;
  putGroup(group: Group): Promise<void>;
  /** Out of all users, too. */
  deleteGroup(name: string): Promise<void>;
  /** Ends a session that would have counted until then at the most; forgets those whose time is over. */
  endSession(id: string, until: number): Promise<void>;
  setSetting(name: string, value: string): Promise<void>;
  /** Throws StoreAway when there is no room for a tenth of a megabyte, which this leaves free again. Rows may be changed although there is none. */
  tryRoom(): Promise<void>;
  clearBlock(block: Pick<Block, "account" | "realm" | "size" | "reason">): Promise<void>;
}
