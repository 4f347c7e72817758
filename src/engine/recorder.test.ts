// Answers that come together: how many transactions they take, and that none of them pays for another.

import { expect, test } from "vitest";
import { type DeploymentId, deploymentId } from "../core/ids.ts";
import type { Tx } from "../ports/store.ts";
import type { Engine } from "./engine.ts";
import { createWorld, flockBlueprint, type World, type WorldOptions } from "./world.testsuite.ts";

/** Longer than any call of the cloud takes: all other answers come while the first is being written. */
const SLOW_MS = 2_000;

/** Launches with due creates, and an engine whose ends of claims go through `hook`. */
async function due(
  launches: number,
  hook: (tx: Tx, claims: Parameters<Tx["endClaims"]>[0]) => Promise<void>,
  { slowMs, ...options }: WorldOptions & { readonly slowMs: number } = { slowMs: SLOW_MS },
) {
  const world = await createWorld({ clouds: [{ name: "east" }], ...options });
  const { store } = world;
  const endings: number[] = [];
  const engine = world.engine({
    store: {
      ...store.join(),
      write: (act) =>
        store.write((tx) =>
          act({
            ...tx,
            async endClaims(claims) {
              endings.push(claims.length);
              if (endings.length === 1) await world.clock.sleep(slowMs);
              await hook(tx, claims);
              return tx.endClaims(claims);
            },
          }),
        ),
    },
  });
  await round(world, engine, "poll");
  const ids: DeploymentId[] = [];
  for (let n = 1; n <= launches; n += 1) ids.push(await world.launch(flockBlueprint(2), `dep00000000${n}`));
  await round(world, engine, "advance");
  return { world, engine, ids, endings };
}

const round = (world: World, engine: Engine, kind: "call" | "advance" | "poll"): Promise<number> =>
  world.clock.until(engine.round(kind));

const machineStates = async (world: World, ids: readonly DeploymentId[]): Promise<string[]> =>
  (await Promise.all(ids.map((id) => world.machines(id)))).flat().map(({ state }) => state);

test("answers that come while one is being written are written together, also several of one deployment", async () => {
  const { world, engine, ids, endings } = await due(3, async () => {});
  expect(await round(world, engine, "call")).toBe(6);
  expect(await machineStates(world, ids)).toEqual(Array.from({ length: 6 }, () => "made"));
  expect(endings).toEqual([1, 5]);
  for (const id of ids) {
    const numbers = (await world.store.read((tx) => tx.events(id, 0, 100))).map(({ no }) => no);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
  }
});

test("an answer that cannot be written holds up none of those it came with", async () => {
  const { world, engine, ids, endings } = await due(3, async (_tx, claims) => {
    if (claims.some(({ machine }) => machine.id === poisoned)) throw new Error("this row cannot be written");
  });
  const [machine] = await world.machines(ids[2] ?? deploymentId("none"));
  const poisoned = machine?.id;
  const running = round(world, engine, "call");
  await world.clock.advance(SLOW_MS + 1_000);
  expect((await machineStates(world, ids)).toSorted()).toEqual(["intent", "made", "made", "made", "made", "made"]);
  await running;
  expect(endings.filter((count) => count > 1)).toEqual([5]);
  expect(world.logged("work broke")).toMatchObject([{ row: poisoned }]);
});

test("answers that are refused together are each tried by themselves at once", async () => {
  const refuseGroups = async (_tx: Tx, claims: readonly unknown[]) => {
    if (claims.length > 1) throw new Error("one of these cannot be written");
  };
  const { world, engine, ids, endings } = await due(2, refuseGroups);
  await round(world, engine, "call");
  expect(endings).toEqual([1, 3, 1, 1, 1]);
  expect(await machineStates(world, ids)).toEqual(Array.from({ length: 4 }, () => "made"));
  expect(world.logged("answer not written")).toEqual([]);
});

test("an answer whose claim is somebody else's by now is left out, and the others of its transaction count", async () => {
  let stolen: string | null = null;
  const { world, engine, ids } = await due(2, async (tx, claims) => {
    const last = claims.at(-1);
    if (claims.length < 2 || last === undefined || stolen !== null) return;
    stolen = last.machine.id;
    await tx.endClaims([last]);
    // One place would not be enough: an account that has calls in flight leaves the last ones to others.
    await tx.claimCalls(16, 0);
  });
  await round(world, engine, "call");
  const machines = (await Promise.all(ids.map((id) => world.machines(id)))).flat();
  expect(machines.filter(({ state }) => state === "made")).toHaveLength(3);
  expect(machines.find(({ id }) => id === stolen)).toMatchObject({ state: "intent", callNo: 2 });
  expect(world.logged("answer came too late")).toMatchObject([{ machine: stolen }]);
  expect((await world.account("east")).pollAt).toBeLessThanOrEqual(world.clock.now());
});
