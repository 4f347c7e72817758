// The port to the database. Every method is one statement or a few, set-based; all state of Slipway is behind it.
//
// Order of locks, so that no two transactions wait for each other: deployments (by id), machines, accounts (by id), the rest.
// Within `write` nothing but the transaction may be awaited: no provider, no timer.

import type { Account, AccountHealth, Block, Limiter, Pool } from "../core/account.ts";
import type { HardwareProfile, Readiness } from "../core/blueprint/model.ts";
import type { Attempt, Deployment, Instance } from "../core/deployment.ts";
import type { DeploymentEvent } from "../core/event.ts";
import type { AccountId, DeploymentId, MachineId } from "../core/ids.ts";
import type { Call, Machine, Observed } from "../core/machine.ts";
import type { Market } from "../core/market/market.ts";
import type { Changes, Evidence, Snapshot } from "../core/snapshot.ts";
import type { DeploymentState } from "../core/states.ts";
import type { PastBoot } from "../core/usual.ts";
import type { OfferReads, OfferWrites } from "./offers.ts";

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
 * `now` everywhere is Slipway's time: the database's clock plus an offset, one for all processes (core/clock-step.ts). The store holds
 * each reading against the process's monotonic clock, and changes the offset when the database's clock has stepped.
 */
export interface Store {
  /**
   * Runs `act` in one transaction, and again when the database's clock had stepped: nothing of the first try is left then. Gives up after
   * 10 s with StoreAway("busy"). A throw rolls back, and so does a statement that failed, even when `act` catches its error. Neither
   * `write` nor `read` may be called inside either: refused, since one connection is all there may be.
   */
  write<T>(act: (tx: Tx) => Promise<T>): Promise<T>;
  /** Runs `act` on one moment: that of its first statement. */
  read<T>(act: (tx: Reads) => Promise<T>): Promise<T>;
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
  readonly deployment: Deployment;
  /** The one under way or last made; null before the first. */
  readonly attempt: (Pick<Attempt, "outcome" | "endedAt"> & { readonly account: string }) | null;
  readonly instanceCount: number;
  readonly readyCount: number;
  readonly debtCount: number;
}

export interface Debt {
  readonly machine: Machine;
  readonly deploymentName: string | null;
  readonly accountName: string;
}

export interface CallRate {
  /** Claimed in the last 60 s: calls for machines, and polls. */
  readonly perMinute: number;
  /** Calls for machines that wait for their answer. */
  readonly underWay: number;
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

export const ROLES = ["viewer", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Token {
  readonly name: string;
  /** SHA-256 of the token, hexadecimal. */
  readonly hash: string;
  readonly role: Role;
  readonly createdAt: number;
}

export interface Reads extends OfferReads {
  /** Slipway's time, ms since 1970. */
  now(): Promise<number>;
  clock(): Promise<ClockState>;
  nextDue(): Promise<NextDue>;
  snapshot(id: DeploymentId): Promise<Snapshot | null>;
  deployment(id: DeploymentId): Promise<Deployment | null>;
  /** Not deleted; in any pool, since the pool may be left out by people. */
  deploymentsNamed(name: string, pool?: string): Promise<readonly Deployment[]>;
  /** Newest first. */
  deployments(filter: DeploymentFilter): Promise<{ rows: readonly DeploymentSummary[]; next: string | null }>;
  /** All machines of a deployment, closed ones too, oldest first. */
  machinesOf(id: DeploymentId): Promise<readonly Machine[]>;
  machine(id: MachineId): Promise<Machine | null>;
  machineByNonce(nonce: string): Promise<Machine | null>;
  evidence(id: MachineId): Promise<Evidence | null>;
  /** Events with a number above `after`, in order, at most `limit`. */
  events(id: DeploymentId, after: number, limit: number): Promise<readonly DeploymentEvent[]>;
  /** Number of the last event of each of these, in one query; of what does not exist nothing. */
  lastEvents(ids: readonly DeploymentId[]): Promise<ReadonlyMap<DeploymentId, number>>;
  accounts(): Promise<readonly Account[]>;
  accountNamed(name: string): Promise<Account | null>;
  account(id: AccountId): Promise<Account | null>;
  /** Machines per account, of all times and those still open; accounts without any are left out. */
  machineCounts(): Promise<ReadonlyMap<AccountId, { readonly all: number; readonly open: number }>>;
  /** How often each account's cloud is called now. */
  callRates(): Promise<ReadonlyMap<AccountId, CallRate>>;
  /** What the latest machines at the account took to come up within their launch, at most `each` of each size. */
  pastBoots(account: AccountId, sizes: readonly string[], each: number): Promise<readonly PastBoot[]>;
  /** Sealed credentials of an account. */
  credentials(id: AccountId): Promise<string | null>;
  pools(): Promise<readonly Pool[]>;
  blocks(): Promise<readonly Block[]>;
  debts(): Promise<readonly Debt[]>;
  /** What selection sees, without locks: for plans. */
  market(pool: string): Promise<Market | null>;
  profiles(): Promise<readonly HardwareProfile[]>;
  /** The newest version of each. */
  blueprints(): Promise<readonly StoredBlueprint[]>;
  /** The newest version, or the one asked for. */
  blueprint(name: string, version?: number): Promise<StoredBlueprint | null>;
  /** All versions, newest first. */
  blueprintVersions(name: string): Promise<readonly StoredBlueprint[]>;
  tokens(): Promise<readonly Token[]>;
  /** Ids of the page's sessions that were ended before their time. */
  endedSessions(): Promise<ReadonlySet<string>>;
  setting(name: string): Promise<string | null>;
}

/** A machine whose call was claimed: the caller may act until the claim runs out. */
export interface ClaimedCall {
  readonly machine: Machine;
  readonly call: Call;
  /** The fence: the answer is recorded only while the row still has this number. */
  readonly callNo: number;
  /** Sealed request; only for `create`. */
  readonly request: string | null;
  /** When the claim runs out. */
  readonly claimedUntil: number;
  readonly now: number;
}

export interface EndedClaim extends Pick<ClaimedCall, "callNo"> {
  readonly machine: Pick<Machine, "id">;
}

export interface ClaimedProbe {
  readonly deployment: DeploymentId;
  readonly instance: string;
  readonly machine: Machine;
  readonly ready: Readiness;
  readonly probeNo: number;
}

export interface ClaimedPoll {
  readonly account: Account;
  readonly pollNo: number;
  readonly now: number;
}

/** Sealed inserts: the store never sees a secret in the clear. */
export interface NewDeployment {
  readonly deployment: Deployment;
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

/** What one page of a listing says about the ledger, compared in SQL: only differences come back. */
export interface ListingDifference {
  /**
   * Open machines whose observed state, id or address differ from the page; an address that it leaves out is no difference. Also
   * those that should be starting and have a fault: such a one may have run and ended since it was last seen to stand still.
   */
  readonly changed: readonly { readonly machine: Machine; readonly observed: Observed }[];
  /** On the page, but no open ledger row has that name: ours, and nobody's. */
  readonly strays: readonly Observed[];
}

export interface Tx extends Reads, OfferWrites {
  // --- advance
  /** Locks due deployments, skipping those locked by others. */
  lockDue(limit: number): Promise<{ readonly now: number; readonly ids: readonly DeploymentId[] }>;
  /** Locks these deployments in order of id, waiting for others; returns those that exist and the time after the wait. */
  lock(ids: readonly DeploymentId[]): Promise<{ readonly now: number; readonly ids: readonly DeploymentId[] }>;
  /** Snapshots of locked deployments, open machine rows locked as well, in the order of `ids`. */
  snapshots(ids: readonly DeploymentId[]): Promise<readonly Snapshot[]>;
  /** Locks the accounts of these pools; what selection sees, by pool. */
  markets(pools: readonly string[]): Promise<ReadonlyMap<string, Market>>;
  /** Sealed secret parameters of deployments that have some. */
  secretsOf(ids: readonly DeploymentId[]): Promise<ReadonlyMap<DeploymentId, string>>;
  /**
   * Writes all changes of all decisions, set-based: all or, with one illegal row among them, nothing. A state goes along one arc of its
   * table at most. Never touches the claim columns of a machine (`callNo`, `claimedUntil`). A verdict of class auth or account suspends
   * the account. Notifies at commit.
   */
  apply(changes: readonly SealedChanges[]): Promise<void>;
  /** Makes all that are parked due now; returns how many are. */
  wakeParked(): Promise<number>;

  // --- callers, prober, tracker: claims with fences
  /**
   * Due calls, skipping locked rows, rows under a fresh claim, and accounts at their limiter's bound (whole calls in flight, also
   * over several claimers) or paused; of disabled accounts neither create nor start. Takes the claim (`callNo` + 1,
   * `claimedUntil`). A `create` gets its `sentAt`; one that has a `sentAt` already was sent without a known answer and is
   * handed out as a `lookup` (its state moves when that is recorded).
   */
  claimCalls(limit: number, claimMs: Readonly<Record<Call, number>>): Promise<readonly ClaimedCall[]>;
  claimProbes(limit: number, claimMs: number): Promise<readonly ClaimedProbe[]>;
  /**
   * Accounts that are due, not under a fresh claim and not paused. Each is handed out as it was; its next poll is due when the claim
   * runs out, so that wishes to look sooner show.
   */
  claimPolls(limit: number, claimMs: number): Promise<readonly ClaimedPoll[]>;
  /** Embedded only: the process before this one is dead, so what it had claimed is due now. */
  voidClaims(): Promise<void>;
  /**
   * For each, in this order: true when its machine's `callNo` still is the claim's; gives the claim back so that the row's next call
   * may be claimed. Notifies. Open rows of several machines are locked before, by `snapshots`.
   */
  endClaims(claims: readonly EndedClaim[]): Promise<readonly boolean[]>;
  /**
   * True when the fence holds; gives the claim back and sets the time of the next probe (null: none) and what this one met, unless a
   * decision took the time away or replaced the machine meanwhile: what is no longer asked for must not begin again.
   */
  endProbe(claim: ClaimedProbe, next: Pick<Instance, "probeAt" | "probeAnswer">): Promise<boolean>;
  /**
   * True when the fence holds; stores what the poll found out about the account. A time of the next poll that was wished for since
   * the claim (`pollBy`, `putAccount`) counts when it is sooner than the one found.
   */
  endPoll(claim: ClaimedPoll, found: PollOutcome): Promise<boolean>;
  setLimiter(id: AccountId, limiter: Limiter): Promise<void>;

  // --- tracker
  compareListing(id: AccountId, page: readonly Observed[]): Promise<ListingDifference>;
  /**
   * After a complete clean listing that began at `startedAt`: machines made before `startedAt − visibilityMs` that no page named get
   * `missing` + 1, the others 0. Returns those now missing; and of those that were not asked to go, how many were named, and when the
   * oldest was made that no page named and that was made too late to count.
   */
  countMissing(id: AccountId, seen: readonly string[], before: number): Promise<CountedMissing>;
  /**
   * Writes a machine that belongs to no deployment (a stray), new (born made) or changed under its lock, or reopens a closed row that
   * the cloud shows after all. Leaves the claim columns of a row that exists.
   */
  putStray(machine: Machine): Promise<void>;
  /** Open machines of the account whose call was put off after a fault, or that are debt: locked, in order of their ids. */
  lockWaiting(id: AccountId): Promise<{ readonly now: number; readonly machines: readonly Machine[] }>;
  /** Writes locked machines, without a move and without their claim columns. Notifies. */
  putMachines(machines: readonly Machine[]): Promise<void>;
  /** Wakes launches that look for an account (`rollback_failed`, to wake later) in a pool of this one; returns how many. Notifies. */
  wakeSeekers(id: AccountId): Promise<number>;
  /** Machines without a deployment: locked, changed by their own callers. */
  lockMachine(id: MachineId): Promise<{ readonly now: number; readonly machine: Machine } | null>;
  /**
   * Since when (oldest, newest) the account's machines in transit are so, null without any, for the pace of its polls: open and no
   * debt, and not yet made, or being undone, or being started, or seen neither running nor stopped. Each counts from the
   * last of `undoAskedAt`, `startAskedAt`, `madeAt`, `intentAt` that is set.
   */
  inTransit(id: AccountId): Promise<{ readonly oldestAt: number; readonly newestAt: number } | null>;
  /** Pulls the account's next poll forward to `at` if it is later. */
  pollBy(id: AccountId, at: number): Promise<void>;

  /** Writes an event for each deployment under way (TOLD_OF_STEPS) about steps of the clock that have not been told yet. */
  tellClock(): Promise<void>;

  // --- people
  /** Throws StoreConflict when the request key (asked first: a repeated request has both) or the name is taken. Notifies. */
  insertDeployment(row: NewDeployment): Promise<void>;
  /** The deployment made earlier with this Idempotency-Key, if any. */
  requestKey(key: string): Promise<{ readonly deployment: DeploymentId; readonly digest: string } | null>;
  /** Inserts or replaces by id; null keeps the credentials. Throws StoreConflict when another has the name. */
  putAccount(account: Account, sealedCredentials: string | null): Promise<void>;
  /** Locks the row before it is changed by `putAccount`, so that what the tracker writes meanwhile is not undone. */
  lockAccount(id: AccountId): Promise<Account | null>;
  /** Also out of its pools. Throws when a machine refers to it: the ledger keeps its accounts. */
  deleteAccount(id: AccountId): Promise<void>;
  putPool(pool: Pool): Promise<void>;
  deletePool(name: string): Promise<void>;
  putProfile(profile: HardwareProfile): Promise<void>;
  deleteProfile(name: string): Promise<void>;
  /** Stores the next version. */
  addBlueprint(row: Omit<StoredBlueprint, "version" | "createdAt">): Promise<StoredBlueprint>;
  deleteBlueprint(name: string): Promise<void>;
  /** The tokens. Who makes or deletes one locks them all first: whether it may depends on the others. */
  lockTokens(): Promise<readonly Token[]>;
  putToken(token: Token): Promise<void>;
  deleteToken(name: string): Promise<void>;
  /** Ends a session that would have counted until then at the most; forgets those whose time is over. */
  endSession(id: string, until: number): Promise<void>;
  setSetting(name: string, value: string): Promise<void>;
  /** Throws StoreAway when there is no room for a tenth of a megabyte, which this leaves free again. Rows may be changed although there is none. */
  tryRoom(): Promise<void>;
  clearBlock(block: Pick<Block, "account" | "realm" | "size" | "reason">): Promise<void>;
}

export interface CountedMissing {
  readonly missing: readonly Machine[];
  readonly shown: number;
  readonly youngAt: number | null;
}

export interface PollOutcome {
  readonly health: AccountHealth;
  readonly healthText: string | null;
  readonly alert: string | null;
  readonly pollAt: number;
}
