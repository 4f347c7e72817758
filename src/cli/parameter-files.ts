// `--param-file`: values of parameters in a file of YAML or JSON, each under its name.

import { isMap, isScalar, LineCounter, parseDocument, type Scalar } from "yaml";
import { badInput } from "./complaint.ts";
import type { Terminal } from "./terminal.ts";
import { readFileText, readStdinText } from "./text-input.ts";

export interface FromFile {
  readonly value: string;
  readonly file: string;
}

/** What the files say together; of a name that several have the last one counts. Values are never repeated in a complaint: they may be secret. */
export async function parametersIn(
  files: readonly string[],
  terminal: Terminal,
): Promise<ReadonlyMap<string, FromFile>> {
  const all = new Map<string, FromFile>();
  for (const file of files) {
    const text = file === "-" ? await readStdinText(terminal) : await readFileText(file);
    const label = file === "-" ? "standard input" : file;
    for (const [name, value] of read(text, label)) all.set(name, { value, file });
  }
  return all;
}

function read(text: string, label: string): readonly (readonly [string, string])[] {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false, version: "1.2" });
  const at = (offset: number): string => {
    const { line, col } = counter.linePos(offset);
    return `${label}, at ${line}:${col}`;
  };
  const [error] = document.errors;
  if (error !== undefined) throw badInput(`${at(error.pos[0])}: is no YAML: ${error.message}`);
  const { contents } = document;
  if (contents === null) return [];
  if (!isMap(contents))
    throw badInput(`${label}: must be a map from names of parameters to values, such as size: large`);
  return contents.items.map(({ key, value }) => {
    const place = at(isScalar(key) ? (key.range?.[0] ?? 0) : 0);
    if (!isScalar(key) || typeof key.value !== "string") {
      throw badInput(`${place}: a parameter's name must be text`);
    }
    if (!isScalar(value) || value.value === null) {
      throw badInput(`${place}: ${key.value} must be one value: text, a number, true or false`);
    }
    return [key.value, textOf(value)] as const;
  });
}

/** Numbers as they are written, so that no digit is lost. */
function textOf({ value, source }: Scalar): string {
  return typeof value === "string" ? value : (source ?? String(value));
}
