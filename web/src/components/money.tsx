import { moneyText } from "../../../src/contract/amounts.ts";
import { isUnknown, type Sum, uncountedText, UNKNOWN_PRICE } from "../../../src/contract/price.ts";

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
