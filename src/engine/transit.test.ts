// Machines on their way up in an account whose list is long.

import { expect, test } from "vitest";
import type { CloudSettings } from "../../datacentre/src/settings.ts";
import type { DeploymentId } from "../core/ids.ts";
import type { Cloud } from "../ports/provider.ts";
import { clouded, createWorld, flockBlueprint, type World } from "./world.testsuite.ts";

const BOOT_MS = 20_000;

interface Asked {
  /** Looks find nothing. */
  isBlind: boolean;
  pages: number;
  looks: number;
}

async function until(world: World, isSo: () => boolean | Promise<boolean>): Promise<void> {
  for (let steps = 0; !(await isSo()); steps += 1) {
    if (steps > 10_000) throw new Error("it never came to that");
    await world.clock.advance(100);
  }
}

const isRunning = (world: World, id: DeploymentId) => async () => (await world.deployment(id)).state === "running";

/** Twelve up and running in pages of two, and what is asked of their cloud from then on. */
async function crowded(cloud: Partial<CloudSettings> = {}, pageSize = 2) {
  const asked: Asked = { pages: 0, looks: 0, isBlind: false };
  const count = (given: Cloud): Partial<Cloud> => ({
    list: async (...args) => {
      asked.pages += 1;
      return given.list(...args);
    },
    look: async (...args) => {
      asked.looks += 1;
      const said = [...(await given.look(...args))];
      return new Map(said.map(([name, look]) => [name, asked.isBlind ? { kind: "absent" } : look]));
    },
  });
  const world = await createWorld({ clouds: [{ name: "east", pageSize, ...cloud }], ...clouded(count) });
  await world.engine().start();
  await world.clock.advance(1_000);
  const old = await world.launch(flockBlueprint(12));
  await until(world, isRunning(world, old));
  await world.clock.advance(60_000);
  return { world, old, asked, add: (size: number) => world.launch(flockBlueprint(size), "dep000000099") };
}

function newest(world: World): string {
  const one = world.datacentre.billing.aliveNow().at(-1);
  if (one === undefined) throw new Error("none is alive");
  return one.machineId;
}

test("are looked at by themselves between two lists, which go on as ever", async () => {
  const { world, asked, add } = await crowded({ boot: { kind: "fixed", ms: BOOT_MS } });
  const before = { ...asked };
  const id = await add(4);
  await until(world, isRunning(world, id));
  expect(asked.looks - before.looks).toBeGreaterThanOrEqual(2);
  // A list after they were made, and another when it counts what a list lacks.
  expect(asked.pages - before.pages).toBeLessThanOrEqual(2 * 8);
});

test("where a look does not find one the list is asked in the same poll, and says what counts", async () => {
  const { world, asked, add } = await crowded({ boot: { kind: "fixed", ms: BOOT_MS } });
  const id = await add(4);
  asked.isBlind = true;
  const before = { ...asked };
  await until(world, isRunning(world, id));
  const looks = asked.looks - before.looks;
  expect(looks).toBeGreaterThanOrEqual(1);
  // And once more by itself before another look is tried.
  expect(asked.pages - before.pages).toBeGreaterThanOrEqual(2 * 7 * looks);
});

test("one that ends on its way up is told by the look", async () => {
  const { world, asked, add } = await crowded({ boot: { kind: "fixed", ms: BOOT_MS } });
  const id = await add(4);
  const before = { ...asked };
  await until(world, () => asked.looks > before.looks);
  const then = { ...asked };
  world.operator("east").vanish(newest(world));
  await until(world, async () => (await world.machines(id)).some(({ state }) => state === "gone"));
  expect([asked.pages - then.pages, asked.looks - then.looks]).toEqual([0, 1]);
});

test("what has gone elsewhere is noticed by the lists, however long they take to come up", async () => {
  const { world, old, add } = await crowded({ boot: { kind: "fixed", ms: 200_000 } });
  await add(2);
  await world.clock.advance(30_000);
  const [gone] = world.datacentre.billing.aliveNow();
  if (gone === undefined) throw new Error("none is alive");
  world.operator("east").vanish(gone.machineId);
  await world.clock.advance(90_000);
  expect((await world.deployment(old)).state).toBe("incomplete");
});

test("in an account with one page the list is asked", async () => {
  const { world, asked, add } = await crowded({ boot: { kind: "fixed", ms: BOOT_MS } }, 100);
  const before = { ...asked };
  const id = await add(4);
  await until(world, isRunning(world, id));
  expect(asked.looks - before.looks).toBe(0);
});
