import { isUnknown, type Sum, uncountedText, UNKNOWN_PRICE } from "../../../src/contract/price.ts";

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

/** Of what has a known price, and how much more there is. */
export function MoneySum({ sum, per }: { sum: Sum; per?: "hour" }) {
  if (isUnknown(sum)) return <>{UNKNOWN_PRICE}</>;
  return (
    <>
      <Money dollars={sum.dollars} {...(per === undefined ? {} : { per })} />
      {uncountedText(sum.unpriced)}
    </>
  );
}

export function Money({ dollars, per }: { dollars: number; per?: "hour" }) {
  return (
    <span title={`$${dollars}${per === undefined ? "" : " an hour"}`} className="whitespace-nowrap tabular-nums">
      {moneyText(dollars)}
      {per === "hour" && <span className="text-muted">/h</span>}
    </span>
  );
}
