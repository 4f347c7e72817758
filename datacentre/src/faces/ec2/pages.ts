// `MaxResults` and `NextToken`. A token is opaque to callers; it says of which action, and after which place.

import type { Given } from "./parameters.ts";
import { AwsError, badValue } from "./refusals.ts";

export interface Paging {
  readonly most: number;
  readonly after: number;
  readonly action: string;
}

export interface Bounds {
  readonly action: string;
  readonly least: number;
  readonly most: number;
}

export function readPaging(given: Given, { action, least, most }: Bounds): Paging {
  const wanted = given.whole("MaxResults");
  const token = given.text("NextToken");
  if (wanted !== undefined && (wanted < least || wanted > most)) {
    throw badValue(
      `Value ( ${wanted} ) for parameter maxResults is invalid. Expecting a value between ${least} and ${most}.`,
    );
  }
  return { action, most: wanted ?? most, after: token === undefined || token === "" ? 0 : placeIn(token, action) };
}

function placeIn(token: string, action: string): number {
  const [, of, place] = /^([A-Za-z]+) (\d+)$/.exec(Buffer.from(token, "base64url").toString("utf8")) ?? [];
  if (of === action) return Number(place);
  throw new AwsError(400, "InvalidPaginationToken", `The pagination token ${token} is not valid`);
}

export interface Page<R> {
  readonly rows: readonly R[];
  readonly nextToken: string | null;
}

/** `placeOf`: above zero, and growing from row to row. */
export function pageOf<R>(rows: readonly R[], { action, most, after }: Paging, placeOf: (row: R) => number): Page<R> {
  const rest = rows.filter((row) => placeOf(row) > after);
  const page = rest.slice(0, most);
  const last = page.at(-1);
  const isLast = last === undefined || page.length === rest.length;
  return { rows: page, nextToken: isLast ? null : Buffer.from(`${action} ${placeOf(last)}`).toString("base64url") };
}

/** Of lists that nothing moves. */
export function pageInOrder<R>(rows: readonly R[], paging: Paging): Page<R> {
  const placed = rows.map((row, index) => ({ row, place: index + 1 }));
  const page = pageOf(placed, paging, ({ place }) => place);
  return { rows: page.rows.map(({ row }) => row), nextToken: page.nextToken };
}
