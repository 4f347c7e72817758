// What is written into a machine's configuration, and how it is read back: owner labels, and the name under which it was made. LXD copies all of
// it when somebody copies a machine: a copy bears its original's name there, and so is known to be nobody's.

import { OWNER_LABELS } from "../../core/machine.ts";
import type { Instance } from "./schema.ts";

const PREFIX = "user.";
const NAMED = `${PREFIX}slipway-machine`;

export function markOf(name: string, labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const marks = Object.entries(labels).map(([key, label]) => [`${PREFIX}${key}`, label] as const);
  return { ...Object.fromEntries(marks), [NAMED]: name };
}

const OWNER = `${PREFIX}${OWNER_LABELS.installation}`;

/** A filter for lists. */
export const ownedBy = (installation: string): string => `config.${OWNER} eq ${installation}`;

export function isOf({ name, config }: Instance, installation: string): boolean {
  return config[OWNER] === installation && config[NAMED] === name;
}

export const ID_KEY = "volatile.uuid";

/** LXD's own id of a machine: it outlasts another name, and a copy has another one. Empty where LXD has not given it yet. */
export const idOf = ({ config }: Instance): string => config[ID_KEY] ?? "";
