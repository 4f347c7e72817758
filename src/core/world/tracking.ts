// What the tracker concludes from looking at an account: its health, whether everything seems to have gone at once, which
// answers are too old to count, and when to look again.

import type { Account, Alert } from "../account.ts";
import { type Fault, soundFault } from "../fault.ts";
import { habitOf, nextLookMs, type TransitStep } from "./habit.ts";
import type { Machine, Observed } from "../machine.ts";
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
  const { madeAt, startAskedAt, rebootSentAt, destroyedAt, observedAt } = machine;
  return [madeAt, startAskedAt, rebootSentAt, destroyedAt, observedAt].every((at) => at === null || at <= askedAt);
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
  /** The cloud tells by itself what changes. */
  readonly isAnnounced: boolean;
  /** Drawn from [0, 1): keeps accounts from being polled in step, and says whether quicker steps are looked for. */
  readonly random: number;
}

/** When to look at the account again; a pause that its cloud asked for is kept by whoever claims the poll. */
export function nextPollAt(prospect: Prospect): number {
  const { now, fault, alert, lacking, transit } = prospect;
  const waits = [SETTLED_MS * (0.75 + prospect.random / 2)];
  for (const one of transit) {
    const expected = { ...prospect, habit: habitOf(prospect.past, one) };
    for (const since of [one.oldestAt, one.newestAt]) waits.push(nextLookMs(expected, now - since));
  }
  if ((lacking && alert === null) || prospect.overlooked) waits.push(MISSING_MS);
  if (prospect.countsFrom !== null) waits.push(Math.max(0, prospect.countsFrom - now));
  if (alert !== null || prospect.partial || (fault !== null && prospect.health !== "suspended")) {
    waits.push(UNREACHABLE_MS);
  }
  const soonest = Math.round(Math.min(...waits));
  return now + (fault === null ? soonest : Math.max(soonest, AFTER_FAULT_MS));
}

/** Since when the first and the last of them are on their way. */
export interface Transit extends TransitStep {
  readonly oldestAt: number;
  readonly newestAt: number;
}

/** Pause after a readiness check that failed: half a second more each time, up to 2 s. */
export function probePauseMs(probeNo: number): number {
  return Math.min(2_000, 500 * Math.max(1, probeNo));
}
