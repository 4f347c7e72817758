// A deployment for which nothing can be decided: when it is tried again, and what is told of it meanwhile.

import { expect, test } from "vitest";
import { type Deployment, type Parking, STUCK_TRIES } from "../core/deployment.ts";
import { draftOf } from "../core/decision/draft.ts";
import { type DeploymentId, deploymentId } from "../core/ids.ts";
import { type Asked, askStop } from "../core/people/requests.ts";
import type { Changes, Snapshot } from "../core/snapshot.ts";
import { type AwayReason, type Store, StoreAway, type Tx } from "../ports/store.ts";
import { sealChanges } from "../ports/sealing.ts";
import { createWorld, flockBlueprint, type World } from "./world.testsuite.ts";

const GUILTY = deploymentId("dep000000002");

/** A world whose decisions for the guilty one fail with `error` while there is one; what puts it off can be written. */
async function troubled(error: () => Error | null): Promise<{ world: World; store: Store }> {
  const world = await createWorld();
  await world.clock.until(world.engine().round("poll"));
  const own = world.store.join();
  const refusing = (tx: Tx): Partial<Tx> => ({
    async apply(changes) {
      const failure = error();
      const isDecided = changes.some(({ deployment: { id, parked } }) => id === GUILTY && parked === null);
      if (failure !== null && isDecided) throw failure;
      await tx.apply(changes);
    },
  });
  const store: Store = { ...own, write: (act) => own.write((tx) => act({ ...tx, ...refusing(tx) })) };
  return { world, store };
}

const read = (world: World, id: DeploymentId = GUILTY): Promise<Deployment> => world.deployment(id);
const parkingOf = async (world: World): Promise<Parking | null> => (await read(world)).parked;

test("what fails for itself is tried again by itself, later and later, and goes on when it can; the others never wait", async () => {
  let broken = true;
  const { world, store } = await troubled(() => (broken ? new Error("violates a check") : null));
  await world.engine({ store }).start();
  const other = await world.launch(flockBlueprint(1), "dep000000001");
  await world.launch(flockBlueprint(1), GUILTY);
  await world.clock.advance(60_000);
  expect((await world.deployment(other)).state).toBe("running");
  const { parked, state, wakeAt } = await read(world);
  expect({ state, tries: parked?.tries }).toEqual({
    state: "new",
    tries: expect.toSatisfy((n: number) => n > 5 && n < 9),
  });
  expect(parked?.text).toBe("a mistake of its own, which its log tells in full");
  expect(wakeAt).toBeGreaterThan(world.clock.now());
  await world.clock.advance(60 * 60_000);
  const late = await read(world);
  expect(late.parked?.tries).toBeGreaterThan(17);
  expect((late.wakeAt ?? 0) - world.clock.now()).toBeLessThanOrEqual(5 * 60_000);
  const told = (await world.store.read((tx) => tx.events(GUILTY, 0, 100))).flatMap(({ body }) =>
    body.kind === "parked" ? [body.tries] : [],
  );
  expect(told).toEqual([1, STUCK_TRIES]);
  broken = false;
  await world.clock.advance(5 * 60_000 + 1_000);
  // Its launch has taken too long by then, which is decided like everything else.
  expect((await read(world)).parked).toBeNull();
  expect((await read(world)).state).toBe("failed");
});

test("a person who stops it has it tried at once, and a program that starts as well", async () => {
  let broken = false;
  const { world, store } = await troubled(() => (broken ? new Error("violates a check") : null));
  const engine = world.engine({ store });
  await engine.start();
  await world.launch(flockBlueprint(1), GUILTY);
  await world.clock.advance(20_000);
  expect((await read(world)).state).toBe("running");
  broken = true;
  await stop(world);
  await world.clock.advance(10 * 60_000);
  const before = await parkingOf(world);
  expect((await read(world)).wakeAt).toBeGreaterThan(world.clock.now() + 30_000);
  await stop(world);
  await world.clock.advance(100);
  expect((await parkingOf(world))?.tries).toBe((before?.tries ?? 0) + 1);
  await world.clock.until(engine.stop());
  broken = false;
  await world.clock.advance(100);
  await world.engine({ store }).start();
  await world.clock.advance(5_000);
  expect(await read(world)).toMatchObject({ state: "stopped", parked: null });
});

/** As a person does who asks for it; once more, it changes nothing but the time at which it is looked at. */
async function stop(world: World): Promise<void> {
  await change(world, (snapshot, now) =>
    snapshot.deployment.stopAskedAt === null ? changesOf(askStop(snapshot, { by: "ada", now })) : touch(snapshot, now),
  );
}

function changesOf(asked: Asked): readonly Changes[] {
  if (!("changes" in asked)) throw new Error("it may not be stopped");
  return asked.changes;
}

async function change(world: World, act: (snapshot: Snapshot, now: number) => readonly Changes[]): Promise<void> {
  await world.store.write(async (tx) => {
    const { now, ids } = await tx.lock([GUILTY]);
    for (const snapshot of await tx.snapshots(ids)) {
      for (const wave of act(snapshot, now)) await tx.apply([sealChanges(world.deps.secrets, wave)]);
    }
  });
}

/** As any record of the deployment does. */
const touch = (snapshot: Snapshot, now: number): readonly Changes[] => draftOf(snapshot, now).waves();

test("a deadline is not slept over", async () => {
  let broken = false;
  const { world, store } = await troubled(() => (broken ? new Error("violates a check") : null));
  await world.engine({ store }).start();
  world.operator("east").addFaults([{ on: "create", do: { kind: "never_boot" }, times: "always" }]);
  await world.launch(flockBlueprint(1), GUILTY);
  await world.clock.advance(5_000);
  const due = (await read(world)).wakeAt ?? 0;
  await world.clock.advance(due - world.clock.now() - 40_000);
  broken = true;
  await change(world, touch);
  await world.clock.advance(35_000);
  const parked = await read(world);
  expect(parked.parked?.tries).toBeGreaterThan(4);
  expect(parked.wakeAt).toBe(due);
  broken = false;
  await world.clock.advance(6_000);
  expect(await parkingOf(world)).toBeNull();
  expect(await world.story(GUILTY)).toContain("rollback_in_progress");
});

test.for<AwayReason>(["busy", "no_memory"])(
  "what is too much for the database (%s) by itself is put off after three tries, and those beside it go on",
  async (reason) => {
    let refused = 0;
    const { world, store } = await troubled(() => {
      refused += 1;
      return new StoreAway(reason);
    });
    await world.engine({ store }).start();
    const others = [1, 3, 4, 5, 6].map((n) => deploymentId(`dep00000000${n}`));
    await world.launch(flockBlueprint(1), GUILTY);
    for (const id of others) await world.launch(flockBlueprint(1), id);
    await world.clock.advance(30_000);
    for (const id of others) expect((await world.deployment(id)).state).toBe("running");
    expect(await parkingOf(world)).toMatchObject({ text: new StoreAway(reason).message });
    expect(refused).toBeGreaterThan(3);
  },
);

test.for<AwayReason>([
  "no_space",
  "read_only",
  "restarting",
  "unreachable",
  "no_connections",
  "refused",
  "broken_disk",
])("while the database is away (%s) nobody is put off, and all go on when it is back", async (reason) => {
  let away = true;
  const { world, store } = await troubled(() => (away ? new StoreAway(reason) : null));
  await world.engine({ store }).start();
  await world.launch(flockBlueprint(1), GUILTY);
  await world.clock.advance(120_000);
  expect(await read(world)).toMatchObject({ state: "new", parked: null });
  away = false;
  await world.clock.advance(15_000);
  expect((await read(world)).state).toBe("running");
  expect(world.logged("deployment parked")).toEqual([]);
});
