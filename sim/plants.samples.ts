// Ways to plant a fault of our own between the engines and the world, for tests of what finds it.

import { expect } from "vitest";
import type { Cloud, Provider } from "../src/ports/provider.ts";
import type { SealedChanges, Store, Tx } from "../src/ports/store.ts";
import type { CheckerOf } from "./checkers/checker.ts";
import { play, type PlayOptions } from "./run.ts";
import type { Scenario } from "./scenario.ts";
import { plainScenario } from "./scenario.samples.ts";

/** What this checker alone finds in a plain scenario; without the plant it finds nothing there. */
export async function found(checker: CheckerOf, plant: PlayOptions, given: Partial<Scenario> = {}): Promise<string[]> {
  const scenario = plainScenario(given);
  const alone = { checkers: [checker], restMostMs: 20 * 60_000 };
  expect((await play(scenario, alone)).findings).toEqual([]);
  const { findings } = await play(scenario, { ...alone, ...plant });
  for (const finding of findings) named.add(finding.checker);
  return findings.map((finding) => `${finding.checker}: ${finding.text}`);
}

/** Checkers that have found their plant. */
export const named = new Set<string>();

/** Every transaction with some of its methods replaced. */
export function inTransactions(change: (tx: Tx) => Partial<Tx>): PlayOptions {
  const wrapStore = (store: Store): Store => ({
    ...store,
    write: (act) => store.write((tx) => act({ ...tx, ...change(tx) })),
  });
  return { wrapStore };
}

/** Every write of a decision or record changed. */
export function inWrites(change: (changes: SealedChanges) => SealedChanges): PlayOptions {
  return inTransactions((tx) => ({ apply: (all) => tx.apply(all.map(change)) }));
}

export function inClouds(change: (cloud: Cloud) => Partial<Cloud>): PlayOptions {
  const wrapProvider = (provider: Provider): Provider => ({
    ...provider,
    open(account, credentials) {
      const cloud = provider.open(account, credentials);
      return { ...cloud, ...change(cloud) };
    },
  });
  return { wrapProvider };
}

/** Nobody ever sleeps. */
export function awake(changes: SealedChanges): SealedChanges {
  return { ...changes, deployment: { ...changes.deployment, wakeAt: changes.deployment.createdAt } };
}
