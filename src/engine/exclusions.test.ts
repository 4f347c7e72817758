// What a launch has learnt holds for all of its attempts, however many there were since: the store hands it to each decision.

import { expect, test } from "vitest";
import { createWorld, flockBlueprint, ONE_SIZE, type World } from "./world.testsuite.ts";

const ROOMY = { cpu: 1e5, memoryMib: 1e9, storageGib: 1e9 };
const realms = (...names: string[]) => names.map((name) => ({ name, images: ["debian-12"], hosts: [ROOMY] }));

/** Where each attempt of a launch went, of which no machine boots at these clouds. */
async function attemptsOf(world: World, broken: readonly string[]): Promise<readonly string[]> {
  await world.engine().start();
  await world.clock.advance(5_000);
  const panic = { kind: "boot_error", text: "kernel panic", code: "internal_error" } as const;
  for (const name of broken) world.operator(name).addFaults([{ on: "create", times: "always", do: panic }]);
  const id = await world.launch(flockBlueprint(1));
  for (let seconds = 0; seconds < 600 && (await world.deployment(id)).state !== "running"; seconds += 10)
    await world.clock.advance(10_000);
  const snapshot = await world.store.read((tx) => tx.snapshot(id));
  return (snapshot?.attempts ?? []).map(({ accountName, realm, outcome }) => `${accountName}/${realm} ${outcome}`);
}

test("a realm in which a machine did not boot is never chosen again, not after two attempts elsewhere either", async () => {
  const world = await createWorld({
    clouds: [
      { name: "east", sizes: ONE_SIZE, realms: realms("r1", "r2", "r3") },
      { name: "west", sizes: ONE_SIZE, realms: realms("w1") },
    ],
  });
  const attempts = await attemptsOf(world, ["east", "west"]);
  expect(attempts).toHaveLength(4);
  expect(new Set(attempts).size).toBe(4);
});

test("so the next account is come to, however many realms the first one has", async () => {
  const clouds = [
    { name: "east", sizes: ONE_SIZE, realms: realms("r1", "r2", "r3") },
    { name: "west", sizes: ONE_SIZE, realms: realms("w1") },
  ];
  const attempts = await attemptsOf(await createWorld({ clouds }), ["east"]);
  expect(attempts.at(-1)).toBe("west/w1 succeeded");
  expect(attempts).toHaveLength(4);
});
