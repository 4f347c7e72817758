// Which members go where a group has fewer of them than before: the highest numbers, unless somebody says which.

import { noSuch } from "../../contract/no-such.ts";
import type { UpdateRequest } from "../../contract/update.ts";
import type { ResolvedBlueprint, ResolvedInstance } from "../../core/blueprint/model.ts";
import { countedAmong } from "../../core/blueprint/numbers.ts";
import { badField, Refused } from "../problem.ts";

interface ChosenMembers {
  /** How many members groups are to have. */
  readonly counts: Readonly<Record<string, number>>;
  /** Numbers of those that stay, as far as they may, by group. */
  readonly present: ReadonlyMap<string, readonly number[]>;
}

/** Throws no_such_instance for one that is not there, and bad_request where its group would get another in its place. */
export function chosenMembers(
  { instances }: ResolvedBlueprint,
  { remove = [], counts = {} }: Pick<UpdateRequest, "remove" | "counts">,
): ChosenMembers {
  const counted = countedAmong(instances);
  const going = new Set(remove.map((name) => memberCalled(counted, name)));
  const staying = Map.groupBy(
    counted.filter((one) => !going.has(one)),
    ({ group }) => group,
  );
  const present = new Map(counted.map(({ group }) => [group, (staying.get(group) ?? []).map(({ index }) => index)]));
  const wanted = new Map(Object.entries(counts));
  for (const group of new Set([...going].map((one) => one.group))) {
    const left = present.get(group)?.length ?? 0;
    const count = wanted.get(group) ?? left;
    if (left === 0) {
      const text = `${group} would have no member left: leave one, or update to a blueprint without ${group}`;
      throw badField("/remove", text);
    }
    if (count > left) {
      const members = left === 1 ? "member" : "members";
      const text = `${group} has ${left} ${members} without those that are removed, and another would come in their place: leave it out, or ask for ${left} at the most`;
      throw badField(`/counts/${group}`, text);
    }
    wanted.set(group, count);
  }
  return { counts: Object.fromEntries(wanted), present };
}

/** `web-2`, or as blueprints refer to it: `web[2]`. */
function memberCalled(counted: readonly ResolvedInstance[], name: string): ResolvedInstance {
  const found = counted.find((one) => one.name === name || `${one.group}[${one.index}]` === name);
  if (found !== undefined) return found;
  const known = counted.map((one) => one.name);
  throw new Refused("no_such_instance", `Among the members of counted groups ${noSuch("instance", name, known)}`);
}
