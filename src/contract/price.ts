// Sums of money in words: what has no known price is in no sum, and is named beside it. Without schemas, so that the page can load it alone.

export interface Sum {
  /** Of what has a known price. */
  readonly dollars: number;
  /** How many more there are, whose price nobody knows. */
  readonly unpriced: number;
}

export const UNKNOWN_PRICE = "price not known";

/** "$0.12 per hour", "$0.12 per hour, not counting 2 machines whose price is not known", "price not known". `known`: the dollars in words. */
export function sumText({ dollars, unpriced }: Sum, known: (dollars: number) => string): string {
  if (isUnknown({ dollars, unpriced })) return UNKNOWN_PRICE;
  return `${known(dollars)}${uncountedText(unpriced)}`;
}

/** Of none of it the price is known. */
export const isUnknown = ({ dollars, unpriced }: Sum): boolean => unpriced > 0 && dollars === 0;

/** ", not counting 2 machines whose price is not known": behind what the others cost. */
export function uncountedText(unpriced: number): string {
  if (unpriced === 0) return "";
  return `, not counting ${unpriced === 1 ? "1 machine" : `${unpriced} machines`} whose price is not known`;
}

/** What all of it costs in so long a time; null where the price of any of it is not known. */
export const costIn = (ms: number, { dollars, unpriced }: Sum): number | null =>
  unpriced > 0 ? null : (dollars * ms) / 3_600_000;
