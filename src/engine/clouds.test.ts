// Sessions: one open per account at a time, ended when they are replaced, when their account is removed, and at the end.

import { expect, test } from "vitest";
import { sampleAccount, sampleFault } from "../ports/store.samples.ts";
import { type Cloud, type Provider, ProviderFault } from "../ports/provider.ts";
import { type Clouds, createClouds } from "./clouds.ts";
import { createProviderNames } from "./launch-counts.ts";
import { trackWork } from "./track.ts";
import { createWatches } from "./watch.ts";
import { clouded, createWorld, plainSecrets, type World } from "./world.testsuite.ts";

const EAST = sampleAccount().id;
const CALM = new AbortController().signal;

interface Counted {
  readonly world: World;
  /** Sessions that were opened, and how many of them have ended. */
  readonly opened: Cloud[];
  readonly ended: Cloud[];
}

async function counted(
  end: () => Promise<void> = async () => undefined,
  isRefused: () => boolean = () => false,
): Promise<Counted> {
  const opened: Cloud[] = [];
  const ended: Cloud[] = [];
  const wrap = (provider: Provider): Provider => ({
    ...provider,
    open(account, credentials) {
      if (isRefused()) throw new ProviderFault(sampleFault({ class: "config", text: "the key is malformed" }));
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

/** Somebody else's credentials are stored, and met. */
async function replaced(world: World, clouds: Clouds): Promise<void> {
  await rekey(world, "another-key");
  (await clouds.open(EAST, "fresh"))[Symbol.dispose]();
}

test("a session that is replaced ends when the last who uses it has ended, however long that takes", async () => {
  const { world, opened, ended } = await counted();
  const clouds = createClouds(world.deps);
  const first = await clouds.open(EAST);
  const uses = [first, await clouds.open(EAST), clouds.lend(first)];
  await replaced(world, clouds);
  for (const one of uses) {
    await world.clock.advance(300_000);
    expect(ended).toEqual([]);
    one[Symbol.dispose]();
    // Who has ended twice has ended once.
    one[Symbol.dispose]();
  }
  await world.clock.advance(0);
  expect(ended).toEqual(opened.slice(0, 1));
});

test("one that nobody uses ends at once, and one that is never given back after half an hour", async () => {
  const { world, opened, ended } = await counted();
  const clouds = createClouds(world.deps);
  (await clouds.open(EAST))[Symbol.dispose]();
  await replaced(world, clouds);
  await world.clock.advance(0);
  expect(ended).toEqual(opened.slice(0, 1));
  await clouds.open(EAST);
  await rekey(world, "a-third-key");
  await clouds.open(EAST, "fresh");
  await world.clock.advance(29 * 60_000);
  expect(ended).toHaveLength(1);
  await world.clock.advance(60_000);
  expect(ended).toEqual(opened.slice(0, 2));
});

test("once an account cannot be opened as it is set up, nobody gets the session that it had", async () => {
  let isRefused = false;
  const { world, ended } = await counted(
    async () => undefined,
    () => isRefused,
  );
  const clouds = createClouds(world.deps);
  const before = await clouds.open(EAST);
  isRefused = true;
  await rekey(world, "another-key");
  await expect(clouds.open(EAST, "fresh")).rejects.toThrow("malformed");
  await expect(clouds.open(EAST)).rejects.toThrow("malformed");
  expect(ended).toEqual([]);
  before[Symbol.dispose]();
  await world.clock.advance(0);
  expect(ended).toHaveLength(1);
});

test("a list that takes minutes goes on through the session that it began with", async () => {
  let isEnded = false;
  const usedAfter: boolean[] = [];
  // Fifteen pages of 14 s each.
  const list: Cloud["list"] = async (_, cursor) => {
    await world.clock.sleep(14_000);
    usedAfter.push(isEnded);
    const page = Number(cursor ?? 0);
    return { machines: [], unlisted: [], next: page === 15 ? null : String(page + 1) };
  };
  const end = async (): Promise<void> => void (isEnded = true);
  const wrap = clouded(() => ({ list, [Symbol.asyncDispose]: end }));
  const world: World = await createWorld({ clouds: [{ name: "east" }], ...wrap });
  const clouds = createClouds(world.deps);
  const watches = createWatches({ ...world.deps, clouds }, CALM);
  const poll = trackWork({ ...world.deps, clouds, watches, cut: CALM, names: createProviderNames() });
  const [task] = (await poll.take(1)).tasks;
  const done = task?.run();
  await world.clock.advance(1_000);
  await replaced(world, clouds);
  await world.clock.until(done ?? Promise.reject(new Error("the account is not due")));
  expect(usedAfter).toEqual(usedAfter.map(() => false));
  expect(usedAfter).toHaveLength(16);
  await world.clock.advance(0);
  expect(isEnded).toBe(true);
});

test("the session of an account that was removed ends too, and the end of all ends the rest", async () => {
  const { world, opened, ended } = await counted();
  const clouds = createClouds(world.deps);
  (await clouds.open(EAST))[Symbol.dispose]();
  clouds.retain(new Set([EAST]));
  await world.clock.advance(300_000);
  expect(ended).toEqual([]);
  clouds.retain(new Set());
  await world.clock.advance(0);
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
