import { expect, test } from "vitest";
import type { ClockStep } from "../../core/world/clock-step.ts";
import { accountId } from "../../core/ids.ts";
import type { Store } from "../store.ts";
import { begin, change, gate, HOUR_MS, launch, nthId, openAccounts, raceOn, type Stage } from "./stage.testsuite.ts";

/** Longer than any of these tests takes, and much shorter than the steps. */
const WHILE_MS = 60_000;

const EAST = accountId("acc-east");
const nowOf = (store: Store): Promise<number> => store.read((tx) => tx.now());
const clockOf = (store: Store) => store.read((tx) => tx.clock());

export function clockSuite(stage: Stage): void {
  for (const byMs of [-3 * HOUR_MS, 6 * HOUR_MS]) {
    test(`a clock that is set by ${byMs / HOUR_MS} h changes nothing, and is told`, async () => {
      const { store } = stage;
      const before = await nowOf(store);
      await stage.clocks.step(byMs);
      const after = await nowOf(store);
      expect(after).toBeGreaterThanOrEqual(before);
      expect(after).toBeLessThan(before + WHILE_MS);
      const { offsetMs, steps, lastAt, lastByMs } = await clockOf(store);
      expect([steps, lastByMs]).toEqual([1, -offsetMs]);
      expect(Math.abs(offsetMs + byMs)).toBeLessThan(WHILE_MS);
      expect(Math.abs((lastAt ?? 0) - after)).toBeLessThan(WHILE_MS);
      expect(stage.clocks.heard).toEqual([{ byMs: lastByMs, offsetMs, isOurs: true }]);
      await stage.clocks.step(-byMs);
      expect(Math.abs((await nowOf(store)) - after)).toBeLessThan(WHILE_MS);
      expect(Math.abs((await clockOf(store)).offsetMs)).toBeLessThan(WHILE_MS);
    });
  }

  test("a small correction is none: time follows the database's clock", async () => {
    const { store } = stage;
    await nowOf(store);
    await stage.clocks.step(-1_500);
    await nowOf(store);
    await stage.clocks.step(-1_500);
    await nowOf(store);
    expect(await clockOf(store)).toMatchObject({ offsetMs: 0, steps: 0, lastAt: null, lastByMs: null });
  });

  test("what is not due is not taken when the clock goes forward, and what is due is taken when it goes back", async () => {
    const { store } = stage;
    const soon = await nowOf(store);
    await launch(store, { id: nthId(1), wakeAt: soon });
    await launch(store, { id: nthId(2), name: "later", wakeAt: soon + HOUR_MS });
    for (const byMs of [6 * HOUR_MS, -9 * HOUR_MS]) {
      await stage.clocks.step(byMs);
      expect((await store.write((tx) => tx.lockDue(9))).ids).toEqual([nthId(1)]);
      expect(await store.read((tx) => tx.nextDue())).toMatchObject({ advance: soon });
    }
  });

  test("an answer about an image counts as long when the clock goes forward", async () => {
    const { store } = stage;
    await openAccounts(store);
    const found = { kind: "image", realm: "east-1", choice: "debian-12", found: "img-1", text: null } as const;
    await store.write((tx) => tx.putAnswers(EAST, [found]));
    const answer = async () => {
      const market = await store.read((tx) => tx.market("default"));
      return market?.accounts[0]?.answer("image", "debian-12", "east-1");
    };
    expect(await answer()).toEqual({ kind: "found", found: "img-1" });
    await stage.clocks.step(6 * HOUR_MS);
    expect(await answer()).toEqual({ kind: "found", found: "img-1" });
    await stage.clocks.step(6 * HOUR_MS);
    expect(await store.read((tx) => tx.answers(EAST, "image"))).toEqual([found]);
    await stage.clocks.step(6 * HOUR_MS);
    await store.write((tx) => tx.enquire([{ account: EAST, kind: "image", realm: "east-1", choice: "debian-12" }]));
    expect(await store.read((tx) => tx.enquiries(EAST))).toEqual([]);
  });

  test.each(["now", "lockDue"] as const)("%s goes by no answer that took long: a step may hide in it", async (ask) => {
    const { store, pass } = stage.clocks.join();
    const before = await nowOf(store);
    // The process has to wait for half a minute, and the clock is set back by as much meanwhile.
    pass(30_000, 2);
    const after = await store.write(async (tx) => (ask === "now" ? tx.now() : (await tx.lockDue(1)).now));
    expect(after).toBeGreaterThanOrEqual(before + 30_000);
    expect((await clockOf(store)).steps).toBe(1);
  });

  test("a transaction in which the clock is set runs again, and nothing is left of its first try", async () => {
    const { store } = stage;
    let tries = 0;
    const [first, last] = await store.write(async (tx) => {
      tries += 1;
      const begun = await tx.now();
      await tx.setSetting(`try-${tries}`, "was here");
      if (tries === 1) await stage.clocks.step(6 * HOUR_MS);
      return [begun, await tx.now()];
    });
    expect(tries).toBe(2);
    expect(Number(last) - Number(first)).toBeLessThan(WHILE_MS);
    expect(await store.read(async (tx) => [await tx.setting("try-1"), await tx.setting("try-2")])).toEqual([
      null,
      "was here",
    ]);
  });

  test("two processes set a step right once, and go on with the same time", async () => {
    const [one, other] = [stage.clocks.join(), stage.clocks.join()];
    const before = await nowOf(one.store);
    await nowOf(other.store);
    await stage.clocks.step(-3 * HOUR_MS);
    const [here, there] = await Promise.all([nowOf(one.store), nowOf(other.store)]);
    expect([here, there].map((now) => now >= before && now < before + WHILE_MS)).toEqual([true, true]);
    expect((await clockOf(one.store)).steps).toBe(1);
    const heard = [...one.heard, ...other.heard].map(({ isOurs }) => (isOurs ? "set it right" : "was told"));
    expect(heard.toSorted()).toEqual(["set it right", "was told"]);
    await nowOf(other.store);
    expect((await clockOf(other.store)).steps).toBe(1);
  });

  test("a process that slept with its machine does not take the time from those who were awake", async () => {
    const [awake, asleep] = [stage.clocks.join(), stage.clocks.join()];
    await nowOf(awake.store);
    const before = await nowOf(asleep.store);
    await stage.clocks.step(HOUR_MS);
    awake.pass(HOUR_MS);
    await awake.store.keepTime();
    expect(await nowOf(asleep.store)).toBeGreaterThanOrEqual(before + HOUR_MS);
    expect((await clockOf(awake.store)).steps).toBe(0);
  });

  test("a clock that was set back while nothing ran is noticed at the start", async () => {
    const before = stage.clocks.join();
    await nowOf(before.store);
    // Time that a process has found in order, and noted.
    await stage.clocks.step(60_000);
    before.pass(60_000);
    await before.store.keepTime();
    const noted = await nowOf(before.store);
    await stage.clocks.step(-3 * HOUR_MS);
    const after = stage.clocks.join();
    await after.store.keepTime();
    expect(await nowOf(after.store)).toBeGreaterThan(noted - WHILE_MS / 2);
    expect(await clockOf(after.store)).toMatchObject({ steps: 1 });
    expect(after.heard).toHaveLength(1);
  });

  test("a clock that was set forward while nothing ran looks as if nothing had run for so long", async () => {
    const before = await nowOf(stage.clocks.join().store);
    await stage.clocks.step(6 * HOUR_MS);
    const after = stage.clocks.join();
    await after.store.keepTime();
    expect(await nowOf(after.store)).toBeGreaterThanOrEqual(before + 6 * HOUR_MS);
    expect((await clockOf(after.store)).steps).toBe(0);
  });

  for (const byMs of [9_000, 6 * HOUR_MS]) {
    test(`who begins when the clock has just been set forward by ${byMs / 1000} s waits for those who know the time`, async () => {
      const knows = stage.clocks.join();
      await nowOf(knows.store);
      await stage.clocks.step(byMs);
      const newcomer = stage.clocks.join(async () => void (await nowOf(knows.store)));
      await newcomer.store.keepTime();
      await nowOf(newcomer.store);
      expect(await clockOf(newcomer.store)).toMatchObject({ steps: 1, lastByMs: expect.closeTo(byMs, -3) });
    });
  }

  test("who begins unaware of a short step goes by the others' time once they have set it right", async () => {
    const knows = stage.clocks.join();
    await nowOf(knows.store);
    await stage.clocks.step(4_000);
    const newcomer = stage.clocks.join();
    await newcomer.store.keepTime();
    await nowOf(knows.store);
    await nowOf(newcomer.store);
    expect(newcomer.heard).toMatchObject([{ isOurs: false }]);
    expect(await clockOf(newcomer.store)).toMatchObject({ steps: 1, lastByMs: expect.closeTo(4_000, -3) });
  });

  test("a step is told to deployments under way, once", async () => {
    const { store } = stage;
    await openAccounts(store);
    for (const n of [1, 2, 3]) await launch(store, { id: nthId(n), name: `launch-${n}` });
    await begin(store, nthId(2));
    await begin(store, nthId(3));
    await change(store, nthId(3), () => ({ deployment: { state: "running", wakeAt: null } }));
    const last = () => store.read((tx) => tx.lastEvents([nthId(1), nthId(2), nthId(3)]));
    const before = await last();
    expect(await store.keepTime()).toEqual({ isUntold: false });
    await stage.clocks.step(6 * HOUR_MS);
    await nowOf(store);
    expect(await store.keepTime()).toEqual({ isUntold: true });
    await Promise.all([store.write((tx) => tx.tellClock()), store.write((tx) => tx.tellClock())]);
    const { lastByMs: byMs } = await clockOf(store);
    const added = await Promise.all(
      [1, 2, 3].map((n) => store.read((tx) => tx.events(nthId(n), before.get(nthId(n)) ?? 0, 9))),
    );
    expect(added.map((events) => events.map(({ body }) => body))).toEqual([
      [{ kind: "clock_moved", byMs }],
      [{ kind: "clock_moved", byMs }],
      [],
    ]);
    expect(added.flat().map(({ no, deployment }) => no - (before.get(deployment) ?? 0))).toEqual([1, 1]);
    const after = await last();
    expect([1, 2, 3].map((n) => (after.get(nthId(n)) ?? 0) - (before.get(nthId(n)) ?? 0))).toEqual([1, 1, 0]);
    await nowOf(store);
    expect(await store.keepTime()).toEqual({ isUntold: false });
  });

  const race = raceOn(stage);

  race("who tells deployments of a step keeps nobody from setting the next one right", async (store) => {
    const other = stage.clocks.join();
    const before = await nowOf(other.store);
    await stage.clocks.step(6 * HOUR_MS);
    await nowOf(other.store);
    const [told, over] = [gate(), gate()];
    const telling = store.write(async (tx) => {
      await tx.tellClock();
      told.open();
      await over.passed;
    });
    await told.passed;
    await stage.clocks.step(-3 * HOUR_MS);
    expect(await nowOf(other.store)).toBeLessThan(before + WHILE_MS);
    over.open();
    await telling;
    expect(await clockOf(store)).toMatchObject({ steps: 2 });
    await nowOf(store);
    expect(await store.keepTime()).toEqual({ isUntold: true });
  });

  test("who joins after a step goes by the same time", async () => {
    const before = await nowOf(stage.store);
    await stage.clocks.step(-3 * HOUR_MS);
    await nowOf(stage.store);
    const late = stage.clocks.join();
    expect(await nowOf(late.store)).toBeLessThan(before + WHILE_MS);
    expect(await nowOf(late.store)).toBeGreaterThanOrEqual(before);
    const heard: readonly ClockStep[] = late.heard;
    expect(heard).toEqual([]);
  });
}
