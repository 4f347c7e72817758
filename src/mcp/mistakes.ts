// What is wrong with the arguments of a tool, and what the API says no to, as one sentence each.

import type { z } from "zod";
import type { Problem } from "../contract/problem.ts";

/** `issues` with their messages in the words of the contract. */
export function mistakesText(tool: string, issues: readonly z.core.$ZodIssue[]): string {
  const [first] = issues;
  const place = first === undefined ? "" : first.path.map(String).join(".");
  const more = issues.length > 1 ? ` (and ${issues.length - 1} more)` : "";
  return `${tool}: ${place === "" ? "what was given" : place} ${first?.message ?? "is not right"}${more}`;
}

/** The sentence; where there are several mistakes, each with its line. */
export function problemText({ detail, errors }: Problem): string {
  if (errors.length < 2) return detail;
  return errors.map(({ line, detail: one }) => (line === undefined ? one : `line ${line}: ${one}`)).join(" ");
}
