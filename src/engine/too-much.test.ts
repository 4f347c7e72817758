// One deployment of which what follows is too much for the database: it holds up nobody else, whoever decides it and with what.

import { expect, test } from "vitest";
import { deploymentId } from "../core/ids.ts";
import { type Store, StoreAway, type Tx } from "../ports/store.ts";
import type { Cloud } from "../ports/provider.ts";
import { clouded, createWorld, flockBlueprint, pairBlueprint, type World } from "./world.testsuite.ts";

const GUILTY = deploymentId("dep000000002");
const OTHERS = [1, 3, 4, 5, 6].map((n) => deploymentId(`dep00000000${n}`));

/** A process whose database is busy over each decision for the guilty one that `isOn`; what is only recorded of it is due at once. */
function busyOver(world: World, isOn: () => boolean, tookMs = 0): Store {
  const own = world.store.join();
  const refusing = (tx: Tx): Partial<Tx> => ({
    async apply(changes) {
      const isDecided = changes.some(
        ({ deployment: { id, parked, wakeAt } }) => id === GUILTY && parked === null && wakeAt !== world.clock.now(),
      );
      if (isOn() && isDecided) {
        await world.clock.sleep(tookMs);
        throw new StoreAway("busy");
      }
      await tx.apply(changes);
    },
  });
  return { ...own, write: (act) => own.write((tx) => act({ ...tx, ...refusing(tx) })) };
}

test.each([1, 2, 3])("%i processes bring all others up, and park it", async (processes) => {
  const world = await createWorld();
  await world.clock.until(world.engine().round("poll"));
  for (let n = 0; n < processes; n += 1) await world.engine({ store: busyOver(world, () => true, 9_000) }).start();
  await world.launch(flockBlueprint(1), GUILTY);
  for (const id of OTHERS) await world.launch(flockBlueprint(1), id);
  await world.clock.advance(10 * 60_000);
  for (const id of OTHERS) expect((await world.deployment(id)).state).toBe("running");
  expect((await world.deployment(GUILTY)).parked).not.toBeNull();
});

test("a poll that brings news of it brings those of others too, and it is parked", async () => {
  const world = await createWorld({ clouds: [{ name: "east" }] });
  let isOn = false;
  const [other = GUILTY] = OTHERS;
  await world.engine({ store: busyOver(world, () => isOn) }).start();
  await world.clock.advance(1_000);
  await world.launch(flockBlueprint(2), other);
  await world.launch(flockBlueprint(2), GUILTY);
  await world.clock.advance(30_000);
  isOn = true;
  for (const id of [GUILTY, other]) {
    const [first] = await world.machines(id);
    world.operator("east").kill(first?.externalId ?? "");
  }
  await world.clock.advance(5 * 60_000);
  expect((await world.deployment(other)).state).toBe("incomplete");
  expect((await world.deployment(GUILTY)).parked).not.toBeNull();
});

test("a live check that finds it dead is recorded, and it is parked", async () => {
  let isUp = true;
  const probe: Cloud["probe"] = async () => (isUp ? { passed: true } : { passed: false, answer: "connection refused" });
  const world = await createWorld({ clouds: [{ name: "east" }], ...clouded(() => ({ probe })) });
  let isOn = false;
  await world.engine({ store: busyOver(world, () => isOn) }).start();
  await world.clock.advance(1_000);
  const live = { check: { kind: "tcp", port: 80 }, periodMs: 1_000, failures: 3 } as const;
  await world.launch({ instances: pairBlueprint().instances.map((one) => ({ ...one, live })) }, GUILTY);
  await world.clock.advance(20_000);
  isOn = true;
  isUp = false;
  await world.clock.advance(5 * 60_000);
  const { parked, state } = await world.deployment(GUILTY);
  expect([state, parked === null]).toEqual(["running", false]);
  expect(await world.story(GUILTY)).toContain("live_lost");
});
