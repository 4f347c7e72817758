// Numbers as they were written. JavaScript's own have about 16 digits, and a machine would be told another number than the one
// that a person wrote: so a number stays text until somebody counts with it.

import type { ParameterValue } from "./model.ts";

/** A number in a document or a request. Which one it is, and whether it is one at all, is for `decimalFrom` to say. */
export interface Written {
  readonly text: string;
}

const DIGITS_MOST = 60;
const EXPONENT_MOST = 999;
const DECIMAL = /^([-+]?)(?=\.?\d)(\d*)\.?(\d*)(?:[eE]([-+]?\d+))?$/;
/** As YAML writes them. */
const OTHER_BASES = /^0(?:x[\da-fA-F]+|o[0-7]+)$/;
/** The shortest text of a small number has an exponent from here on; JSON's readers give no other. */
const PLACES_MOST = 20;

export const NUMBER_BOUNDS = `Numbers have at most ${DIGITS_MOST} digits, and an exponent from -${EXPONENT_MOST} to ${EXPONENT_MOST}.`;

/** Text that spells a number, however large; `decimalFrom` has bounds. */
export function spellsNumber(text: string): boolean {
  return DECIMAL.test(text);
}

/** The number as it is kept and told: as it was written, but in digits where it was written in another base. Null: out of bounds, or none. */
export function decimalFrom({ text }: Written): Written | null {
  if (OTHER_BASES.test(text) && text.length <= DIGITS_MOST) return { text: BigInt(text).toString() };
  const { whole, fraction, exponent } = partsOf(text);
  const digits = whole.length + fraction.length;
  const isBounded = digits > 0 && digits <= DIGITS_MOST && Math.abs(exponent) <= EXPONENT_MOST;
  return isBounded ? { text } : null;
}

/** Without a digit where the text is no number. */
function partsOf(text: string) {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = DECIMAL.exec(text) ?? [];
  return { sign, whole, fraction, exponent: Number(exponent) };
}

/** Digits alone, perhaps behind a sign. */
export function isInDigits({ text }: Written): boolean {
  return /^[-+]?\d+$/.test(text);
}

/** However it is written: `1e3` and `1.0` are, too. */
export function isWhole(decimal: Written): boolean {
  const { digits, exponent } = scaled(decimal);
  return exponent >= 0 || digits % 10n ** BigInt(-exponent) === 0n;
}

/** Below, at or above zero, as `a` is below, at or above `b`; exact. Both come from `decimalFrom`. */
export function compareDecimals(a: Written, b: Written): number {
  const [left, right] = [scaled(a), scaled(b)];
  const exponent = Math.min(left.exponent, right.exponent);
  const difference = raised(left, exponent) - raised(right, exponent);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

interface Scaled {
  readonly digits: bigint;
  /** Of ten, which the digits are multiplied with. */
  readonly exponent: number;
}

function scaled({ text }: Written): Scaled {
  const { sign, whole, fraction, exponent } = partsOf(text);
  const digits = BigInt(whole + fraction);
  return { digits: sign === "-" ? -digits : digits, exponent: exponent - fraction.length };
}

const raised = ({ digits, exponent }: Scaled, to: number): bigint => digits * 10n ** BigInt(exponent - to);

/** A number of JSON. Small ones have no exponent: nobody wrote one. */
export function writtenFrom(value: number): Written {
  const text = String(value);
  const { sign, whole, fraction, exponent } = partsOf(text);
  const places = fraction.length - exponent;
  if (exponent >= 0 || places > PLACES_MOST) return { text };
  const digits = (whole + fraction).padStart(places + 1, "0");
  return { text: `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}` };
}

/** The value as it is kept and shown. */
export function plainValue(value: string | Written | boolean): ParameterValue {
  return typeof value === "object" ? plainNumber(value) : value;
}

/** A number where a number says exactly the same, else the text. */
export function plainNumber({ text }: Written): number | string {
  const number = Number(text);
  return String(number) === text && Math.abs(number) <= Number.MAX_SAFE_INTEGER ? number : text;
}
