// Sessions: one open per account at a time, ended when they are replaced, when their account is removed, and at the end.

import { expect, test } from "vitest";
import { sampleAccount } from "../ports/store.samples.ts";
import type { Cloud, Provider } from "../ports/provider.ts";
import { createClouds } from "./clouds.ts";
import { createWorld, plainSecrets, type World } from "./world.testsuite.ts";

const EAST = sampleAccount().id;

interface Counted {
  readonly world: World;
  /** Sessions that were opened, and how many of them have ended. */
  readonly opened: Cloud[];
  readonly ended: Cloud[];
}

async function counted(end: () => Promise<void> = async () => undefined): Promise<Counted> {
  const opened: Cloud[] = [];
  const ended: Cloud[] = [];
  const wrap = (provider: Provider): Provider => ({
    ...provider,
    open(account, credentials) {
      const cloud: Cloud = {
        ...provider.open(account, credentials),
        async [Symbol.asyncDispose]() {
          ended.push(cloud);
          await end();
        },
      };
      opened.push(cloud);
      return cloud;
    },
  });
  return { world: await createWorld({ clouds: [{ name: "east" }], wrap }), opened, ended };
}

const rekey = (world: World, key: string): Promise<void> =>
  world.store.write(async (tx) => {
    const account = await tx.lockAccount(EAST);
    if (account !== null) await tx.putAccount(account, plainSecrets.seal(JSON.stringify({ key })));
  });

test("an account that is asked for by many at once is opened once", async () => {
  const { world, opened } = await counted();
  const clouds = createClouds(world.deps);
  const all = await Promise.all(Array.from({ length: 20 }, () => clouds.open(EAST)));
  expect(opened).toHaveLength(1);
  expect(new Set(all.map(({ cloud }) => cloud)).size).toBe(1);
});

test("who asks for it fresh gets what is stored then, also while somebody else opens it", async () => {
  const { world, opened } = await counted();
  const clouds = createClouds(world.deps);
  const first = clouds.open(EAST);
  await rekey(world, "another-key");
  expect((await clouds.open(EAST, "fresh")).secrets).toEqual(["another-key"]);
  await first;
  expect((await clouds.open(EAST)).secrets).toEqual(["another-key"]);
  expect(opened.length).toBeLessThanOrEqual(2);
});

test("a session that is replaced ends once its last calls must have", async () => {
  const { world, opened, ended } = await counted();
  const clouds = createClouds(world.deps);
  await clouds.open(EAST);
  await rekey(world, "another-key");
  await clouds.open(EAST, "fresh");
  await world.clock.advance(60_000);
  expect(ended).toEqual([]);
  await world.clock.advance(60_000);
  expect(ended).toEqual(opened.slice(0, 1));
});

test("the session of an account that was removed ends too, and the end of all ends the rest", async () => {
  const { world, opened, ended } = await counted();
  const clouds = createClouds(world.deps);
  await clouds.open(EAST);
  clouds.retain(new Set([EAST]));
  await world.clock.advance(300_000);
  expect(ended).toEqual([]);
  clouds.retain(new Set());
  await world.clock.advance(300_000);
  expect(ended).toEqual(opened);
  await clouds.open(EAST);
  await clouds.close();
  expect(ended).toEqual(opened);
});

test("a session that does not end holds nobody up, and is told", async () => {
  const { world } = await counted(() => new Promise(() => {}));
  const clouds = createClouds(world.deps);
  await clouds.open(EAST);
  await world.clock.until(clouds.close());
  expect(world.logged("session not ended")).toMatchObject([{ account: "east", fault: { code: "timeout" } }]);
});
