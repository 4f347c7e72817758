// What is seen of instances by their tags and in lists, and of keys whose instance is not there.

import type { DescribeInstancesCommandInput, Instance } from "@aws-sdk/client-ec2";
import type { MachineRef, Observed } from "../../core/machine.ts";
import { pages } from "../../cloud-http/pages.ts";
import type { Listing } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { unreadableFault } from "./faults.ts";
import { chunks, isYoung, keysOf, observeKey } from "./keys.ts";
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
 * alone: the names shown so far are remembered, as long as nobody begins another list.
 */
export async function list(
  desk: Desk,
  { installation, cursor }: { readonly installation: string; readonly cursor: string | null },
  signal: AbortSignal,
): Promise<Listing> {
  const asked = { ...pageAt(cursor), Filters: [ownedBy(installation)] };
  const { items, next } = await instancesPage(desk, asked, signal);
  const ours = items.filter((one) => ownerIn(one) === installation);
  const before = desk.listed?.next === cursor ? desk.listed.living : [];
  const living = [...before, ...ours.filter(isLiving).flatMap((one) => nameIn(one) ?? [])];
  desk.listed = next === null ? null : { next, living };
  const machines = ours.map(observe);
  if (next !== null) return { machines, next, unlisted: [] };
  return { machines: [...machines, ...(await loneKeys(desk, { installation, living }, signal))], next, unlisted: [] };
}

const isLiving = ({ State }: Instance): boolean => State?.Name !== "terminated";

/** Machines of which only the key is there, unless it is so new that its instance may not be shown yet. `living`: names of those that are there. */
async function loneKeys(
  desk: Desk,
  { installation, living }: { readonly installation: string; readonly living: readonly string[] },
  signal: AbortSignal,
): Promise<readonly Observed[]> {
  const shown = new Set(living);
  const keys = await keysOf(desk, { names: null, owner: installation }, signal);
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
  for (const few of chunks(names)) {
    const Filters = [ownedBy(owner), named(few), NOT_ENDED];
    for await (const one of pages((cursor) => instancesPage(desk, { ...pageAt(cursor), Filters }, signal))) {
      if (ownerIn(one) === owner && few.includes(nameIn(one) ?? "") && isLiving(one)) found.push(one);
    }
  }
  return found.toSorted((a, b) => launchedAt(a) - launchedAt(b));
}

export async function lookup(
  desk: Desk,
  { installation: owner, machine: { name } }: { readonly installation: string; readonly machine: MachineRef },
  signal: AbortSignal,
): Promise<readonly Observed[]> {
  const found = await instancesNamed(desk, { owner, names: [name] }, signal);
  if (found.length > 0) return found.map(observe);
  return (await keysOf(desk, { names: [name], owner }, signal)).map(observeKey);
}

const launchedAt = ({ LaunchTime }: Instance): number => LaunchTime?.getTime() ?? 0;

/** Of an id that is asked for. */
export const MISSING = "InvalidInstanceID.NotFound";
