// What callers, prober and tracker do at the database: claims with fences, and what lists say about the ledger.

import type { Account, AccountHealth, Alert, Limiter } from "../core/account.ts";
import type { LiveCheck, Readiness, ResolvedInstance } from "../core/blueprint/model.ts";
import type { Instance } from "../core/deployment.ts";
import type { AccountId, DeploymentId, MachineId } from "../core/ids.ts";
import type { Call, Handle, Machine, Observed } from "../core/machine.ts";
import type { Tally, Transit } from "../core/world/tracking.ts";

/** Looks that are due so soon go along with one that is due. */
export const LOOK_AHEAD_MS = 500;
/** Of one account so many due rows are considered at once. */
export const DUE_MOST = 500;

/** A machine whose call was claimed: the caller may act until the claim runs out. */
export interface ClaimedCall {
  readonly machine: Machine;
  readonly call: Call;
  /** The fence: the answer is recorded only while the row still has this number. */
  readonly callNo: number;
  /** Of the deployment that the machine is for. */
  readonly traceparent: string | null;
  /** Sealed request; only for `create`. */
  readonly request: string | null;
  /** How many calls its account takes at once, below one: with longer pauses (`Limiter`). */
  readonly parallel: number;
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
  readonly probeNo: number;
  /** For when it was asked for: what was asked for at another time since is another one. */
  readonly dueAt: number;
  /** What is tried: its readiness check, or, of one that was up, its live check. */
  readonly check: Readiness;
  /** Null: it is its readiness check. */
  readonly live: LiveCheck | null;
  /** How often its live check had failed in a row before this one. */
  readonly missed: number;
  /** What the one before it was answered; null: it passed, or there was none. */
  readonly answer: string | null;
  /** Of its deployment. */
  readonly traceparent: string | null;
}

/** `isUp`: it was found ready before. */
export function checkOf(
  { ready, live }: Pick<ResolvedInstance, "ready" | "live">,
  isUp: boolean,
): Pick<ClaimedProbe, "check" | "live"> {
  return isUp && live !== null ? { check: live.check, live } : { check: ready, live: null };
}

export interface ClaimedPoll {
  readonly account: Account;
  readonly pollNo: number;
  readonly now: number;
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

/** What all pages of a list said: whom they named, or of whom they did not, where it is known who else there is. */
export type Listed = {
  /** Realms of which it says nothing. */
  readonly unlisted: readonly string[];
} & (
  | { readonly names: readonly string[] }
  /** Among them all machines that no page named, and all that were missing before. */
  | { readonly absent: readonly string[] }
);

export interface CountedMissing {
  /** Those now missing. */
  readonly missing: readonly Machine[];
  /**
   * By realm, of those that were not asked to go: how many were named, and how many are missing. Realms with neither are left out. Told whom no
   * page named, it leaves out the realms that lack none, but for one of them where no other shows any; and of those that show some it says 1.
   */
  readonly tallies: readonly Tally[];
  /** All made machines, of unlisted realms too, that are missing or that no page named. */
  readonly absent: readonly MachineId[];
  /** When the oldest was made that was not asked to go, that no page named, and that was made too late to count. */
  readonly youngAt: number | null;
}

/** So many writes of the ledger are told at once. */
export const WRITTEN_MOST = 100_000;

/** What was written of one account's ledger. */
export interface LedgerNews {
  /** How far it was read: a mark of the database's, for the next reading. */
  readonly horizon: string;
  /**
   * Machines of which anything was written that a comparison with a list, or a count of what is missing, goes by; in no order, and of some
   * again what an earlier reading told. Null: nobody can tell, since the mark is another database's, or there were more than {@link WRITTEN_MOST}.
   */
  readonly written: readonly MachineId[] | null;
}

/** Part of what is read. */
export interface LedgerReads {
  /**
   * Of this account: every write that had not been read when `since` was told is among them, however long its transaction was on its way. One
   * statement. Null asks for a first mark.
   */
  writtenSince(id: AccountId, since: string | null): Promise<LedgerNews>;
}

export interface PollOutcome {
  readonly health: AccountHealth;
  readonly healthText: string | null;
  readonly alert: Alert | null;
  readonly pollAt: number;
}

/** Part of a transaction. */
export interface ClaimWrites {
  /**
   * Due calls, skipping locked rows, rows under a fresh claim, and accounts at their limiter's bound (whole calls in flight, also
   * over several claimers) or paused; of disabled accounts neither create nor start. Accounts with the fewest calls in flight come first, and
   * an account gets another only while at least as many places are left as it has calls in flight: whatever hangs elsewhere, a share of them
   * stays free for others. The looks of an account are one call, with what is due within {@link LOOK_AHEAD_MS}: none is handed out while
   * another is in flight. `limit` are the places that are left: of calls, not of rows. Takes the claim (`callNo` + 1, `claimedUntil`). A `create` gets its
   * `sentAt`; one that has a `sentAt` already was sent without a known answer and is handed out as a `lookup` (its state moves when
   * that is recorded). A `reboot` gets its `rebootSentAt`; one that has it already is handed out as a `look`.
   */
  claimCalls(limit: number, claimMs: number): Promise<readonly ClaimedCall[]>;
  /** For each, in this order: true while its machine's `callNo` still is the claim's and it was not given back; it then holds for so long from now on. */
  renewClaims(claims: readonly EndedClaim[], claimMs: number): Promise<readonly boolean[]>;
  /** Writes the handle of a machine whose create is under way; true when the fence holds and the machine is still wanted. */
  keepHandle(claim: EndedClaim, handle: Handle): Promise<boolean>;
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
   * True when the fence holds; gives the claim back and sets the time of the next probe (null: none), what this one met and how often it failed, unless a
   * decision took the time away, set another or replaced the machine meanwhile: what is no longer asked for must not begin again, nor count.
   */
  endProbe(claim: ClaimedProbe, next: Pick<Instance, "probeAt" | "probeAnswer" | "missed">): Promise<boolean>;
  /** True when the fence holds: the claim then lasts for so long from now on. A wish to look sooner stays. */
  renewPoll(claim: ClaimedPoll, claimMs: number): Promise<boolean>;
  /**
   * True when the fence holds; stores what the poll found out about the account. A time of the next poll that was wished for since
   * the claim (`pollBy`, `putAccount`) counts when it is sooner than the one found.
   */
  endPoll(claim: ClaimedPoll, found: PollOutcome): Promise<boolean>;
  setLimiter(id: AccountId, limiter: Limiter): Promise<void>;

  compareListing(id: AccountId, page: readonly Observed[]): Promise<ListingDifference>;
  /**
   * After a clean listing to its end that began at `startedAt`: machines made before `startedAt − visibilityMs` that no page named get
   * `missing` + 1, the others 0; those of unlisted realms stay as they are, and nothing is said of them.
   */
  countMissing(id: AccountId, listed: Listed, before: number): Promise<CountedMissing>;
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
   * The account's machines that a list may find further on their way up, by step and size, for the pace of its polls: in doubt, or made and being
   * started, or seen neither running nor stopped. Each counts from the last of `startAskedAt`, `rebootSentAt`, `madeAt`, `intentAt` that is set. Those that were
   * asked to go are looked at by their own calls.
   */
  inTransit(id: AccountId): Promise<readonly Transit[]>;
  /** Those machines themselves, of which it tells the pace, in order of their ids; at most `limit`. */
  machinesInTransit(id: AccountId, limit: number): Promise<readonly Machine[]>;
  /** Pulls the account's next poll forward to `at` if it is later. */
  pollBy(id: AccountId, at: number): Promise<void>;

  /** Writes an event for each deployment under way (TOLD_OF_STEPS) about steps of the clock that have not been told yet. */
  tellClock(): Promise<void>;
}
