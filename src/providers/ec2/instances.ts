// Instances of EC2's, asked for page by page, and by their tags.

import type { DescribeInstancesCommandInput, Instance } from "@aws-sdk/client-ec2";
import { chunks, pages } from "../../cloud-http/pages.ts";
import type { Desk } from "./desk.ts";
import { unreadableFault } from "./faults.ts";
import { named, nameIn, ownedBy, ownerIn } from "./names.ts";

/** EC2 takes so many values in one filter. */
export const VALUES_MOST = 200;

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

export const pageAt = (cursor: string | null): DescribeInstancesCommandInput => ({
  MaxResults: PAGE,
  ...(cursor === null ? {} : { NextToken: cursor }),
});

/** All that the account has in the region, whoever made it. */
export function allInstances(desk: Desk, signal: AbortSignal): AsyncGenerator<Instance, void> {
  return pages((cursor) => instancesPage(desk, pageAt(cursor), signal), { signal });
}

export const NOT_ENDED = {
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
    const read = (cursor: string | null) => instancesPage(desk, { ...pageAt(cursor), Filters }, signal);
    for await (const one of pages(read, { signal })) {
      if (ownerIn(one) === owner && few.includes(nameIn(one) ?? "") && one.State?.Name !== "terminated")
        found.push(one);
    }
  }
  return found.toSorted((a, b) => launchedAt(a) - launchedAt(b));
}

const launchedAt = ({ LaunchTime }: Instance): number => LaunchTime?.getTime() ?? 0;

/** Of an id that is asked for. */
export const MISSING = "InvalidInstanceID.NotFound";
