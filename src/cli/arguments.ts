// What several commands share of their command lines.

import { meantBy } from "../contract/no-such.ts";
import { badInput } from "./complaint.ts";

/** For `addHelpText("after", …)`. */
export function examples(...lines: readonly string[]): string {
  return `\nExample${lines.length > 1 ? "s" : ""}:\n${lines.map((line) => `  ${line}`).join("\n")}`;
}

/** For commander: a whole number within bounds. */
export function wholeNumber(option: string, least: number, most: number) {
  return (given: string): number => wholeNumberAt(`${option} ${given}`, given, { least, most });
}

/** `place`: as in "web=0". */
export function wholeNumberAt(
  place: string,
  given: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const value = Number(given);
  if (/^-?\d+$/.test(given) && value >= least && value <= most) return value;
  throw badInput(`${place}: must be a whole number from ${least} to ${most}`);
}

/** For commander: collects an option that may come several times. */
export function collect(given: string, before: readonly string[] = []): string[] {
  return [...before, given];
}

/** The same for names, of which none has a comma: whoever writes several at once is told how. */
export function collectName(option: string) {
  return (given: string, before: readonly string[] = []): string[] => {
    const names = given.split(",").map((name) => name.trim());
    if (names.length === 1) return [...before, given];
    const each = names
      .filter((name) => name !== "")
      .map((name) => `${option} ${/[[\]]/.test(name) ? `'${name}'` : name}`);
    throw badInput(`${option} ${given}: takes one name and may be repeated: ${each.join(" ")}`);
  };
}

/** One of `known`; else says which there are. */
export function oneOf<T extends string>(option: string, known: readonly T[]) {
  return (given: string): T => {
    const found = known.find((one) => one === given);
    if (found !== undefined) return found;
    const meant = meantBy(given, known);
    throw badInput(`${option} ${given}: ${meant === null ? "must" : `${meant} It must`} be one of ${known.join(", ")}`);
  };
}
