// The shared suite on the store in memory, and what only this store promises: scheduling, deadlocks found, the death of a process.

import { describe, expect, test } from "vitest";
import type { ClockStep } from "../../core/world/clock-step.ts";
import { storeSuite } from "../../ports/store.testsuite.ts";
import {
  SAMPLE_TIME,
  sampleAccount,
  sampleChanges,
  sampleMachine,
  sampleNewDeployment,
} from "../../ports/store.samples.ts";
import {
  type Clocks,
  gate,
  type Joined,
  launch,
  launchBegun,
  nthId,
  openAccounts,
  type OpenedStore,
  ownClock,
  rejection,
} from "../../ports/store-suite/stage.testsuite.ts";
import { StoreAway } from "../../ports/store.ts";
import { type MemoryOptions, type MemoryStore, openMemory, type Own } from "./open.ts";
import type { Committed } from "./rows.ts";

/** A day after the samples' time, one millisecond more at each look. */
function tickingClock() {
  let now = SAMPLE_TIME + 86_400_000;
  return { now: () => (now += 1) };
}

/** One that can be set, and processes whose own goes on all the same. */
function settableClock() {
  const ticking = tickingClock();
  let setBy = 0;
  const own = (meanwhile = async () => {}): Own & Omit<Joined, "store"> => {
    const heard: ClockStep[] = [];
    return {
      ...ownClock(() => ticking.now()),
      onStep: (step) => void heard.push(step),
      waitForOthers: meanwhile,
      heard,
    };
  };
  return { clock: { now: () => ticking.now() + setBy }, step: (byMs: number) => void (setBy += byMs), own };
}

const fresh = (options: Omit<MemoryOptions, "clock"> = {}) => openMemory({ clock: tickingClock(), ...options });

function opened(options: Omit<MemoryOptions, "clock"> = {}): OpenedStore {
  const { clock, step, own } = settableClock();
  const first = own();
  const store = openMemory({ clock, giveUpMs: 100, ...first, ...options });
  const join: Clocks["join"] = (meanwhile) => {
    const mine = own(meanwhile);
    return { ...mine, store: store.join(mine) };
  };
  const clocks = { step: async (byMs: number) => step(byMs), join, heard: first.heard };
  return { store, concurrent: true, clocks, giveUpMs: 100, close: () => store.close() };
}

/** Lets each statement wait for some microtasks, how many the seed says (a linear congruence is random enough here). */
function shuffledPause(seed: number): () => Promise<void> {
  let state = seed;
  return async () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    for (let left = state % 37; left > 0; left -= 1) await Promise.resolve();
  };
}

storeSuite("memory", async () => opened());
for (const seed of [1, 2, 3]) {
  storeSuite(`memory, statements shuffled by ${seed}`, async () => opened({ pause: shuffledPause(seed) }));
}

describe("memory alone", () => {
  test("two transactions that wait for each other: one of them fails, the other goes on", async () => {
    const store = fresh();
    for (const n of [1, 2]) await launch(store, { id: nthId(n) });
    const both = gate();
    let holders = 0;
    const cross = (first: number, second: number) =>
      store.write(async (tx) => {
        await tx.lock([nthId(first)]);
        holders += 1;
        if (holders === 2) both.open();
        await both.passed;
        return (await tx.lock([nthId(second)])).ids;
      });
    const ends = await Promise.allSettled([cross(1, 2), cross(2, 1)]);
    expect(ends.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const reasons = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    expect(reasons).toEqual([expect.objectContaining({ name: "StoreAway", reason: "busy" })]);
    expect((await store.write((tx) => tx.lockDue(2))).ids).toHaveLength(2);
  });

  test("a circle of three waits is found too", async () => {
    const store = fresh();
    for (const n of [1, 2, 3]) await launch(store, { id: nthId(n) });
    const all = gate();
    let holders = 0;
    const step = (first: number, second: number) =>
      store.write(async (tx) => {
        await tx.lock([nthId(first)]);
        holders += 1;
        if (holders === 3) all.open();
        await all.passed;
        await tx.lock([nthId(second)]);
      });
    const ends = await Promise.allSettled([step(1, 2), step(2, 3), step(3, 1)]);
    expect(ends.filter(({ status }) => status === "rejected")).toHaveLength(1);
  });

  test("locks are granted in the order of asking", async () => {
    const store = fresh();
    const { id } = await launch(store);
    const order: number[] = [];
    const take = (n: number) =>
      store.write(async (tx) => {
        await tx.lock([id]);
        order.push(n);
        await tx.now();
      });
    await Promise.all([take(1), take(2), take(3), take(4)]);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  test("every statement, read, commit and notification waits for its turn", async () => {
    let turns = 0;
    const store = fresh({
      pause: async () => {
        turns += 1;
      },
    });
    await store.write((tx) => tx.setting("a"));
    expect(turns).toBe(2);
    await store.read((tx) => tx.setting("a"));
    expect(turns).toBe(3);
    await store.onDue(() => undefined);
    await store.write((tx) => tx.insertDeployment(sampleNewDeployment()));
    expect(turns).toBe(6);
  });

  test("a process may have a pause of its own, and whoever watches sees what each commit changed", async () => {
    const commits: Committed[] = [];
    const store = fresh({ onCommit: (changed) => void commits.push(changed) });
    let turns = 0;
    const other = store.join({
      pause: async () => {
        turns += 1;
      },
    });
    await store.write((tx) => tx.setSetting("colour", "red"));
    await other.write((tx) => tx.setSetting("colour", "blue"));
    expect(turns).toBe(2);
    expect(commits.map(({ settings }) => settings)).toEqual([
      [{ key: "colour", before: null, after: "red" }],
      [{ key: "colour", before: "red", after: "blue" }],
    ]);
    await rejection(other.write((tx) => tx.setSetting("colour", "green").then(() => Promise.reject(new Error("no")))));
    expect(commits).toHaveLength(2);
  });

  test("between its statements a transaction that writes sees what others commit", async () => {
    const store = fresh();
    const read = gate();
    const written = gate();
    const reader = store.write(async (tx) => {
      const before = await tx.setting("colour");
      read.open();
      await written.passed;
      return [before, await tx.setting("colour")];
    });
    await read.passed;
    await store.write((tx) => tx.setSetting("colour", "red"));
    written.open();
    expect(await reader).toEqual([null, "red"]);
  });

  test("statements of one transaction that are asked for at once run one after the other", async () => {
    const store = fresh({ pause: shuffledPause(5) });
    const order: string[] = [];
    await store.write(async (tx) => {
      const ask = (name: string) => tx.setting(name).then(() => order.push(name));
      await Promise.all(["a", "b", "c", "d"].map(ask));
    });
    expect(order).toEqual(["a", "b", "c", "d"]);
  });

  test("a transaction whose statement failed cannot be committed, and says why", async () => {
    const store = fresh();
    await launch(store);
    const error = await rejection(
      store.write(async (tx) => {
        await tx.insertDeployment(sampleNewDeployment()).catch(() => undefined);
      }),
    );
    expect(error).toMatchObject({ cause: { name: "StoreConflict" } });
  });

  test("a snapshot of what is not locked is a bug", async () => {
    const store = fresh();
    const { id } = await launch(store);
    await expect(store.write((tx) => tx.snapshots([id]))).rejects.toThrow("not locked");
  });

  test("the death of a process: its transactions reject and leave nothing, whatever they wait for", async () => {
    const store = fresh();
    const other = store.join();
    const { id } = await launch(store);
    const never = Promise.withResolvers<void>();
    const holding = gate();
    const stuck = rejection(
      store.write(async (tx) => {
        await tx.lock([id]);
        await tx.setSetting("colour", "red");
        holding.open();
        await never.promise;
      }),
    );
    await holding.passed;
    const waiting = rejection(store.write((tx) => tx.lock([id])));
    const living = other.write((tx) => tx.lock([id]));
    store.crash();
    expect(await Promise.all([stuck, waiting])).toEqual([expect.any(StoreAway), expect.any(StoreAway)]);
    expect((await living).ids).toEqual([id]);
    expect(await other.read((tx) => tx.setting("colour"))).toBeNull();
    await expect(store.read((tx) => tx.now())).rejects.toBeInstanceOf(StoreAway);
    await expect(store.onDue(() => undefined)).rejects.toBeInstanceOf(StoreAway);
    expect(await store.join().read((tx) => tx.deployment(id))).not.toBeNull();
  });

  test("a process that dies between two locks does not take the second one", async () => {
    const doomed: MemoryStore[] = [];
    // The commit that hands the first lock over is the moment in which its next owner dies.
    const store = fresh({ onCommit: () => doomed.forEach((process) => process.crash()) });
    const { id } = await launch(store, { id: nthId(1) });
    await launch(store, { id: nthId(2) });
    const victim = store.join();
    const holding = gate();
    const ending = gate();
    const holder = store.write(async (tx) => {
      await tx.lock([id]);
      holding.open();
      await ending.passed;
    });
    await holding.passed;
    const waiting = rejection(victim.write((tx) => tx.lock([id, nthId(2)])));
    for (let left = 20; left > 0; left -= 1) await Promise.resolve();
    doomed.push(victim);
    ending.open();
    await holder;
    expect(await waiting).toBeInstanceOf(StoreAway);
    expect((await store.write((tx) => tx.lockDue(2))).ids).toHaveLength(2);
  });

  test("a dead process that waited for a lock is passed over", async () => {
    const store = fresh();
    const other = store.join();
    const { id } = await launch(store);
    const holding = gate();
    const ending = gate();
    const holder = other.write(async (tx) => {
      await tx.lock([id]);
      holding.open();
      await ending.passed;
    });
    await holding.passed;
    const waiting = rejection(store.write((tx) => tx.lock([id])));
    const next = other.write((tx) => tx.lock([id]));
    for (let left = 20; left > 0; left -= 1) await Promise.resolve();
    store.crash();
    ending.open();
    await holder;
    expect(await waiting).toBeInstanceOf(StoreAway);
    expect((await next).ids).toEqual([id]);
  });

  test("a listener that ended hears nothing of what is still on its way", async () => {
    const late = gate();
    let turns = 0;
    const store = fresh({
      pause: async () => {
        turns += 1;
        if (turns === 3) await late.passed;
      },
    });
    let heard = 0;
    const end = await store.onDue(() => void (heard += 1));
    await launch(store);
    expect(turns).toBe(3);
    await end();
    late.open();
    await store.read((tx) => tx.now());
    expect(heard).toBe(0);
  });

  test.each(["dies first", "may go on first"])(
    "a process that dies in its commit (%s) has committed nothing",
    async (first) => {
      const turn = gate();
      let turns = 0;
      const store = fresh({
        pause: () => {
          turns += 1;
          return turns === 2 ? turn.passed : Promise.resolve();
        },
      });
      const dying = rejection(store.write((tx) => tx.setSetting("colour", "red")));
      while (turns < 2) await Promise.resolve();
      if (first === "may go on first") turn.open();
      store.crash();
      turn.open();
      expect(await dying).toBeInstanceOf(StoreAway);
      expect(await store.join().read((tx) => tx.setting("colour"))).toBeNull();
    },
  );

  test("processes hear of each other's commits; the dead hear nothing, and the switch loses what it likes", async () => {
    let lost = false;
    const store = fresh({ drop: () => lost });
    const other = store.join();
    const heard: string[] = [];
    await store.onDue(() => void heard.push("store"));
    await other.onDue(() => void heard.push("other"));
    await launch(other, { id: nthId(1) });
    await Promise.resolve();
    expect(heard.toSorted()).toEqual(["other", "store"]);
    store.crash();
    await launch(other, { id: nthId(2) });
    await Promise.resolve();
    expect(heard.toSorted()).toEqual(["other", "other", "store"]);
    lost = true;
    await launch(other, { id: nthId(3) });
    await Promise.resolve();
    expect(heard).toHaveLength(3);
  });

  test("nobody is woken within the transaction that wakes", async () => {
    const store = fresh();
    const woken = Promise.withResolvers<number>();
    await store.onDue(() => void store.read((tx) => tx.now()).then(woken.resolve));
    await launch(store);
    expect(await woken.promise).toBeGreaterThan(SAMPLE_TIME);
  });

  test("what a transaction leaves running may open one of its own once it is over", async () => {
    const store = fresh();
    const over = gate();
    const later = await store.write(async () => {
      const left = over.passed.then(() => store.read((tx) => tx.setting("installation")));
      return { left };
    });
    over.open();
    expect(await later.left).toBe("simulated0");
  });

  test("the installation is the one given", async () => {
    expect(await fresh().read((tx) => tx.setting("installation"))).toBe("simulated0");
    expect(await fresh({ installation: "abc" }).read((tx) => tx.setting("installation"))).toBe("abc");
  });

  test("what the foreign keys of SQL refuse is refused here too", async () => {
    const store = fresh();
    await expect(launchBegun(store), "an attempt at no account").rejects.toThrow();
    await openAccounts(store, [sampleAccount()]);
    const lost = sampleMachine({ deployment: null, instance: null, state: "made", call: null });
    await expect(
      store.write((tx) => tx.putStray(lost)),
      "a due time without a call",
    ).rejects.toThrow();
    const nobody = sampleNewDeployment({ id: nthId(9) }).deployment;
    await expect(store.write((tx) => tx.apply([sampleChanges(nobody)]))).rejects.toThrow();
  });
});
