// Which blueprint a command means: a file, standard input, or one that the server keeps; and showing mistakes in its text.

import { readFile, stat } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { BlueprintOutline, StoredBlueprint } from "../contract/blueprint.ts";
import type { BlueprintChoice } from "../contract/deployment.ts";
import type { ProblemError } from "../contract/problem.ts";
import { type Client, path, placeOf, query, Refused } from "./client.ts";
import { badInput, Complaint } from "./complaint.ts";
import { cut, oneLine } from "./print.ts";
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

/** What the blueprint says before its parameters are given. */
export async function outlineOf(source: BlueprintSource, client: Client): Promise<BlueprintOutline> {
  const { choice } = source;
  if ("name" in choice) {
    const asked = path`/v1/blueprints/${choice.name}` + query({ version: choice.version });
    return (await client.ask({ path: asked, reply: StoredBlueprint })).outline;
  }
  const check = { method: "POST", path: "/v1/blueprints/check", body: choice, reply: BlueprintOutline } as const;
  return await withMistakes(source, () => client.ask(check));
}

/** Throws a Complaint that names the file and what the system says. */
export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    throw badInput(`cannot read ${file}: ${systemText(error)}`);
  }
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

/** A parameter itself, as opposed to something within its declaration. */
const PARAMETER = /^\/parameters\/[^/]+$/;
const HOW_TO_GIVE = "values are given with --set NAME=VALUE, secret ones with --set-file NAME=FILE";

/** As `withMistakes`, where values of parameters are sent, too. */
export async function withValueMistakes<T>(source: BlueprintSource, act: () => Promise<T>): Promise<T> {
  try {
    return await withMistakes(source, act);
  } catch (error) {
    if (!(error instanceof Complaint) || !(error.cause instanceof Refused)) throw error;
    if (!error.cause.problem.errors.some(({ pointer }) => PARAMETER.test(pointer))) throw error;
    throw new Complaint(error.exitCode, error.message, {
      details: [...error.details, HOW_TO_GIVE],
      cause: error.cause,
    });
  }
}

/** What `act` returns; when the server finds mistakes in the blueprint's text, they are shown with their lines. */
async function withMistakes<T>({ label, choice }: BlueprintSource, act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const lines = "source" in choice ? choice.source.split(/\r?\n/) : [];
    const { errors } = error.problem;
    if (errors.every(({ line }) => line === undefined)) throw error;
    const details = errors.flatMap((mistake) => [placeOf(mistake), ...quotedLine(mistake, lines)]);
    const count = errors.length === 1 ? "a mistake" : `${errors.length} mistakes`;
    throw new Complaint(error.exitCode, `${label} has ${count}`, { details, cause: error });
  }
}

const SHOWN_MOST = 100;

/** The line of the mistake with a caret under its column; a long line is cut around the caret. */
function quotedLine({ line, column = 1 }: ProblemError, lines: readonly string[]): string[] {
  const whole = line === undefined ? undefined : lines[line - 1];
  if (whole === undefined || whole.trim() === "") return [];
  const from = Math.max(0, column - SHOWN_MOST);
  const shown = Array.from(whole.slice(from), (letter) => (oneLine(letter) === "" ? " " : letter)).join("");
  const gutter = `    ${line} | `;
  return [
    gutter + cut(shown.trimEnd(), SHOWN_MOST + 20),
    `${" ".repeat(gutter.length - 2)}| ${" ".repeat(column - 1 - from)}^`,
  ];
}
