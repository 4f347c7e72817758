// How long a deployment runs, as people write it: the command line and the blueprint read it alike.

import { LEASE } from "../core/blueprint/quantity.ts";
import { readValue } from "../core/blueprint/reader.ts";

/** `8h` in ms; what is wrong with it, to stand behind its name, where it is no duration. */
export function readLease(given: string): { readonly ms: number } | { readonly wrong: string } {
  const read = readValue(LEASE, given, `not ${JSON.stringify(given)}`);
  if ("ok" in read) return { ms: read.ok };
  const { says, hint } = read.complaint;
  return { wrong: hint === undefined ? says : `${says}. ${hint}` };
}
