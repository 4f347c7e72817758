// Which blueprint a command means: a file, standard input, or one that the server keeps.

import { stat } from "node:fs/promises";
import type { BlueprintChoice } from "../contract/deployment.ts";
import { badInput } from "./complaint.ts";
import type { Terminal } from "./terminal.ts";
import { readFileText, readStdinText } from "./text-input.ts";

export interface BlueprintSource {
  /** As the person wrote it, for messages. */
  readonly label: string;
  readonly choice: BlueprintChoice;
}

export const BLUEPRINT_ARGUMENT = "a file, - for standard input, or NAME[@VERSION] of a stored one";

const STORED = /^([a-z0-9][a-z0-9._-]*)(?:@([1-9]\d*))?$/;

/** Throws a Complaint for what is neither a readable file nor a possible name. */
export async function blueprintSource(given: string, terminal: Terminal): Promise<BlueprintSource> {
  if (given === "-") return { label: "standard input", choice: { source: await readStdinText(terminal) } };
  const looksLikeFile = /[/\\]|\.(ya?ml|json)$/.test(given);
  const isFile =
    looksLikeFile ||
    (await stat(given).then(
      (found) => found.isFile(),
      () => false,
    ));
  if (isFile) return { label: given, choice: { source: await readFileText(given) } };
  const [, name, version] = STORED.exec(given) ?? [];
  if (name === undefined) throw badInput(`${given} is no file here and cannot be the name of a stored blueprint`);
  return { label: given, choice: version === undefined ? { name } : { name, version: Number(version) } };
}
