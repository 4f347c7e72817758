// Worlds whose members make room for their successors.

import { expect } from "vitest";
import { DEFAULT_POLICY, type LaunchPolicy, type ResolvedBlueprint } from "../blueprint/model.ts";
import { changed } from "../change/changed.testsuite.ts";
import { UNLIMITED } from "../market/amount.ts";
import { isHeld } from "../market/market.ts";
import { openMachines, PAIR, up, type World } from "../world/world.testsuite.ts";

export const { launchMs, undoMs } = DEFAULT_POLICY.deadlines;
export const FIRST = { update: { order: "removeFirst" } } as const;

/** Each of the names is another machine, which comes after its former one. */
export const anew = (blueprint: ResolvedBlueprint, ...names: string[]): ResolvedBlueprint =>
  names.reduce((sofar, name) => changed(sofar, name, { images: [`${name}:2`], ...FIRST }), blueprint);

export const withPolicy = (blueprint: ResolvedBlueprint, policy: Partial<LaunchPolicy>): ResolvedBlueprint => ({
  ...blueprint,
  policy: { ...blueprint.policy, ...policy },
});

/** Its pool has room for just so many. */
export function limited(world: World, instances: number): World {
  world.limit = { ...UNLIMITED, instances };
  return world;
}

export function updating(after: ResolvedBlueprint, from = up(PAIR)): World {
  from.pass(1_000);
  expect(from.update(after)).toBeNull();
  return from;
}

const short = ({ id }: { readonly id: string }): string => id.slice(-"web-t2".length);
export const open = (world: World): string[] => openMachines(world).map(short).toSorted();
export const going = (world: World): string[] =>
  openMachines(world)
    .filter(({ undoAskedAt }) => undoAskedAt !== null)
    .map(short)
    .toSorted();
export const held = (world: World): string[] =>
  world.placements.filter(isHeld).map(({ instance, no, revision }) => `${instance} ${no} of ${revision}`);
export const members = (world: World): string[] =>
  world.instances.map(({ name, state, readyAt }) => `${name} ${state}${readyAt === null ? "" : " ready"}`);
export const said = (world: World, kind: string): unknown[] =>
  world.events.filter(({ body }) => body.kind === kind).map(({ body }) => body);
/** As a good cloud says it of a machine, whoever's it is. */
export function gone(world: World, name: string): void {
  const [machine] = openMachines(world).filter((row) => short(row) === name);
  if (machine === undefined) throw new Error(`there is no ${name}`);
  world.seeMachine(machine, "gone");
}
