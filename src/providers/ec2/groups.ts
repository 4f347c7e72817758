// Placement groups: one for each group of an attempt in a zone, whose instances EC2 spreads over hosts or keeps close together. Whichever of
// its machines is asked for first makes it, and whichever ends last removes it: EC2 refuses to remove a group that an instance is in.

import { chunks, pages } from "../../cloud-http/pages.ts";
import type { Where } from "../../core/blueprint/model.ts";
import type { Fault } from "../../core/fault.ts";
import type { CreateRequest, Handle, KnownMachine, Observed } from "../../core/machine.ts";
import type { Keep, Look } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { isCode, unreadableFault } from "./faults.ts";
import { instancesPage, NOT_ENDED, VALUES_MOST } from "./instances.ts";
import { KEY_LEFT } from "./keys.ts";
import { is, tagsFor } from "./names.ts";

const STRATEGIES = { spread: "spread", compact: "cluster" } as const;

const IN_USE = "InvalidPlacementGroup.InUse";

/** Null: it is in none. */
export function groupOf(handle: Handle | null): string | null {
  const group = handle?.["group"];
  return typeof group === "string" ? group : null;
}

/**
 * Keeps its name before it is there, so that none is made that no machine's handle knows, and returns that. Close together are only
 * instances of one zone, so that each has a group of its own.
 */
export async function bringGroup(
  desk: Desk,
  {
    request,
    hosts,
    keep,
  }: { readonly request: CreateRequest; readonly hosts: NonNullable<Where["hosts"]>; readonly keep: Keep },
  signal: AbortSignal,
): Promise<string> {
  const GroupName = `${request.group}-${request.realm}`;
  await keep({ group: GroupName });
  const asked = {
    GroupName,
    Strategy: STRATEGIES[hosts],
    TagSpecifications: tagsFor(request, { kinds: ["placement-group"], own: desk.settings.given.tags }),
  };
  try {
    await desk.session.ask((ec2, options) => ec2.createPlacementGroup(asked, options), signal);
  } catch (error) {
    // Another machine of the group was first.
    if (!isCode(error, "InvalidPlacementGroup.Duplicate")) throw error;
  }
  return GroupName;
}

/** Of these, those that are there and have nobody in them who has not ended. */
export async function emptyGroups(
  desk: Desk,
  names: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const empty = new Set<string>();
  for (const few of chunks([...new Set(names)], VALUES_MOST)) {
    const Filters = [is("group-name", few)];
    const { PlacementGroups: shown } = await desk.session.ask(
      (ec2, options) => ec2.describePlacementGroups({ Filters }, options),
      signal,
    );
    // EC2 says so when there are none.
    if (shown === undefined) throw unreadableFault("DescribePlacementGroups without a placementGroupSet");
    for (const { GroupName } of shown) if (GroupName !== undefined && few.includes(GroupName)) empty.add(GroupName);
  }
  for (const few of chunks([...empty], VALUES_MOST)) {
    const Filters = [is("placement-group-name", few), NOT_ENDED];
    const read = (cursor: string | null) =>
      instancesPage(desk, { Filters, ...(cursor === null ? {} : { NextToken: cursor }) }, signal);
    for await (const { Placement } of pages(read, { signal })) empty.delete(Placement?.GroupName ?? "");
  }
  return empty;
}

/** Removes it unless somebody is in it. True when it has gone, or is others'. */
export async function leaveGroup(desk: Desk, name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await desk.session.ask((ec2, options) => ec2.deletePlacementGroup({ GroupName: name }, options), signal);
    return true;
  } catch (error) {
    if (isCode(error, "InvalidPlacementGroup.Unknown")) return true;
    if (!isCode(error, IN_USE)) throw error;
    // Of an instance that has ended EC2 may say so for a while.
    return !(await emptyGroups(desk, [name], signal)).has(name);
  }
}

export const GROUP_LEFT: Fault = { ...KEY_LEFT, text: "of the machine only its placement group is there" };

/**
 * Of machines that have ended, the ones whose group is left with nobody in it: they are not gone. What is asked to go takes it along here, for
 * EC2 lets go of a group only when the instance has ended, long after that was asked for.
 */
export async function groupsKept(
  desk: Desk,
  ended: readonly (readonly [KnownMachine, Look])[],
  signal: AbortSignal,
): Promise<readonly (readonly [string, Look])[]> {
  const grouped = ended.flatMap(([machine, first]) => {
    const name = groupOf((first.kind === "seen" ? first.observed.handle : null) ?? machine.handle);
    return name === null ? [] : [{ machine, first, name }];
  });
  if (grouped.length === 0) return [];
  const left = new Set(
    await emptyGroups(
      desk,
      grouped.map(({ name }) => name),
      signal,
    ),
  );
  const going = new Set(grouped.flatMap(({ machine, name }) => (machine.isLeaving && left.has(name) ? name : [])));
  for (const name of going) if (await leaveGroup(desk, name, signal)) left.delete(name);
  return grouped.flatMap(({ machine, first, name }): (readonly [string, Look])[] =>
    left.has(name) ? [[machine.name, { kind: "seen", observed: keptBy(machine, first, name) }]] : [],
  );
}

function keptBy({ externalId, name, realm }: KnownMachine, first: Look, group: string): Observed {
  if (first.kind !== "seen") return observeGroup({ externalId, name, realm, group });
  return { ...first.observed, state: "error", fault: first.observed.fault ?? GROUP_LEFT };
}

/** A machine of which only the group is there. */
export function observeGroup({
  group,
  ...of
}: Pick<Observed, "externalId" | "name" | "realm"> & { readonly group: string }): Observed {
  return { ...of, state: "error", fault: GROUP_LEFT, privateAddress: null, publicAddress: null, handle: { group } };
}
