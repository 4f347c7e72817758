// Why accounts cannot host a launch, in few words.

import type { Refusal } from "./event.ts";

const CAUSES_MOST = 3;

/** Each cause once, with the accounts that it keeps out: what is to be mended comes first. */
export function causesTexts(refused: readonly Refusal[]): readonly string[] {
  const causes = [...Map.groupBy(refused, ({ text }) => text)].map(
    ([text, out]) => `${namesText(new Set(out.map(({ account }) => account)))}: ${text}`,
  );
  const more = causes.length - CAUSES_MOST;
  const rest = more <= 0 ? [] : [more === 1 ? "1 more cause" : `${more} more causes`];
  return [...causes.slice(0, CAUSES_MOST), ...rest];
}

const NAMES_MOST = 5;

function namesText(names: ReadonlySet<string>): string {
  const more = names.size > NAMES_MOST ? ` and ${names.size - NAMES_MOST} more` : "";
  return [...names].slice(0, NAMES_MOST).join(", ") + more;
}
