// What the server's provider asks for, and what is sent of what was typed.

import { pathOf } from "../../../../src/contract/pointer.ts";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import type { Provider, ProviderField } from "../../../../src/contract/provider.ts";
import { placeIn, wherePairs, type WhereSetting, withWhere } from "../../../../src/contract/where.ts";

export type Given = Readonly<Record<string, string>>;

/** What is sent of the settings: nothing of those left empty; flags and numbers as such. */
function settingsOf(fields: readonly ProviderField[], given: Given): Record<string, string | number | boolean> {
  const filled = fields.filter((field) => field.of === "setting" && textOf(field, given) !== "");
  return Object.fromEntries(filled.map((field) => [field.name, valueOf(field, textOf(field, given))]));
}

/** Under this name stands what was typed of where machines are put: a line each, as the command line takes it. */
export const WHERE = "where";

export const hasWhere = ({ where }: Pick<Provider, "where">): boolean => where.some(({ inAccount }) => inAccount);

/** All that is sent as settings. */
export function settingsIn(form: Pick<Provider, "fields" | "where">, given: Given): Record<string, unknown> {
  return { ...settingsOf(form.fields, given), ...(hasWhere(form) ? whereOf(given) : {}) };
}

/** Settings as they stand in the fields. */
export function typedOf(settings: Readonly<Record<string, unknown>>): Given {
  const typed = Object.entries(settings).map(([name, value]) => {
    return [name, name === WHERE ? whereText(value) : String(value)] as const;
  });
  return Object.fromEntries(typed);
}

/** The setting `where` as it is typed; nothing when nothing is. */
function whereOf(given: Given): { where?: WhereSetting } {
  const pairs = (given[WHERE] ?? "").split("\n").flatMap((line) => {
    const equals = line.indexOf("=");
    const [name, value] = equals === -1 ? [line, ""] : [line.slice(0, equals), line.slice(equals + 1)];
    return name.trim() === "" ? [] : [[name.trim(), value.trim()] as const];
  });
  const where = withWhere(undefined, pairs);
  return where === undefined ? {} : { where };
}

/** What is wrong with a line before it is sent; null when it can be one. */
export function whereProblem(given: Given): string | null {
  const wrong = (given[WHERE] ?? "")
    .split("\n")
    .find((line) => line.trim() !== "" && !/^[^=]*[^=\s][^=]*=.*\S/.test(line));
  return wrong === undefined ? null : `${wrong.trim()}: must be KEY=VALUE or REALM.KEY=VALUE`;
}

/** What the server has against what was sent of it, with the name that was typed; null: nothing. */
export function whereMistake(errors: readonly ProblemError[]): string | null {
  for (const { pointer, detail } of errors) {
    const [of, name, ...inside] = pathOf(pointer);
    if (of !== "settings" || name !== WHERE) continue;
    const place = placeIn(inside) ?? inside.join(".");
    return place === "" ? detail : `${place}: ${detail}`;
  }
  return null;
}

/** As it is typed. */
function whereText(setting: unknown): string {
  return wherePairs(setting)
    .map(([name, value]) => `${name}=${value}`)
    .join("\n");
}

export function credentialsOf(fields: readonly ProviderField[], given: Given): Record<string, string> {
  const filled = fields.filter((field) => field.of === "credential" && textOf(field, given) !== "");
  return Object.fromEntries(filled.map((field) => [field.name, textOf(field, given)]));
}

/** Several lines stay as they are. */
function textOf({ name, kind }: ProviderField, given: Given): string {
  const text = given[name] ?? "";
  const trimmed = text.trim();
  return kind === "lines" && trimmed !== "" ? text : trimmed;
}

function valueOf({ kind }: ProviderField, text: string): string | number | boolean {
  if (kind === "flag") return text === "true";
  return kind === "amount" ? Number(text) : text;
}

/** What a field is for, whether it has to be filled in, and what becomes of it when it is not. */
export function hintOf(field: ProviderField, isStored: boolean): string {
  const { help, default: usual, kind, of, isRequired } = field;
  const counts = usual === null || kind === "flag" ? "" : ` Left empty: ${String(usual)}.`;
  const isNeeded = isRequired && !(isStored && of === "credential");
  const begin = isNeeded ? `Needed. ${help}` : help;
  if (of === "setting") return `${begin}${counts}`;
  return `${begin} Stored encrypted and never shown${isStored ? "; left empty, it stays as it is." : "."}`;
}
