// For whoever named what is not there: which one may be meant, and which there are.

import { meantBy } from "../core/blueprint/nearest.ts";

export { meantBy };

const LISTED_MOST = 20;

/** One sentence or two, that begin in the middle of one: `there is no pool prdo: did you mean "prod"? Pools: dev, prod.` */
export function noSuch(kind: string, name: string, known: readonly string[]): string {
  if (known.length === 0) return `there is no ${kind} ${name}, and no other yet.`;
  const names = known.toSorted((a, b) => (a < b ? -1 : 1));
  const meant = meantBy(name, names);
  const more = names.length > LISTED_MOST ? ", …" : "";
  const title = kind.charAt(0).toUpperCase() + kind.slice(1);
  const listed = `${title}s: ${names.slice(0, LISTED_MOST).join(", ")}${more}.`;
  return `there is no ${kind} ${name}${meant === null ? "." : `: ${meant}`} ${listed}`;
}
