// What waited for an account and is tried now, as a text that the command line and the page share. Without schemas, so that the page can
// load it alone.

import type { MadeDue } from "./account.ts";

/** `2 machines that should be gone and 1 call that was put off`; null when nothing had waited. */
export function madeDueText({ debts, calls, launches }: MadeDue): string | null {
  const parts = [
    counted(debts, "machine that should be gone", "machines that should be gone"),
    counted(calls, "call that was put off", "calls that were put off"),
    counted(launches, "launch that looks for an account", "launches that look for an account"),
  ].flat();
  const last = parts.pop();
  if (last === undefined) return null;
  return parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
}

function counted(count: number, one: string, many: string): string[] {
  return count === 0 ? [] : [`${count} ${count === 1 ? one : many}`];
}
