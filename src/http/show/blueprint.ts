// A blueprint as a launch form needs it: what may be given, and what will be made.

import type * as contract from "../../contract/blueprint.ts";
import type { Blueprint, Group, Open, Parameter } from "../../core/blueprint/blueprint.ts";
import { neededBy } from "../../core/blueprint/check-instances.ts";
import { plainNumber, plainValue } from "../../core/blueprint/number.ts";
import { userDataOnly } from "../../core/blueprint/resolve.ts";
import { showOutlinedOutput } from "./output.ts";

export function showOutline(blueprint: Blueprint): contract.BlueprintOutline {
  const { name, parameters, groups, outputs } = blueprint;
  const spare = userDataOnly(blueprint);
  const shown = parameters.map((parameter) => showParameter(parameter, spare.has(parameter.name)));
  return { name, parameters: shown, instances: groups.map(showGroup), outputs: outputs.map(showOutlinedOutput) };
}

function showParameter(parameter: Parameter, isUserDataOnly: boolean): contract.Parameter {
  const { name, type, description, secret, required, choices, min, max } = parameter;
  return {
    name,
    type,
    description,
    secret,
    required,
    hasDefault: parameter.default !== null,
    default: secret || parameter.default === null ? null : plainValue(parameter.default),
    choices: choices === null ? null : choices.map(plainValue),
    min: min === null ? null : plainNumber(min),
    max: max === null ? null : plainNumber(max),
    userDataOnly: isUserDataOnly,
  };
}

function showGroup(group: Group): contract.InstanceGroup {
  const { name, count, images } = group;
  const [image] = images;
  return {
    name,
    count: count === null ? 1 : known(count),
    image: image === undefined ? null : known(image),
    dependsOn: [...neededBy(group)],
  };
}

function known<T>(value: Open<T>): T | null {
  return value.kind === "known" ? value.value : null;
}
