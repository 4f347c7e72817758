// How long a deployment runs, and how long what fails of it is held, as people write it: the command line and the blueprint read it alike.

import { LEASE, QUARANTINE, STUDY } from "../core/blueprint/quantity.ts";
import { readValue } from "../core/blueprint/reader.ts";

type Read = { readonly ms: number } | { readonly wrong: string };

/** `8h` in ms; what is wrong with it, to stand behind its name, where it is no duration. */
export const readLease = (given: string): Read => readDuration(LEASE, given);

/** Likewise of a hold. */
export const readHold = (given: string): Read => readDuration(STUDY, given);

/** Likewise of a quarantine. */
export const readQuarantine = (given: string): Read => readDuration(QUARANTINE, given);

function readDuration(reader: typeof LEASE, given: string): Read {
  const read = readValue(reader, given, `not ${JSON.stringify(given)}`);
  if ("ok" in read) return { ms: read.ok };
  const { says, hint } = read.complaint;
  return { wrong: hint === undefined ? says : `${says}. ${hint}` };
}
