// Names of blueprints, deployments and instances: they become parts of host names, so the rules are those of host names.

import { INSTANCE_NAME_MAX } from "../ids.ts";
import { text } from "./reader.ts";

const NAME = /^[a-z](?:[a-z0-9-]*[a-z0-9])?$/;

/** A counted group leaves room for `-50`. */
const COUNTED_NAME_MAX = INSTANCE_NAME_MAX - 3;
const BLUEPRINT_NAME_MAX = 63;

const LETTERS = "lower-case letters, digits and hyphens, a letter first and no hyphen last";

/** A blueprint's name, which is a deployment's name unless another is given. */
export const BLUEPRINT_NAME = text(
  `must consist of at most ${BLUEPRINT_NAME_MAX} ${LETTERS}`,
  new RegExp(`^(?=.{1,${BLUEPRINT_NAME_MAX}}$)${NAME.source.slice(1)}`),
);

/** Why this cannot be a group's name, or null. */
export function groupNameFault(name: string, isCounted: boolean): string | null {
  const most = isCounted ? COUNTED_NAME_MAX : INSTANCE_NAME_MAX;
  if (!NAME.test(name)) return `is no name for an instance: use ${LETTERS}`;
  if (name.length <= most) return null;
  const room = isCounted ? ", so that its number fits behind it" : "";
  return `is too long a name: use at most ${most} characters${room}`;
}

const VALUE_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** Why this cannot be the name of a parameter or of an output, or null. */
export function valueNameFault(name: string, of: "a parameter" | "an output"): string | null {
  if (VALUE_NAME.test(name)) return null;
  return `is no name for ${of}: use letters, digits, - and _, at most 64 of them and a letter first`;
}

/** Member `index` (from 1) of a group; a group without a count is its only member. */
export function memberName(group: string, index: number, isCounted: boolean): string {
  return isCounted ? `${group}-${index}` : group;
}
