// What another blueprint means for each instance: kept, added, removed or replaced, and why. What a machine was made of decides: images, hardware,
// placement, and the user data's template with what it refers to, never the filled-in text, which holds a nonce of its own.

import type {
  HardwareProfile,
  ResolvedBlueprint,
  ResolvedInstance,
  Template,
  TemplatePart,
  Where,
} from "../blueprint/model.ts";
import { WHERE_KEYS } from "../blueprint/model.ts";
import { measuresText } from "../market/offer.ts";

export const CHANGE_KINDS = ["keep", "add", "replace", "remove"] as const;
type ChangeKind = (typeof CHANGE_KINDS)[number];

export interface InstanceChange {
  readonly name: string;
  readonly change: ChangeKind;
  /** For people, each to follow the name; of one that is kept, what is another all the same. */
  readonly reasons: readonly string[];
}

export interface Revised {
  readonly before: ResolvedBlueprint;
  readonly after: ResolvedBlueprint;
  /** Secret parameters that have another value. */
  readonly changedSecrets: ReadonlySet<string>;
  /** Members that are not up: they are replaced whatever the blueprints say. */
  readonly down: ReadonlySet<string>;
}

/** In the new blueprint's order, then those that it does not have any more, dependents first. */
export function differenceOf(revised: Revised): readonly InstanceChange[] {
  const { before, after } = revised;
  const former = new Map(before.instances.map((spec) => [spec.name, spec]));
  const parameters = changedParameters(revised);
  const replaced = new Set<string>();
  const changes: InstanceChange[] = [];
  // What is referred to comes before who refers to it.
  for (const spec of after.instances) {
    const old = former.get(spec.name);
    former.delete(spec.name);
    if (old === undefined) {
      changes.push({ name: spec.name, change: "add", reasons: ["it is to be there now"] });
      continue;
    }
    const because = reasonsOf(old, spec, { parameters, replaced, down: revised.down });
    if (because.length > 0) replaced.add(spec.name);
    const change = because.length > 0 ? "replace" : "keep";
    changes.push({ name: spec.name, change, reasons: because.length > 0 ? because : besides(old, spec) });
  }
  const gone = [...former.values()].toReversed();
  return [
    ...changes,
    ...gone.map(({ name }) => ({ name, change: "remove", reasons: ["it is not to be there any more"] }) as const),
  ];
}

function changedParameters({ before, after, changedSecrets }: Revised): ReadonlySet<string> {
  // One whose value is missing, or not right yet, is not among the new ones.
  const names = [...Object.keys(before.parameters), ...Object.keys(after.parameters)];
  return new Set(
    names.filter((name) => changedSecrets.has(name) || !isSame(before.parameters[name], after.parameters[name])),
  );
}

interface Changed {
  readonly parameters: ReadonlySet<string>;
  readonly replaced: ReadonlySet<string>;
  readonly down: ReadonlySet<string>;
}

/** Why its machine has to be another; none: it does not. */
function reasonsOf(old: ResolvedInstance, spec: ResolvedInstance, changed: Changed): readonly string[] {
  const reasons: string[] = [];
  if (changed.down.has(spec.name)) reasons.push("it is not up");
  if (!isSame(old.images, spec.images)) {
    reasons.push(`its image is ${spec.images.join(" or ")}, and was ${old.images.join(" or ")}`);
  }
  const [wanted, had] = [spec.profiles, old.profiles].map(hardwareText);
  if (wanted !== had) reasons.push(`its hardware is ${wanted}, and was ${had}`);
  if (!isSame(old.spot, spec.spot)) reasons.push("what it says about spot offers is another");
  reasons.push(...whereReasons(old.where, spec.where), ...userDataReasons(old.userData, spec.userData, changed));
  if (spec.ready.kind === "callback" && old.ready.kind !== "callback") {
    reasons.push("it is to call home when it is ready, which a machine does once, when it starts");
  }
  return reasons;
}

const hardwareText = (profiles: readonly HardwareProfile[]): string => profiles.map(measuresText).join(" or ");

function whereReasons(old: Where, where: Where): readonly string[] {
  const keys = WHERE_KEYS.filter((key) => !isSame(old[key], where[key]));
  return keys.length === 0 ? [] : [`its placement is another: ${keys.join(", ")}`];
}

function userDataReasons(old: Template, template: Template, changed: Changed): readonly string[] {
  if (!isSame(old.map(shapeOf), template.map(shapeOf))) return ["its user data is another"];
  const reasons = template.flatMap((part, at) =>
    old.slice(at, at + 1).flatMap((had) => partReasons(had, part, changed)),
  );
  return [...new Set(reasons)];
}

/** Without the members that are meant: who belongs to a group is a reason of its own. */
const shapeOf = (part: TemplatePart): TemplatePart => (part.kind === "instance" ? { ...part, instances: [] } : part);

function partReasons(old: TemplatePart, part: TemplatePart, changed: Changed): readonly string[] {
  if (part.kind === "parameter") {
    return changed.parameters.has(part.name)
      ? [`its user data holds parameter ${part.name}, which has another value`]
      : [];
  }
  if (part.kind !== "instance" || old.kind !== "instance") return [];
  const what = `its user data holds the ${part.attribute} of`;
  if (!isSame(old.instances, part.instances)) {
    return [`${what} ${part.instances.join(", ")}, and held that of ${old.instances.join(", ")}`];
  }
  const anew = part.instances.filter((name) => changed.replaced.has(name));
  return anew.length === 0 ? [] : [`${what} ${anew.join(", ")}, which ${anew.length === 1 ? "is" : "are"} replaced`];
}

/** What is another and needs no other machine. */
function besides(old: ResolvedInstance, spec: ResolvedInstance): readonly string[] {
  const reasons: string[] = [];
  if (!isSame(old.ready, spec.ready)) {
    const isTried = spec.ready.kind !== "provider";
    reasons.push(
      isTried
        ? "its readiness check is another, and is asked anew"
        : "it has no readiness check any more: it runs, which is enough",
    );
  }
  if (!isSame(old.dependsOn, spec.dependsOn)) reasons.push("it depends on others");
  if (!isSame(old.live, spec.live)) reasons.push("its live check is another");
  if (!isSame(old.repair, spec.repair)) reasons.push("its repair is another");
  if (!isSame(old.update, spec.update)) {
    const isRemoved = spec.update.order === "removeFirst";
    reasons.push(
      isRemoved ? "updates remove its machine first from now on" : "updates create its new machine first from now on",
    );
  }
  if (old.protect !== spec.protect) reasons.push(spec.protect ? "it is protected" : "it is protected no more");
  return reasons;
}

/** Whether two values are written alike, in whatever order their keys stand. */
export function isSame(a: unknown, b: unknown): boolean {
  return textOf(a) === textOf(b);
}

function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, one: unknown) =>
      typeof one === "object" && one !== null && !Array.isArray(one)
        ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
        : one,
    ) ?? ""
  );
}
