// What requests name besides sizes and images, and the rules for what they name themselves.

import { amount, listOf, positive, type Read, type Reader, shape, ShapeError, text } from "./shape.ts";

export const readNetwork = shape(
  { name: text },
  {
    /** As the name unless told. */
    id: text,
    /** Only in these realms; in all unless told. */
    realms: listOf(text),
    /** Only for these tenants; for all unless told. */
    tenants: listOf(text),
    /** How many it has; without an end unless told. */
    addresses: amount,
  },
);

export type NetworkSettings = Read<typeof readNetwork>;

export const readSecurityGroup = shape({ name: text }, { id: text });
export type SecurityGroupSettings = Read<typeof readSecurityGroup>;

export const readSshKey = shape({ name: text, publicKey: text });

const readPattern: Reader<string> = (value, place) => {
  const pattern = text(value, place);
  try {
    return new RegExp(pattern, "u").source;
  } catch (cause) {
    throw new ShapeError(place, cause instanceof Error ? cause.message : "is no regular expression");
  }
};

/** Of machines and parts. The pattern has to fit the whole name. */
export const readNameRules = shape({}, { most: positive, pattern: readPattern });
