// What is held, and what of it a cloud cannot have counted, is what a look at all places and machines would find, whatever became of them
// in whatever order.

import { expect, test } from "vitest";
import { randomOf } from "../../../datacentre/src/random.ts";
import { type AccountId, accountId, machineIdOf } from "../../core/ids.ts";
import type { Machine } from "../../core/machine.ts";
import { type Amount, plus } from "../../core/market/amount.ts";
import { isHeld, type Market } from "../../core/market/market.ts";
import type { Placement } from "../../core/market/placement.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleAttempt,
  sampleMachine,
  samplePlacement,
  samplePool,
} from "../store.samples.ts";
import { change, launch, nthId, type Stage } from "./stage.testsuite.ts";

/** More than are left unfolded. */
const CHANGES = 480;
const [EAST, WEST] = [accountId("acc-east"), accountId("acc-west")];
const ACCOUNTS = [EAST, WEST];
/** Who stays. */
const MEMBER = { account: EAST, group: 0, weight: 0 };
const KINDS: readonly Amount[] = [
  { cpu: 1, memoryMib: 512, instances: 1, "cpu/standard": 1 },
  { cpu: 4, memoryMib: 2_048, instances: 1, hourlyMicros: 300, "own/accelerators": 2 },
];

export function holdingsSuite(stage: Stage): void {
  test("sums stay true over hundreds of changes, also where an account has left the pool meanwhile", async () => {
    await begin(stage);
    const world: World = { places: new Map(), machines: new Map(), askedAt: new Map(), random: randomOf("holdings") };
    for (let step = 0; step < CHANGES; step += 1) {
      await takeStep(stage, world, SAMPLE_TIME + step);
      if (step % 9 === 0) await compare(stage, world, `step ${step}`);
      if (step === CHANGES / 2) await stage.store.write((tx) => tx.putPool(samplePool({ members: [MEMBER] })));
    }
  });
}

interface World {
  /** By number of the deployment and instance. */
  readonly places: Map<string, Placement>;
  readonly machines: Map<string, readonly Machine[]>;
  /** By account. */
  readonly askedAt: Map<AccountId, number>;
  readonly random: () => number;
}

/** Two deployments, each at an account of its own. */
async function begin({ store }: Stage): Promise<void> {
  await store.write(async (tx) => {
    for (const id of ACCOUNTS) await tx.putAccount(sampleAccount({ id, name: id }), null);
    await tx.putPool(samplePool({ members: ACCOUNTS.map((account) => ({ account, group: 0, weight: 0 })) }));
  });
  for (const [n, account] of ACCOUNTS.entries()) {
    const { id } = await launch(store, { id: nthId(n), name: `d${n}` });
    await change(store, id, () => ({
      deployment: { state: "pending", attemptNo: 1 },
      attempts: [sampleAttempt({ deployment: id, account })],
    }));
  }
}

const COUNTED = { realm: null, dimension: "instances", most: 100, used: 0 };

/** A cloud is asked, a place is taken or given back, or a machine goes on. */
async function takeStep({ store }: Stage, { places, machines, askedAt, random }: World, now: number): Promise<void> {
  const below = (most: number): number => Math.floor(random() * most);
  const n = below(ACCOUNTS.length);
  const [deployment, account, instance] = [nthId(n), ACCOUNTS[n] ?? EAST, `i${below(12)}`];
  const key = `${n}/${instance}`;
  const [place, own] = [places.get(key), machines.get(key) ?? []];
  if (random() < 0.04) {
    askedAt.set(account, now);
    return store.write(async (tx) => {
      await tx.lockAccount(account);
      await tx.putUsage(account, { askedAt: now, quotas: [COUNTED] });
    });
  }
  if (place === undefined || random() < 0.5) {
    const { hourlyMicros = null, ...takes } = KINDS[below(KINDS.length)] ?? {};
    const price = hourlyMicros === null ? {} : { hourlyMicros };
    const of = { deployment, instance, account, realm: `r${below(2)}`, hourlyMicros, takes: { ...takes, ...price } };
    const row = place ?? samplePlacement({ ...of, chosenAt: now });
    const next = { ...row, releasedAt: place !== undefined && isHeld(place) ? now : null };
    places.set(key, next);
    return change(store, deployment, () => ({ placements: [next] }));
  }
  if (own.length === 0 || (own.length === 1 && random() < 0.3)) {
    const id = machineIdOf({ deployment, attempt: 1, instance, tryNo: own.length + 1 });
    const born = sampleMachine({ id, deployment, instance, account, nonce: id });
    machines.set(key, [...own, born]);
    return change(store, deployment, () => ({ newMachines: [{ machine: born, request: "sealed" }] }));
  }
  // One of a place, or both with one word.
  const all = own.map((machine, at) => (at === 0 || random() < 0.5 ? moved(machine, now - below(3)) : machine));
  machines.set(key, all);
  await change(store, deployment, () => ({ machines: all }));
}

/** With the accounts locked and without. */
async function compare({ store }: Stage, world: World, at: string): Promise<void> {
  judge(await store.write(async (tx) => (await tx.markets(["default"])).get("default")), world, at);
  judge(await store.read((tx) => tx.market("default")), world, at);
}

function judge(market: Market | null | undefined, { places, machines, askedAt }: World, at: string): void {
  const all = [...places].filter(([, row]) => isHeld(row));
  expect(trimmed(market?.poolHeld), at).toEqual(sumOf(all));
  for (const { account, held, uncounted } of market?.accounts ?? []) {
    const here = all.filter(([, row]) => row.account === account.id);
    expect(trimmed(held), at).toEqual(sumOf(here));
    const since = askedAt.get(account.id);
    // Of a cloud that counts nothing there is nothing to be told.
    const unseen = since === undefined ? [] : here.filter(([key]) => !wasThere(machines.get(key), since));
    for (const realm of ["r0", "r1"]) {
      const want = sumOf(unseen.filter(([, row]) => row.realm === realm));
      expect(trimmed(uncounted.get(realm)), `${at}, ${realm}`).toEqual(want);
    }
  }
}

/** Made, gone, and shown after all. */
function moved(machine: Machine, now: number): Machine {
  if (machine.state === "made") return { ...machine, state: "gone", closedAt: now };
  const { madeAt } = machine;
  return {
    ...machine,
    state: "made",
    externalId: machine.id,
    madeAt: madeAt ?? now,
    closedAt: null,
    call: null,
    callAt: null,
  };
}

/** One of those of a place. */
function wasThere(machines: readonly Machine[] = [], askedAt: number): boolean {
  return machines.some(({ madeAt, closedAt }) => {
    return madeAt !== null && madeAt < askedAt && (closedAt === null || closedAt > askedAt);
  });
}

/** Without what is nothing, and the deployments. */
const trimmed = (amount: Amount = {}): Amount =>
  Object.fromEntries(Object.entries(amount).filter(([name, count]) => count !== 0 && name !== "deployments"));

const sumOf = (rows: readonly (readonly [string, Placement])[]): Amount =>
  trimmed(rows.reduce<Amount>((sum, [, { takes }]) => plus(sum, takes), {}));
