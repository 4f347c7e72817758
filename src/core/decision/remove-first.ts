// Members of an update whose former machine goes before their new one is asked for (`update.order: removeFirst`). What is there is held until
// it is proven gone; then its place is given back and the next one taken in one decision (docs/adr/0030-remove-first.md).

import { type Instance, UNPROBED } from "../deployment.ts";
import type { Draft } from "./draft.ts";
import type { Fault } from "../fault.ts";
import { awaitsPlace } from "./launch.ts";
import type { Machine } from "../machine.ts";
import { isHeld, type Market } from "../market/market.ts";
import { exclusionsOf } from "../market/placement.ts";
import { accountHold, type Holds, isWornOut, nextLook, noPlaceText, REMOVED_FIRST, takeNextPlace } from "./repair.ts";
import { learntNow, placeInAccount, takePlace } from "./replace.ts";
import { brief } from "../story/brief.ts";
import type { Surroundings } from "../snapshot.ts";
import { neededBy, openMachineOf, undoMachine } from "./undo.ts";

/** One round: whose turn it is, its former machine is asked to go; what is gone makes room for what is new. */
export function removeFirst(draft: Draft, { market }: Pick<Surroundings, "market">): void {
  const waiting = waitingMembers(draft);
  const later = neededBy(draft.deployment.blueprint.instances, new Set(waiting));
  // What comes up beside what is there, and fails, costs nothing that runs: it comes first.
  const isTurn = draft.instances().every(({ name, readyAt }) => later.has(name) || readyAt !== null);
  for (const name of waiting) {
    const former = formerMachine(draft, name);
    if (!isFreeToGo(draft, name) || former === null || former.undoAskedAt !== null || !isTurn) continue;
    draft.tell({ kind: "removed_first", instance: name, machine: former.id });
    undoMachine(draft, former, false);
  }
  if (market !== null) for (const name of freedMembers(draft)) takeFreedPlace(draft, market, name);
}

const waitingMembers = (draft: Draft): readonly string[] =>
  draft
    .instances()
    .map(({ name }) => name)
    .filter((name) => awaitsPlace(draft, name));

const isFreeToGo = (draft: Draft, name: string): boolean =>
  draft.spec(name).dependsOn.every((on) => draft.instance(on).readyAt !== null);

/** While its cloud may still hold something for it. */
function formerMachine(draft: Draft, name: string): Machine | null {
  const rows = draft.change().aside.instances.filter((row) => row.name === name);
  const [former = null] = rows.flatMap((row) => openMachineOf(draft, row) ?? []);
  return former;
}

/** Whose former machine is proven gone, and who may be asked for as soon as there is a place. */
export function freedMembers(draft: Draft): readonly string[] {
  return waitingMembers(draft).filter((name) => isFreeToGo(draft, name) && formerMachine(draft, name) === null);
}

/** As for whoever is placed anew: nothing of its former place exists any more. */
function takeFreedPlace(draft: Draft, market: Market, name: string): void {
  const { blocks } = market;
  const former = draft.placementOf(name);
  const out = exclusionsOf(learntNow(draft));
  const place = placeInAccount(draft, market, { former, blocks, out, isFreed: isHeld(former) });
  if (place !== null) takePlace(draft, market, { place, blocks });
}

/**
 * Never asked for, and without a place: an update took the next one for them, gave the former one back with that, and came to nothing. They
 * are repaired by nobody, as nothing of theirs has failed. Whoever waits for another has no need of a place yet, which that one may want.
 */
export function placelessMembers(draft: Draft): readonly string[] {
  if (draft.deployment.state !== "incomplete") return [];
  const isToAsk = ({ state, repairSince }: Instance): boolean => state === "new" && repairSince === null;
  const names = draft
    .instances()
    .filter(isToAsk)
    .map(({ name }) => name);
  return names.filter((name) => isFreeToGo(draft, name) && !isHeld(draft.placementOf(name)));
}

/** A place for each of them, through the limits like any other, before they are asked for. Returns why some have none. */
export function placeAgain(draft: Draft, { market }: Pick<Surroundings, "market">): Holds {
  const holds = new Map<string, string>();
  if (market === null) return holds;
  for (const name of placelessMembers(draft)) {
    const hold = placeNew(draft, market, name);
    if (hold !== null) holds.set(name, hold);
  }
  return holds;
}

/** A place for one that was never asked for and has none; else why there is none now, for people. */
function placeNew(draft: Draft, market: Market, name: string): string | null {
  const hold = accountHold(draft, market, name);
  if (hold !== null) return hold.text;
  return takeNextPlace(draft, market, { name, blocks: market.blocks, isFreed: false }) === null
    ? noPlaceText(draft)
    : null;
}

/** When those that found no place look again: others give theirs back. Without the market at once, to come again with one. */
export function placeTimes(draft: Draft, { market }: Pick<Surroundings, "market">): readonly number[] {
  if (freedMembers(draft).length + placelessMembers(draft).length === 0) return [];
  return [market === null ? draft.now : nextLook(draft, market.blocks)];
}

/** What the first of them waits for. */
export function waitText(draft: Draft): string {
  for (const name of waitingMembers(draft)) {
    const former = formerMachine(draft, name);
    if (former?.undoAskedAt == null) continue;
    return `; ${name} waits for its former machine ${former.id}, which is not proven gone`;
  }
  const [freed] = freedMembers(draft);
  const { accountName } = draft.attempt();
  return freed === undefined ? "" : `; account ${accountName} has no place left for ${freed}, whose machine made room`;
}

/** Former members, by name, whose machine was up when the update had it removed. */
export function removedMembers(draft: Draft, names: readonly string[]): readonly string[] {
  return names.filter((name) => {
    const row = draft.instance(name);
    return row.readyAt !== null && draft.machineOf(row)?.undoAskedAt != null && !isWornOut(draft, name);
  });
}

/** The update came to nothing: what it had removed is launched again, as whoever is repaired, when the rest of it is hauled back. */
export function launchAgain(draft: Draft, name: string, revision: number): void {
  const text = brief(`its machine was removed first for the update to revision ${revision}, which came to nothing`);
  draft.moveInstance(name, "undo_asked", text);
  draft.setInstance(name, {
    ...UNPROBED,
    readyAt: null,
    // It has not stopped by itself.
    runningAt: null,
    fault: { ...REMOVED, text },
    repairSince: draft.now,
  });
  draft.tell({ kind: "repair_begun", instance: name, by: null, reason: text, nth: null, most: null });
}

const REMOVED: Omit<Fault, "text"> = {
  class: "unknown",
  scope: "offer",
  effect: "none",
  retryAfterMs: null,
  code: REMOVED_FIRST,
  requestId: null,
};
