// What the tracker concludes from looking at an account: its health, whether everything seems to have gone at once, which
// answers are too old to count, and when to look again.

import type { Account, Alert } from "../account.ts";
import { glanceMs } from "./backoff.ts";
import { type Fault, soundFault } from "../fault.ts";
import type { Machine, Observed } from "../machine.ts";
import type { CallOutcome } from "./record.ts";
import type { PastBoot } from "./usual.ts";

/** Sizes and prices change rarely. */
export const OFFERS_MS = 60 * 60_000;
/** What of its quotas an account uses changes with every machine. */
export const USAGE_MS = 60_000;

const SETTLED_MS = 60_000;
const MISSING_MS = 2_000;
const AFTER_FAULT_MS = 2_000;
const UNREACHABLE_MS = 10_000;
/** After so many lists without a machine that a direct look shows all the same, the account is no longer polled fast for it. */
const LACKING_LISTS = 6;
/** Fewer machines than this may well go at once. */
const MELTDOWN_LEAST = 5;

export type Health = Pick<Account, "health" | "healthText">;

/**
 * The account's health after a poll. One failure of a healthy account is only noted: two in a row make it unreachable. Refused
 * credentials or settings suspend at once, and only a poll that passes lifts that.
 */
export function healthAfter({ health, healthText }: Health, fault: Fault | null): Health {
  if (fault === null) return { health: "healthy", healthText: null };
  const { text } = soundFault(fault);
  if (fault.class === "throttle") return { health, healthText };
  if (fault.class === "auth" || fault.class === "account" || fault.class === "config") {
    return { health: "suspended", healthText: text };
  }
  if (health === "suspended") return { health, healthText };
  if (health === "healthy" && healthText === null) return { health, healthText: text };
  return { health: "unreachable", healthText: text };
}

/** What a clean list said of machines that should be there. */
export interface Tally {
  readonly realm: string;
  readonly shown: number;
  readonly missing: number;
}

/**
 * The meltdown guard: the alert while a clean list shows none of the account's machines, or none of a realm, although several should
 * be there (practice of BOSH and others: alert, do nothing). It holds until some are shown again, or none is expected any more. When the
 * account shows some again, the realms that still show none keep it; so do those that the list says nothing of.
 */
export function alertAfter(
  { alert, name }: Pick<Account, "alert" | "name">,
  tallies: readonly Tally[],
  unlisted: readonly string[],
): Alert | null {
  const shown = tallies.reduce((sum, one) => sum + one.shown, 0);
  const missing = tallies.reduce((sum, one) => sum + one.missing, 0);
  const wasWhole = alert?.realms.length === 0;
  const isWhole = shown === 0 && (wasWhole ? tallies.length > 0 : tallies.length > 1 && missing >= MELTDOWN_LEAST);
  if (isWhole) return { text: alertText(`account ${name}`, missing), realms: [] };
  const wasMelted = (realm: string): boolean => wasWhole || (alert?.realms.includes(realm) ?? false);
  const melted = tallies.filter((one) => one.shown === 0 && (wasMelted(one.realm) || one.missing >= MELTDOWN_LEAST));
  const realms = [...unlisted.filter(wasMelted), ...melted.map(({ realm }) => realm)].toSorted();
  if (realms.length === 0) return null;
  const lost = melted.reduce((sum, one) => sum + one.missing, 0);
  return { text: alertText(`account ${name} in ${realms.join(", ")}`, lost), realms };
}

/** Without a count where no list says how many there should be: those realms were not listed, or all that are there are too young to be missed. */
function alertText(where: string, missing: number): string {
  const none = ["showed none of its machines", "does not show its machine"][missing];
  return `${where} ${none ?? `shows none of its ${missing} machines`}; nothing is concluded from that until it shows some again`;
}

/** True when a list shows a second machine under the name of one that we hold: not ours to keep. */
export function isDouble(machine: Machine, observed: Observed): boolean {
  return machine.externalId !== null && machine.externalId !== observed.externalId;
}

/**
 * True when what a list shows of a machine is worth recording: nothing is while its create is on its way, for the answer
 * decides, nor when the machine has had news since the list was asked for, for then the list may be older.
 */
export function isNews(machine: Machine, observed: Observed, askedAt: number): boolean {
  if (machine.state === "intent" || isDouble(machine, observed)) return false;
  const { madeAt, startAskedAt, destroyedAt, observedAt } = machine;
  return [madeAt, startAskedAt, destroyedAt, observedAt].every((at) => at === null || at <= askedAt);
}

/**
 * True when a list shows something else than what is known of a machine, and it may be older than that: it says nothing, but whether
 * it was right should be found out soon.
 */
export function isOverlooked(machine: Machine, observed: Observed, askedAt: number): boolean {
  return machine.state !== "intent" && !isDouble(machine, observed) && !isNews(machine, observed, askedAt);
}

/** True when a list lacks a machine that should be there, and it was not yet looked for directly for some time. */
export function isLacking(missing: readonly Machine[]): boolean {
  return missing.some((machine) => machine.undoAskedAt === null && machine.missing <= LACKING_LISTS);
}

/**
 * When the absence of a machine, made at `madeAt`, from a list begins to count: a list that is asked for from then on. What a list
 * before it lacks may only not be shown yet.
 */
export function countsFrom(madeAt: number, visibilityMs: number): number {
  return madeAt + visibilityMs + 1;
}

export interface Prospect {
  readonly now: number;
  readonly fault: Fault | null;
  readonly health: Account["health"];
  /** The meltdown guard holds. */
  readonly alert: Alert | null;
  /** A clean list lacked a machine that should be there. */
  readonly lacking: boolean;
  /** When a list begins to count for the oldest machine that should be there, that this one lacked, and that was too young for it. */
  readonly countsFrom: number | null;
  /** The list showed what may be older than news that came meanwhile, so it was not recorded. */
  readonly overlooked: boolean;
  /** Not all of the list came: nothing is known of what it does not show. */
  readonly partial: boolean;
  /** Machines on their way up. */
  readonly transit: readonly Transit[];
  /** What their like took before. */
  readonly past: readonly PastBoot[];
  /** Usual time of a step, where nothing is known of the past. */
  readonly usualMs: number;
  /** Drawn from [0, 1): keeps accounts from being polled in step. */
  readonly random: number;
}

/** When to look at the account again; a pause that its cloud asked for is kept by whoever claims the poll. */
export function nextPollAt(prospect: Prospect): number {
  const { now, fault, alert, lacking, transit } = prospect;
  const waits = [SETTLED_MS * (0.75 + prospect.random / 2)];
  for (const one of transit)
    waits.push(stepWaitMs(prospect, one, one.oldestAt), stepWaitMs(prospect, one, one.newestAt));
  if ((lacking && alert === null) || prospect.overlooked) waits.push(MISSING_MS);
  if (prospect.countsFrom !== null) waits.push(Math.max(0, prospect.countsFrom - now));
  if (alert !== null || prospect.partial || (fault !== null && prospect.health !== "suspended")) {
    waits.push(UNREACHABLE_MS);
  }
  const soonest = Math.round(Math.min(...waits));
  return now + (fault === null ? soonest : Math.max(soonest, AFTER_FAULT_MS));
}

/** First at the usual time of the change, then more and more seldom; close together where the past has told the time. */
function stepWaitMs({ now, past, usualMs }: Prospect, step: TransitStep, since: number): number {
  const learnt = learntMs(past, step);
  const expectedAt = since + (learnt ?? usualMs);
  // Also where the provider thinks, and half-way: what was learnt from boots that were noticed late would prove itself right for ever.
  const next = [usualMs, (learnt ?? 0) / 2].map((ms) => since + ms).filter((at) => now < at && at < expectedAt);
  if (now < expectedAt) return Math.min(expectedAt, ...next) - now;
  return learnt === null ? glanceMs(now - since) : Math.max(CLOSE_MS, Math.min(GLANCE_MOST_MS, (now - expectedAt) / 4));
}

/** A step of machines of one size that are on their way up. */
export type TransitStep = Pick<Transit, "step" | "size">;

/** Since when the first and the last of them are on their way. */
export interface Transit {
  readonly step: "boot" | "start";
  readonly size: string;
  readonly oldestAt: number;
  readonly newestAt: number;
}

/** So many past machines of a size tell how long it takes. */
export const PAST_MOST = 20;
/** Between two looks around the time at which a step ends, as the past tells. */
const CLOSE_MS = 100;
const GLANCE_MOST_MS = 2_000;

/** Of fewer nobody can tell which is the odd one. */
const LEARNT_LEAST = 3;

/**
 * When a step has usually just not ended yet, after its begin: what a quarter of the machines took less than, but never the quickest of
 * them. So one odd value, however small or large, changes the answer by one place in their order and no more: the smallest of few, which a single
 * wrong row would set for ever, is never it, nor a mean, which a single boot of an hour would spoil. Rather the quarter than the middle, for a
 * list that comes early costs a list, and one that comes late costs everybody who waits. A little less than they were seen to take, since a look
 * finds what has ended before it.
 */
export function learntMs(past: readonly PastBoot[], { step, size }: TransitStep): number | null {
  const times = past
    .filter((one) => one.size === size)
    .map(({ bootMs, startMs }) => (step === "boot" ? bootMs : startMs))
    .filter((time) => time !== null)
    .toSorted((a, b) => a - b);
  const usual = times[Math.max(1, Math.floor((times.length - 1) / 4))];
  if (usual === undefined || times.length < LEARNT_LEAST) return null;
  return Math.max(0, Math.round(usual * 0.97) - CLOSE_MS);
}

/** How long after an answer its account is worth a look, null when the answer says that nothing is under way. */
export function usualChangeMs(outcome: CallOutcome, usualMs: number): number | null {
  switch (outcome.kind) {
    case "created":
      return isUnderWay(outcome.observed) ? usualMs : null;
    case "found":
      return outcome.observed.some(isUnderWay) ? usualMs : null;
    case "started":
      return usualMs;
    case "fault":
      // A list may show what the lost answer would have said.
      return outcome.fault.effect === "none" ? null : 0;
    case "looked":
    case "console":
    case "destroyed":
    case "not_sent":
      return null;
  }
}

function isUnderWay({ state }: Observed): boolean {
  return state === "pending" || state === "stopping" || state === "unknown";
}

/** Pause after a readiness check that failed: half a second more each time, up to 2 s. */
export function probePauseMs(probeNo: number): number {
  return Math.min(2_000, 500 * Math.max(1, probeNo));
}
