// How spans of time and sums of money read on the page and to agents. Without schemas, so that the page can load it alone.

export const SPANS = [
  { unit: "y", ms: 365 * 86_400_000 },
  { unit: "d", ms: 86_400_000 },
  { unit: "h", ms: 3_600_000 },
  { unit: "min", ms: 60_000 },
  { unit: "s", ms: 1_000 },
] as const;

/** The two largest units, as in "3 min 12 s"; "0 s" for less than a second. */
export function durationText(ms: number): string {
  const whole = Math.max(0, ms);
  const place = SPANS.findIndex((step) => whole >= step.ms);
  const [first, second] = place < 0 ? [] : SPANS.slice(place, place + 2);
  if (first === undefined) return "0 s";
  const count = Math.floor(whole / first.ms);
  const rest = second === undefined ? 0 : Math.floor((whole % first.ms) / second.ms);
  return rest === 0 || second === undefined
    ? `${count} ${first.unit}`
    : `${count} ${first.unit} ${rest} ${second.unit}`;
}

/** What is less is not told apart. */
const LEAST = 0.0001;

/** Small amounts keep the digits that matter: machines cost fractions of a cent. */
export function moneyText(dollars: number): string {
  if (dollars > 0 && dollars < LEAST) return `<$${LEAST}`;
  const digits = dollars === 0 || Math.abs(dollars) >= 1 ? 2 : Math.abs(dollars) >= 0.01 ? 3 : 4;
  return dollars.toLocaleString("en-US", {
    style: "currency",
    currency: "USD",
    minimumFractionDigits: Math.min(digits, 3),
    maximumFractionDigits: digits,
  });
}
