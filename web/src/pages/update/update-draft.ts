// An update from the form: the deployment's blueprint, values and counts, until somebody changes them.

import type { BlueprintOutline, Parameter } from "../../../../src/contract/blueprint.ts";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import type { UpdateRequest } from "../../../../src/contract/update.ts";
import { type Draft, EMPTY, planOf } from "../launch/draft.ts";

/** The deployment as it was when the form was opened. */
export interface Former {
  readonly deployment: Deployment;
  /** The text of the revision in force. */
  readonly source: string;
}

export interface UpdateDraft {
  /** Which blueprint, and what was typed for its parameters. */
  readonly draft: Draft;
  /** How many members groups are to have, as it was typed. */
  readonly counts: ReadonlyMap<string, string>;
  /** Members that go in place of the highest numbers, where their group gets smaller. */
  readonly removed: ReadonlySet<string>;
  /** Protected members that may be replaced or removed all the same. */
  readonly allowed: ReadonlySet<string>;
}

export const draftFrom = ({ source }: Former): Draft => ({ ...EMPTY, from: "file", source });

/** A blueprint with the values that the deployment has: what is left as it is stays so. */
export function asItIs({ deployment: { parameters: has } }: Former, outline: BlueprintOutline): BlueprintOutline {
  const values = new Map(Object.entries(has));
  const parameters = outline.parameters.map((one): Parameter => {
    const value = values.get(one.name) ?? null;
    return value === null || one.secret ? one : { ...one, default: value, hasDefault: true };
  });
  return { ...outline, parameters };
}

/** Secret parameters that nobody has to fill in: their values stay sealed. */
export function sealedOf({ deployment: { parameters: has } }: Former, outline: BlueprintOutline): ReadonlySet<string> {
  const values = new Map(Object.entries(has));
  return new Set(
    outline.parameters.filter(({ name, secret }) => secret && values.get(name) === null).map(({ name }) => name),
  );
}

/** Mistakes in counts that were typed here, by group, apart from the others: no line of a text has them. */
export function countMistakes(
  errors: readonly ProblemError[],
  { counts }: Pick<UpdateRequest, "counts">,
): { readonly byGroup: ReadonlyMap<string, string>; readonly others: readonly ProblemError[] } {
  const places: ReadonlyMap<string, string> = new Map(
    Object.keys(counts ?? {}).flatMap((group) => [
      [`/instances/${group}/count`, group] as const,
      [`/counts/${group}`, group] as const,
    ]),
  );
  const byGroup = new Map(
    errors.flatMap(({ pointer, detail }) => {
      const group = places.get(pointer);
      return group === undefined ? [] : [[group, detail] as const];
    }),
  );
  return { byGroup, others: errors.filter(({ pointer }) => !places.has(pointer)) };
}

type Group = Pick<BlueprintOutline["instances"][number], "name" | "count">;

/** The members that a group has, the highest number first. */
const membersOf = ({ deployment }: Pick<Former, "deployment">, { name }: Group) =>
  deployment.instances.filter(({ group }) => group === name).toSorted((a, b) => b.index - a.index);

export interface Going {
  /** All that the group has, the lowest number first. */
  readonly members: readonly string[];
  /** How many of them go. */
  readonly count: number;
  /** Those that somebody has chosen. */
  readonly chosen: ReadonlySet<string>;
  /** Those that go as it stands: the chosen ones, then the highest numbers. */
  readonly names: readonly string[];
}

/** Who goes from a group that gets smaller; null: it does not, or nobody has said how large it is to be. */
export function goingOf(
  former: Pick<Former, "deployment">,
  { counts, removed }: Pick<UpdateDraft, "counts" | "removed">,
  group: Group,
): Going | null {
  const typed = counts.get(group.name) ?? String(group.count ?? "");
  const members = membersOf(former, group).map(({ name }) => name);
  const wanted = Number(typed);
  if (typed === "" || !Number.isInteger(wanted) || wanted < 1 || wanted >= members.length) return null;
  const count = members.length - wanted;
  const chosen = members.filter((name) => removed.has(name));
  const others = members.filter((name) => !removed.has(name)).slice(0, Math.max(0, count - chosen.length));
  const going = new Set([...chosen, ...others]);
  const inOrder = members.toReversed();
  return { members: inOrder, count, chosen: new Set(chosen), names: inOrder.filter((name) => going.has(name)) };
}

/** What is asked for: nothing but what is another. Null as long as no blueprint is chosen. `outline`: as the deployment has it. */
export function updateOf(
  former: Former,
  { draft, counts, removed, allowed }: UpdateDraft,
  outline: BlueprintOutline | null,
): UpdateRequest | null {
  const { source, deployment } = former;
  const asked = planOf(draft, outline);
  if (asked === null || outline === null) return null;
  const isSame = draft.from === "file" && draft.source === source;
  const had = new Map(Object.entries(deployment.parameters));
  const secret = new Set(outline.parameters.filter((one) => one.secret).map(({ name }) => name));
  const parameters = Object.entries(asked.parameters ?? {}).filter(([name, value]) =>
    secret.has(name) ? value !== "" : String(value) !== String(had.get(name)),
  );
  const chosen = new Map(
    outline.instances.map((group) => [group.name, [...(goingOf(former, { counts, removed }, group)?.chosen ?? [])]]),
  );
  const scaled = outline.instances.flatMap(({ name, count }) => {
    const typed = counts.get(name) ?? "";
    // Whoever says which go says how many stay as well.
    const wanted = typed === "" && chosen.get(name)?.length !== 0 ? String(count ?? "") : typed;
    const isSaid = wanted !== "" && (Number(wanted) !== count || chosen.get(name)?.length !== 0);
    return isSaid ? [[name, Number(wanted)] as const] : [];
  });
  const remove = [...chosen.values()].flat();
  return {
    ...(isSame ? {} : { blueprint: asked.blueprint }),
    ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
    ...(scaled.length === 0 ? {} : { counts: Object.fromEntries(scaled) }),
    ...(remove.length === 0 ? {} : { remove }),
    ...(allowed.size === 0 ? {} : { allowReplace: [...allowed] }),
  };
}
