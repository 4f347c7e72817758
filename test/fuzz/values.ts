// Values that a schema allows, and values that it nearly allows.

import fc from "fast-check";
import { NAME_PATTERN } from "../../src/contract/name.ts";
import type { Document, Schema } from "./document.ts";

/** What a name in the document stands for; null where any value of the schema will do. */
export type Known = (name: string) => fc.Arbitrary<unknown> | null;

/** Drawing from all of Unicode takes as long as the request. */
const LETTERS = fc.constantFrom(...Array.from('abcXYZ019-_. /\\"&=%+é日🚢\t\n\u200f\u0301'));

export const NAMES = fc.oneof(
  fc.stringMatching(/^[a-z]([a-z0-9-]{0,20}[a-z0-9])?$/),
  fc.constantFrom("a", "constructor", "prototype", "x".repeat(63)),
);

/** Valid values. Optional fields are left out now and then; of what has several forms, each comes. */
export function valuesOf(schema: Schema, known: Known, { schemas }: Pick<Document, "schemas">): fc.Arbitrary<unknown> {
  const of = (inner: Schema, name: string): fc.Arbitrary<unknown> => known(name) ?? made(inner);
  const made = (given: Schema): fc.Arbitrary<unknown> => {
    if (given.$ref !== undefined) return made(schemas[given.$ref.split("/").at(-1) ?? ""] ?? {});
    const forms = given.anyOf ?? given.oneOf;
    if (forms !== undefined) return fc.oneof(...forms.map(made));
    if (given.enum !== undefined) return fc.constantFrom(...given.enum);
    const types = [given.type ?? []].flat();
    if (types.length === 0) return fc.jsonValue({ maxDepth: 2 });
    return fc.oneof(...types.map((type) => madeOf(type, given)));
  };
  const madeOf = (type: string, given: Schema): fc.Arbitrary<unknown> => {
    switch (type) {
      case "null":
        return fc.constant(null);
      case "boolean":
        return fc.boolean();
      case "integer":
      case "number":
        return numbersOf(type, given);
      case "array":
        return fc.array(made(given.items ?? {}), { maxLength: 4 });
      case "object":
        return objectsOf(given, of);
      default:
        return textsOf(given);
    }
  };
  return made(schema);
}

function numbersOf(type: "integer" | "number", { minimum, maximum }: Schema): fc.Arbitrary<number> {
  const [min, max] = [minimum ?? -1_000_000, maximum ?? 1_000_000];
  const within =
    type === "integer"
      ? fc.integer({ min: Math.ceil(min), max: Math.floor(max) })
      : fc.double({ min, max, noNaN: true });
  return fc.oneof({ weight: 3, arbitrary: within }, { weight: 1, arbitrary: fc.constantFrom(min, max) });
}

function textsOf({ pattern, format, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === "date-time") {
    return fc
      .date({ min: new Date(0), max: new Date("2100-01-01"), noInvalidDate: true })
      .map((at) => at.toISOString());
  }
  if (pattern === NAME_PATTERN.source) return NAMES;
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern));
  return fc.string({ unit: LETTERS, minLength, maxLength: Math.min(maxLength, 40) });
}

function objectsOf(
  { properties = {}, required = [], additionalProperties, propertyNames }: Schema,
  of: (schema: Schema, name: string) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, of(inner, name)]));
  const requiredKeys = required.filter((name) => name in fields);
  const record = fc.record(fields, { requiredKeys });
  if (typeof additionalProperties !== "object") return record;
  const names = propertyNames === undefined ? fc.oneof(NAMES, fc.string()) : textsOf(propertyNames);
  const more = fc.dictionary(names, of(additionalProperties, ""), { maxKeys: 3 });
  return fc.tuple(record, more).map(([own, others]) => ({ ...others, ...own }));
}

/** Where databases and languages end. */
const EDGES = [
  0,
  -1,
  1.5,
  101,
  2 ** 31 - 1,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 32,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 63,
  1e21,
  1e308,
  5e-324,
];
export const EDGE_NUMBERS = fc.constantFrom(...EDGES);

/** What belongs nowhere, or only just. */
export const JUNK: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(null, true, false, ...EDGES),
  fc.constantFrom("", " ", "\0", "a\0b", "\ud800", "\u202e", "日本語", "__proto__", "constructor", "null", "1e3", "-0"),
  fc.constantFrom(
    "2147483648",
    "99999999999999999999",
    "0x10",
    "'; --",
    "../..",
    "%00",
    "${{ params.x }}",
    "{{",
    "<b>",
  ),
  fc.constantFrom<unknown>(
    [],
    {},
    [[]],
    [{}],
    { a: {} },
    "x".repeat(5_000),
    "日".repeat(30_000),
    Array(600).fill("web"),
  ),
  fc.string({ unit: fc.oneof(LETTERS, fc.constantFrom("\0", "\ud800", "\udc00", "\uffff", "\x1b")) }),
  fc.jsonValue({ maxDepth: 2 }),
);

const KEYS = fc.oneof(
  fc.constantFrom("__proto__", "constructor", "", "\0", "name", "names", "parametres", "a/b", "a~b", "x".repeat(500)),
  fc.string(),
);

/** A value with one thing in it replaced, taken out or added, anywhere. */
export function spoiled(values: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc
    .tuple(values, fc.nat(), fc.constantFrom("replace", "remove", "add"), fc.tuple(KEYS, JUNK, EDGE_NUMBERS))
    .map(([value, place, how, [key, junk, edge]]) => spoil(value, { place, how, key, junk, edge }));
}

interface Spoiling {
  /** Which of its parts, counted from the outside. */
  readonly place: number;
  readonly how: "replace" | "remove" | "add";
  readonly key: string;
  readonly junk: unknown;
  /** In place of another number. */
  readonly edge: number;
}

function spoil(value: unknown, spoiling: Spoiling): unknown {
  const { place, how, key, junk, edge } = spoiling;
  const count = partsOf(value);
  let left = place % count;
  const change = (inner: unknown): unknown => {
    if (left < 0) return inner;
    if (left === 0) {
      left = -1;
      if (typeof inner === "number") return edge;
      return how === "add" && isRecord(inner) ? Object.fromEntries([...Object.entries(inner), [key, junk]]) : junk;
    }
    left -= 1;
    if (Array.isArray(inner)) return inner.flatMap((item) => changed(item));
    if (!isRecord(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).flatMap(([name, item]) => changed(item).map((one) => [name, one])));
  };
  const changed = (item: unknown): unknown[] => {
    if (left !== 0 || how !== "remove") return [change(item)];
    left = -1;
    return [];
  };
  return change(value);
}

function partsOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + partsOf(inner), 1);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
