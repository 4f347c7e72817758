// The engine's search: `name=web* and status=down sortby name asc page 2`. What it can't read finds nothing and says nothing.

import { failed } from "./faults.ts";

/** What a row has under each field; several where it may be any of them. */
export type Facets<R> = Readonly<Record<string, (row: R) => string | number | readonly string[] | null>>;

interface Condition {
  readonly field: string;
  readonly isNot: boolean;
  readonly value: string;
}

interface Search {
  /** Any of these; of each, all. */
  readonly alternatives: readonly (readonly Condition[])[];
  /** Null: the usual order. */
  readonly order: { readonly field: string; readonly descends: boolean } | null;
  /** From 1. */
  readonly page: number;
}

/** Null: it can't be read. */
function readSearch(text: string): Search | null {
  const paged = /^(.*?)(?:\s*\bpage\s+(\d+))?\s*$/is.exec(text.trim());
  const sorted = /^(.*?)(?:\s*\bsortby\s+(\w+)(?:\s+(asc|desc))?)?\s*$/is.exec(paged?.[1] ?? "");
  const page = Number(paged?.[2] ?? 1);
  const by = sorted?.[2]?.toLowerCase();
  const order = by === undefined ? null : { field: by, descends: sorted?.[3]?.toLowerCase() === "desc" };
  const conditions = (sorted?.[1] ?? "").trim();
  if (conditions === "") return { alternatives: [], order, page };
  if (/[';]/.test(conditions)) return null;
  const alternatives: Condition[][] = [[]];
  const pattern = /\s*(?:(and|or)\s+)?([A-Za-z_.]+)\s*(!?=)\s*(?:"([^"]*)"|([^\s"]+))/iy;
  while (pattern.lastIndex < conditions.length) {
    const found = pattern.exec(conditions);
    if (found === null) return null;
    const [, joint, field = "", sign, quoted, bare = ""] = found;
    const isFirst = alternatives[0]?.length === 0;
    if (isFirst !== (joint === undefined)) return null;
    if (joint?.toLowerCase() === "or") alternatives.push([]);
    alternatives.at(-1)?.push({ field: field.toLowerCase(), isNot: sign === "!=", value: quoted ?? bare });
  }
  return { alternatives, order, page };
}

export interface Query {
  readonly search: string;
  readonly max: number | null;
  readonly isCaseSensitive: boolean;
}

export function queryIn(query: URLSearchParams): Query {
  const max = query.get("max") ?? "";
  // What is no number is no limit; a negative one is refused.
  if (/^-\d+$/.test(max)) throw failed(400, "The parameter max must not be negative.");
  return {
    search: query.get("search") ?? "",
    max: /^\d+$/.test(max) ? Number(max) : null,
    isCaseSensitive: query.get("case_sensitive") === "true",
  };
}

/** `rows` in the engine's usual order. */
export function found<R>(rows: readonly R[], { search, max, isCaseSensitive }: Query, facets: Facets<R>): readonly R[] {
  const read = readSearch(search);
  if (read === null) return [];
  const { alternatives, order, page } = read;
  const known = new Map(Object.entries(facets));
  if (alternatives.some((all) => all.some(({ field }) => !known.has(field)))) return [];
  const fits = (row: R, { field, isNot, value }: Condition): boolean => {
    const own = known.get(field)?.(row) ?? null;
    const words = own === null ? [] : typeof own === "object" ? own : [String(own)];
    const pattern = patternOf(value, isCaseSensitive ? "" : "i");
    return words.some((word) => pattern.test(word)) !== isNot;
  };
  const fitting = rows.filter(
    (row) => alternatives.length === 0 || alternatives.some((all) => all.every((condition) => fits(row, condition))),
  );
  const facet = known.get(order?.field ?? "");
  const ordered = order === null || facet === undefined ? fitting : inOrder(fitting, facet, order);
  if (max === null) return ordered;
  return ordered.slice((page - 1) * max, page * max);
}

function inOrder<R>(rows: readonly R[], facet: Facets<R>[string], { descends }: { descends: boolean }): readonly R[] {
  const sign = descends ? -1 : 1;
  const rank = (row: R): string | number => {
    const value = facet(row) ?? "";
    return typeof value === "object" ? value.join() : value;
  };
  return rows.toSorted((a, b) => (rank(a) < rank(b) ? -sign : Number(rank(a) > rank(b)) * sign));
}

function patternOf(value: string, flags: string): RegExp {
  const parts = value.split("*").map((part) => part.replace(/[\\^$.+?()[\]{}|/-]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join("[^]*")}$`, flags);
}
