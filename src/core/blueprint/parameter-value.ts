// Values of parameters: defaults in the document, and what the person who launches gives as JSON or as plain text.

import type { Parameter } from "./blueprint.ts";
import type { ScalarValue } from "./located.ts";
import { shown } from "./mistake.ts";
import type { ParameterValue } from "./model.ts";
import { isStorable, listed, type Reader, type ReadValue } from "./reader.ts";

/** What restricts the values of a parameter. */
export type Limits = Pick<Parameter, "type" | "secret" | "choices" | "min" | "max">;

/** A certificate chain fits; a disk image does not. */
const TEXT_MOST = 16_384;
const CHOICES_SHOWN = 10;

export function valueReader(limits: Limits): Reader<ParameterValue | null> {
  return {
    must: mustOf(limits),
    accepts: [limits.type],
    fallback: null,
    isHidden: limits.secret,
    read: (value) => {
      const read = readTyped(limits, value);
      if (!("ok" in read) || limits.choices === null || limits.choices.includes(read.ok)) return read;
      return { wrong: "bad_value" };
    },
  };
}

function mustOf({ type, choices, min, max }: Limits): string {
  if (choices !== null) {
    const more = choices.length > CHOICES_SHOWN ? ["…"] : [];
    return `must be ${listed([...choices.slice(0, CHOICES_SHOWN).map(shown), ...more], "or")}`;
  }
  if (type === "string") return `must be text of at most ${TEXT_MOST} characters`;
  if (type === "boolean") return "must be true or false";
  const kind = type === "integer" ? "a whole number" : "a number";
  if (min !== null && max !== null) return `must be ${kind} from ${min} to ${max}`;
  if (min !== null) return `must be ${kind} of at least ${min}`;
  return max === null ? `must be ${kind}` : `must be ${kind} of at most ${max}`;
}

function readTyped({ type, min, max }: Limits, value: ParameterValue): ReadValue<ParameterValue> {
  if (type === "boolean") return typeof value === "boolean" ? { ok: value } : { wrong: "wrong_type" };
  if (type === "string") {
    if (typeof value !== "string") return { wrong: "wrong_type", hint: "Put it in quotes to make it text." };
    if (!isStorable(value)) return { wrong: "bad_value", hint: "It holds a NUL character or half of a character." };
    return value.length <= TEXT_MOST ? { ok: value } : { wrong: "out_of_range" };
  }
  if (typeof value !== "number") return { wrong: "wrong_type" };
  const isNumber = type === "integer" ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (!isNumber) return { wrong: "wrong_type" };
  return value >= (min ?? value) && value <= (max ?? value) ? { ok: value } : { wrong: "out_of_range" };
}

/**
 * What was given for a parameter, as a scalar: text from a form or a command line counts as the number or the truth
 * value that it spells. Undefined: neither text nor number nor truth value.
 */
export function scalarOf({ type }: Limits, given: unknown): ScalarValue | undefined {
  if (typeof given === "number" || typeof given === "boolean" || given === null) return given;
  if (typeof given !== "string") return undefined;
  const spelt = given.trim();
  if (type === "boolean" && (spelt === "true" || spelt === "false")) return spelt === "true";
  const isNumeric = type === "integer" || type === "number";
  return isNumeric && /^[-+]?\d{1,20}(?:\.\d{1,20})?$/.test(spelt) ? Number(spelt) : given;
}
