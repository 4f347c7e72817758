// Sums per dimension: what a placement takes, what is held, what a quota allows. Clouds count in dimensions of their own
// (`cpu/standard`, `addresses`), so a dimension is a name; those that Slipway limits itself are in OWN_DIMENSIONS.

/** What is not named is zero. */
export type Amount = Readonly<Record<string, number>>;

/** Millionths of a dollar per hour are a dimension like any other: a spend cap is a quota. */
export const OWN_DIMENSIONS = ["instances", "cpu", "memoryMib", "hourlyMicros"] as const;
type OwnDimension = (typeof OWN_DIMENSIONS)[number];

/** Slipway's own limit of an account or pool; null: not limited. */
export type QuotaLimit = Readonly<Record<OwnDimension, number | null>>;

export const UNLIMITED: QuotaLimit = { instances: null, cpu: null, memoryMib: null, hourlyMicros: null };

export function amountIn(amount: Amount, dimension: string): number {
  // What is not there, also under the name of something that every object has, is nothing.
  return Number(Object.hasOwn(amount, dimension) && amount[dimension]);
}

const isOwn = (dimension: string): boolean => OWN_DIMENSIONS.some((own) => own === dimension);

/** Those of the cloud's own, such as `cpu/standard`. */
export const cloudDimensions = (takes: Amount): readonly string[] =>
  Object.keys(takes).filter((dimension) => !isOwn(dimension));

/** `a + sign × b`. */
export function plus(a: Amount, b: Amount, sign: 1 | -1 = 1): Amount {
  const sum: Record<string, number> = { ...a };
  for (const dimension of Object.keys(b)) sum[dimension] = amountIn(a, dimension) + sign * amountIn(b, dimension);
  return sum;
}

export function sumOf(amounts: readonly Amount[]): Amount {
  return amounts.reduce((sum, one) => plus(sum, one), {});
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ["instances", "instances"],
  ["cpu", "cpu"],
  ["memoryMib", "MiB of memory"],
  ["hourlyMicros", "per hour"],
]);

/** "4 cpu", "$0.1200 per hour", "2 of addresses". */
export function amountText(count: number, dimension: string): string {
  if (dimension === "instances" && count === 1) return "1 instance";
  return `${countText(count, dimension)} ${WORDS.get(dimension) ?? `of ${dimension}`}`;
}

/** Without the unit, but for dollars. Up to three decimals: sums of fractions of a processor are not told to the last bit. */
export function countText(count: number, dimension: string): string {
  if (dimension === "hourlyMicros") return `$${(count / 1_000_000).toFixed(4)}`;
  return String(Math.round(count * 1000) / 1000);
}
