// What an account sells is read beside its machines: whatever goes wrong with it, the machines are watched, and the other reads go on.

import { expect, test } from "vitest";
import { accountId } from "../core/ids.ts";
import { type Cloud, ProviderFault } from "../ports/provider.ts";
import { sampleFault } from "../ports/store.samples.ts";
import { EAST, firstId, flock } from "./flock.testsuite.ts";
import { clouded, createWorld, type World } from "./world.testsuite.ts";

const ID = accountId("acc-east");
const broken = () => Promise.reject(new ProviderFault(sampleFault({ class: "transient", code: "half_broken" })));
const hanging = () => new Promise<never>(() => {});

/** A running flock whose cloud does something else from now on. */
async function changing(count = 1) {
  let members: Partial<Cloud> = {};
  const asking =
    (name: "usage" | "sizes" | "image" | "images" | "realms", cloud: Cloud) =>
    // The port's members take different arguments, which pass through as they are.
    (...asked: readonly never[]) => {
      const act: unknown = members[name] ?? cloud[name];
      if (typeof act !== "function") throw new Error(`the cloud has no ${name}`);
      return act.call(cloud, ...asked);
    };
  const wrap = clouded((cloud) => ({
    usage: asking("usage", cloud),
    sizes: asking("sizes", cloud),
    image: asking("image", cloud),
    images: asking("images", cloud),
    realms: asking("realms", cloud),
  }));
  const { world, id } = await flock(count, { ...EAST, ...wrap });
  return { world, id, change: (given: Partial<Cloud>) => void (members = given) };
}

const question = (choice: string) => ({ account: ID, kind: "image", realm: "east-1", choice }) as const;
const ask = (world: World, choice: string) => world.store.write((tx) => tx.enquire([question(choice)]));
const known = async (world: World) =>
  (await world.store.read((tx) => tx.answers(ID, "image"))).map(({ choice }) => choice).toSorted();

test.each([
  ["usage", { usage: broken }],
  ["usage that hangs", { usage: hanging }],
  ["sizes", { sizes: broken }],
  ["realms that hang", { realms: hanging }],
  ["images of the account", { image: () => Promise.reject(new ProviderFault(sampleFault({ class: "auth" }))) }],
  ["images that hang", { image: hanging }],
])("a cloud that fails at %s has its machines watched all the same", async (_, members) => {
  const { world, id, change } = await changing(2);
  change(members);
  // An hour later the offers are due as well.
  await world.clock.advance(3_700_000);
  await ask(world, "ubuntu");
  world.operator("east").vanish(firstId(world));
  await world.clock.advance(300_000);
  expect((await world.deployment(id)).state).toBe("incomplete");
});

test("an account of which something cannot be read says so, and is well when it can again", async () => {
  const { world, change } = await changing();
  change({ usage: broken });
  await world.clock.advance(180_000);
  expect(await world.account("east")).toMatchObject({ health: "unreachable", healthText: sampleFault().text });
  change({});
  await world.clock.advance(60_000);
  expect((await world.account("east")).health).toBe("healthy");
});

test("usage that cannot be read takes nothing from offers, nor offers from usage", async () => {
  const { world, change } = await changing();
  const before = await world.account("east");
  change({ usage: broken });
  await world.clock.advance(3_700_000);
  const sold = await world.account("east");
  expect(sold.offersAt).toBeGreaterThan(before.offersAt ?? Infinity);
  change({ sizes: broken });
  await world.clock.advance(3_700_000);
  expect((await world.account("east")).usageAt).toBeGreaterThan(sold.usageAt ?? Infinity);
});

test("names of images that have no end, that fail or come twice cost an account nothing", async () => {
  const { world, change } = await changing();
  let page = 0;
  const named = (choice: string) => ({ realm: "east-1", choice, image: "img" });
  const hour = async (images: NonNullable<Cloud["images"]>): Promise<void> => {
    change({ images });
    await world.clock.advance(3_700_000);
    expect((await world.account("east")).health).toBe("healthy");
  };
  await hour(async () => ({ images: [named("first")], next: `p-${(page += 1)}` }));
  expect(page).toBe(100);
  await hour(async () => ({ images: [named("second"), named("second")], next: "again" }));
  await hour(async (cursor) => (cursor === null ? { images: [named("third")], next: "b" } : broken()));
  await hour(async () => ({ images: [named("x".repeat(100_000)), named("fourth")], next: null }));
  await hour(async (cursor) => (cursor === null ? { images: [named("fifth")], next: "b" } : hanging()));
  expect(world.logged("names of images not read to their end")).toHaveLength(4);
  expect(world.lines.filter(({ level }) => level >= 40)).toEqual([]);
  expect(await known(world)).toContain("fifth");
});

test("an image that never gets its answer keeps it from no other", async () => {
  const { world, change } = await changing();
  for (let no = 0; no < 30; no += 1) await ask(world, `hangs-${no}`);
  for (const choice of ["yak", "zebra"]) await ask(world, choice);
  change({ image: async (choice) => (choice.startsWith("hangs") ? hanging() : { image: choice }) });
  let turn = 0;
  await world.clock.until(world.engine1.stop());
  const engine = world.engine({ random: () => (turn = (turn + 0.37) % 1) });
  await engine.start();
  await world.clock.advance(1_200_000);
  expect(await known(world)).toEqual(expect.arrayContaining(["yak", "zebra"]));
});

const throttled = () => Promise.reject(new ProviderFault(sampleFault({ class: "throttle", retryAfterMs: 50 })));

test("a cloud that takes fewer questions at once than it is asked answers all of them in the end", async () => {
  const { world, change } = await changing();
  let atOnce = 0;
  change({
    image: async (choice) => {
      if (atOnce > 0) return throttled();
      atOnce += 1;
      await world.clock.sleep(100);
      atOnce -= 1;
      return { image: choice };
    },
  });
  const choices = ["ape", "bee", "cow", "dog"];
  for (const choice of choices) await ask(world, choice);
  await world.clock.advance(300_000);
  expect(await known(world)).toEqual(expect.arrayContaining(choices));
});

test("what refuses an account whole is told before a throttle of something else", async () => {
  const { world, change } = await changing();
  change({
    image: (choice) =>
      choice === "bee" ? Promise.reject(new ProviderFault(sampleFault({ class: "auth" }))) : throttled(),
  });
  for (const choice of ["ape", "bee", "cow", "dog"]) await ask(world, choice);
  await world.clock.advance(120_000);
  expect((await world.account("east")).health).toBe("suspended");
});

test("an account that was refused is well when its machines are listed again, also while it is throttled for all else", async () => {
  const { world, change } = await changing();
  const account = await world.account("east");
  const refused = { health: "suspended", healthText: "creates are refused" } as const;
  await world.store.write((tx) => tx.putAccount({ ...account, ...refused }, null));
  change({ usage: throttled });
  await world.clock.advance(180_000);
  expect(await world.account("east")).toMatchObject({ health: "healthy", healthText: null });
});

test("a read of offers goes on where the last poll ended it", async () => {
  let pages = 0;
  const sizes = async () => {
    await world.clock.sleep(7_000);
    return { offers: [], unlisted: [], next: `p-${(pages += 1)}` };
  };
  const wrap = clouded(() => ({ sizes: (...asked) => act(...asked) }));
  const act: Cloud["sizes"] = sizes;
  const world: World = await createWorld({ clouds: [{ name: "east" }], ...wrap });
  await world.engine().start();
  await world.clock.advance(600_000);
  expect(pages).toBeGreaterThan(20);
  expect(await world.account("east")).toMatchObject({ health: "healthy", offersAt: null });
});

test("a read that was throttled goes on at its page, but not under other settings, nor half an hour later", async () => {
  const { world, change } = await changing();
  const pages: (string | null)[] = [];
  const sizes: Cloud["sizes"] = async (cursor) => {
    pages.push(cursor);
    if (cursor !== null)
      throw new ProviderFault(sampleFault({ class: "throttle", effect: "none", retryAfterMs: null }));
    return { offers: [], unlisted: [], next: "p-1" };
  };
  change({ sizes });
  const readAnew = () => world.store.write((tx) => tx.forgetOffers(ID));
  await readAnew();
  await world.clock.advance(300_000);
  expect(pages.slice(0, 3)).toEqual([null, "p-1", "p-1"]);
  expect(pages.filter((page) => page === null)).toHaveLength(1);
  const before = await world.account("east");
  const settings = { ...before.settings, url: "http://127.0.0.1:2" };
  const elsewhere = { ...before, settings, pollAt: world.clock.now() };
  const sealed = world.deps.secrets.seal(JSON.stringify({ key: "east-key" }));
  await world.store.write((tx) => tx.putAccount(elsewhere, sealed));
  pages.length = 0;
  await world.clock.advance(120_000);
  expect(pages[0]).toBeNull();
  pages.length = 0;
  await world.clock.advance(40 * 60_000);
  expect(pages.filter((page) => page === null)).toHaveLength(1);
});

test("nobody is asked in the last moment of a claim", async () => {
  const { world, change } = await changing();
  const told = () => world.logged("poll failed").map(({ fault }) => JSON.stringify(fault));
  // Realms take so long that a page would have a moment.
  change({ realms: async () => world.clock.sleep(49_500).then(() => ["east-1"]) });
  await world.clock.advance(3_900_000);
  expect(told().filter((fault) => /within \d{1,3} ms/.test(fault))).toEqual([]);
});

test("a cloud that fails at one image is told of, once, and asked again", async () => {
  const { world, change } = await changing();
  change({ image: broken });
  await ask(world, "ubuntu");
  await world.clock.advance(180_000);
  const waiting = await world.store.read((tx) => tx.unanswered("default"));
  expect(waiting).toMatchObject([{ account: ID, choice: "ubuntu", text: sampleFault().text }]);
  expect(world.logged("a cloud does not answer whether it has what a launch asks for")).toHaveLength(1);
  change({});
  await world.clock.advance(180_000);
  expect(await world.store.read((tx) => tx.unanswered("default"))).toEqual([]);
});
