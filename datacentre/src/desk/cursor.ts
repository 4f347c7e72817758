// Where the next page begins. Cursors are opaque to tenants.

import { CloudError } from "../cloud-api.ts";

const CURSOR = /^after-(\d+)$/;

export function cursorAt(place: number): string {
  return `after-${place}`;
}

/** 0 without a cursor. Throws `invalid_request`. */
export function afterOf(cursor: string | undefined): number {
  if (cursor === undefined) return 0;
  const [, place] = CURSOR.exec(cursor) ?? [];
  if (place === undefined) throw new CloudError("invalid_request", `No cursor of this cloud: ${cursor}`);
  return Number(place);
}
