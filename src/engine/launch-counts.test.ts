// What whole launches are counted as: each once, whoever of several processes decides it.

import { expect, test } from "vitest";
import type { Deployment } from "../core/deployment.ts";
import type { DeploymentId } from "../core/ids.ts";
import { eventsTo } from "../log.ts";
import { type Meters, NO_METERS } from "../ports/meters.ts";
import { sampleChanges } from "../ports/store.samples.ts";
import { createWorld, ONE_SIZE, type World, type WorldOptions } from "./world.testsuite.ts";

/** Two engines that count into one book. */
async function counting(options?: WorldOptions) {
  const world = await createWorld(options);
  const book: string[] = [];
  const meters: Meters = {
    ...NO_METERS,
    launchEnded: (outcome) => void book.push(outcome),
    launchSettled: ({ account, provider }, { firstMs, allMs }) =>
      void book.push(`${account} of ${provider}: first ${firstMs}, all ${allMs}`),
    attemptEnded: ({ account, provider }, outcome) => void book.push(`attempt at ${account} of ${provider} ${outcome}`),
  };
  const events = eventsTo("silent", { write: () => undefined }, { meters });
  for (const engine of [world.engine({ events }), world.engine({ events })]) await engine.start();
  await world.clock.advance(1_000);
  return { world, book };
}

async function put(world: World, id: DeploymentId, fields: Partial<Deployment>): Promise<void> {
  await world.store.write(async (tx) => {
    const { now } = await tx.lock([id]);
    for (const { deployment } of await tx.snapshots([id])) {
      await tx.apply([sampleChanges({ ...deployment, ...fields, wakeAt: now })]);
    }
  });
}

const FULL = { on: "create", do: { kind: "refuse", code: "insufficient_capacity" } } as const;

test("a launch that goes well is one, with its times from the request on", async () => {
  const { world, book } = await counting();
  const id = await world.launch();
  await world.clock.advance(30_000);
  const { createdAt, firstRunningAt, allRunningAt } = await world.deployment(id);
  const [first, all] = [(firstRunningAt ?? 0) - createdAt, (allRunningAt ?? 0) - createdAt];
  expect(first).toBeGreaterThan(0);
  expect(book).toEqual(["attempt at east of sim succeeded", "running", `east of sim: first ${first}, all ${all}`]);
});

test("a launch that needs a second account is one of two attempts", async () => {
  const { world, book } = await counting({ clouds: [{ name: "east", sizes: ONE_SIZE }, { name: "west" }] });
  world.operator("east").addFaults([FULL]);
  await world.launch();
  await world.clock.advance(40_000);
  expect(book).toEqual([
    "attempt at east of sim failed",
    "attempt at west of sim succeeded",
    "running",
    expect.stringMatching(/^west of sim: first \d+, all \d+$/),
  ]);
});

test("a launch that fails everywhere is one", async () => {
  const { world, book } = await counting({ clouds: [{ name: "east", sizes: ONE_SIZE }] });
  world.operator("east").addFaults([{ ...FULL, times: "always" }]);
  const id = await world.launch();
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("failed");
  expect(book).toEqual(["attempt at east of sim failed", "failed"]);
});

test("a launch that is cancelled is one, and what runs and is stopped is none", async () => {
  const { world, book } = await counting();
  const id = await world.launch();
  await world.clock.advance(500);
  await put(world, id, { cancelAskedAt: 1 });
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("failed");
  expect(book).toEqual(["attempt at east of sim cancelled", "cancelled"]);
  const other = await world.launch({}, "dep000000002");
  await world.clock.advance(30_000);
  const counted = book.length;
  await put(world, other, { stopAskedAt: 1 });
  await world.clock.advance(30_000);
  expect((await world.deployment(other)).state).toBe("stopped");
  expect(book).toHaveLength(counted);
});

test("a launch that settles with a part is incomplete, and not launched again when it is whole or has lost a part", async () => {
  const { world, book } = await counting({ clouds: [{ name: "east", sizes: ONE_SIZE }] });
  const broken = { kind: "boot_error", text: "no valid host" } as const;
  world
    .operator("east")
    .addFaults([{ on: "create", when: { labels: { "slipway-instance": "web" } }, times: "always", do: broken }]);
  const id = await world.launch();
  await put(world, id, { partial: true });
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("incomplete");
  expect(book).toEqual([
    "attempt at east of sim succeeded",
    "incomplete",
    expect.stringMatching(/^east of sim: first \d+, all null$/),
  ]);
});
