// What is seen of instances by their tags and in lists, and of keys whose instance is not there.

import type { MachineRef, Observed } from "../../core/machine.ts";
import { findEach } from "../../ports/look-each.ts";
import type { Found, Listing } from "../../ports/provider.ts";
import { areKeysDue } from "../../ports/recall.ts";
import { type Desk, rememberGone } from "./desk.ts";
import { emptyGroups, GROUP_LEFT, groupOf, observeGroup } from "./groups.ts";
import { instancesNamed, instancesPage, pageAt } from "./instances.ts";
import { type BroughtKey, isYoung, KEY_LEFT, keysOf, mayHaveKey, loneId, observeKey } from "./keys.ts";
import { nameIn, ownedBy, ownerIn } from "./names.ts";
import { observe } from "./observe.ts";

/**
 * After the last page keys without an instance are told as well, so that a key whose machine was shown on a page before is known not to be
 * alone: the names shown so far are remembered, as long as nobody begins another list. A machine that has ended is gone only without its key, and
 * without a placement group that nobody else is in.
 */
export async function list(
  desk: Desk,
  { installation, cursor }: { readonly installation: string; readonly cursor: string | null },
  signal: AbortSignal,
): Promise<Listing> {
  const asked = { ...pageAt(cursor), Filters: [ownedBy(installation)] };
  const { items, next } = await instancesPage(desk, asked, signal);
  const seen = items.filter((one) => ownerIn(one) === installation).map(observe);
  const before = desk.listed?.next === cursor ? desk.listed : NOTHING_LISTED;
  const isUnderWay = before.isUnderWay || seen.some(({ state }) => state === "pending" || state === "stopping");
  const areDue = next === null && areKeysDue(desk.keys, isUnderWay);
  const inDoubt = seen.filter((one) => mayHaveLeft(desk, one));
  const areAsked = areDue || inDoubt.some(mayHaveKey);
  const keys = areAsked ? await keysOf(desk, { names: null, owner: installation }, signal) : [];
  const groups = await emptyGroups(desk, groupsOf(inDoubt), signal);
  const machines = inDoubt.length === 0 ? seen : withPartsLeft(desk, seen, { keys, groups });
  const there = machines.filter(({ state }) => state !== "gone").map(({ name }) => name);
  const shown = [...before.shown, ...there];
  desk.listed = next === null ? null : { next, shown, isUnderWay };
  if (!areDue) return { machines, next, unlisted: [] };
  const lone = await loneKeys(desk, { installation, keys, shown: new Set(shown) }, signal);
  desk.keys.isLone = lone.length > 0;
  return { machines: [...machines, ...lone], next, unlisted: [] };
}

const NOTHING_LISTED = { shown: [], isUnderWay: false } as const;

/** EC2 shows a machine that has ended for an hour: that its parts have gone as well need not be found out more than once. */
const mayHaveLeft = ({ gone }: Desk, one: Observed): boolean =>
  one.state === "gone" && (mayHaveKey(one) || groupOf(one.handle) !== null) && !gone.has(one.externalId);

const groupsOf = (of: readonly Pick<MachineRef, "handle">[]): readonly string[] =>
  of.flatMap(({ handle }) => groupOf(handle) ?? []);

interface Left {
  readonly keys: readonly BroughtKey[];
  /** With nobody in them. */
  readonly groups: ReadonlySet<string>;
}

function withPartsLeft(desk: Desk, seen: readonly Observed[], { keys, groups }: Left): readonly Observed[] {
  const left = new Set(keys.map(({ machine }) => machine));
  return seen.map((one) => {
    if (!mayHaveLeft(desk, one)) return one;
    if (left.has(one.name)) return { ...one, state: "error", fault: one.fault ?? KEY_LEFT };
    if (groups.has(groupOf(one.handle) ?? "")) return { ...one, state: "error", fault: one.fault ?? GROUP_LEFT };
    rememberGone(desk, one.externalId);
    return one;
  });
}

interface Lone {
  readonly installation: string;
  readonly keys: readonly BroughtKey[];
  /** Names of machines that are there. */
  readonly shown: ReadonlySet<string>;
}

/** Machines of which only the key is there, unless it is so new that its instance may not be shown yet. */
async function loneKeys(
  desk: Desk,
  { installation, keys, shown }: Lone,
  signal: AbortSignal,
): Promise<readonly Observed[]> {
  const left = keys.filter((key) => !shown.has(key.machine) && !isYoung(key));
  const names = left.map(({ machine }) => machine);
  const late = await instancesNamed(desk, { owner: installation, names }, signal);
  const taken = new Set(late.map(nameIn));
  return left.filter(({ machine }) => !taken.has(machine)).map(observeKey);
}

/** One search for all, one for the keys of those that are missing, and one for the placement groups that were made for them. */
export async function lookup(
  desk: Desk,
  { installation: owner, machines }: { readonly installation: string; readonly machines: readonly MachineRef[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const names = machines.map(({ name }) => name);
  const there = Map.groupBy(await instancesNamed(desk, { owner, names }, signal), nameIn);
  const missing = names.filter((name) => !there.has(name));
  const keys = missing.length === 0 ? [] : await keysOf(desk, { names: missing, owner }, signal);
  const alone = machines.filter(({ name }) => !there.has(name) && keys.every(({ machine }) => machine !== name));
  const groups = await emptyGroups(desk, groupsOf(alone), signal);
  return findEach(machines, async (machine) => [
    ...(there.get(machine.name) ?? []).map(observe),
    ...keys.filter((key) => key.machine === machine.name).map(observeKey),
    ...(alone.includes(machine) ? loneGroup(machine, { owner, groups }) : []),
  ]);
}

function loneGroup(
  { name, realm, handle }: MachineRef,
  { owner, groups }: { readonly owner: string; readonly groups: ReadonlySet<string> },
): readonly Observed[] {
  const group = groupOf(handle);
  if (group === null || !groups.has(group)) return [];
  return [observeGroup({ externalId: loneId({ owner, name }), name, realm, group })];
}
