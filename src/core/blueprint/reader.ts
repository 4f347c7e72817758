// Readers of single values. Each knows what it wants in words, so that every refusal reads alike: "PATH must be …, not X".

import type { ScalarValue } from "./located.ts";
import type { Complaint, MistakeCode } from "./mistake.ts";
import { didYouMean } from "./nearest.ts";
import { HARDWARE, type ParameterType } from "./model.ts";
import { decimalFrom } from "./number.ts";

export type ReadValue<T> = { readonly ok: T } | { readonly wrong: MistakeCode; readonly hint?: string };

/** A scalar that is there. */
export type Given = Exclude<ScalarValue, null>;

export interface Reader<T> {
  /** "must be a whole number from 1 to 50" */
  readonly must: string;
  /** Types of a parameter that may stand for the whole value. */
  readonly accepts: readonly ParameterType[];
  /** Stands for a value that is absent, and for a wrong one after the mistake was reported. */
  readonly fallback: T;
  /** Its values are secrets, so no sentence may quote one. */
  readonly isHidden?: boolean;
  /** Values that are neither null nor blank. */
  read(value: Given): ReadValue<T>;
}

/** Reads a value with the empty ones refused; `because` follows what the value must be. */
export function readValue<T>(
  reader: Reader<T>,
  value: ScalarValue,
  because: string,
): { ok: T } | { complaint: Complaint } {
  if (isBlank(value)) return { complaint: { code: "blank", says: `is empty: it ${reader.must}` } };
  const read = reader.read(value);
  if ("ok" in read) return read;
  const says = reader.isHidden === true ? reader.must : `${reader.must}, ${because}`;
  const complaint = { code: read.wrong, says };
  return { complaint: read.hint === undefined ? complaint : { ...complaint, hint: read.hint } };
}

export function isBlank(value: ScalarValue): value is null | "" {
  return value === null || (typeof value === "string" && value.trim() === "");
}

/** PostgreSQL keeps neither NUL characters nor halves of surrogate pairs. */
export function isStorable(text: string): boolean {
  return !text.includes("\0") && text.isWellFormed();
}

/** To count with, within bounds that JavaScript's numbers hold. */
/** Null for what is no number. */
export function numberOf(value: Given): number | null {
  const decimal = typeof value === "object" ? decimalFrom(value) : null;
  return decimal === null ? null : Number(decimal.text);
}

/** The characters of a scalar, as text that it stands beside takes them. */
export function textOf(value: Given): string {
  return typeof value === "object" ? value.text : String(value);
}

export function wholeNumber(min: number, max: number): Reader<number> {
  return {
    must: `must be a whole number from ${min} to ${max}`,
    accepts: ["integer"],
    fallback: min,
    read: (value) => {
      if (typeof value === "string" && /^\d+$/.test(value.trim()))
        return { wrong: "wrong_type", hint: "Write the number without quotes." };
      const number = numberOf(value);
      if (number === null || !Number.isInteger(number)) return { wrong: "wrong_type" };
      return number >= min && number <= max ? { ok: number } : { wrong: "out_of_range" };
    },
  };
}

export const CPU: Reader<number> = {
  must: `must be a number of CPUs from ${HARDWARE.cpu.least} to ${HARDWARE.cpu.most}`,
  accepts: ["integer", "number"],
  fallback: 1,
  read: (value) => {
    const number = numberOf(value);
    if (number === null) return { wrong: "wrong_type" };
    return number >= HARDWARE.cpu.least && number <= HARDWARE.cpu.most ? { ok: number } : { wrong: "out_of_range" };
  },
};

export function text(must: string, allowed: RegExp): Reader<string> {
  return {
    must,
    accepts: ["string", "integer", "number"],
    fallback: "",
    read: (value) => {
      if (typeof value !== "string") return { wrong: "wrong_type", hint: "Put it in quotes to make it text." };
      return allowed.test(value) ? { ok: value } : { wrong: "bad_value" };
    },
  };
}

export function truth(fallback: boolean): Reader<boolean> {
  return {
    must: "must be true or false",
    accepts: ["boolean"],
    fallback,
    read: (value) => (typeof value === "boolean" ? { ok: value } : { wrong: "wrong_type" }),
  };
}

export function oneOf<const T extends string>(words: readonly T[], fallback: T): Reader<T> {
  return {
    must: `must be ${listed(words, "or")}`,
    accepts: ["string"],
    fallback,
    read: (value) => {
      const found = words.find((word) => word === value);
      if (found !== undefined) return { ok: found };
      const hint = sentence(didYouMean(textOf(value), words, ""));
      return hint === "" ? { wrong: "bad_value" } : { wrong: "bad_value", hint };
    },
  };
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "a, b or c" */
export function listed(words: readonly string[], join: "and" | "or"): string {
  const last = words.slice(-1).join("");
  return words.length < 2 ? last : `${words.slice(0, -1).join(", ")} ${join} ${last}`;
}
