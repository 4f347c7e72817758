// What a cloud has to offer, as written in a config file or a preset: sizes with their prices, and images.

import { amount, either, listOf, mapOf, positive, type Read, shape, text } from "./shape.ts";

export const readSize = shape(
  { name: text, cpu: amount, memoryMib: amount, storageGib: amount, hourlyPrice: amount },
  {
    architecture: text,
    /** A number alone means so many of the kind `gpu`. */
    accelerators: either(amount, shape({ kind: text, count: amount })),
    /** Quota may be counted by it. */
    family: text,
    /** Absent: not to be had as spot. */
    spotPrice: amount,
    /** Only in these realms; in all unless told. */
    realms: listOf(text),
    /** Only for these tenants; for all unless told. */
    tenants: listOf(text),
    /** By realm, where they differ. */
    prices: mapOf(shape({}, { hourlyPrice: amount, spotPrice: amount })),
  },
);
export type SizeSettings = Read<typeof readSize>;

/** A text alone is id and name in one. */
export const readImage = either(
  text,
  shape({ name: text }, { id: text, aliases: listOf(text), tags: mapOf(text), architecture: text }),
);
export type ImageSettings = Read<typeof readImage>;

const readSteps = shape({ most: positive, step: positive });

/** Machines cut to measure, as at oVirt: requests say `size: "custom"` and how much of everything. */
export const readCustom = shape(
  { cpu: readSteps, memoryMib: readSteps, storageGib: readSteps, hourlyPricePerCpu: amount, hourlyPricePerGib: amount },
  { family: text, architecture: text },
);
export type CustomSettings = Read<typeof readCustom>;
