// What decisions say of launches and attempts that have ended, for metrics. Counted once a decision is written; a process that dies
// between the two leaves it uncounted.

import type { Attempt, Deployment } from "../core/deployment.ts";
import type { AccountId } from "../core/ids.ts";
import type { Changes } from "../core/snapshot.ts";
import { launchOutcome } from "../core/story/launch-outcome.ts";
import type { Events } from "../log.ts";
import type { Reads } from "../ports/store.ts";

/** Of which provider each account is: that never changes, so each is looked up once. */
export interface ProviderNames {
  learn(tx: Reads, accounts: Iterable<AccountId>): Promise<void>;
  of(account: AccountId): string;
}

export function createProviderNames(): ProviderNames {
  const known = new Map<AccountId, string>();
  return {
    async learn(tx, accounts) {
      for (const id of accounts) {
        if (known.has(id)) continue;
        const account = await tx.account(id);
        if (account !== null) known.set(id, account.provider);
      }
    },
    of: (account) => known.get(account) ?? "unknown",
  };
}

/** The waves of one deployment. */
type Decision = readonly Changes[];

/** Accounts of the attempts that are ended. */
export function endedAt(decisions: readonly Decision[]): ReadonlySet<AccountId> {
  return new Set(decisions.flatMap((waves) => waves.flatMap(endedIn)).map(({ account }) => account));
}

export function countLaunches(events: Events, names: ProviderNames, decisions: readonly Decision[]): void {
  for (const waves of decisions) {
    const ended = waves.flatMap(endedIn);
    for (const attempt of ended) {
      if (attempt.outcome !== null) events.attemptEnded(labelsOf(attempt, names), attempt.outcome);
    }
    const outcome = waves.flatMap(({ events: told }) => told.map(launchOutcome)).find((one) => one !== null);
    if (outcome === undefined || outcome === null) continue;
    events.launchEnded(outcome);
    const settled = ended.find((attempt) => attempt.outcome === "succeeded");
    const { deployment } = waves.at(-1) ?? {};
    if (settled !== undefined && deployment !== undefined)
      events.launchSettled(labelsOf(settled, names), timesOf(deployment));
  }
}

const labelsOf = ({ account, accountName }: Attempt, names: ProviderNames) => ({
  account: accountName,
  provider: names.of(account),
});

function endedIn({ attempts, events }: Changes): readonly Attempt[] {
  const numbers = new Set(events.flatMap(({ body }) => (body.kind === "attempt_ended" ? [body.attempt] : [])));
  return attempts.filter(({ no }) => numbers.has(no));
}

const timesOf = ({ createdAt, firstRunningAt, allRunningAt }: Deployment) => ({
  firstMs: firstRunningAt === null ? null : firstRunningAt - createdAt,
  allMs: allRunningAt === null ? null : allRunningAt - createdAt,
});
