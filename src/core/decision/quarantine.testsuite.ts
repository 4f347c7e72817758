// Worlds in which the machine that an attempt failed for is kept in quarantine.

import { expect } from "vitest";
import { DEFAULT_POLICY, type LaunchPolicy, type ResolvedBlueprint } from "../blueprint/model.ts";
import type { Machine } from "../machine.ts";
import { askReleaseInstance } from "../people/release.ts";
import { by, launched, PAIR, type World } from "../world/world.testsuite.ts";

export const KEPT_MS = 4 * 3_600_000;
const { bootMs } = DEFAULT_POLICY.deadlines;

export const keeping = (blueprint: ResolvedBlueprint, policy: Partial<LaunchPolicy> = {}): ResolvedBlueprint => ({
  ...blueprint,
  policy: { ...DEFAULT_POLICY, quarantineMs: KEPT_MS, ...policy },
});

/** It is made, and does not boot. */
export function doesNotBoot(world: World, instance: string): Machine {
  world.answer(instance, { kind: "created", observed: { ...world.seen(instance), state: "pending" } });
  const { id } = world.machineOf(instance);
  world.pass(bootMs);
  const machine = world.machines.get(id);
  if (machine === undefined) throw new Error(`${instance} has no machine`);
  return machine;
}

/** `db` is up, and `web` is made and does not boot. */
export function failed(
  blueprint = keeping(PAIR),
  accounts = ["east", "west"],
): { readonly world: World; readonly web: Machine } {
  const world = launched(blueprint, { accounts });
  world.bringUp("db");
  return { world, web: doesNotBoot(world, "web") };
}

/** The launch goes on at the next account, and comes up there. */
export function comesUp(world: World): void {
  world.haulBack();
  for (const name of ["db", "web"]) world.bringUp(name);
  expect(world.deployment).toMatchObject({ state: "running", attemptNo: 2 });
}

/** It runs at the second account, and its first `web` is kept at the first. */
export function upBeside(blueprint = keeping(PAIR)): { readonly world: World; readonly web: Machine } {
  const { world, web } = failed(blueprint);
  comesUp(world);
  return { world, web };
}

export const rowOf = (world: World, { id }: Machine): Machine => world.machines.get(id) ?? world.machineOf("web");

export const told = (world: World, kind: string) =>
  world.events.map(({ body }) => body).filter((body) => body.kind === kind);

export const releaseWeb = (world: World) =>
  world.ask(askReleaseInstance(world.snapshot(), { ...by(world), instance: "web" }));
