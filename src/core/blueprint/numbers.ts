// Which numbers the members of a group have. A launch counts from 1; an update leaves their numbers to those that are there, and a
// relaunch to those that were.

import type { ResolvedInstance } from "./model.ts";
import { memberName } from "./name.ts";

/** Those that are there keep theirs, the highest go where there are too many, and a gap is filled first. */
export function numbersOf(count: number, present: readonly number[] = []): readonly number[] {
  const kept = present.toSorted((a, b) => a - b).slice(0, count);
  const free = Array.from({ length: count }, (_, place) => place + 1).filter((no) => !kept.includes(no));
  return [...kept, ...free.slice(0, count - kept.length)].toSorted((a, b) => a - b);
}

/** Members of counted groups. */
export function countedAmong(instances: readonly ResolvedInstance[]): readonly ResolvedInstance[] {
  return instances.filter(({ name, group, index }) => name === memberName(group, index, true));
}

/** The numbers that its counted groups have, by group. */
export function numbersIn(instances: readonly ResolvedInstance[]): ReadonlyMap<string, readonly number[]> {
  const groups = Map.groupBy(countedAmong(instances), ({ group }) => group);
  return new Map([...groups].map(([group, members]) => [group, members.map(({ index }) => index)]));
}
