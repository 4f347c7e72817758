// The parts of machines, as written in settings, rules and requests.

import { MADE_ALONG, PART_KINDS } from "./tenant-api.ts";
import { amount, flag, listOf, oneOf, type Read, shape } from "./shape.ts";
import { type Distribution, readDistribution } from "./time/distribution.ts";

export const readPartKind = oneOf(PART_KINDS);
export const readMadeAlong = oneOf(MADE_ALONG);

export const readParts = shape(
  {},
  {
    /** Made with every machine, whether it is asked for or not. */
    implied: listOf(readMadeAlong),
    /** Made before every machine, whose request has to name one of each, as with network interfaces at Azure. */
    needed: listOf(readMadeAlong),
    /** Those that were made with a machine stay when it goes, unless the request says otherwise. */
    leftBehind: listOf(readMadeAlong),
    /** Whether what is made with a machine carries the machine's labels. */
    labelled: flag,
    /** Machines have a public address only by a part. */
    publicByPart: flag,
    /** Whether an ssh key can be brought as a part. */
    keys: flag,
    making: readDistribution,
    removal: readDistribution,
    /** Dollars an hour. */
    prices: shape({}, { port: amount, volumeGib: amount, address: amount, key: amount }),
  },
);
type PartSettings = Read<typeof readParts>;
export type CompleteParts = Required<Omit<PartSettings, "prices">> & {
  readonly prices: Required<NonNullable<PartSettings["prices"]>>;
};

const AT_ONCE: Distribution = { kind: "fixed", ms: 0 };

export function completeParts(settings: PartSettings = {}): CompleteParts {
  return {
    implied: [],
    needed: [],
    leftBehind: [],
    labelled: true,
    publicByPart: false,
    keys: false,
    making: AT_ONCE,
    removal: AT_ONCE,
    ...settings,
    prices: { port: 0, volumeGib: 0, address: 0, key: 0, ...settings.prices },
  };
}
