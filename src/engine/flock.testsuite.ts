// A world in which a flock is up and running, for what happens to it then.

import { expect } from "vitest";
import { createWorld, flockBlueprint, type World, type WorldOptions } from "./world.testsuite.ts";

export const EAST: WorldOptions = { clouds: [{ name: "east" }] };

/** A flock of this many up and running. */
export async function flock(count: number, options: WorldOptions = EAST) {
  const world = await createWorld(options);
  const engine1 = world.engine();
  await engine1.start();
  await world.clock.advance(1_000);
  const id = await world.launch(flockBlueprint(count));
  await world.clock.advance(20_000);
  expect((await world.deployment(id)).state).toBe("running");
  return { world: { ...world, engine1 }, id };
}

export const externalIds = (world: World): string[] =>
  world.datacentre.billing.aliveNow().map(({ machineId }) => machineId);

export function firstId(world: World): string {
  const [id] = externalIds(world);
  if (id === undefined) throw new Error("nothing is alive");
  return id;
}
