// What a provider asks for in an account, as data: its check, `slipway provider show`, the page's form and the table in its README are
// made from it. A wrong field is named together with what belongs there, because a person has to put it right.

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

/** The fault of an account that was written down wrongly; nobody was contacted. */
export function accountFormFault(field: string, problem: string): ProviderFault {
  return new ProviderFault({
    class: "config",
    scope: "account",
    effect: "none",
    retryAfterMs: null,
    code: "invalid_account",
    text: `${field}: ${problem}`,
    requestId: null,
  });
}

/** The values of all fields. Throws a ProviderFault for the first that is not known, is missing or is of another kind. */
export function readForm<const Form extends AccountForm>(
  form: Form,
  given: { readonly settings: Given; readonly credentials: Given },
): FormValues<Form> {
  refuseUnknown(form, given.settings, "setting");
  refuseUnknown(form, given.credentials, "credential");
  const values = form.fields.map((field) => {
    const from = field.of === "setting" ? given.settings : given.credentials;
    return [field.name, valueOf(field, Object.hasOwn(from, field.name) ? from[field.name] : undefined)] as const;
  });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a parser: each value has just been read by its field's kind
  return Object.fromEntries(values) as FormValues<Form>;
}

/** A misspelt option would otherwise do nothing. */
function refuseUnknown({ fields }: AccountForm, given: Given, of: FormField["of"]): void {
  const known = fields.filter((field) => field.of === of).map(({ name }) => name);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  if (fields.some(({ name }) => name === unknown)) {
    const where = of === "setting" ? "is a credential, no setting" : "is a setting, no credential";
    throw accountFormFault(unknown, `${where}: give it as such`);
  }
  const problem = known.length === 0 ? `is not known; no ${of} is needed` : `is not known; known: ${known.join(", ")}`;
  throw accountFormFault(unknown, problem);
}

function valueOf(field: FormField, value: unknown): unknown {
  if (value === undefined && !field.isRequired) return field.default;
  if (value === undefined || value === "") {
    throw accountFormFault(field.name, `is missing; it must be ${meaningOf(field)}`);
  }
  if (!fits(field, value)) throw accountFormFault(field.name, `must be ${meaningOf(field)}`);
  return value;
}

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
