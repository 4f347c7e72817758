// What waited for an account that was out of use: due at once, when the account has just proven that it can be used.

import { dueNow, isDebt } from "../people/debt.ts";
import type { Machine } from "../machine.ts";
import { isOpen } from "../states.ts";

/** What is due now and was not before. */
export interface MadeDue {
  /** Machines that should be gone and are not proven gone. */
  readonly debts: number;
  /** Other calls that were put off after a failure. */
  readonly calls: number;
  /** Launches that look for an account. */
  readonly launches: number;
}

/**
 * The machine with its call due and a fresh back-off; null when it does not wait for its account. `pauses`: also where the cloud only
 * asked for a pause.
 */
export function hurried(machine: Machine, now: number, { pauses }: { readonly pauses: boolean }): Machine | null {
  const { callAt, fault, failures } = machine;
  if (!isOpen(machine) || callAt === null || (fault?.class === "throttle" && !pauses)) return null;
  if (isDebt(machine)) return dueNow(machine, Math.min(callAt, now));
  // A look or a lookup that is planned ahead waits for the cloud to show something, not for the account.
  if (fault === null || (callAt <= now && failures === 0)) return null;
  return { ...machine, callAt: Math.min(callAt, now), failures: 0 };
}
