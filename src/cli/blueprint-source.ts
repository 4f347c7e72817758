// Which blueprint a command means: a file, standard input, or one that the server keeps.

import { stat } from "node:fs/promises";
import { CheckedBlueprint, StoredBlueprint } from "../contract/blueprint.ts";
import type { BlueprintChoice } from "../contract/deployment.ts";
import { type Client, path, query } from "./client.ts";
import { badInput } from "./complaint.ts";
import { withMistakes } from "./mistakes.ts";
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

/** What the blueprint says before its parameters are given, held against what the server knows. */
export async function checkedBlueprint(source: BlueprintSource, client: Client): Promise<CheckedBlueprint> {
  const text = { ...source, choice: { source: await textOf(source, client) } };
  const check = { method: "POST", path: "/v1/blueprints/check", body: text.choice, reply: CheckedBlueprint } as const;
  return await withMistakes(text, () => client.ask(check));
}

async function textOf(source: BlueprintSource, client: Client): Promise<string> {
  const { choice } = source;
  if ("source" in choice) return choice.source;
  const asked = path`/v1/blueprints/${choice.name}` + query({ version: choice.version });
  return (await withMistakes(source, () => client.ask({ path: asked, reply: StoredBlueprint }))).source;
}
