// Reading an account's settings and credentials: what every provider does in `open`. A wrong field is named together with
// what belongs there, because a person has to put it right.

import { ProviderFault } from "./provider.ts";

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

/** Throws when a field is given that the provider does not know: a misspelt option would otherwise do nothing. */
export function refuseUnknownFields(given: Given, known: readonly string[]): void {
  const unknown = Object.keys(given).find((field) => !known.includes(field));
  if (unknown === undefined) return;
  throw accountFormFault(
    unknown,
    known.length === 0 ? "none is needed here" : `is not known; known: ${known.join(", ")}`,
  );
}

/** `meaning` completes "must be …" for a person. */
export function requiredText(given: Given, field: string, meaning: string): string {
  const value = given[field];
  if (typeof value !== "string" || value === "") throw accountFormFault(field, `is missing; it must be ${meaning}`);
  return value;
}

/** Null when the field is not given. */
export function optionalText(given: Given, field: string, meaning: string): string | null {
  return given[field] === undefined ? null : requiredText(given, field, meaning);
}

/** More than a person means, of anything. */
const GIVEN_MOST = 1_000_000;

/** Null when the field is not given. */
export function optionalAmount(given: Given, field: string, meaning: string): number | null {
  const value = given[field];
  if (value === undefined) return null;
  if (typeof value !== "number" || !(value >= 0 && value <= GIVEN_MOST)) {
    throw accountFormFault(field, `must be ${meaning}: a number from 0 to ${GIVEN_MOST}`);
  }
  return value;
}

/** False when the field is not given. */
export function optionalFlag(given: Given, field: string): boolean {
  const value = given[field] ?? false;
  if (typeof value !== "boolean") throw accountFormFault(field, "must be true or false");
  return value;
}
