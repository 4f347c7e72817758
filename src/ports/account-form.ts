// What a provider asks for in an account, as data: its check, `slipway provider show`, the page's form and the table in its README are
// made from it. A wrong field is named together with what belongs there, because a person has to put it right.

import { dotted } from "../core/blueprint/mistake.ts";
import type { WhereKey } from "../core/blueprint/model.ts";
import { nearest } from "../core/blueprint/nearest.ts";
import { readSections, type WhereProblem, type WhereSections } from "../core/market/where.ts";
import { ProviderFault } from "./provider.ts";

interface FieldFacts {
  /** As in settings or credentials of the account; once in a form. */
  readonly name: string;
  /** Credentials are sealed and never shown again. */
  readonly of: "setting" | "credential";
  readonly label: string;
  /** One sentence. */
  readonly help: string;
  readonly isRequired: boolean;
  readonly example: string | null;
  /** What counts when the field is left out; null: nothing. */
  readonly default: string | number | boolean | null;
}

export type FormField = FieldFacts &
  (
    | { readonly kind: "text" | "address" | "flag" }
    /** Several lines, such as PEM. */
    | { readonly kind: "lines" }
    | { readonly kind: "amount"; readonly least: number; readonly most: number }
    | { readonly kind: "choice"; readonly choices: readonly string[] }
  );

export interface AccountForm {
  /** One sentence on the clouds that the provider reaches. */
  readonly about: string;
  /** What it takes of where a machine is put: from blueprints, and but for `hosts` as defaults of an account, by its setting `where`. */
  readonly where: readonly WhereKey[];
  /** In the order in which a person is asked. */
  readonly fields: readonly FormField[];
}

type ValueOf<F extends FormField> = F["kind"] extends "amount" ? number : F["kind"] extends "flag" ? boolean : string;

/** Null only where a field may be left out and nothing counts in its place. */
export type FormValues<Form extends AccountForm> = {
  readonly [F in Form["fields"][number] as F["name"]]:
    | ValueOf<F>
    | (F extends { isRequired: true } ? never : F["default"]);
};

type Given = Readonly<Record<string, unknown>>;

/** One thing that is wrong with an account as it was written down. */
export interface FormMistake {
  /** The field's name, and what leads to the mistake in its value. */
  readonly path: readonly [field: string, ...inside: string[]];
  /** Null: where the form says. */
  readonly of: FormField["of"] | null;
  /** Completes the place. */
  readonly problem: string;
}

/** An account that was written down wrongly; nobody was contacted. */
export class AccountFormFault extends ProviderFault {
  readonly mistakes: readonly FormMistake[];
  constructor(mistakes: readonly FormMistake[]) {
    super({
      class: "config",
      scope: "account",
      effect: "none",
      retryAfterMs: null,
      code: "invalid_account",
      text: mistakes.map(({ path, problem }) => `${dotted(path)}: ${problem}`).join("; "),
      requestId: null,
    });
    this.mistakes = mistakes;
  }
}

export function accountFormFault(field: string, problem: string): AccountFormFault {
  return new AccountFormFault([{ path: [field], of: null, problem }]);
}

/** The values of all fields. Throws an AccountFormFault with all that is not known, is missing or is of another kind. */
export function readForm<const Form extends AccountForm>(
  form: Form,
  given: { readonly settings: Given; readonly credentials: Given },
): FormValues<Form> {
  const mistakes = [...unknownIn(form, given.settings, "setting"), ...unknownIn(form, given.credentials, "credential")];
  // What was given misspelt, or in the wrong place, is not missing as well.
  const names = form.fields.map(({ name }) => name);
  const misplaced = new Set(mistakes.map(({ path }) => nearest(path[0], names)));
  const values = form.fields.map((field) => {
    const from = field.of === "setting" ? given.settings : given.credentials;
    const value = Object.hasOwn(from, field.name) ? from[field.name] : undefined;
    const problem = problemOf(field, value);
    if (problem !== null && !(value === undefined && misplaced.has(field.name))) {
      mistakes.push({ path: [field.name], of: field.of, problem });
    }
    return [field.name, value === undefined ? field.default : value] as const;
  });
  const sections = readSections(given.settings[WHERE], form.where);
  if ("problem" in sections && form.where.length > 0) {
    mistakes.push(whereMistake(sections));
  }
  if (mistakes.length > 0) throw new AccountFormFault(mistakes);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a parser: each value has just been read by its field's kind
  return Object.fromEntries(values) as FormValues<Form>;
}

/** What is written in a field of several lines, without empty ones and comments; `no` counts all of them. */
export function linesIn(text: string): readonly { readonly line: string; readonly no: number }[] {
  const lines = text.split("\n").map((line, index) => ({ line: line.trim(), no: index + 1 }));
  return lines.filter(({ line }) => line !== "" && !line.startsWith("#"));
}

const WHERE = "where";

/** The account's defaults of where machines are put. Throws an AccountFormFault with what is wrong in them. */
export function readWhere({ where }: Pick<AccountForm, "where">, settings: Given): WhereSections {
  const read = readSections(settings[WHERE], where);
  if ("problem" in read) throw new AccountFormFault([whereMistake(read)]);
  return read.ok;
}

const whereMistake = ({ path, problem }: WhereProblem): FormMistake => ({
  path: [WHERE, ...path],
  of: "setting",
  problem,
});

/** A misspelt option would otherwise do nothing. */
function unknownIn({ fields, where }: AccountForm, given: Given, of: FormField["of"]): FormMistake[] {
  const named = fields.filter((field) => field.of === of).map(({ name }) => name);
  const known = of === "setting" && where.length > 0 ? [...named, WHERE] : named;
  const unknown = Object.keys(given).filter((name) => !known.includes(name));
  return unknown.map((name) => ({ path: [name], of, problem: unknownText(name, { of, known, fields }) }));
}

function unknownText(
  name: string,
  {
    of,
    known,
    fields,
  }: Pick<AccountForm, "fields"> & { readonly of: FormField["of"]; readonly known: readonly string[] },
): string {
  if (fields.some((field) => field.name === name)) {
    return `${of === "setting" ? "is a credential, no setting" : "is a setting, no credential"}: give it as such`;
  }
  if (known.length === 0) return `is not known; no ${of} is needed`;
  const meant = nearest(name, known);
  return `is not known${meant === null ? ";" : `: did you mean ${meant}?`} known: ${known.join(", ")}`;
}

/** What is wrong with a value; null when nothing is. */
function problemOf(field: FormField, value: unknown): string | null {
  if (value === undefined && !field.isRequired) return null;
  if (value === undefined || value === "") return `is missing; it must be ${meaningOf(field)}`;
  if (fits(field, value)) return null;
  const isBare = typeof value === "number" || typeof value === "boolean";
  const remedy = isBare && isText(field) ? `, and not the ${typeof value} ${value}: write it as text, "${value}"` : "";
  return `must be ${meaningOf(field)}${remedy}`;
}

const isText = ({ kind }: FormField): boolean => kind !== "amount" && kind !== "flag";

function fits(field: FormField, value: unknown): boolean {
  switch (field.kind) {
    case "amount":
      return typeof value === "number" && value >= field.least && value <= field.most;
    case "flag":
      return typeof value === "boolean";
    case "choice":
      return typeof value === "string" && field.choices.includes(value);
    case "address":
    case "lines":
    case "text":
      return typeof value === "string";
  }
}

/** Completes "must be …" for a person. */
function meaningOf(field: FormField): string {
  const such = field.example === null ? "" : ` such as ${field.example}`;
  switch (field.kind) {
    case "amount":
      return `a number from ${field.least} to ${field.most}`;
    case "flag":
      return "true or false";
    case "choice":
      return `one of ${field.choices.join(", ")}`;
    case "address":
      return `an address${such}`;
    case "lines":
      return `text of several lines${such}`;
    case "text":
      return `text${such}`;
  }
}
