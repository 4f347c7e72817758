// Which blueprint a command means: a file, standard input, or one that the server keeps.

import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { CheckedBlueprint, StoredBlueprint } from "../contract/blueprint.ts";
import type { BlueprintChoice } from "../contract/deployment.ts";
import { type Client, path, query } from "./client.ts";
import { badInput } from "./complaint.ts";
import { withMistakes } from "./mistakes.ts";
import type { Terminal } from "./terminal.ts";

export interface BlueprintSource {
  /** As the person wrote it, for messages. */
  readonly label: string;
  readonly choice: BlueprintChoice;
}

export const BLUEPRINT_ARGUMENT = "a file, - for standard input, or NAME[@VERSION] of a stored one";

const STORED = /^([a-z0-9][a-z0-9._-]*)(?:@([1-9]\d*))?$/;

/** Throws a Complaint for what is neither a readable file nor a possible name. */
export async function blueprintSource(given: string, terminal: Terminal): Promise<BlueprintSource> {
  if (given === "-") return { label: "standard input", choice: { source: await text(terminal.stdin) } };
  const looksLikeFile = /[/\\]|\.(ya?ml|json)$/.test(given);
  const isFile =
    looksLikeFile ||
    (await stat(given).then(
      (found) => found.isFile(),
      () => false,
    ));
  if (isFile) return { label: given, choice: { source: await readText(given) } };
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

async function textOf({ choice }: BlueprintSource, client: Client): Promise<string> {
  if ("source" in choice) return choice.source;
  const asked = path`/v1/blueprints/${choice.name}` + query({ version: choice.version });
  return (await client.ask({ path: asked, reply: StoredBlueprint })).source;
}

/** More than the server takes of anything, so that its word on a blueprint that is too large is still told with its size. */
const BYTES_MOST = 1024 * 1024;

/** Throws a Complaint that names the file and what the system says. Of a device or a log, no more is read than matters. */
export async function readText(file: string): Promise<string> {
  const pieces: Buffer[] = [];
  try {
    // The end is included: one byte more than is taken.
    for await (const piece of createReadStream(file, { end: BYTES_MOST })) pieces.push(piece);
  } catch (error) {
    throw badInput(`cannot read ${file}: ${systemText(error)}`);
  }
  const bytes = Buffer.concat(pieces);
  if (bytes.length > BYTES_MOST) throw badInput(`${file} is larger than 1 MiB, which no part of a launch may be`);
  return bytes.toString("utf8");
}

const SYSTEM_TEXTS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
};

function systemText(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return SYSTEM_TEXTS[code] ?? (error instanceof Error ? error.message : String(error));
}
