// Lists of machines that are long, and some that never end.

import { expect, test } from "vitest";
import { type Cloud, type Listing, ProviderFault } from "../ports/provider.ts";
import { sampleFault } from "../ports/store.samples.ts";
import { EAST, externalIds, flock } from "./flock.testsuite.ts";
import { clouded, createWorld, type World } from "./world.testsuite.ts";

test("an account whose list takes longer than a claim is listed to its end all the same", async () => {
  const { world, id } = await flock(12, { ...EAST, clouds: [{ name: "east", pageSize: 2 }] });
  const operator = world.operator("east");
  // Six pages of 14 s each.
  operator.addFaults([{ on: "list", times: "always", do: { kind: "delay", ms: 14_000 } }]);
  for (const machine of externalIds(world).slice(-1)) operator.vanish(machine);
  await world.clock.advance(600_000);
  expect((await world.deployment(id)).state).toBe("incomplete");
  expect(world.logged("poll failed")).toEqual([]);
});

test("a list that takes a quarter of an hour comes to its end, and what it lacks is found missing", async () => {
  const { world, id } = await flock(60, { ...EAST, clouds: [{ name: "east", pageSize: 1 }] });
  const operator = world.operator("east");
  operator.addFaults([{ on: "list", times: "always", do: { kind: "delay", ms: 14_500 } }]);
  for (const machine of externalIds(world).slice(-1)) operator.vanish(machine);
  await world.clock.advance(4 * 900_000);
  expect((await world.deployment(id)).state).toBe("incomplete");
  expect(world.logged("poll failed")).toEqual([]);
});

test("an account whose list has more pages than its cloud answers in a row is listed to its end all the same", async () => {
  let isStrict = false;
  const answers: number[] = [];
  const sparing = (given: Cloud): Partial<Cloud> => ({
    list: async (...args) => {
      if (!isStrict) return given.list(...args);
      const now = world.clock.now();
      // Three in ten seconds, of six pages.
      if (answers.filter((at) => at > now - 10_000).length >= 3) throw throttled();
      answers.push(now);
      return given.list(...args);
    },
  });
  const { world, id } = await flock(12, { clouds: [{ name: "east", pageSize: 2 }], ...clouded(sparing) });
  isStrict = true;
  for (const machine of externalIds(world).slice(-1)) world.operator("east").vanish(machine);
  await world.clock.advance(600_000);
  expect((await world.deployment(id)).state).toBe("incomplete");
  expect((await world.account("east")).health).toBe("healthy");
});

const throttled = (): ProviderFault =>
  new ProviderFault(sampleFault({ class: "throttle", effect: "none", retryAfterMs: null }));

const END = "the cloud's list of its machines has no end";
const ENDLESS = {
  "takes too long": {
    next: (page: number) => `p-${page}`,
    ms: 10_000,
    text: "the list of its machines is not at its end after 61 pages, and has shown no other for 10 min",
  },
  "leads in a circle": {
    next: (page: number) => `p-${page % 3}`,
    ms: 10,
    text: `${END}: its pages lead in a circle`,
  },
  "has more pages than any": {
    next: (page: number) => `p-${page}`,
    ms: 1,
    text: `${END}: it has more than 100000 pages`,
  },
} as const;

test.each(Object.entries(ENDLESS))("an account whose list %s is in trouble, and says so", async (_, endless) => {
  let page = 0;
  const list = async (): Promise<Listing> => {
    await world.clock.sleep(endless.ms);
    return { machines: [], next: endless.next((page += 1)), unlisted: [] };
  };
  const world: World = await createWorld({ clouds: [{ name: "east" }], ...clouded(() => ({ list })) });
  await world.engine().start();
  while ((await world.account("east")).health !== "unreachable") await world.clock.advance(10_000);
  expect((await world.account("east")).healthText).toBe(endless.text);
});
