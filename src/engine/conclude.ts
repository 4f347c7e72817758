// What follows from a whole poll: health, missing machines, the meltdown guard, and when to look again. Written under the
// poll's fence, so that a poll that was overtaken concludes nothing.

import type { Account, Alert, Limiter } from "../core/account.ts";
import { inWaves } from "../core/decision/draft.ts";
import type { Fault } from "../core/fault.ts";
import type { DeploymentId } from "../core/ids.ts";
import { eased, slowedBeside } from "../core/world/limiter.ts";
import type { Machine } from "../core/machine.ts";
import { recordMissing } from "../core/world/record.ts";
import { alertAfter, countsFrom, healthAfter, isLacking, nextPollAt, type Prospect } from "../core/world/tracking.ts";
import { PAST_MOST } from "../core/world/habit.ts";
import type { WholeList } from "../core/world/whole-list.ts";
import { hurryAccount } from "../ports/hurry-account.ts";
import type { ClaimedPoll, PollOutcome } from "../ports/claims.ts";
import type { Tx } from "../ports/store.ts";
import { together } from "./apart.ts";
import type { Opened } from "./clouds.ts";
import type { EngineDeps } from "./engine-deps.ts";
import type { KnownList } from "./known-list.ts";
import { sealChanges } from "../ports/sealing.ts";
import type { WholeLists } from "./transit.ts";

const CHUNK = 50;
/** When the account could not be opened, no provider says how long a step usually takes. */
const USUAL_MS = 30_000;

/** What one poll saw. */
export interface Polled {
  /** Null when the account could not be opened. */
  readonly opened: Opened | null;
  readonly startedAt: number;
  /** Null unless every page came. */
  readonly seen: Seen | null;
  /** Something was shown and not recorded, since news had come meanwhile. */
  readonly overlooked: boolean;
  readonly fault: Fault | null;
}

type Seen =
  /** Lacking: looks at what is on its way up lacked some of it just before. */
  | {
      readonly kind: "all";
      readonly known: KnownList;
      readonly machines: number;
      readonly unlisted: readonly string[];
      readonly pages: number;
      readonly isLacking: boolean;
    }
  /** Looks at what is on its way up: nothing is known of all else. Partial: nor of some of that. */
  | { readonly kind: "transit"; readonly partial: boolean };

export type ConcludeDeps = EngineDeps & { readonly wholeLists: WholeLists };

export async function conclude(deps: ConcludeDeps, claim: ClaimedPoll, sight: Polled): Promise<void> {
  await hurryRecovered(deps, claim, sight);
  const concluded = await deps.store.write((tx) => write(deps, tx, { claim, sight })).catch(unlessOvertaken);
  if (concluded === null) return;
  const { missing, wholeList, learn } = concluded;
  learn();
  if (wholeList === null) deps.wholeLists.delete(claim.account.id);
  else deps.wholeLists.set(claim.account.id, wholeList);
  tell(deps, { ...concluded, sight });
  const ids = [...new Set(missing.map(({ deployment }) => deployment))].filter((id) => id !== null);
  for (let from = 0; from < ids.length; from += CHUNK) {
    const chunk = ids.slice(from, from + CHUNK);
    await together({ events: deps.events, kind: "poll", nameOf: String }, chunk, (some) =>
      deps.store.write((tx) => recordChunk(deps, tx, { ids: some, missing })),
    );
  }
}

/**
 * What waited for an account that was not healthy is due before the recovery is recorded, so that a death in between leaves it to the
 * next poll. In a transaction of its own: counting what is missing locks machines again, in an order of its own.
 */
async function hurryRecovered({ store, events }: EngineDeps, { account }: ClaimedPoll, sight: Polled): Promise<void> {
  if (verdictOf(sight) !== null || account.health === "healthy") return;
  const madeDue = await store.write((tx) => hurryAccount(tx, account.id, { pauses: false }));
  events.madeDue(account.name, madeDue);
}

/** What it says of the account's health: one whose machines were told answers to its credentials, though it is to be asked less. */
function verdictOf({ seen, fault }: Polled): Fault | null {
  return seen !== null && fault?.class === "throttle" ? null : fault;
}

class Overtaken extends Error {
  override readonly name = "Overtaken";
}

function unlessOvertaken(error: unknown): null {
  if (error instanceof Overtaken) return null;
  throw error;
}

interface Concluded {
  /** As the account was under the lock: somebody else may have judged it since the claim. */
  readonly before: Account;
  readonly found: PollOutcome;
  readonly missing: readonly Machine[];
  /** Null: the next poll has to be one. */
  readonly wholeList: WholeList | null;
  readonly learn: () => void;
}

async function write(
  deps: ConcludeDeps,
  tx: Tx,
  { claim, sight }: { readonly claim: ClaimedPoll; readonly sight: Polled },
): Promise<Concluded> {
  const { account } = claim;
  const { fault } = sight;
  const now = await tx.now();
  const { alert, missing, countsFrom, learn, ...absence } = await judgeAbsence(tx, claim, sight);
  // Ahead of the account's lock, which others wait for.
  const transit = await tx.inTransit(account.id);
  const sizes = [...new Set(transit.map(({ size }) => size))];
  const past = sizes.length === 0 ? [] : await tx.pastBoots(account.id, sizes, PAST_MOST);
  // Calls have been answered since the claim: their pace and pauses count, not those of then.
  const present = (await tx.lockAccount(account.id)) ?? account;
  const { limiter: pace } = present;
  const limiter = paceAfter(pace, sight, now);
  if (limiter !== pace) await tx.setLimiter(account.id, limiter);
  // Who has judged it since knows what this poll may not have seen: other credentials, or a call that was refused.
  const isJudged = present.health !== account.health || present.healthText !== account.healthText;
  const { health, healthText } = isJudged ? present : healthAfter(account, verdictOf(sight));
  const prospect: Prospect = {
    now,
    fault,
    health,
    alert,
    lacking: isLacking(missing),
    countsFrom,
    overlooked: sight.overlooked || absence.overlooked,
    partial: fault === null && isPartial(sight),
    transit,
    past,
    usualMs: sight.opened?.traits.usualBootMs ?? USUAL_MS,
    isAnnounced: sight.opened?.cloud.watch !== undefined,
    random: deps.random(),
  };
  const { pollAt, wholeList } = nextLook(prospect, sight, deps.wholeLists.get(account.id) ?? null);
  const found = { health, healthText, alert, pollAt };
  if (!(await tx.endPoll(claim, found))) throw new Overtaken();
  return { before: present, found, missing, wholeList, learn };
}

/** A list that came whole is an answer like others to an account whose pauses became longer. */
function paceAfter(pace: Limiter, { fault, seen }: Polled, now: number): Limiter {
  if (fault?.class === "throttle") return slowedBeside(pace, fault, now);
  return fault === null && seen !== null ? eased(pace) : pace;
}

function isPartial({ seen }: Polled): boolean {
  if (seen === null) return true;
  return seen.kind === "transit" ? seen.partial : seen.unlisted.length > 0;
}

/** A look at what is on its way up puts the next list off by nothing; where one said too little the list is the next. */
function nextLook(
  prospect: Prospect,
  { seen, fault }: Polled,
  last: WholeList | null,
): { readonly pollAt: number; readonly wholeList: WholeList | null } {
  const next = nextPollAt(prospect);
  if (seen === null || fault !== null) return { pollAt: next, wholeList: null };
  if (seen.kind === "all") {
    const { pages, isLacking } = seen;
    const wholeList = { pages, dueAt: nextPollAt({ ...prospect, transit: [] }), pollAt: next };
    return { pollAt: next, wholeList: isLacking ? null : wholeList };
  }
  const pollAt = last === null ? next : Math.min(next, last.dueAt);
  return { pollAt, wholeList: last === null || seen.partial ? null : { ...last, pollAt } };
}

interface Absence {
  readonly alert: Alert | null;
  readonly missing: readonly Machine[];
  readonly countsFrom: number | null;
  /** Pages showed something that was passed over, and that the ledger has changed since. */
  readonly overlooked: boolean;
  /** For when it is committed. */
  readonly learn: () => void;
}

async function judgeAbsence(tx: Tx, { account }: ClaimedPoll, { seen, startedAt, opened }: Polled): Promise<Absence> {
  if (seen?.kind !== "all" || opened === null) {
    return { alert: account.alert, missing: [], countsFrom: null, overlooked: false, learn: () => {} };
  }
  const { known, unlisted } = seen;
  const { visibilityMs } = opened.traits;
  const news = await tx.writtenSince(account.id, known.horizon);
  const overlooked = known.hasMissed(news);
  const listed = known.listed(news, unlisted, account.alert !== null);
  if (listed === null) {
    return { alert: null, missing: [], countsFrom: null, overlooked, learn: () => known.counted(news, []) };
  }
  const counted = await tx.countMissing(account.id, listed, startedAt - visibilityMs);
  const alert = alertAfter(account, counted.tallies, unlisted);
  const isGuarded = (realm: string): boolean =>
    alert !== null && (alert.realms.length === 0 || alert.realms.includes(realm));
  const free = counted.tallies.map(({ realm }) => realm).filter((realm) => !isGuarded(realm));
  // Lists do not count where the guard holds: with none made early enough to be missed, counts go back to nothing.
  if (alert !== null) await tx.countMissing(account.id, { ...listed, unlisted: [...unlisted, ...free] }, 0);
  const { youngAt } = counted;
  return {
    alert,
    missing: counted.missing.filter(({ realm }) => !isGuarded(realm)),
    countsFrom: youngAt === null ? null : countsFrom(youngAt, visibilityMs),
    overlooked,
    learn: () => known.counted(news, counted.absent),
  };
}

async function recordChunk(
  deps: EngineDeps,
  tx: Tx,
  { ids, missing }: { readonly ids: readonly DeploymentId[]; readonly missing: readonly Machine[] },
): Promise<void> {
  const { now } = await tx.lock(ids);
  const machines = missing.map(({ id }) => id);
  const decisions = (await tx.snapshots(ids)).map((snapshot) => recordMissing(snapshot, machines, now));
  for (const wave of inWaves(decisions)) await tx.apply(wave.map((changes) => sealChanges(deps.secrets, changes)));
}

function tell({ events }: EngineDeps, { before, found, sight }: Concluded & { readonly sight: Polled }): void {
  const { name, health, alert } = before;
  const { fault } = sight;
  if (fault !== null) events.pollFailed(name, fault);
  if (found.health !== health) events.healthChanged(name, health, found);
  if (found.alert !== null && alert === null) events.meltdownSuspected(name, found.alert.text);
  if (found.alert === null && alert !== null) events.meltdownOver(name);
}
