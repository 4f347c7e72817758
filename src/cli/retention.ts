// The options for how long a pool keeps what belongs to its ended deployments.

import type { Command } from "commander";
import type { Retention, RetentionPatch } from "../contract/account.ts";
import { badInput } from "./complaint.ts";

/** No null for what is kept for ever: commander takes null from a parser for an option without a value. */
type Given = number | "forever";

export interface RetentionOptions {
  readonly keepSteps?: Given;
  readonly keepConsoles?: Given;
  readonly keepLedger?: Given;
}

const DAYS_MOST = 36_500;

const orForEver =
  (option: string) =>
  (given: string): Given => {
    if (given === "forever") return given;
    if (/^[1-9]\d*$/.test(given) && Number(given) <= DAYS_MOST) return Number(given);
    throw badInput(`${option} ${given}: must be a whole number of days from 1 to ${DAYS_MOST}, or "forever"`);
  };

export function addRetentionOptions(command: Command): Command {
  return command
    .option("--keep-steps <days>", "steps of deployments that have ended; or forever", orForEver("--keep-steps"))
    .option("--keep-consoles <days>", "consoles of their machines; or forever", orForEver("--keep-consoles"))
    .option("--keep-ledger <days>", "attempts and machines of deleted ones; or forever", orForEver("--keep-ledger"));
}

/** What was given; undefined when nothing was. */
export function retentionOf({ keepSteps, keepConsoles, keepLedger }: RetentionOptions): RetentionPatch | undefined {
  const days = (given: Given): number | null => (given === "forever" ? null : given);
  const patch: RetentionPatch = {
    ...(keepSteps === undefined ? {} : { stepsDays: days(keepSteps) }),
    ...(keepConsoles === undefined ? {} : { consolesDays: days(keepConsoles) }),
    ...(keepLedger === undefined ? {} : { ledgerDays: days(keepLedger) }),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** "90/30/∞ days": steps, consoles, ledger. */
export function retentionText({ stepsDays, consolesDays, ledgerDays }: Retention): string {
  return `${[stepsDays, consolesDays, ledgerDays].map((days) => days ?? "∞").join("/")} days`;
}
