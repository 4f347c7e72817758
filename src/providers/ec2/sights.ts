// What is seen of instances: by tag, by id, in lists. One is absent only where EC2 names its id as one that does not exist.

import type { DescribeInstancesCommandInput, Instance } from "@aws-sdk/client-ec2";
import type { KnownMachine, MachineRef, Observed } from "../../core/machine.ts";
import { pages } from "../../cloud-http/pages.ts";
import type { Listing, Look } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { accountFault, isCode, unreadableFault } from "./faults.ts";
import { isOwned, named, nameIn, ownedBy } from "./names.ts";
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

export async function list(
  desk: Desk,
  { installation, cursor }: { readonly installation: string; readonly cursor: string | null },
  signal: AbortSignal,
): Promise<Listing> {
  const asked = { ...pageAt(cursor), Filters: [ownedBy(installation)] };
  const { items, next } = await instancesPage(desk, asked, signal);
  const ours = items.filter((one) => isOwned(one, installation));
  return { machines: ours.map(observe), next, unlisted: [] };
}

const NOT_ENDED = {
  Name: "instance-state-name",
  Values: ["pending", "running", "stopping", "stopped", "shutting-down"],
};

export async function lookup(
  desk: Desk,
  { installation, machine }: { readonly installation: string; readonly machine: MachineRef },
  signal: AbortSignal,
): Promise<readonly Observed[]> {
  const Filters = [ownedBy(installation), named(machine.name), NOT_ENDED];
  const found: Instance[] = [];
  for await (const one of pages((cursor) => instancesPage(desk, { ...pageAt(cursor), Filters }, signal))) {
    if (isOwned(one, installation) && nameIn(one) === machine.name && one.State?.Name !== "terminated") found.push(one);
  }
  return found.toSorted((a, b) => launchedAt(a) - launchedAt(b)).map(observe);
}

const launchedAt = ({ LaunchTime }: Instance): number => LaunchTime?.getTime() ?? 0;

const ID = /^i-[0-9a-f]+$/;

const NO_ID = accountFault({ class: "config", code: "no_instance_id" }, "this is no id of an instance of EC2's").fault;

/** One request for all, and another one without those that EC2 says do not exist: for one of them it answers nothing of the others. */
export async function look(
  desk: Desk,
  machines: readonly KnownMachine[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Look>> {
  const ids = [...new Set(machines.map(({ externalId }) => externalId).filter((id) => ID.test(id)))];
  const { instances, missing } = await instancesWith(desk, ids, signal);
  const byId = new Map(instances.map((one) => [one.InstanceId ?? "", one]));
  return new Map(
    machines.map(({ name, externalId }): [string, Look] => {
      const found = byId.get(externalId);
      if (found !== undefined) return [name, { kind: "seen", observed: { ...observe(found), name } }];
      if (missing.has(externalId)) return [name, { kind: "absent" }];
      return [name, { kind: "unknown", fault: ID.test(externalId) ? LEFT_OUT : NO_ID }];
    }),
  );
}

const LEFT_OUT = accountFault(
  { class: "transient", code: "left_out" },
  "EC2 neither shows this instance nor says that it does not exist",
).fault;

interface WithIds {
  readonly instances: readonly Instance[];
  readonly missing: ReadonlySet<string>;
}

async function instancesWith(desk: Desk, ids: readonly string[], signal: AbortSignal): Promise<WithIds> {
  const missing = new Set<string>();
  for (;;) {
    const left = ids.filter((id) => !missing.has(id));
    if (left.length === 0) return { instances: [], missing };
    try {
      const { items } = await instancesPage(desk, { InstanceIds: left }, signal);
      return { instances: items, missing };
    } catch (error) {
      const told = isCode(error, MISSING) ? idsIn(error.fault.text).filter((id) => left.includes(id)) : [];
      // Each turn leaves fewer.
      if (told.length === 0) throw error;
      for (const id of told) missing.add(id);
    }
  }
}

export const MISSING = "InvalidInstanceID.NotFound";

/** `The instance IDs 'i-0a, i-0b' do not exist`. */
const idsIn = (text: string): readonly string[] => text.match(/\bi-[0-9a-f]+\b/g) ?? [];
