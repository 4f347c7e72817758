// JSON as it comes from outside.

import { ShapeError } from "../shape.ts";

/** Undefined when nothing is written. */
export function parseJson(written: string, place: string): unknown {
  if (written === "") return undefined;
  try {
    return JSON.parse(written);
  } catch (cause) {
    throw new ShapeError(place, cause instanceof SyntaxError ? cause.message : "is not JSON");
  }
}
