// Values of parameters: defaults in the document, and what the person who launches gives as JSON or as plain text.

import type { Parameter } from "./blueprint.ts";
import type { ScalarValue } from "./located.ts";
import { SECRET_LEAST } from "../secrecy/secret.ts";
import { shown } from "./mistake.ts";
import {
  compareDecimals,
  decimalFrom,
  isInDigits,
  isWhole,
  NUMBER_BOUNDS,
  spellsNumber,
  type Written,
  writtenFrom,
} from "./number.ts";
import { type Given, isStorable, listed, type Reader, type ReadValue } from "./reader.ts";

/** What restricts the values of a parameter. */
export type Limits = Pick<Parameter, "type" | "secret" | "choices" | "min" | "max">;

/** A certificate chain fits; a disk image does not. */
const TEXT_MOST = 16_384;
const CHOICES_SHOWN = 10;

export function valueReader(limits: Limits): Reader<Given | null> {
  return {
    must: mustOf(limits),
    accepts: [limits.type],
    fallback: null,
    isHidden: limits.secret,
    read: (value) => {
      const read = readTyped(limits, value);
      if (!("ok" in read) || limits.choices === null) return read;
      return limits.choices.some((choice) => isSame(choice, read.ok)) ? read : { wrong: "bad_value" };
    },
  };
}

/** For `min` and `max` of a parameter that is a number. */
export function boundReader(limits: Limits): Reader<Written | null> {
  return { ...valueReader(limits), fallback: null, read: (value) => readNumber(limits, value) };
}

/** The same number, however it is written; else the same value. */
function isSame(a: Given, b: Given): boolean {
  return typeof a === "object" && typeof b === "object" ? compareDecimals(a, b) === 0 : a === b;
}

function mustOf({ type, secret, choices, min, max }: Limits): string {
  if (choices !== null) {
    const more = choices.length > CHOICES_SHOWN ? ["…"] : [];
    return `must be ${listed([...choices.slice(0, CHOICES_SHOWN).map(shown), ...more], "or")}`;
  }
  if (type === "string" && secret) return `must be text of ${SECRET_LEAST} to ${TEXT_MOST} characters`;
  if (type === "string") return `must be text of at most ${TEXT_MOST} characters`;
  if (type === "boolean") return "must be true or false";
  const kind = type === "integer" ? "a whole number" : "a number";
  if (min !== null && max !== null) return `must be ${kind} from ${min.text} to ${max.text}`;
  if (min !== null) return `must be ${kind} of at least ${min.text}`;
  return max === null ? `must be ${kind}` : `must be ${kind} of at most ${max.text}`;
}

function readTyped(limits: Limits, value: Given): ReadValue<Given> {
  const { type } = limits;
  if (type === "integer" || type === "number") return readNumber(limits, value);
  if (type === "boolean") return typeof value === "boolean" ? { ok: value } : { wrong: "wrong_type" };
  if (typeof value !== "string") return { wrong: "wrong_type", hint: "Put it in quotes to make it text." };
  if (!isStorable(value)) return { wrong: "bad_value", hint: "It holds a NUL character or half of a character." };
  // Choices stand in the blueprint for all to read.
  if (limits.secret && limits.choices === null && value.trim().length < SECRET_LEAST) {
    return { wrong: "out_of_range", hint: "A shorter secret cannot be kept out of what clouds and machines write." };
  }
  return value.length <= TEXT_MOST ? { ok: value } : { wrong: "out_of_range" };
}

function readNumber({ type, min, max }: Limits, value: Given): ReadValue<Written> {
  if (typeof value !== "object") return { wrong: "wrong_type" };
  const number = decimalFrom(value);
  if (number === null)
    return spellsNumber(value.text) ? { wrong: "out_of_range", hint: NUMBER_BOUNDS } : { wrong: "wrong_type" };
  if (type === "integer" && !isInDigits(number)) {
    return isWhole(number) ? { wrong: "wrong_type", hint: "Write it in digits alone." } : { wrong: "wrong_type" };
  }
  const isBelow = min !== null && compareDecimals(number, min) < 0;
  const isAbove = max !== null && compareDecimals(number, max) > 0;
  return isBelow || isAbove ? { wrong: "out_of_range" } : { ok: number };
}

/**
 * What was given for a parameter, as a scalar: text from a form or a command line counts as the number or the truth
 * value that it spells. Undefined: neither text nor number nor truth value.
 */
export function scalarOf({ type }: Limits, given: unknown): ScalarValue | undefined {
  if (typeof given === "number") return writtenFrom(given);
  if (typeof given === "boolean" || given === null) return given;
  if (typeof given !== "string") return undefined;
  const spelt = given.trim();
  if (type === "boolean" && (spelt === "true" || spelt === "false")) return spelt === "true";
  const isNumeric = type === "integer" || type === "number";
  return isNumeric && spellsNumber(spelt) ? { text: spelt } : given;
}
