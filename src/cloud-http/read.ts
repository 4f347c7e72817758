// Reading what a cloud answers, narrowed to what is used. Unknown fields are left alone: clouds add some with every version. What is
// needed and missing is named with its place.

import { AMOUNT_MOST } from "../core/market/sound.ts";

export class UnreadableAnswer extends Error {
  override readonly name = "UnreadableAnswer";
  constructor(place: string, problem: string) {
    super(`the cloud's answer: ${place} ${problem}`);
  }
}

export type Fields = Readonly<Record<string, unknown>>;

/** Null for an empty body. */
export function jsonIn(body: Buffer): unknown {
  if (body.length === 0) return null;
  try {
    return JSON.parse(body.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw new UnreadableAnswer("body", "is no JSON");
    throw error;
  }
}

export function objectAt(value: unknown, place: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UnreadableAnswer(place, "is no object");
  }
  return Object.fromEntries(Object.entries(value));
}

export function listAt(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new UnreadableAnswer(place, "is no list");
  return value;
}

export function textAt(fields: Fields, key: string): string {
  const value = fields[key];
  if (typeof value !== "string") throw new UnreadableAnswer(key, "is no text");
  return value;
}

export function textOr<T>(fields: Fields, key: string, otherwise: T): string | T {
  return fields[key] === undefined || fields[key] === null ? otherwise : textAt(fields, key);
}

/** Those of a list that are texts; none when there is no list. */
export function textsOr(fields: Fields, key: string): readonly string[] {
  return listAt(fields[key] ?? [], key).filter((value) => typeof value === "string");
}

/** A finite number: JSON has numbers that are infinite here, such as 1e999. */
export function numberAt(fields: Fields, key: string): number {
  const value = fields[key];
  if (typeof value !== "number" || !Number.isFinite(value)) throw new UnreadableAnswer(key, "is no number");
  return value;
}

export function numberOr<T>(fields: Fields, key: string, otherwise: T): number | T {
  return fields[key] === undefined || fields[key] === null ? otherwise : numberAt(fields, key);
}

/** Neither negative nor more than anything has; such a number was meant to be another one. */
export function amountAt(fields: Fields, key: string, most = AMOUNT_MOST): number {
  const amount = numberAt(fields, key);
  if (amount < 0 || amount > most) throw new UnreadableAnswer(key, `cannot be ${amount}`);
  return amount;
}
