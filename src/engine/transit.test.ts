// Machines on their way up in an account whose list is long.

import { expect, test } from "vitest";
import type { CloudSettings } from "../../datacentre/src/settings.ts";
import type { DeploymentId } from "../core/ids.ts";
import type { Cloud, Look } from "../ports/provider.ts";
import { sampleFault } from "../ports/store.samples.ts";
import { clouded, createWorld, flockBlueprint, type World } from "./world.testsuite.ts";

/** So different that they are looked at more than once. */
const BOOT = { kind: "uniform", minMs: 10_000, maxMs: 30_000 } as const;

const THROTTLED: Look = {
  kind: "unknown",
  fault: sampleFault({ class: "throttle", scope: "account", retryAfterMs: 9_000 }),
};

interface Asked {
  /** Looks find nothing. */
  isBlind: boolean;
  /** They are throttled for all but one. */
  isThrottled: boolean;
  pages: number;
  looks: number;
  last: "list" | "look" | null;
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
  const asked: Asked = { pages: 0, looks: 0, isBlind: false, isThrottled: false, last: null };
  const count = (given: Cloud): Partial<Cloud> => ({
    list: async (...args) => {
      asked.pages += 1;
      asked.last = "list";
      return given.list(...args);
    },
    look: async (...args) => {
      asked.looks += 1;
      asked.last = "look";
      const said = [...(await given.look(...args))];
      if (asked.isThrottled) return new Map(said.map(([name, look], at) => [name, at === 0 ? look : THROTTLED]));
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

test("are looked at by themselves between two lists, which go on as ever", async () => {
  const { world, asked, add } = await crowded({ boot: BOOT });
  const before = { ...asked };
  const id = await add(4);
  await until(world, isRunning(world, id));
  expect(asked.looks - before.looks).toBeGreaterThanOrEqual(2);
  // A list after they were made, and another when it counts what a list lacks.
  expect(asked.pages - before.pages).toBeLessThanOrEqual(2 * 8);
});

test("where a look does not find one the list is asked in the same poll, and says what counts", async () => {
  const { world, asked, add } = await crowded({ boot: BOOT });
  const id = await add(4);
  asked.isBlind = true;
  const before = { ...asked };
  await until(world, isRunning(world, id));
  const looks = asked.looks - before.looks;
  expect(looks).toBeGreaterThanOrEqual(1);
  // And once more by itself before another look is tried.
  expect(asked.pages - before.pages).toBeGreaterThanOrEqual(2 * 7 * looks);
});

test("one that fails on its way up is told by the look", async () => {
  const { world, asked, add } = await crowded({ boot: BOOT });
  const fails = { kind: "boot_error", text: "No boot device", code: "internal_error" } as const;
  world.operator("east").addFaults([{ on: "create", times: 1, do: fails }]);
  const id = await add(4);
  await until(world, async () => (await world.machines(id)).some(({ observed }) => observed === "error"));
  expect(asked.last).toBe("look");
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
  const { world, asked, add } = await crowded({ boot: BOOT }, 100);
  const before = { ...asked };
  const id = await add(4);
  await until(world, isRunning(world, id));
  expect(asked.looks - before.looks).toBe(0);
});

test("a throttle of some looks pauses the account, and is no matter of its health", async () => {
  const { world, asked, add } = await crowded({ boot: BOOT });
  asked.isThrottled = true;
  const { looks } = asked;
  await add(4);
  await until(world, () => asked.looks > looks);
  await world.clock.advance(1_000);
  const { health, limiter } = await world.account("east");
  expect(health).toBe("healthy");
  expect((limiter.pausedUntil ?? 0) - world.clock.now()).toBeGreaterThan(5_000);
});
