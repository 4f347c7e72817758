// Puts what was given for a launch together with what the blueprint declares.

import type { Blueprint, Parameter } from "./blueprint.ts";
import { isEnough, type Mistake, mistakeAt, namesHint, shown } from "./mistake.ts";
import { didYouMean } from "./nearest.ts";
import { scalarOf, valueReader } from "./parameter-value.ts";
import { type Given, isBlank, readValue } from "./reader.ts";

/** What came with a launch, by parameter. */
export type GivenValues = Readonly<Record<string, unknown>>;

/** The value of every parameter; those with mistakes are left out. */
export function resolveParameters(
  blueprint: Blueprint,
  given: GivenValues,
  mistakes: Mistake[],
): ReadonlyMap<string, Given> {
  const names = blueprint.parameters.map(({ name }) => name);
  for (const name of Object.keys(given)) {
    if (isEnough(mistakes)) break;
    if (names.includes(name)) continue;
    const remedy = didYouMean(name, names, "leave it out, or declare it in the blueprint");
    const says = `is no parameter of this blueprint: ${remedy}`;
    const hint = names.length === 0 ? "The blueprint declares no parameters." : namesHint("Parameters", names);
    const spot = { path: ["parameters", name], at: blueprint.parametersAt };
    mistakes.push(mistakeAt(spot, { code: "unknown_parameter", says, hint }));
  }
  const values = new Map<string, Given>();
  for (const parameter of blueprint.parameters) {
    const { name } = parameter;
    const own = Object.hasOwn(given, name) ? given[name] : undefined;
    const value = valueOf(parameter, own, mistakes);
    if (value !== null) values.set(name, value);
  }
  return values;
}

function valueOf(parameter: Parameter, given: unknown, mistakes: Mistake[]): Given | null {
  const { spot, type, required } = parameter;
  const reader = valueReader(parameter);
  if (given === undefined || given === null) return standardOf(parameter, reader.must, mistakes);
  const value = scalarOf(parameter, given);
  if (value === undefined) {
    const says = `${reader.must}, not ${Array.isArray(given) ? "a list" : "an object"}`;
    mistakes.push(mistakeAt(spot, { code: "wrong_type", says }));
    return null;
  }
  if (isBlank(value) && !required) return type === "string" ? "" : parameter.default;
  const read = readValue(reader, value, `not ${shown(value)}`);
  if ("ok" in read) return read.ok;
  mistakes.push(mistakeAt(spot, read.complaint));
  return null;
}

/** What counts when nothing was given. */
function standardOf(parameter: Parameter, must: string, mistakes: Mistake[]): Given | null {
  const { spot, required } = parameter;
  if (parameter.default !== null) return parameter.default;
  if (!required) return "";
  const says = `has no value: give one for the launch; it ${must}`;
  mistakes.push(mistakeAt(spot, { code: "missing_parameter", says }));
  return null;
}
