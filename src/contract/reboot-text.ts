// A reboot under way in words, for the page and the command line.

import type { Instance } from "./deployment.ts";

/** Null: none is. `clockTime`: how a time is written there. */
export function rebootText(
  { reboot, live }: Pick<Instance, "reboot" | "live">,
  clockTime: (time: string) => string,
): string | null {
  if (reboot === null) return null;
  if (reboot.step === "asked") return "asked for; its cloud has not answered yet";
  const waits = live === null ? "" : ", and its live check waits";
  return `under way: until ${clockTime(reboot.until)} at the latest it may stand still for it${waits}`;
}
