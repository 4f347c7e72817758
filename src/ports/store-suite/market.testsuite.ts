import { expect, test } from "vitest";
import { accountId } from "../../core/ids.ts";
import { type Amount, UNLIMITED } from "../../core/market/amount.ts";
import type { Market } from "../../core/market/market.ts";
import type { Placement } from "../../core/market/placement.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleAttempt,
  sampleBlock,
  sampleChanges,
  sampleMachine,
  samplePlacement,
  samplePool,
} from "../store.samples.ts";
import { change, launch, nthId, type Stage } from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const WEST = accountId("acc-west");
const NORTH = accountId("acc-north");

/** What this many placements of {@link holding} hold. */
const amount = (instances: number): Amount => ({
  instances,
  cpu: instances / 2,
  memoryMib: instances * 1024,
  hourlyMicros: instances * 10,
  "cpu/standard": instances * 4,
});

const holding = (n: number, given: Partial<Placement>): Placement[] =>
  Array.from({ length: n }, (_, i) =>
    samplePlacement({ instance: `db-${i}`, takes: amount(1), hourlyMicros: 10, ...given }),
  );

/** More than an integer of the database holds. */
const MAX_LEASE_MS = 366 * 86_400_000;

const LIMIT = { ...UNLIMITED, deployments: 50, instances: 9, memoryMib: 4096 };

export function marketSuite(stage: Stage): void {
  /** The pool `default` with east and west, the pool `other` with west and north. */
  async function openMarket(): Promise<void> {
    await stage.store.write(async (tx) => {
      for (const id of [EAST, WEST, NORTH]) await tx.putAccount(sampleAccount({ id, enabled: id !== WEST }), null);
      const east = { account: EAST, group: 0, weight: -20.5 };
      const west = { account: WEST, group: 2, weight: 100 };
      await tx.putPool(
        samplePool({ members: [east, west], limit: LIMIT, maxLeaseMs: MAX_LEASE_MS, maxQuarantineMs: 7_200_000.5 }),
      );
      await tx.putPool(samplePool({ name: "other", enabled: false, members: [west, { ...east, account: NORTH }] }));
    });
  }

  /** A deployment whose attempt holds this much. */
  async function reserve(n: number, pool: string, holds: { account: typeof EAST; instances: number }): Promise<void> {
    const { id } = await launch(stage.store, { id: nthId(n), pool });
    const { account, instances } = holds;
    await change(stage.store, id, () => ({
      deployment: { state: "pending", attemptNo: 1 },
      attempts: [sampleAttempt({ deployment: id, account })],
      placements: holding(instances, { deployment: id, account }),
    }));
  }

  const markets = (pools: readonly string[]) => stage.store.write((tx) => tx.markets(pools));
  const heldAt = (market: Market | null | undefined) =>
    Object.fromEntries((market?.accounts ?? []).map((row) => [row.account.id, row.held["instances"] ?? 0]));

  test("a market shows its pool and every member, disabled ones too, each with its place", async () => {
    await openMarket();
    const market = await stage.store.read((tx) => tx.market("default"));
    expect(market?.pool).toEqual({
      name: "default",
      enabled: true,
      limit: LIMIT,
      members: [
        { account: EAST, group: 0, weight: -20.5 },
        { account: WEST, group: 2, weight: 100 },
      ],
      userLimit: UNLIMITED,
      maxLeaseMs: MAX_LEASE_MS,
      maxQuarantineMs: 7_200_000.5,
      retention: { stepsDays: 90, consolesDays: 30, ledgerDays: null },
    });
    const nothing = { held: {}, uncounted: new Map(), quotas: [], offers: null };
    expect(market?.accounts).toMatchObject([
      { account: sampleAccount({ id: EAST }), member: market?.pool.members[0], ...nothing },
      { account: sampleAccount({ id: WEST, enabled: false }), member: market?.pool.members[1], ...nothing },
    ]);
    expect(market?.poolHeld).toEqual({});
    expect(market?.blocks).toEqual([]);
  });

  test("markets under locks are the same as the one for plans, by pool; unknown pools are left out", async () => {
    await openMarket();
    await reserve(1, "default", { account: EAST, instances: 2 });
    const all = await markets(["default", "nowhere", "other"]);
    expect([...all.keys()].toSorted()).toEqual(["default", "other"]);
    for (const name of ["default", "other"]) {
      const plain = (market: Market | null | undefined) =>
        JSON.stringify(market, (_, v) => (v instanceof Map ? [...v] : v));
      expect(plain(all.get(name))).toBe(plain(await stage.store.read((tx) => tx.market(name))));
    }
    expect(await stage.store.read((tx) => tx.market("nowhere"))).toBeNull();
    expect(await markets([])).toEqual(new Map());
  });

  test("an account's reservations are added up over all pools, a pool's over all accounts", async () => {
    await openMarket();
    await reserve(1, "default", { account: EAST, instances: 2 });
    await reserve(2, "default", { account: WEST, instances: 3 });
    await reserve(3, "other", { account: WEST, instances: 5 });
    const all = await markets(["default", "other"]);
    expect(heldAt(all.get("default"))).toEqual({ [EAST]: 2, [WEST]: 8 });
    expect(heldAt(all.get("other"))).toEqual({ [WEST]: 8, [NORTH]: 0 });
    expect(all.get("default")?.poolHeld).toEqual({ ...amount(5), deployments: 2 });
    expect(all.get("other")?.poolHeld).toEqual({ ...amount(5), deployments: 1 });
    expect(all.get("default")?.accounts[1]?.held).toEqual({ ...amount(8), deployments: 2 });
  });

  test("what is placed is held until it is given back, whatever attempt it belongs to", async () => {
    await openMarket();
    await reserve(1, "default", { account: EAST, instances: 2 });
    const deployment = nthId(1);
    const second = sampleAttempt({ deployment, no: 2, account: WEST });
    await change(stage.store, deployment, () => ({
      deployment: { attemptNo: 2 },
      attempts: [second],
      placements: holding(3, { deployment, attempt: 2, account: WEST }),
    }));
    const held = await stage.store.read((tx) => tx.market("default"));
    expect([heldAt(held), held?.poolHeld["instances"]]).toEqual([{ [EAST]: 2, [WEST]: 3 }, 5]);
    await change(stage.store, deployment, () => ({
      placements: holding(2, { deployment, account: EAST, releasedAt: SAMPLE_TIME }),
    }));
    const released = await stage.store.read((tx) => tx.market("default"));
    expect([heldAt(released), released?.poolHeld["instances"]]).toEqual([{ [EAST]: 0, [WEST]: 3 }, 3]);
  });

  test("a decision is given each placement from which the launch has learnt, however long ago, and of the others those of now", async () => {
    await openMarket();
    const deployment = nthId(1);
    await launch(stage.store, { id: deployment });
    const failed = { deployment, outcome: "failed", endedAt: SAMPLE_TIME } as const;
    const back = { deployment, account: EAST, releasedAt: SAMPLE_TIME };
    await change(stage.store, deployment, () => ({
      deployment: { attemptNo: 4 },
      attempts: [
        sampleAttempt({ ...failed, no: 1, failedInstance: "db" }),
        sampleAttempt({ ...failed, no: 2 }),
        sampleAttempt({ ...failed, no: 3, failedInstance: "db" }),
        sampleAttempt({ deployment, no: 4 }),
      ],
      placements: [
        samplePlacement({ ...back, attempt: 1, instance: "db" }),
        samplePlacement({ ...back, attempt: 1, instance: "web" }),
        samplePlacement({ ...back, attempt: 2, instance: "web" }),
        samplePlacement({ ...back, attempt: 3, instance: "web", refused: "offer" }),
        samplePlacement({ ...back, attempt: 3, instance: "web", no: 2 }),
        samplePlacement({ ...back, attempt: 3, instance: "app" }),
        samplePlacement({ ...back, attempt: 4, instance: "app" }),
        samplePlacement({ ...back, attempt: 3, instance: "held", releasedAt: null }),
      ],
    }));
    const snapshot = await stage.store.read((tx) => tx.snapshot(deployment));
    expect(snapshot?.placements.map(({ attempt, instance, no }) => `${attempt} ${instance} ${no}`).toSorted()).toEqual([
      "1 db 1",
      "2 web 1",
      "3 held 1",
      "3 web 1",
      "3 web 2",
      "4 app 1",
    ]);
  });

  test("a cloud has counted what was made before it was asked, and nothing else; by realm", async () => {
    await openMarket();
    await reserve(1, "default", { account: EAST, instances: 4 });
    const deployment = nthId(1);
    const quotas = [{ realm: null, dimension: "cpu/standard", most: 8, used: 4 }];
    await stage.store.write(async (tx) => {
      await tx.lockAccount(EAST);
      await tx.putUsage(EAST, { askedAt: SAMPLE_TIME + 10, quotas });
    });
    const machine = (i: number, madeAt: number | null) =>
      sampleMachine({
        deployment,
        instance: `db-${i}`,
        nonce: `n${i}`,
        ...(madeAt === null ? {} : { state: "made", externalId: `x${i}`, madeAt, call: null, callAt: null }),
      });
    await change(stage.store, deployment, () => ({
      newMachines: [0, 1, 2, 3].map((i) => ({ machine: machine(i, null), request: "sealed" })),
    }));
    await change(stage.store, deployment, () => ({
      machines: [9, 10, 5, 5].map((ms, i) => machine(i, SAMPLE_TIME + ms)),
    }));
    // One had gone by then, one went later; the place of each is held for the next one.
    const gone = { state: "gone", closedAt: SAMPLE_TIME + 8 } as const;
    await change(stage.store, deployment, () => ({
      machines: [
        { ...machine(2, SAMPLE_TIME + 5), ...gone },
        { ...machine(3, SAMPLE_TIME + 5), ...gone, closedAt: SAMPLE_TIME + 12 },
      ],
    }));
    const [east] = (await stage.store.read((tx) => tx.market("default")))?.accounts ?? [];
    expect(east?.quotas).toEqual(quotas);
    expect([...(east?.uncounted ?? [])]).toEqual([["east-1", amount(2)]]);
    expect(east?.held).toEqual({ ...amount(4), deployments: 1 });
  });

  test("a market shows the blocks of its members, those past their time too: their strikes still count", async () => {
    await openMarket();
    await reserve(1, "default", { account: EAST, instances: 1 });
    const past = sampleBlock({ account: EAST, until: SAMPLE_TIME - 1, strikes: 4 });
    const present = sampleBlock({ account: WEST, realm: "*", reason: "quota", until: SAMPLE_TIME * 2 });
    const foreign = sampleBlock({ account: NORTH });
    await change(stage.store, nthId(1), () => ({ blocks: [past, present, foreign] }));
    const all = await markets(["default", "other"]);
    const byAccount = (market: Market | undefined) =>
      market?.blocks.toSorted((a, b) => (a.account < b.account ? -1 : 1));
    expect(byAccount(all.get("default"))).toEqual([past, present]);
    expect(byAccount(all.get("other"))).toEqual([foreign, present]);
  });

  test("within a transaction the market already holds what was just written", async () => {
    await openMarket();
    await reserve(1, "default", { account: EAST, instances: 2 });
    const seen = await stage.store.write(async (tx) => {
      await tx.lock([nthId(1)]);
      const [snapshot] = await tx.snapshots([nthId(1)]);
      if (snapshot === undefined) throw new Error("no snapshot");
      const deployment = nthId(1);
      const attempts = [sampleAttempt({ deployment, no: 2, account: WEST })];
      const placements = holding(4, { deployment, attempt: 2, account: WEST });
      await tx.apply([sampleChanges(snapshot.deployment, { attempts, placements })]);
      return tx.markets(["default"]);
    });
    expect(heldAt(seen.get("default"))).toEqual({ [EAST]: 2, [WEST]: 4 });
  });
}
