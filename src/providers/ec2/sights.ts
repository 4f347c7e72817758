// What is seen of instances by their tags and in lists, and of keys whose instance is not there.

import type { DescribeInstancesCommandInput, Instance } from "@aws-sdk/client-ec2";
import type { MachineRef, Observed } from "../../core/machine.ts";
import { chunks, pages } from "../../cloud-http/pages.ts";
import { findEach } from "../../ports/look-each.ts";
import type { Found, Listing } from "../../ports/provider.ts";
import { areKeysDue } from "../../ports/recall.ts";
import { type Desk, rememberGone } from "./desk.ts";
import { unreadableFault } from "./faults.ts";
import { type BroughtKey, isYoung, KEY_LEFT, keysOf, mayHaveKey, observeKey, VALUES_MOST } from "./keys.ts";
import { named, nameIn, ownedBy, ownerIn } from "./names.ts";
import { observe } from "./observe.ts";

/** As many as EC2 gives at once. */
const PAGE = 1_000;

interface Page {
  readonly items: readonly Instance[];
  readonly next: string | null;
}

export async function instancesPage(
  { session }: Pick<Desk, "session">,
  asked: DescribeInstancesCommandInput,
  signal: AbortSignal,
): Promise<Page> {
  const answer = await session.ask((ec2, options) => ec2.describeInstances(asked, options), signal);
  const { NextToken: next, Reservations: reservations } = answer;
  // EC2 says so when there are none.
  if (reservations === undefined) throw unreadableFault("DescribeInstances without a reservationSet");
  const items = reservations.flatMap(({ Instances = [] }) => Instances);
  return { items, next: next === undefined || next === "" ? null : next };
}

const pageAt = (cursor: string | null): DescribeInstancesCommandInput => ({
  MaxResults: PAGE,
  ...(cursor === null ? {} : { NextToken: cursor }),
});

/** All that the account has in the region, whoever made it. */
export function allInstances(desk: Desk, signal: AbortSignal): AsyncGenerator<Instance, void> {
  return pages((cursor) => instancesPage(desk, pageAt(cursor), signal));
}

/**
 * After the last page keys without an instance are told as well, so that a key whose machine was shown on a page before is known not to be
 * alone: the names shown so far are remembered, as long as nobody begins another list. A machine that has ended is gone only without its key.
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
  const isInDoubt = seen.some((one) => mayHaveLeft(desk, one));
  const keys = areDue || isInDoubt ? await keysOf(desk, { names: null, owner: installation }, signal) : [];
  const machines = isInDoubt ? withKeysLeft(desk, seen, keys) : seen;
  const there = machines.filter(({ state }) => state !== "gone").map(({ name }) => name);
  const shown = [...before.shown, ...there];
  desk.listed = next === null ? null : { next, shown, isUnderWay };
  if (!areDue) return { machines, next, unlisted: [] };
  const lone = await loneKeys(desk, { installation, keys, shown: new Set(shown) }, signal);
  desk.keys.isLone = lone.length > 0;
  return { machines: [...machines, ...lone], next, unlisted: [] };
}

const NOTHING_LISTED = { shown: [], isUnderWay: false } as const;

/** EC2 shows a machine that has ended for an hour: that its key has gone as well need not be found out more than once. */
const mayHaveLeft = ({ gone }: Desk, one: Observed): boolean =>
  one.state === "gone" && mayHaveKey(one) && !gone.has(one.externalId);

function withKeysLeft(desk: Desk, seen: readonly Observed[], keys: readonly BroughtKey[]): readonly Observed[] {
  const left = new Set(keys.map(({ machine }) => machine));
  return seen.map((one) => {
    if (!mayHaveLeft(desk, one)) return one;
    if (left.has(one.name)) return { ...one, state: "error", fault: one.fault ?? KEY_LEFT };
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

const NOT_ENDED = {
  Name: "instance-state-name",
  Values: ["pending", "running", "stopping", "stopped", "shutting-down"],
};

/** Those that have not ended, oldest first. */
export async function instancesNamed(
  desk: Desk,
  { owner, names }: { readonly owner: string; readonly names: readonly string[] },
  signal: AbortSignal,
): Promise<readonly Instance[]> {
  const found: Instance[] = [];
  for (const few of chunks(names, VALUES_MOST)) {
    const Filters = [ownedBy(owner), named(few), NOT_ENDED];
    for await (const one of pages((cursor) => instancesPage(desk, { ...pageAt(cursor), Filters }, signal))) {
      if (ownerIn(one) === owner && few.includes(nameIn(one) ?? "") && one.State?.Name !== "terminated")
        found.push(one);
    }
  }
  return found.toSorted((a, b) => launchedAt(a) - launchedAt(b));
}

/** One search for all, and one for the keys of those that are missing. */
export async function lookup(
  desk: Desk,
  { installation: owner, machines }: { readonly installation: string; readonly machines: readonly MachineRef[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Found>> {
  const names = machines.map(({ name }) => name);
  const there = Map.groupBy(await instancesNamed(desk, { owner, names }, signal), nameIn);
  const missing = names.filter((name) => !there.has(name));
  const keys = missing.length === 0 ? [] : await keysOf(desk, { names: missing, owner }, signal);
  return findEach(machines, async ({ name }) => [
    ...(there.get(name) ?? []).map(observe),
    ...keys.filter(({ machine }) => machine === name).map(observeKey),
  ]);
}

const launchedAt = ({ LaunchTime }: Instance): number => LaunchTime?.getTime() ?? 0;

/** Of an id that is asked for. */
export const MISSING = "InvalidInstanceID.NotFound";
