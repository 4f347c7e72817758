// What the instances of a blueprint must agree on: names, dependencies, references, callbacks, numbers.

import type { Blueprint, Group, GroupReference } from "./blueprint.ts";
import { type Edge, graphOf } from "./graph.ts";
import { type Complaint, isEnough, type Mistake, mistakeAt, namesHint, quoted, type Spot } from "./mistake.ts";
import { COUNT_MOST } from "./instance-values.ts";
import { groupNameFault } from "./name.ts";
import { didYouMean } from "./nearest.ts";
import { numbersOf } from "./numbers.ts";
import { listed } from "./reader.ts";
import { OWN_ROOTS } from "./template.ts";

/** More is a fleet and wants another tool; the bound keeps a decision's snapshot small. */
const INSTANCES_MOST = 200;

export function checkGroups(groups: readonly Group[], mistakes: Mistake[]): void {
  const byName = new Map(groups.map((group) => [group.name, group]));
  for (const group of groups) {
    if (isEnough(mistakes)) return;
    checkName(group, byName, mistakes);
    checkDependsOn(group, byName, mistakes);
    for (const reference of groupReferences(group)) checkReference(group, { reference, byName }, mistakes);
    checkCallback(group, mistakes);
  }
  const least = groups.map(({ count }) => (count?.kind === "known" ? count.value : 1));
  const total = tooMany(groups, least);
  if (total === null) checkCycles(groups, mistakes);
  else mistakes.push(total);
}

/** The mistake of having too many instances in all, given how many each group has. */
export function tooMany(groups: readonly Group[], counts: readonly number[]): Mistake | null {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const last = groups.at(-1);
  if (total <= INSTANCES_MOST || last === undefined) return null;
  const says = `make ${total} machines together: a deployment has at most ${INSTANCES_MOST}, so lower a count or split it`;
  return mistakeAt({ path: last.at.path.slice(0, -1), at: last.at.at }, { code: "too_many", says });
}

/** The mistake of naming a member that its group has not. */
export function noSuchMember(reference: GroupReference, numbers: readonly number[]): Mistake | null {
  if (reference.member === null || numbers.includes(reference.member)) return null;
  const last = Number(numbers.at(-1));
  const isWhole = last === numbers.length;
  // Gaps come from members that went, or are to go.
  if (!isWhole) return strayNumber(reference, `is to have ${chosenText(numbers)}`, ", or let that member stay");
  return strayNumber(reference, `has ${numbers.length === 1 ? `only member ${last}` : `members 1 to ${last}`}`);
}

const chosenText = (numbers: readonly number[]): string =>
  numbers.length === 1 ? `only member ${numbers[0]}` : `members ${listed(numbers.map(String), "and")}`;

function strayNumber({ group, member, spot }: GroupReference, range: string, or = ""): Mistake {
  const says = `refers to ${group}[${member}], but ${quoted(group)} ${range}: mend the number${or}`;
  return mistakeAt(spot, { code: "unknown_instance", says });
}

/** Names of the groups that a group waits for: written in dependsOn, or implied by a reference to an address or id. */
export function neededBy(group: Group): readonly string[] {
  return [...new Set([...group.dependsOn.map((named) => named.group), ...implied(group).map((part) => part.group)])];
}

function groupReferences(group: Group): readonly GroupReference[] {
  return group.userData.filter((part) => part.kind === "group");
}

/** References that must be waited for. A name is known beforehand, so whoever asks for one need not wait. */
export function implied(group: Group): readonly GroupReference[] {
  return groupReferences(group).filter(({ attribute }) => attribute !== "name");
}

function checkName(group: Group, byName: ReadonlyMap<string, Group>, mistakes: Mistake[]): void {
  const complaint = nameComplaint(group, byName);
  if (complaint !== null) mistakes.push(mistakeAt(group.at, complaint));
}

function nameComplaint({ name, count }: Group, byName: ReadonlyMap<string, Group>): Complaint | null {
  const fault = groupNameFault(name, count !== null);
  if (fault !== null) return { code: "bad_name", says: fault };
  if (OWN_ROOTS.has(name)) {
    const says = `is no name for an instance, because "${name}" means something else in references: choose another`;
    return { code: "bad_name", says };
  }
  const [, other = "", digits] = /^(.+)-([1-9]\d?)$/.exec(name) ?? [];
  if ((byName.get(other)?.count ?? null) === null) return null;
  const says = `could be member ${digits} of ${quoted(other)}, which has a count: choose another name`;
  return { code: "duplicate", says };
}

function checkDependsOn(group: Group, byName: ReadonlyMap<string, Group>, mistakes: Mistake[]): void {
  for (const { group: needed, spot } of group.dependsOn) {
    if (needed === group.name) {
      const says = "names the instance itself, which would wait for itself for ever: take it out";
      mistakes.push(mistakeAt(spot, { code: "self_dependency", says }));
    } else if (!byName.has(needed)) mistakes.push(unknownGroup(needed, spot, byName));
  }
}

function checkReference(
  group: Group,
  to: { readonly reference: GroupReference; readonly byName: ReadonlyMap<string, Group> },
  mistakes: Mistake[],
): void {
  const { reference, byName } = to;
  if (reference.group === group.name && reference.attribute !== "name") {
    const says = `refers to its own ${reference.attribute}, which is not known before the machine is made`;
    const hint = "Known beforehand: self.name, self.index, self.callbackUrl and the names of all instances.";
    mistakes.push(mistakeAt(reference.spot, { code: "self_dependency", says, hint }));
  }
  const mistake = strayReference(reference, byName);
  if (mistake !== null) mistakes.push(mistake);
}

/**
 * The mistake of referring to a group or a member that cannot be there. Which numbers a counted group has is known only when it is
 * resolved: those of a deployment that is updated may have gaps, so that one of two members is web[3].
 */
export function strayReference(reference: GroupReference, byName: ReadonlyMap<string, Group>): Mistake | null {
  const target = byName.get(reference.group);
  if (target === undefined) return unknownGroup(reference.group, reference.spot, byName);
  if (target.count === null) return noSuchMember(reference, [1]);
  const { member } = reference;
  const isPossible = member === null || (member >= 1 && member <= COUNT_MOST);
  return isPossible ? null : strayNumber(reference, `has members 1 to ${COUNT_MOST} at the most`);
}

/**
 * References by number to members that no launch would make, where counts are known before there are parameters: it counts from 1, as long as
 * nobody is there already.
 */
export function strayNumbers({ groups, outputs }: Pick<Blueprint, "groups" | "outputs">): Mistake[] {
  const byName = new Map(groups.map((group) => [group.name, group]));
  const parts = [...groups.flatMap(({ userData }) => userData), ...outputs.flatMap(({ value }) => value)];
  return parts.flatMap((part) => {
    const count = part.kind === "group" ? byName.get(part.group)?.count : null;
    if (part.kind !== "group" || count?.kind !== "known") return [];
    return noSuchMember(part, numbersOf(count.value)) ?? [];
  });
}

function unknownGroup(name: string, spot: Spot, byName: ReadonlyMap<string, Group>): Mistake {
  const names = [...byName.keys()];
  const remedy = didYouMean(name, names, "describe it below instances, or mend the name");
  const says = `refers to the instance ${quoted(name)}, which the blueprint does not have: ${remedy}`;
  return mistakeAt(spot, { code: "unknown_instance", says, hint: namesHint("Instances", names) });
}

function checkCallback(group: Group, mistakes: Mistake[]): void {
  if (group.ready.kind !== "callback") return;
  if (group.userData.some((part) => part.kind === "self" && part.attribute === "callbackUrl")) return;
  const says =
    'waits for a callback, but its userData never calls: let it POST to "${{ self.callbackUrl }}" when it is ready';
  mistakes.push(mistakeAt(group.at, { code: "bad_value", says }));
}

function checkCycles(groups: readonly Group[], mistakes: Mistake[]): void {
  const others = (group: Group): readonly string[] => neededBy(group).filter((name) => name !== group.name);
  for (const cycle of graphOf(new Map(groups.map((group) => [group.name, others(group)]))).cycles) {
    const path = [...cycle.map(({ from }) => from), ...cycle.slice(-1).map(({ to }) => to)].join(" → ");
    const says = `makes instances wait for each other in a circle, ${path}: remove one of these dependencies`;
    const complaint: Complaint = { code: "cycle", says };
    const hidden = cycle.filter((edge) => writtenSpots(groups, edge).length === 0);
    const hint = hidden.map(({ from, to }) => `${from} depends on ${to} by a reference in its userData.`).join(" ");
    const spots = cycle.slice(-1).flatMap((edge) => [...writtenSpots(groups, edge), ...impliedSpots(groups, edge)]);
    const told = hint === "" ? complaint : { ...complaint, hint };
    mistakes.push(...spots.slice(0, 1).map((spot) => mistakeAt(spot, told)));
  }
}

function writtenSpots(groups: readonly Group[], { from, to }: Edge): readonly Spot[] {
  const entries = groups.filter(({ name }) => name === from).flatMap(({ dependsOn }) => dependsOn);
  return entries.filter(({ group }) => group === to).map(({ spot }) => spot);
}

function impliedSpots(groups: readonly Group[], { from, to }: Edge): readonly Spot[] {
  const references = groups.filter(({ name }) => name === from).flatMap(implied);
  return references.filter(({ group }) => group === to).map(({ spot }) => spot);
}
