// Whether machines on their way up are found by looks at them alone, or by the whole list of their account.

import type { Account } from "../account.ts";

/** What the last whole list of an account came to. */
export interface WholeList {
  /** So many requests it took. */
  readonly pages: number;
  /** When the next is due, whatever is on its way up: it alone shows strays, and what has gone by itself. */
  readonly dueAt: number;
  /** The next look at the account, as it was settled then. */
  readonly pollAt: number;
}

/** What the provider says of its looks. */
export interface Looks {
  readonly lookMost: number;
  readonly looksTogether: boolean;
}

/**
 * So many machines on their way up ask less of the cloud one by one than a list does; 0 where a list is due. It is due whenever something
 * else than their pace has moved the poll, such as a hint of the cloud's or an answer that was lost, and while the account is in any trouble.
 */
export function lookedAtMost(
  last: WholeList | null,
  { account, now }: { readonly account: Account; readonly now: number },
  { lookMost, looksTogether }: Looks,
): number {
  if (last === null || now >= last.dueAt || account.pollAt !== last.pollAt) return 0;
  if (account.health !== "healthy" || account.healthText !== null || account.alert !== null) return 0;
  const fewer = last.pages - 1;
  return looksTogether ? fewer * Math.max(1, lookMost) : fewer;
}
