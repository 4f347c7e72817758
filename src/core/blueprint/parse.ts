// From a positioned document to a blueprint, or to everything that is wrong with it.

import type { Blueprint, Group } from "./blueprint.ts";
import { checkGroups } from "./check-instances.ts";
import { type Cursor, fieldsOf, readScalar, rootOf } from "./cursor.ts";
import type { Located } from "./located.ts";
import { inOrder, type Mistake, mistakeAt, shownNode } from "./mistake.ts";
import { BLUEPRINT_NAME } from "./name.ts";
import { readGroups } from "./read-instances.ts";
import { readOutputs } from "./read-outputs.ts";
import { readParameters } from "./read-parameters.ts";
import { readPolicy } from "./read-policy.ts";

const FORMAT_VERSION = 1;

const BLUEPRINT = {
  required: {
    slipway: "slipway: 1",
    name: "name: shop",
    instances: "instances: { web: { image: debian-12, profile: small } }",
  },
  optional: ["parameters", "outputs", "launch"],
};

export type Parsed =
  | { readonly ok: Blueprint }
  /** `groups`: what could be read of them, for whoever looks for more mistakes. */
  | { readonly mistakes: readonly Mistake[]; readonly groups: readonly Group[] };

/** Reports all mistakes at once, in the document's order. What is ok holds for every choice of parameters but their values, and for whatever numbers members have. */
export function parseBlueprint(tree: Located): Parsed {
  const mistakes: Mistake[] = [];
  const root = rootOf(tree);
  const version = versionMistake(root);
  if (version !== null) return { mistakes: [version], groups: [] };
  const fields = fieldsOf(root, BLUEPRINT, mistakes);
  const parameters = readParameters(fields.get("parameters"), mistakes);
  const groups = readGroups(fields.get("instances"), { mistakes, parameters });
  checkGroups(groups, mistakes);
  const outputs = readOutputs(fields.get("outputs"), { mistakes, parameters, groups });
  const ok = {
    name: readScalar(fields.get("name"), BLUEPRINT_NAME, mistakes),
    parameters: [...parameters.values()],
    parametersAt: (fields.get("parameters") ?? root).keyAt,
    groups,
    outputs,
    policy: readPolicy(fields.get("launch"), mistakes),
  };
  return mistakes.length === 0 ? { ok } : { mistakes: inOrder(mistakes), groups };
}

// With another version of the format every other complaint would be noise.
function versionMistake(root: Cursor): Mistake | null {
  if (root.node.kind !== "map") return null;
  const entry = root.node.entries.find(({ key }) => key === "slipway");
  if (entry === undefined || isVersion(entry.value)) return null;
  const says = `must be ${FORMAT_VERSION}, the only version of the format so far, not ${shownNode(entry.value)}`;
  const isQuoted = entry.value.kind === "scalar" && entry.value.value === String(FORMAT_VERSION);
  const hint = isQuoted ? { hint: "Write the number without quotes." } : {};
  return mistakeAt({ path: ["slipway"], at: entry.value.at }, { code: "unknown_version", says, ...hint });
}

function isVersion(node: Located): boolean {
  const value = node.kind === "scalar" ? node.value : null;
  return typeof value === "object" && value !== null && Number(value.text) === FORMAT_VERSION;
}
