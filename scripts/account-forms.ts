// Writes the table of account fields into each provider's README, from the form that the provider checks. A test compares them.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isAccountKey, WHERE_FACTS } from "../src/contract/where.ts";
import type { AccountForm, FormField } from "../src/ports/account-form.ts";
import { PROVIDERS } from "../src/providers/registry.ts";

const BEGIN = "<!-- account form: written by scripts/account-forms.ts -->";
const END = "<!-- end of account form -->";

export function readmeOf(provider: string): string {
  return join(import.meta.dirname, `../src/providers/${provider}/README.md`);
}

/** The text with the form's table between its marks. Throws when they are missing. */
export function withFormTable(text: string, { fields, where }: AccountForm): string {
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) throw new Error(`no ${BEGIN} and ${END}`);
  const rows = fields.map(
    (field) => `| \`${field.name}\` | ${field.of} | ${whenLeftOut(field)} | ${meaningOf(field)} |`,
  );
  const table = ["| Field | Kind | When left out | Meaning |", "|---|---|---|---|", ...rows].join("\n");
  return `${before}${BEGIN}\n\n${table}\n\n${placed(where)}\n\n${END}${after}`;
}

/** What it takes of where machines are put. */
function placed(where: AccountForm["where"]): string {
  if (where.length === 0) return "Of a blueprint's `placement` it takes `spot` alone, and an account has no `where`.";
  const rows = where.map((key) => {
    const { word, help } = WHERE_FACTS[key];
    const value = word.replaceAll("|", "\\|");
    return `| \`${key}\` | \`${value}\` | ${isAccountKey(key) ? "both" : "blueprint"} | ${help} |`;
  });
  const head =
    "Where machines are put, by a blueprint's `placement` or an account's `where` (`--where [REALM.]KEY=VALUE`):";
  return [head, "", "| Key | Value | Said by | Meaning |", "|---|---|---|---|", ...rows].join("\n");
}

function whenLeftOut(field: FormField): string {
  if (field.isRequired) return "required";
  return field.default === null ? "nothing" : `\`${String(field.default)}\``;
}

function meaningOf(field: FormField): string {
  const choices = field.kind === "choice" ? ` One of ${field.choices.join(", ")}.` : "";
  const bounds = field.kind === "amount" ? ` From ${field.least} to ${field.most}.` : "";
  const example = field.example === null ? "" : ` Such as \`${field.example}\`.`;
  return `${field.help}${choices}${bounds}${example}`.replaceAll("|", "\\|");
}

if (import.meta.main) {
  for (const { name, form } of PROVIDERS.values()) {
    const path = readmeOf(name);
    await writeFile(path, withFormTable(await readFile(path, "utf8"), form));
  }
}
