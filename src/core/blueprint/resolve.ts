// From a blueprint, parameters and hardware profiles to what one launch uses: counts expanded, references bound to
// instances, everything in the order of dependencies.

import type {
  Blueprint,
  Group,
  GroupReference,
  Open,
  OpenProfile,
  OpenReadiness,
  OpenTemplatePart,
  Output,
} from "./blueprint.ts";
import { implied, neededBy, noSuchMember, tooMany } from "./check-instances.ts";
import { graphOf } from "./graph.ts";
import {
  ACCELERATOR_KIND,
  ACCELERATORS,
  ARCHITECTURE,
  COUNT,
  HTTP_PATH,
  IMAGE,
  PORT,
  PROFILE_NAME,
} from "./instance-values.ts";
import { inOrder, type Mistake, mistakeAt, namesHint, pointerOf, quoted, type Spot } from "./mistake.ts";
import type {
  HardwareProfile,
  LiveCheck,
  Readiness,
  ResolvedBlueprint,
  ResolvedInstance,
  ResolvedOutput,
  Template,
  TemplatePart,
} from "./model.ts";
import { memberName } from "./name.ts";
import { didYouMean } from "./nearest.ts";
import { numbersOf } from "./numbers.ts";
import { blame, parametersIn, settle } from "./open.ts";
import { opensInWhere, settleWhere } from "./placement.ts";
import { MEMORY, STORAGE } from "./quantity.ts";
import { plainValue } from "./number.ts";
import { CPU, type Given, textOf } from "./reader.ts";
import { utf8Bytes } from "../secrecy/utf8.ts";
import { type GivenValues, resolveParameters } from "./resolve-parameters.ts";

/** Bytes of user data of all instances together, as it is kept: a decision about the deployment reads all of it. */
const USER_DATA_MOST = 2_000_000;

const SHORTEST_CALLBACK = "http://a/v1/callback/b";

export type Resolved =
  | { readonly ok: ResolvedBlueprint; readonly secrets: Readonly<Record<string, string>> }
  | { readonly mistakes: readonly Mistake[] };

interface Settling {
  readonly present: Present;
  readonly values: ReadonlyMap<string, Given>;
  readonly profiles: readonly HardwareProfile[];
  readonly mistakes: Mistake[];
}

/** Numbers that members of groups have already. */
type Present = ReadonlyMap<string, readonly number[]>;

interface GivenForLaunch {
  readonly parameters: GivenValues;
  readonly profiles: readonly HardwareProfile[];
  /** Of a deployment that is updated, or launched once more; none: they count from 1. */
  readonly present?: Present;
}

const NOBODY: Present = new Map();

/**
 * `given.parameters` may be JSON values or the text of a form; what is absent or null takes its default. Mistakes point
 * at `/parameters/NAME` when another value of that parameter would mend them, else into the document.
 */
export function resolveBlueprint(blueprint: Blueprint, given: GivenForLaunch): Resolved {
  const mistakes: Mistake[] = [];
  const { profiles, present = NOBODY } = given;
  const values = resolveParameters(blueprint, given.parameters, mistakes);
  const resolved = resolveWith(blueprint, { present, values, profiles, mistakes });
  if ("mistakes" in resolved) return resolved;
  const secret = secretsOf(blueprint);
  const told = [...values].flatMap(([name, value]) => (secret.has(name) ? [[name, textOf(value)] as const] : []));
  return { ...resolved, secrets: Object.fromEntries(told) };
}

export type Planned =
  | {
      readonly ok: ResolvedBlueprint;
      /** Of parameters whose values a launch needs and this did without: only user data uses them. */
      readonly spared: readonly Mistake[];
    }
  | { readonly mistakes: readonly Mistake[] };

/** The same for whoever only wants to know what would be asked for, and where: nobody has to give away a secret for that. */
export function planBlueprint(blueprint: Blueprint, given: GivenForLaunch): Planned {
  const found: Mistake[] = [];
  const { profiles, present = NOBODY } = given;
  const values = resolveParameters(blueprint, given.parameters, found);
  const spare = new Set([...userDataOnly(blueprint)].map((name) => pointerOf(["parameters", name])));
  const mistakes = found.filter(({ pointer }) => !spare.has(pointer));
  const resolved = resolveWith(blueprint, { present, values, profiles, mistakes });
  return "mistakes" in resolved ? resolved : { ...resolved, spared: found };
}

/** Parameters that have no say in what is asked for. */
export function userDataOnly({ parameters, groups }: Blueprint): ReadonlySet<string> {
  const deciding = new Set(
    groups.flatMap(({ images, count, profiles, ready, live, where }) => {
      const checks = [ready, ...(live === null ? [] : [live.check])];
      const parts = [...profiles, ...checks].flatMap(opensOf);
      const opens = [...images, ...(count === null ? [] : [count]), ...parts];
      return [...opens, ...opensInWhere(where)].flatMap(parametersIn);
    }),
  );
  return new Set(parameters.map(({ name }) => name).filter((name) => !deciding.has(name)));
}

const opensOf = (part: OpenProfile | OpenReadiness): readonly Open<unknown>[] =>
  Object.values(part).filter((value): value is Open<unknown> => typeof value === "object" && "kind" in value);

function resolveWith(
  blueprint: Blueprint,
  settling: Settling,
): { readonly ok: ResolvedBlueprint } | { readonly mistakes: readonly Mistake[] } {
  const { values, mistakes } = settling;
  // What waits for a parameter would only repeat what is wrong with it.
  if (mistakes.length > 0)
    return { mistakes: inOrder([...mistakes, ...unknownProfiles(blueprint, settling.profiles)]) };
  const sized = blueprint.groups.map((group) => sizeOf(group, settling));
  const instances = expand(blueprint.groups, sized, settling);
  const outputs = blueprint.outputs.map((output) => settleOutput(output, sized, settling));
  if (mistakes.length > 0) return { mistakes: inOrder(mistakes) };
  const secret = secretsOf(blueprint);
  const shown = [...values].map(([name, value]) => [name, secret.has(name) ? null : plainValue(value)] as const);
  const { name, policy } = blueprint;
  return { ok: { name, parameters: Object.fromEntries(shown), instances, outputs, policy } };
}

function secretsOf({ parameters }: Blueprint): ReadonlySet<string> {
  return new Set(parameters.filter(({ secret }) => secret).map(({ name }) => name));
}

interface SizedGroup {
  readonly group: Group;
  readonly count: number;
  /** The members' own numbers, in order; and their names. */
  readonly numbers: readonly number[];
  readonly names: readonly string[];
}

function expand(
  groups: readonly Group[],
  sized: readonly SizedGroup[],
  settling: Settling,
): readonly ResolvedInstance[] {
  const total = tooMany(
    groups,
    sized.map(({ count }) => count),
  );
  if (total !== null) settling.mistakes.push(total);
  const { order } = graphOf(new Map(groups.map((group) => [group.name, neededBy(group)])));
  const inSequence = order.flatMap((name) => sized.filter(({ group }) => group.name === name));
  const names = inSequence.flatMap((each) => each.names);
  const shared = inSequence.map((each) => ({ each, spec: settleGroup(each.group, sized, settling) }));
  const size = shared.reduce((sum, { each, spec }) => sum + each.count * sizeOfTemplate(spec.userData), 0);
  if (size > USER_DATA_MOST) settling.mistakes.push(...tooMuchUserData(groups, size));
  return shared.flatMap(({ each, spec: { needs, ...spec } }) => {
    const dependsOn = names.filter((name) => needs.has(name));
    return each.numbers.map((index) => {
      const { name: group, count } = each.group;
      const member = { name: memberName(group, index, count !== null), group, index };
      return { ...member, ...spec, userDataBytesLeast: leastBytes(spec.userData, member, settling.values), dependsOn };
    });
  });
}

/** Bytes as kept: a reference to many members is as long as their names. */
function sizeOfTemplate(template: Template): number {
  const texts = template.flatMap((part) =>
    part.kind === "text" ? part.text : part.kind === "instance" ? part.instances : part.kind,
  );
  return texts.reduce((sum, one) => sum + utf8Bytes(one), 0);
}

/** Bytes when filled in, at the least. */
function leastBytes(
  template: Template,
  self: { readonly name: string; readonly index: number },
  values: ReadonlyMap<string, Given>,
): number {
  return template.reduce((sum, part) => sum + leastBytesOf(part, self, values), 0);
}

function leastBytesOf(
  part: TemplatePart,
  self: { readonly name: string; readonly index: number },
  values: ReadonlyMap<string, Given>,
): number {
  switch (part.kind) {
    case "text":
      return utf8Bytes(part.text);
    case "parameter":
      return leastOfParameter(values.get(part.name));
    case "instance":
      // One letter of each, and commas between them.
      return 2 * part.instances.length - 1;
    case "self":
      return part.attribute === "callbackUrl" ? SHORTEST_CALLBACK.length : String(self[part.attribute]).length;
    case "deployment":
      return 1;
  }
}

/** A plan may do without a value; one that has to be there is no shorter than a letter. */
const leastOfParameter = (value: Given | undefined): number => (value === undefined ? 1 : utf8Bytes(textOf(value)));

function tooMuchUserData(groups: readonly Group[], size: number): readonly Mistake[] {
  const remedy = "let machines fetch large files themselves";
  const says = `hand out ${size} bytes of userData together, and at most ${USER_DATA_MOST} are kept: ${remedy}`;
  return groups
    .slice(0, 1)
    .map(({ at: { at } }) => mistakeAt({ path: ["instances"], at }, { code: "too_large", says }));
}

function sizeOf(group: Group, settling: Settling): SizedGroup {
  const count = group.count === null ? 1 : settle(group.count, COUNT, settling);
  const isCounted = group.count !== null;
  const numbers = numbersOf(count, isCounted ? settling.present.get(group.name) : undefined);
  return { group, count, numbers, names: numbers.map((no) => memberName(group.name, no, isCounted)) };
}

type Spec = Omit<ResolvedInstance, "name" | "group" | "index" | "dependsOn" | "userDataBytesLeast"> & {
  readonly needs: ReadonlySet<string>;
};

/** What all members of a group have in common. */
function settleGroup(group: Group, sized: readonly SizedGroup[], settling: Settling): Spec {
  const userData = bound(group.userData, sized, settling);
  const named = group.dependsOn.flatMap((entry) => sizedAs(sized, entry.group).flatMap(({ names }) => names));
  return {
    images: group.images.map((image) => settle(image, IMAGE, settling)),
    profiles: group.profiles.map((profile) => settleProfile(profile, settling)),
    spot: group.spot,
    where: settleWhere(group.where, settling),
    userData,
    ready: settleReadiness(group.ready, settling),
    live: group.live === null ? null : { ...group.live, check: settleCheck(group.live.check, settling) },
    repair: group.repair,
    update: group.update,
    protect: group.protect,
    needs: new Set([...named, ...implied(group).flatMap((reference) => meantBy(reference, sized))]),
  };
}

function settleOutput(output: Output, sized: readonly SizedGroup[], settling: Settling): ResolvedOutput {
  return { ...output, value: bound(output.value, sized, settling) };
}

const sizedAs = (sized: readonly SizedGroup[], name: string): readonly SizedGroup[] =>
  sized.filter((each) => each.group.name === name);

const meantBy = ({ group, member }: GroupReference, sized: readonly SizedGroup[]): readonly string[] =>
  sizedAs(sized, group).flatMap(({ numbers, names }) =>
    names.filter((_, place) => member === null || member === numbers[place]),
  );

/** With instances in place of groups; tells of members that are not there. */
function bound(template: readonly OpenTemplatePart[], sized: readonly SizedGroup[], { mistakes }: Settling): Template {
  const references = template.filter((part) => part.kind === "group");
  const missing = references.flatMap((part) =>
    sizedAs(sized, part.group).flatMap(({ numbers }) => noSuchMember(part, numbers) ?? []),
  );
  mistakes.push(...missing);
  return template.map((part) => bind(part, (reference) => meantBy(reference, sized)));
}

function bind(part: OpenTemplatePart, meant: (reference: GroupReference) => readonly string[]): TemplatePart {
  if (part.kind !== "group") return part;
  const instances = meant(part);
  // Nobody has to wait for a name, so it is filled in at once.
  if (part.attribute === "name") return { kind: "text", text: instances.join(",") };
  return { kind: "instance", instances, attribute: part.attribute };
}

function settleProfile(profile: OpenProfile, settling: Settling): HardwareProfile {
  if (profile.kind === "named")
    return namedProfile(settle(profile.name, PROFILE_NAME, settling), profile.name, settling);
  return {
    name: "custom",
    cpu: settle(profile.cpu, CPU, settling),
    memoryMib: settle(profile.memoryMib, MEMORY, settling),
    storageGib: settle(profile.storageGib, STORAGE, settling),
    architecture: settle(profile.architecture, ARCHITECTURE, settling),
    accelerators: settle(profile.accelerators, ACCELERATORS, settling),
    acceleratorKind: settle(profile.acceleratorKind, ACCELERATOR_KIND, settling) || null,
  };
}

function namedProfile(name: string, open: Open<string>, { profiles, mistakes }: Settling): HardwareProfile {
  const found = profiles.find((profile) => profile.name === name);
  // The empty name stands for one that was refused already.
  if (found === undefined && name !== "") mistakes.push(blame(open, noSuchProfile(name, open.spot, profiles)));
  return (
    found ?? { name, cpu: 0, memoryMib: 0, storageGib: 0, architecture: "", accelerators: 0, acceleratorKind: null }
  );
}

/** Hardware profiles that are named without a parameter and do not exist: to be told before there are values. */
export function unknownProfiles(
  { groups }: Pick<Blueprint, "groups">,
  profiles: readonly HardwareProfile[],
): readonly Mistake[] {
  const named = groups.flatMap((group) => group.profiles.flatMap((one) => (one.kind === "named" ? [one.name] : [])));
  return named.flatMap((open) => {
    // The empty name stands for one that was refused already.
    if (open.kind !== "known" || open.value === "" || profiles.some(({ name }) => name === open.value)) return [];
    return [noSuchProfile(open.value, open.spot, profiles)];
  });
}

function noSuchProfile(name: string, spot: Spot, profiles: readonly HardwareProfile[]): Mistake {
  const names = profiles.map((profile) => profile.name);
  const remedy = didYouMean(name, names, "use one that exists, or write { cpu: 2, memory: 4GiB }");
  const says = `names the hardware profile ${quoted(name)}, which does not exist: ${remedy}`;
  const hint = names.length === 0 ? "There are no hardware profiles yet." : namesHint("Hardware profiles", names);
  return mistakeAt(spot, { code: "unknown_profile", says, hint });
}

function settleReadiness(ready: OpenReadiness, settling: Settling): Readiness {
  switch (ready.kind) {
    case "provider":
    case "callback":
      return ready;
    case "tcp":
    case "http":
      return settleCheck(ready, settling);
  }
}

function settleCheck(check: Extract<OpenReadiness, { port: unknown }>, settling: Settling): LiveCheck["check"] {
  const port = settle(check.port, PORT, settling);
  if (check.kind === "tcp") return { kind: "tcp", port };
  return { kind: "http", port, path: settle(check.path, HTTP_PATH, settling) };
}
