// What the server's provider asks for, and what is sent of what was typed.

import type { ProviderField } from "../../../../src/contract/provider.ts";

export type Given = Readonly<Record<string, string>>;

/** What is sent of the settings: nothing of those left empty; flags and numbers as such. */
export function settingsOf(fields: readonly ProviderField[], given: Given): Record<string, string | number | boolean> {
  const filled = fields.filter((field) => field.of === "setting" && textOf(field, given) !== "");
  return Object.fromEntries(filled.map((field) => [field.name, valueOf(field, textOf(field, given))]));
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
