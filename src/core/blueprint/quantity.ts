// Sizes and durations carry their unit in the text, so that nobody has to remember which one a number counts in.

import { HARDWARE, LEASE_MS, QUARANTINE_MS, STUDY_MS } from "./model.ts";
import { type Given, numberOf, type Reader, textOf } from "./reader.ts";

const QUANTITY = /^(\d{1,12}(?:\.\d{1,6})?) ?([A-Za-z]*)$/;

const MIB: ReadonlyMap<string, number> = new Map([
  ["MiB", 1],
  ["GiB", 1024],
  ["TiB", 1024 * 1024],
]);

const DURATION_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

const STEP_MS = { least: 100, most: 7 * 86_400_000, range: "100ms to 7d" } as const;

export const MEMORY: Reader<number> = {
  must: "must be a size from 1MiB to 8TiB with its unit, such as 512MiB or 4GiB",
  accepts: ["string"],
  fallback: 1,
  read: (value) => {
    const read = sizeInMib(value, "MiB");
    if (!("mib" in read)) return read;
    if (!Number.isInteger(read.mib)) return { wrong: "bad_quantity", hint: "Write a whole number of MiB." };
    return read.mib >= HARDWARE.memoryMib.least && read.mib <= HARDWARE.memoryMib.most
      ? { ok: read.mib }
      : { wrong: "out_of_range" };
  },
};

export const STORAGE: Reader<number> = {
  must: "must be a size from 1GiB to 64TiB with its unit, such as 20GiB",
  accepts: ["string"],
  fallback: 0,
  read: (value) => {
    const read = sizeInMib(value, "GiB");
    if (!("mib" in read)) return read;
    const gib = read.mib / 1024;
    if (!Number.isInteger(gib)) return { wrong: "bad_quantity", hint: "Write a whole number of GiB." };
    return gib >= 1 && gib <= HARDWARE.storageGib.most ? { ok: gib } : { wrong: "out_of_range" };
  },
};

/** Dollars per hour, read as millionths. */
export const DOLLARS: Reader<number> = {
  must: "must be dollars per hour, a number from 0.000001 to 1000000, such as 0.25",
  accepts: ["integer", "number"],
  fallback: 0,
  read: (value) => {
    const dollars = numberOf(value);
    if (dollars === null) return { wrong: "wrong_type" };
    return dollars >= 1e-6 && dollars <= 1e6 ? { ok: Math.round(dollars * 1e6) } : { wrong: "out_of_range" };
  },
};

/** How long a step may take. */
export const duration = (fallback: number): Reader<number> => durationWithin(STEP_MS, fallback);

/** How long a deployment may run. */
export const LEASE: Reader<number> = durationWithin({ ...LEASE_MS, range: "1s to 366d" }, LEASE_MS.least);

/** How long a failed attempt may stay before it is undone. */
export const STUDY: Reader<number> = durationWithin({ ...STUDY_MS, range: "1s to 7d" }, STUDY_MS.least);

/** How long the machine that an attempt failed for may be kept. */
export const QUARANTINE: Reader<number> = durationWithin({ ...QUARANTINE_MS, range: "1s to 7d" }, QUARANTINE_MS.least);

/** Within which the repairs of a member are counted. */
export const repairWindow = (fallback: number): Reader<number> =>
  durationWithin({ least: 1_000, most: 7 * 86_400_000, range: "1s to 7d" }, fallback);

/** Between two checks of a member that is up. */
export const LIVE_PERIOD: Reader<number> = durationWithin({ least: 1_000, most: 3_600_000, range: "1s to 1h" }, 10_000);

function durationWithin(
  { least, most, range }: { readonly least: number; readonly most: number; readonly range: string },
  fallback: number,
): Reader<number> {
  return {
    must: `must be a duration from ${range} with its unit, such as 30s, 10m or 1h`,
    accepts: ["string"],
    fallback,
    read: (value) => {
      const [, amount, unit = ""] = QUANTITY.exec(textOf(value)) ?? [];
      const factor = DURATION_MS.get(unit);
      // No unit would make it one that is taken.
      if (amount !== undefined && Number(amount) === 0) return { wrong: "out_of_range" };
      if (amount !== undefined && unit === "") {
        return { wrong: "bad_quantity", hint: `Write the unit: "${amount}s" are seconds, "${amount}m" minutes.` };
      }
      if (factor === undefined) return { wrong: "bad_quantity", hint: DURATION_HINT };
      const ms = Math.round(Number(amount) * factor);
      return ms >= least && ms <= most ? { ok: ms } : { wrong: "out_of_range" };
    },
  };
}

const DURATION_HINT = "Write one number with one unit: ms, s, m, h or d.";

type Mib = { readonly mib: number } | { readonly wrong: "bad_quantity"; readonly hint?: string };

function sizeInMib(value: Given, usual: string): Mib {
  const [, amount, unit = ""] = QUANTITY.exec(textOf(value)) ?? [];
  if (amount === undefined) return { wrong: "bad_quantity" };
  const factor = MIB.get(unit);
  if (factor !== undefined) return { mib: Number(amount) * factor };
  const meant = { m: "MiB", g: "GiB", t: "TiB" }[unit.charAt(0).toLowerCase()];
  if (unit !== "" && meant === undefined) return { wrong: "bad_quantity", hint: "The units are MiB, GiB and TiB." };
  return { wrong: "bad_quantity", hint: `Write "${amount}${meant ?? usual}": the units are MiB, GiB and TiB.` };
}
