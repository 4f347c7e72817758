// Lists in pages of `limit`, after the one that `marker` names.

import type { Ask } from "./resource.ts";
import { Refusal } from "./refusals.ts";

interface Page<R> {
  readonly rows: readonly R[];
  /** Marker of the next page; null: there is none. */
  readonly next: string | null;
}

/** `most`: more than that no page has. Throws a Refusal for a marker that nothing has. */
export function pageOf<R extends { readonly id: string }>(
  all: readonly R[],
  { query, most }: Pick<Ask, "query"> & { readonly most: number },
): Page<R> {
  const limit = limitIn(query, most);
  const marker = query.get("marker");
  const at = marker === null ? -1 : all.findIndex(({ id }) => id === marker);
  if (marker !== null && at === -1) throw new Refusal(400, `marker [${marker}] not found`);
  const rest = all.slice(at + 1);
  const rows = rest.slice(0, limit);
  return { rows, next: rest.length > rows.length ? (rows.at(-1)?.id ?? null) : null };
}

function limitIn(query: URLSearchParams, most: number): number {
  const written = query.get("limit");
  if (written === null) return most;
  if (!/^\d{1,9}$/.test(written)) throw new Refusal(400, `limit param must be an integer`);
  return Math.min(Number(written), most);
}

/** The same question for what comes after. */
export function hrefAfter(path: string, query: URLSearchParams, marker: string): string {
  const next = new URLSearchParams(query);
  next.set("marker", marker);
  return `${path}?${next.toString()}`;
}
