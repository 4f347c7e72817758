import { expect, test } from "vitest";
import type { Amount, Market } from "../../core/account.ts";
import { accountId } from "../../core/ids.ts";
import {
  NOTHING,
  SAMPLE_TIME,
  sampleAccount,
  sampleAttempt,
  sampleBlock,
  sampleChanges,
  sampleMatch,
  samplePool,
} from "../store.samples.ts";
import { change, launch, nthId, type Stage } from "./stage.testsuite.ts";

const EAST = accountId("acc-east");
const WEST = accountId("acc-west");
const NORTH = accountId("acc-north");

const amount = (instances: number): Amount => ({ instances, cpu: instances / 2, memoryMib: instances * 1024 });

export function marketSuite(stage: Stage): void {
  /** The pool `default` with east and west, the pool `other` with west and north. */
  async function openMarket(): Promise<void> {
    await stage.store.write(async (tx) => {
      for (const id of [EAST, WEST, NORTH]) await tx.putAccount(sampleAccount({ id, enabled: id !== WEST }), null);
      const east = { account: EAST, group: 0, weight: -20.5 };
      const west = { account: WEST, group: 2, weight: 100 };
      await tx.putPool(samplePool({ members: [east, west], limit: { instances: 9, cpu: null, memoryMib: 4096 } }));
      await tx.putPool(samplePool({ name: "other", enabled: false, members: [west, { ...east, account: NORTH }] }));
    });
  }

  /** A deployment whose attempt holds this much. */
  async function reserve(n: number, pool: string, holds: { account: typeof EAST; instances: number }): Promise<void> {
    const { id } = await launch(stage.store, { id: nthId(n), pool });
    const match = sampleMatch({ account: holds.account, amount: amount(holds.instances) });
    await change(stage.store, id, () => ({
      deployment: { state: "pending", attemptNo: 1 },
      attempts: [sampleAttempt({ deployment: id, match })],
    }));
  }

  const markets = (pools: readonly string[]) => stage.store.write((tx) => tx.markets(pools));
  const reserved = (market: Market | null | undefined) =>
    Object.fromEntries((market?.accounts ?? []).map((row) => [row.account.id, row.reserved.instances]));

  test("a market shows its pool and every member, disabled ones too, each with its place", async () => {
    await openMarket();
    const market = await stage.store.read((tx) => tx.market("default"));
    expect(market?.pool).toEqual({
      name: "default",
      enabled: true,
      limit: { instances: 9, cpu: null, memoryMib: 4096 },
      members: [
        { account: EAST, group: 0, weight: -20.5 },
        { account: WEST, group: 2, weight: 100 },
      ],
    });
    expect(market?.accounts).toEqual([
      { account: sampleAccount({ id: EAST }), member: market?.pool.members[0], reserved: NOTHING },
      { account: sampleAccount({ id: WEST, enabled: false }), member: market?.pool.members[1], reserved: NOTHING },
    ]);
    expect(market?.poolReserved).toEqual(NOTHING);
    expect(market?.blocks).toEqual([]);
  });

  test("markets under locks are the same as the one for plans, by pool; unknown pools are left out", async () => {
    await openMarket();
    await reserve(1, "default", { account: EAST, instances: 2 });
    const all = await markets(["default", "nowhere", "other"]);
    expect([...all.keys()].toSorted()).toEqual(["default", "other"]);
    expect(all.get("default")).toEqual(await stage.store.read((tx) => tx.market("default")));
    expect(all.get("other")).toEqual(await stage.store.read((tx) => tx.market("other")));
    expect(await stage.store.read((tx) => tx.market("nowhere"))).toBeNull();
    expect(await markets([])).toEqual(new Map());
  });

  test("an account's reservations are added up over all pools, a pool's over all accounts", async () => {
    await openMarket();
    await reserve(1, "default", { account: EAST, instances: 2 });
    await reserve(2, "default", { account: WEST, instances: 3 });
    await reserve(3, "other", { account: WEST, instances: 5 });
    const all = await markets(["default", "other"]);
    expect(reserved(all.get("default"))).toEqual({ [EAST]: 2, [WEST]: 8 });
    expect(reserved(all.get("other"))).toEqual({ [WEST]: 8, [NORTH]: 0 });
    expect(all.get("default")?.poolReserved).toEqual(amount(5));
    expect(all.get("other")?.poolReserved).toEqual(amount(5));
    expect(all.get("default")?.accounts[1]?.reserved).toEqual(amount(8));
  });

  test("a reservation is held by every attempt that was not released, not only by the present one", async () => {
    await openMarket();
    await reserve(1, "default", { account: EAST, instances: 2 });
    const [first, second] = [1, 2].map((no) =>
      sampleAttempt({ no, match: sampleMatch({ account: no === 1 ? EAST : WEST, amount: amount(no + 1) }) }),
    );
    if (first === undefined || second === undefined) throw new Error("no attempts");
    await change(stage.store, nthId(1), () => ({ deployment: { attemptNo: 2 }, attempts: [second] }));
    const held = await stage.store.read((tx) => tx.market("default"));
    expect([reserved(held), held?.poolReserved.instances]).toEqual([{ [EAST]: 2, [WEST]: 3 }, 5]);
    await change(stage.store, nthId(1), () => ({
      attempts: [{ ...first, endedAt: SAMPLE_TIME, releasedAt: SAMPLE_TIME }],
    }));
    const released = await stage.store.read((tx) => tx.market("default"));
    expect([reserved(released), released?.poolReserved.instances]).toEqual([{ [EAST]: 0, [WEST]: 3 }, 3]);
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
      const attempts = [sampleAttempt({ no: 2, match: sampleMatch({ account: WEST, amount: amount(4) }) })];

      await tx.apply([sampleChanges(snapshot.deployment, { attempts })]);
      return tx.markets(["default"]);
    });
    expect(reserved(seen.get("default"))).toEqual({ [EAST]: 2, [WEST]: 4 });
  });
}
