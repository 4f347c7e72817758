// `Filter.n` of the Describe actions: all filters must fit, of each any value; `*` and `?` stand for something else.

import type { Given, Tags } from "./parameters.ts";
import { badValue } from "./refusals.ts";

interface Filter {
  readonly name: string;
  readonly values: readonly string[];
  readonly fits: (value: string) => boolean;
}

export function readFilters(given: Given): readonly Filter[] {
  return given.groups("Filter").map((filter) => {
    const name = filter.needed("Name");
    const values = filter.list("Value");
    if (values.length === 0) throw badValue(`The filter '${name}' has no value`);
    if (values.length > 200) throw badValue(`The filter '${name}' has more than 200 values`);
    const exact = new Set(values);
    const patterns = values.filter((value) => /[*?\\]/.test(value)).map(patternOf);
    return { name, values, fits: (value) => exact.has(value) || patterns.some((pattern) => pattern.test(value)) };
  });
}
export type Filters = ReturnType<typeof readFilters>;

function patternOf(value: string): RegExp {
  const source = value.replace(/\\?[\s\S]/g, (character) => {
    if (character === "*") return "[^]*";
    if (character === "?") return "[^]";
    return character.replace(/^\\/, "").replace(/[\\^$.*+?()[\]{}|/-]/g, String.raw`\$&`);
  });
  return new RegExp(`^${source}$`);
}

/** What a row has under each name that can be filtered by; null: nothing. */
export type Facets<R> = Readonly<Record<string, (row: R) => string | number | boolean | null | readonly string[]>>;

interface Sieve<R> {
  readonly facets: Facets<R>;
  /** Of what has no tags at all: absent. */
  readonly tagsOf?: (row: R) => Tags;
}

/** Throws InvalidParameterValue for filters that there are not. */
export function filtered<R>(rows: readonly R[], filters: Filters, sieve: Sieve<R>): readonly R[] {
  const tests = filters.map((filter) => testOf(filter, sieve));
  return rows.filter((row) => tests.every((test) => test(row)));
}

function testOf<R>({ name, fits }: Filter, { facets, tagsOf }: Sieve<R>): (row: R) => boolean {
  if (tagsOf !== undefined && name === "tag-key") return (row) => Object.keys(tagsOf(row)).some(fits);
  if (tagsOf !== undefined && name.startsWith("tag:")) {
    return (row) => {
      const value = new Map(Object.entries(tagsOf(row))).get(name.slice("tag:".length));
      return value !== undefined && fits(value);
    };
  }
  const facet = new Map(Object.entries(facets)).get(name);
  if (facet === undefined) throw badValue(`The filter '${name}' is invalid`);
  return (row) => {
    const found = facet(row);
    if (found === null) return false;
    return typeof found === "object" ? found.some(fits) : fits(String(found));
  };
}
