// Repair: a member of a deployment that has settled is dead, by itself or because somebody says so. It is proven gone, or debt, and launched
// anew at the same account. Its instance's row holds the repair from its begin to its end (docs/adr/0015-repair.md).

import type { Block } from "../account.ts";
import { type Instance, UNPROBED } from "../deployment.ts";
import type { Draft } from "./draft.ts";
import { blameOffer, failureText, hasFailed, isDead, isRefusal } from "./failure.ts";
import type { Fault } from "../fault.ts";
import { formerIn } from "./former.ts";
import { isPlaced, leaveAsDebt, nextTry, resetInstance } from "./launch.ts";
import { silenceHold } from "./live.ts";
import { isProtected, protectedText } from "./protect.ts";
import { ANY, expiries } from "../market/blocks.ts";
import type { Machine } from "../machine.ts";
import { closedBecause } from "../market/candidates.ts";
import { isHeld, type Market } from "../market/market.ts";
import { exclusionsOf } from "../market/placement.ts";
import { nextPlaceNo, placeInAccount, takePlace } from "./replace.ts";
import { historyOf } from "./choose.ts";
import { brief } from "../story/brief.ts";
import { refusalText } from "../story/refusal.ts";
import { timeText } from "../story/times.ts";
import type { Snapshot, Surroundings } from "../snapshot.ts";
import { openMachineOf, undoMachine } from "./undo.ts";

/** Of machines of one instance in one attempt: the number of a try has two digits in a machine's name. */
export const MACHINES_MOST = 90;
/** How often a repair that is held back looks again: accounts recover, and others free what they hold. */
const LOOK_AGAIN_MS = 30_000;
/** Offers that one repair asks for one after the other, before it pauses between them. */
const ASKS_AT_ONCE = 5;
const ASK_PAUSE_MS_MOST = 60 * 60_000;

/** Code of a member whose machine an update had removed before it came to nothing. */
export const REMOVED_FIRST = "removed_first";

/** Why members that wait for their repair are not repaired now, for people. */
export type Holds = ReadonlyMap<string, string>;

/** What stands in the way of a repair, and until when at most; null: only a person can do something. */
interface Hold {
  readonly text: string;
  readonly until: number | null;
}

/** True when a decision may begin or go on with a repair, so that it needs the market. */
export function wantsRepair({ deployment, instances }: Pick<Snapshot, "deployment" | "instances">): boolean {
  if (deployment.state !== "incomplete") return false;
  const modes = new Map(deployment.blueprint.instances.map(({ name, repair }) => [name, repair.mode]));
  const isAtWork = ({ state, repairSince }: Instance): boolean =>
    repairSince !== null && (state === "shutting_down" || state === "new");
  const isToGo = (one: Instance): boolean =>
    isDead(one) && (one.repairSince !== null || modes.get(one.name) === "replace");
  return instances.some((one) => isAtWork(one) || isToGo(one));
}

/** The database was put back from a backup: what was launched since then is looked for first, lest it be launched twice. */
export function isPutBack({ deployment, now }: Pick<Draft, "deployment" | "now">): boolean {
  return deployment.resumedAt !== null && now < deployment.resumedAt;
}

export function putBackHolds(draft: Draft): Holds {
  const text = `the database was put back from a backup, next ${timeText(Number(draft.deployment.resumedAt))}`;
  const waiting = draft.instances().filter((one) => isToBeRepaired(draft, one));
  return new Map(waiting.map(({ name }) => [name, text]));
}

/** One round of repairing what is dead. Without the market nothing is begun. */
export function repairRound(draft: Draft, { market }: Pick<Surroundings, "market">): Holds {
  const holds = new Map<string, string>();
  if (market === null) return holds;
  for (const { name } of draft.instances()) {
    const hold = repairOne(draft, market, name);
    if (hold !== null) holds.set(name, hold.text);
  }
  return holds;
}

function repairOne(draft: Draft, market: Market, name: string): Hold | null {
  const instance = draft.instance(name);
  if (instance.repairSince !== null) return goOn(draft, market, instance);
  if (!isToBeRepaired(draft, instance)) return null;
  const hold = holdOf(draft, market, instance);
  if (hold !== null) return hold;
  beginByItself(draft, instance);
  return goOn(draft, market, draft.instance(name));
}

/** Dead, and to be repaired by itself. */
export function isToBeRepaired(draft: Draft, instance: Instance): boolean {
  return isDead(instance) && draft.spec(instance.name).repair.mode === "replace";
}

/** Why a repair does not begin by itself now. */
function holdOf(draft: Draft, market: Market, instance: Instance): Hold | null {
  const { name, fault } = instance;
  if (isProtected(draft.spec(name), instance)) {
    return { text: `it is ${protectedText(draft.deployment.name, name)}`, until: null };
  }
  if (fault?.class === "config") return { text: "it would fail in the same way", until: null };
  if (isWornOut(draft, name)) return { text: wornOutText(name), until: null };
  const silent = silenceHold(draft, instance);
  if (silent !== null) return { text: silent, until: null };
  const { tries } = draft.spec(name).repair;
  const ends = windowEnd(draft, instance);
  if (ends !== null && instance.repairs >= tries) {
    const times = tries === 1 ? "once" : `${tries} times`;
    return {
      text: `repaired ${times} since ${timeText(Number(instance.repairsFrom))}, next ${timeText(ends)}`,
      until: ends,
    };
  }
  return accountHold(draft, market, name);
}

/** When the window that its repairs are counted in ends; null when the next begins a window of its own. */
function windowEnd(draft: Draft, { name, repairsFrom }: Instance): number | null {
  const end = repairsFrom === null ? null : repairsFrom + draft.spec(name).repair.withinMs;
  return end !== null && end > draft.now ? end : null;
}

/** The account is none to ask for machines now: switched off, not healthy, or the meltdown guard holds. */
export function accountHold(draft: Draft, market: Market, name: string): Hold | null {
  const { account: id, realm } = draft.placementOf(name);
  const { accountName } = draft.attempt();
  const hold = (text: string): Hold => ({ text: brief(text), until: draft.now + LOOK_AGAIN_MS });
  const account = market.accounts.find((one) => one.account.id === id)?.account;
  if (account === undefined) return hold(`account ${accountName} is not in pool ${market.pool.name} any more`);
  const { id: deployment, blueprint } = draft.deployment;
  const closed = closedBecause({ blueprint, market, deployment, now: draft.now }, account);
  if (closed !== null) return hold(`account ${accountName}: ${closed[1]}`);
  return account.alert?.realms.includes(realm) === true ? hold(account.alert.text) : null;
}

export function isWornOut(draft: Draft, name: string): boolean {
  return nextTry(draft, name) > MACHINES_MOST;
}

export function wornOutText(name: string): string {
  return `the ${MACHINES_MOST} names that machines of ${name} can have in this deployment are used up`;
}

function beginByItself(draft: Draft, instance: Instance): void {
  const { name } = instance;
  const isNew = windowEnd(draft, instance) === null;
  const nth = isNew ? 1 : instance.repairs + 1;
  draft.setInstance(name, { repairs: nth, repairsFrom: isNew ? draft.now : instance.repairsFrom });
  const reason = brief(failureText(instance, draft.attempt().accountName).slice(name.length + 2));
  draft.tell({ kind: "repair_begun", instance: name, by: null, reason, nth, most: draft.spec(name).repair.tries });
  beginRepair(draft, name, { asksFirst: false });
}

/**
 * From here on its row holds the repair: what is left of it is asked to go. `asksFirst`: whether there is room where it was refused is for
 * the cloud to say, whatever is remembered.
 */
export function beginRepair(draft: Draft, name: string, { asksFirst }: { readonly asksFirst: boolean }): void {
  const instance = draft.instance(name);
  const left = openMachineOf(draft, instance);
  draft.setInstance(name, { repairSince: draft.now });
  if (left === null) {
    const isAsked = asksFirst || refusalOf(instance) === null;
    if (isAsked && isHeld(draft.placementOf(name))) resetInstance(draft, name);
    return;
  }
  if (left.debtSince === null) undoMember(draft, name, left);
}

/** States that are left for a new machine alone. */
export const isEnded = ({ state }: Pick<Instance, "state">): boolean =>
  state === "create_failed" || state === "vanished";

function undoMember(draft: Draft, name: string, left: Machine): void {
  undoMachine(draft, left, true);
  // It turned up late, though its cloud had said that there is none, or showed it no more: the instance is where it was.
  if (isEnded(draft.instance(name))) return;
  draft.moveInstance(name, "undo_asked", "replaced once it is gone");
  draft.setInstance(name, { readyAt: null, ...UNPROBED });
}

/** The next step of a repair under way. */
function goOn(draft: Draft, market: Market, instance: Instance): Hold | null {
  const { name, state } = instance;
  const left = openMachineOf(draft, instance);
  const isGoing = left !== null && left.debtSince === null;
  if (state === "new") takeFormerPlace(draft, name);
  if (state === "shutting_down") return isGoing ? null : followUndo(draft, market, name);
  if (!hasFailed(instance)) return null;
  if (isGoing && isEnded(instance)) {
    undoMember(draft, name, left);
    return null;
  }
  if (left !== null && !isGoing) return seek(draft, market, { name, blocks: market.blocks, fault: null });
  const fault = refusalOf(instance);
  if (fault === null && left === null && askedSince(draft, instance).length === 0) return relaunch(draft, market, name);
  if (fault === null) return beginAgain(draft, market, instance);
  const blocks = blameOffer(draft, instance, market.blocks);
  if (left === null) return seek(draft, market, { name, blocks, fault });
  undoMember(draft, name, left);
  return null;
}

/** What its cloud refused for lack of room or quota before it ran: the next offer may do. */
function refusalOf({ fault, runningAt }: Instance): Fault | null {
  return runningAt === null && isRefusal(fault) ? fault : null;
}

/** The machine that was to go is proven gone, or debt. */
function followUndo(draft: Draft, market: Market, name: string): Hold | null {
  const instance = draft.instance(name);
  const left = openMachineOf(draft, instance);
  if (left !== null) {
    leaveAsDebt(draft, name, left);
    return seek(draft, market, { name, blocks: market.blocks, fault: null });
  }
  const fault = refusalOf(instance);
  draft.moveInstance(name, "proven_gone", null);
  const hold =
    fault === null ? relaunch(draft, market, name) : seek(draft, market, { name, blocks: market.blocks, fault });
  const { state, fault: last } = draft.instance(name);
  if (state === "stopped") draft.moveInstance(name, "step_failed", last?.text ?? null);
  return hold;
}

/** Where it was, while that is held. What others may have taken since is sought as any other place is, and whether there is room its cloud says. */
function relaunch(draft: Draft, market: Market, name: string): Hold | null {
  if (!isHeld(draft.placementOf(name))) return seek(draft, market, { name, blocks: [], fault: null });
  resetInstance(draft, name);
  takeFormerPlace(draft, name);
  return null;
}

/** Asked for where it was: whether there is room now is for the cloud to say. */
function takeFormerPlace(draft: Draft, name: string): void {
  if (isPlaced(draft, name)) return;
  const former = draft.placementOf(name);
  draft.putPlacement({
    ...former,
    no: nextPlaceNo(draft, name),
    revision: draft.deployment.revisionNo,
    chosenAt: draft.now,
    refused: null,
    releasedAt: null,
  });
}

/** Looks for the next offer of its account. `fault`: the refusal that it is sought for; null: beside a machine that is debt. */
function seek(
  draft: Draft,
  market: Market,
  { name, blocks, fault }: { readonly name: string; readonly blocks: readonly Block[]; readonly fault: Fault | null },
): Hold | null {
  const { accountName } = draft.attempt();
  const hold = seekHold(draft, market, name);
  const taken = hold === null ? takeNextPlace(draft, market, { name, blocks, isFreed: fault !== null }) : null;
  if (taken !== null) {
    if (fault !== null) {
      const { from, to } = taken;
      const reason = refusalText(fault, accountName);
      draft.tell({ kind: "instance_replaced", instance: name, account: accountName, from, to, reason });
    }
    resetInstance(draft, name);
    return null;
  }
  const wait = hold ?? { text: noPlaceText(draft), until: nextLook(draft, blocks) };
  if (draft.spec(name).repair.mode === "replace" || isOwed(draft, name)) return wait;
  endRepair(draft, name, { isUp: false, reason: wait.text });
  return null;
}

/** The best place for it in its account, taken; null when there is none now. `isFreed`: nothing of its former place exists any more. */
export function takeNextPlace(
  draft: Draft,
  market: Market,
  { name, blocks, isFreed }: { readonly name: string; readonly blocks: readonly Block[]; readonly isFreed: boolean },
): ReturnType<typeof takePlace> | null {
  const former = draft.placementOf(name);
  const out = exclusionsOf({ ...historyOf(draft), placements: earlierPlacements(draft) });
  const place = placeInAccount(draft, market, { former, blocks, out, isFreed });
  return place === null ? null : takePlace(draft, market, { place, blocks });
}

export const noPlaceText = (draft: Draft): string =>
  `account ${draft.attempt().accountName} has no place left for it now`;

/** What an update had removed is looked for as long as the update itself might have been under way: clouds count late what is gone. */
function isOwed(draft: Draft, name: string): boolean {
  const { fault, repairSince } = draft.instance(name);
  const { launchMs } = draft.deployment.blueprint.policy.deadlines;
  return fault?.code === REMOVED_FIRST && draft.now < Number(repairSince) + launchMs;
}

function seekHold(draft: Draft, market: Market, name: string): Hold | null {
  if (isWornOut(draft, name)) return { text: wornOutText(name), until: null };
  const until = nextAskAt(draft, name);
  if (until > draft.now) return { text: `refused again and again, asked for next ${timeText(until)}`, until };
  return accountHold(draft, market, name);
}

/** When another machine may be asked for in a repair under way: so many at once, and then more and more seldom. */
function nextAskAt(draft: Draft, name: string): number {
  const asked = askedSince(draft, draft.instance(name));
  const last = asked.at(-1);
  const beyond = asked.length - ASKS_AT_ONCE;
  if (last === undefined || beyond < 0) return draft.now;
  return last.intentAt + Math.min(ASK_PAUSE_MS_MOST, LOOK_AGAIN_MS * 2 ** beyond);
}

/** Machines that its repair has asked for, the first one first: none of an update that came to nothing in the same moment. */
function askedSince(draft: Draft, { name, repairSince }: Instance): readonly Machine[] {
  const { attemptNo, revisionNo } = draft.deployment;
  const own = draft.placements().filter((one) => one.instance === name && one.attempt === attemptNo);
  const places = new Set(own.filter(({ revision }) => revision === revisionNo).map(({ no }) => no));
  const asked = draft.machines().filter((one) => one.instance === name && one.intentAt >= Number(repairSince));
  return asked.filter(({ attemptNo: attempt, placementNo }) => attempt === attemptNo && places.has(placementNo));
}

/** What this attempt was refused long ago is no reason: blocks say what is refused now. */
const earlierPlacements = (draft: Draft) =>
  draft.placements().filter(({ attempt }) => attempt < draft.deployment.attemptNo);

export const nextLook = ({ now }: Draft, blocks: readonly Block[]): number =>
  Math.min(now + LOOK_AGAIN_MS, ...expiries(blocks, now));

/** The machine of this repair came to nothing: by itself it is tried again as often as the blueprint says. */
function beginAgain(draft: Draft, market: Market, instance: Instance): Hold | null {
  const reason = brief(failureText(instance, draft.attempt().accountName));
  endRepair(draft, instance.name, { isUp: false, reason });
  return repairOne(draft, market, instance.name);
}

function endRepair(draft: Draft, name: string, how: { readonly isUp: boolean; readonly reason: string | null }): void {
  draft.setInstance(name, { repairSince: null });
  draft.tell({ kind: "repair_ended", instance: name, ...how, outdated: how.isUp ? dependentsOf(draft, name) : [] });
}

/** Members that are up, and whose user data tells about another machine of this one. */
function dependentsOf(draft: Draft, name: string): string[] {
  const rows = { instances: draft.instances(), machines: draft.machines() };
  return draft.deployment.blueprint.instances
    .filter((spec) => draft.instance(spec.name).readyAt !== null && formerIn(spec, rows).includes(name))
    .map((spec) => spec.name);
}

/** Ends the repairs of those that are up again, and begins those of their dependents where the blueprint says so. */
export function settleRepairs(draft: Draft): void {
  for (const { name, repairSince, readyAt } of draft.instances()) {
    if (repairSince === null || readyAt === null) continue;
    endRepair(draft, name, { isUp: true, reason: null });
    const { account, realm, size } = draft.placementOf(name);
    for (const offer of [
      { realm, size },
      { realm, size: ANY },
      { realm: ANY, size: ANY },
    ])
      draft.unblock({ account, ...offer });
  }
  for (const { name, repair } of draft.deployment.blueprint.instances) {
    if (repair.cascade) dependentsOf(draft, name).forEach((dependent) => cascade(draft, dependent, name));
  }
}

function cascade(draft: Draft, dependent: string, name: string): void {
  if (isWornOut(draft, dependent) || isPutBack(draft)) return;
  if (isProtected(draft.spec(dependent), draft.instance(dependent))) return;
  const reason = `its user data tells about the former machine of ${name}`;
  draft.tell({ kind: "repair_begun", instance: dependent, by: null, reason, nth: null, most: null });
  beginRepair(draft, dependent, { asksFirst: true });
}

/** Nothing is repaired any more: it stops, or has stopped. */
export function dropRepairs(draft: Draft): void {
  for (const { name, repairSince } of draft.instances()) {
    if (repairSince !== null) draft.setInstance(name, { repairSince: null });
  }
}

/** It was on its way out before its repair could begin, and is gone, or debt. */
function isUndone(draft: Draft, instance: Instance): boolean {
  if (instance.repairSince === null || instance.state !== "shutting_down") return false;
  const left = openMachineOf(draft, instance);
  return left === null || left.debtSince !== null;
}

/** When repairs that wait look again; without the market at once, to come again with one. */
export function repairTimes(draft: Draft, { market }: Pick<Surroundings, "market">): readonly number[] {
  const instances = draft.instances();
  if (market === null) return wantsRepair({ deployment: draft.deployment, instances }) ? [draft.now] : [];
  if (instances.some((one) => isUndone(draft, one))) return [draft.now];
  const waiting = instances.filter((one) => isDead(one) && (one.repairSince !== null || isToBeRepaired(draft, one)));
  return waiting.flatMap((instance) => {
    const { name } = instance;
    if (instance.repairSince !== null) {
      return isWornOut(draft, name) ? [] : [Math.max(nextAskAt(draft, name), nextLook(draft, market.blocks))];
    }
    const hold = holdOf(draft, market, instance);
    return hold === null ? [draft.now] : (hold.until ?? []);
  });
}
