// What the tests of the store stand on: rows brought to where a test begins, each step as legal as the engine would do it.

import { test } from "vitest";
import type { Account } from "../../core/account.ts";
import type { ClockStep } from "../../core/world/clock-step.ts";
import type { Attempt, Deployment, Instance } from "../../core/deployment.ts";
import { deploymentId, type DeploymentId } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { MachineState } from "../../core/states.ts";
import type { SealedChanges, Store, Tx } from "../store.ts";
import { sampleAccount, sampleAttempt, sampleChanges, sampleNewDeployment, samplePool } from "../store.samples.ts";

/** A process on the database, with a clock of its own. */
export interface Joined {
  readonly store: Store;
  /** Its clock goes on by so much: only it. `looks`: when it is looked at for that time from now on; at once when left out. */
  readonly pass: (ms: number, looks?: number) => void;
  /** What it was told of steps. */
  readonly heard: readonly ClockStep[];
}

/** The clock of a process, which a test lets go on. */
export function ownClock(real: () => number): Pick<Joined, "pass"> & { readonly monotonic: () => number } {
  let passed = 0;
  let next: { ms: number; looks: number } | null = null;
  return {
    pass(ms, looks) {
      if (looks === undefined) passed += ms;
      else next = { ms, looks };
    },
    monotonic() {
      if (next !== null && (next.looks -= 1) === 0) {
        passed += next.ms;
        next = null;
      }
      return real() + passed;
    },
  };
}

/** The clocks of the database and of the processes on it. */
export interface Clocks {
  /** Sets the database's clock by so much, also while a transaction is open. */
  step(byMs: number): Promise<void>;
  /** Another process, which has not looked at the clock yet; `meanwhile` happens where it waits for others. */
  join(meanwhile?: () => Promise<void>): Joined;
  /** What the store of the test was told of steps. */
  readonly heard: readonly ClockStep[];
}

export interface OpenedStore {
  /** Holds nothing but the seeds. */
  readonly store: Store;
  /** True when transactions really run side by side; false on a single connection, where races cannot be shown. */
  readonly concurrent: boolean;
  readonly clocks: Clocks;
  /** What `write` gives up after, where it was opened with less than its 10 s, so that a test can wait for it. */
  readonly giveUpMs?: number;
  close(): Promise<void>;
}

/** The store of the test that runs. */
export interface Stage {
  readonly store: Store;
  readonly concurrent: boolean;
  readonly clocks: Clocks;
  readonly giveUpMs: number | undefined;
}

export const HOUR_MS = 3_600_000;

/** Claims that outlast the test. */

/** Claims that have run out when they are given: what a dead worker leaves behind, without waiting for it. */
export const PAST_CLAIM = -1;

/** The n-th id of deployments in a test, in order. */
export const nthId = (n: number): DeploymentId => deploymentId(`dep${String(n).padStart(9, "0")}`);

/** Accounts, all members of the pool `default`. */
export async function openAccounts(store: Store, accounts: readonly Account[] = [sampleAccount()]): Promise<void> {
  await store.write(async (tx) => {
    for (const account of accounts) await tx.putAccount(account, null);
    await tx.putPool(samplePool({ members: accounts.map(({ id }) => ({ account: id, group: 0, weight: 0 })) }));
  });
}

/** A deployment as asked for. */
export async function launch(store: Store, given: Partial<Deployment> = {}): Promise<Deployment> {
  const row = sampleNewDeployment(given);
  await store.write((tx) => tx.insertDeployment(row));
  return row.deployment;
}

export type Change = Partial<Omit<SealedChanges, "deployment">> & { readonly deployment?: Partial<Deployment> };

/** Locks a deployment and applies what `decide` makes of its snapshot, in the given transaction. */
export async function changeIn(tx: Tx, id: DeploymentId, decide: (snapshot: Snapshot) => Change): Promise<void> {
  await tx.lock([id]);
  const [snapshot] = await tx.snapshots([id]);
  if (snapshot === undefined) throw new Error(`no deployment ${id}`);
  const { deployment, ...rest } = decide(snapshot);
  await tx.apply([sampleChanges({ ...snapshot.deployment, ...deployment }, rest)]);
}

export async function change(store: Store, id: DeploymentId, decide: (snapshot: Snapshot) => Change): Promise<void> {
  await store.write((tx) => changeIn(tx, id, decide));
}

/** Brings a new deployment to pending, with an attempt that holds `acc-east` unless another is given. */
export async function begin(store: Store, id: DeploymentId, attempt: Partial<Attempt> = {}): Promise<void> {
  await change(store, id, () => ({
    deployment: { state: "pending", attemptNo: 1 },
    attempts: [sampleAttempt({ deployment: id, ...attempt })],
  }));
}

/** A deployment that is pending in its first attempt, no more due, with accounts to run on. */
export async function launchBegun(store: Store, given: Partial<Deployment> = {}): Promise<DeploymentId> {
  const { id } = await launch(store, given);
  await begin(store, id);
  return id;
}

const WAYS: Readonly<Record<MachineState, readonly MachineState[]>> = {
  intent: [],
  in_doubt: ["in_doubt"],
  made: ["made"],
  refused: ["refused"],
  absent: ["absent"],
  gone: ["made", "gone"],
};

/** Ledger rows of one deployment, born as intents and moved to the state they are given with; `sealed NAME` is the request. */
export async function putMachines(store: Store, id: DeploymentId, machines: readonly Machine[]): Promise<void> {
  await change(store, id, () => ({
    newMachines: machines.map((machine) => ({
      machine: { ...machine, state: "intent", callNo: 0, claimedUntil: null },
      request: `sealed ${machine.id}`,
    })),
  }));
  for (const step of [0, 1]) {
    const moved = machines.flatMap((machine) => {
      const state = WAYS[machine.state][step];
      return state === undefined ? [] : [{ ...machine, state }];
    });
    if (moved.length > 0) await change(store, id, () => ({ machines: moved }));
  }
}

/** Changes an instance, whose state must not move by more than one arc. */
export async function putInstance(store: Store, row: Instance): Promise<void> {
  await change(store, row.deployment, () => ({ instances: [row] }));
}

/** What a transaction that must not be committed has come to. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a rejection");
}

export const times = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

/**
 * Tests of races between transactions. Each holds at every interleaving; its gates only make the dangerous one likely. On a single
 * connection transactions follow each other, and a gate between two of them would never open.
 */
export function raceOn(stage: Stage): (name: string, run: (store: Store) => Promise<void>) => void {
  return (name, run) =>
    test(name, async ({ skip }) => {
      skip(!stage.concurrent, "one connection: transactions follow each other");
      await run(stage.store);
    });
}

/** A point that one transaction waits at until the test lets it go on. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { passed: promise, open: resolve };
}
