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

/** What is asked for: nothing but what is another. Null as long as no blueprint is chosen. `outline`: as the deployment has it. */
export function updateOf(
  { source, deployment }: Former,
  { draft, counts, allowed }: UpdateDraft,
  outline: BlueprintOutline | null,
): UpdateRequest | null {
  const asked = planOf(draft, outline);
  if (asked === null || outline === null) return null;
  const isSame = draft.from === "file" && draft.source === source;
  const had = new Map(Object.entries(deployment.parameters));
  const secret = new Set(outline.parameters.filter((one) => one.secret).map(({ name }) => name));
  const parameters = Object.entries(asked.parameters ?? {}).filter(([name, value]) =>
    secret.has(name) ? value !== "" : String(value) !== String(had.get(name)),
  );
  const scaled = outline.instances.flatMap(({ name, count }) => {
    const typed = counts.get(name) ?? "";
    return typed === "" || Number(typed) === count ? [] : [[name, Number(typed)] as const];
  });
  return {
    ...(isSame ? {} : { blueprint: asked.blueprint }),
    ...(parameters.length === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
    ...(scaled.length === 0 ? {} : { counts: Object.fromEntries(scaled) }),
    ...(allowed.size === 0 ? {} : { allowReplace: [...allowed] }),
  };
}
