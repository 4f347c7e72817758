import { describe, expect, test } from "vitest";
import { sampleBlock, sampleBlueprint, sampleResolvedInstance, SMALL_PROFILE } from "../../ports/store.samples.ts";
import {
  DEFAULT_POLICY,
  type LaunchPolicy,
  type ResolvedBlueprint,
  type ResolvedInstance,
} from "../blueprint/model.ts";
import { accountId } from "../ids.ts";
import { UNLIMITED } from "../market/amount.ts";
import type { MarketAccount } from "../market/market.ts";
import { sampleOffer } from "../../ports/market.samples.ts";
import { type Offer, offerBook } from "../market/offer.ts";
import { ALONE, fails, LOOSE, PAIR, World } from "../world/world.testsuite.ts";

const refused = fails({ class: "capacity", scope: "offer" });

const under = (blueprint: ResolvedBlueprint, policy: Partial<LaunchPolicy> = {}): ResolvedBlueprint => ({
  ...blueprint,
  policy: { ...DEFAULT_POLICY, onRefusal: "replace", ...policy },
});

const SIZES = ["a", "b", "c", "d"].map((size) => sampleOffer({ size, realm: "r1" }));

const BOOKED = { realms: ["r1"], userDataBytesMost: 16_384, sharesLoopback: false, where: [] };

/** East sells four sizes in one realm and one in another, west what it always sells. */
function shopAround(
  blueprint: ResolvedBlueprint,
  given: Partial<MarketAccount> & { offers?: never } = {},
  more: Offer[] = [],
) {
  const world = new World({ blueprint });
  const offers = [...SIZES, sampleOffer({ size: "a", realm: "r2", hourlyMicros: 50_000 }), ...more];
  const book = offerBook(offers, { ...BOOKED, realms: [...new Set(offers.map(({ realm }) => realm))] });
  world.accounts = world.accounts.map((one, i) => (i === 0 ? { ...one, offers: book, ...given } : one));
  world.settle();
  return world;
}

function changeEast(world: World, change: (of: MarketAccount) => Partial<MarketAccount>): void {
  world.accounts = world.accounts.map((one, i) => (i === 0 ? { ...one, ...change(one) } : one));
}

const placesOf = (world: World, instance = "db") =>
  world.placements
    .filter((row) => row.instance === instance)
    .map(
      ({ attempt, no, realm, size, releasedAt }) =>
        `${attempt}.${no} ${realm}/${size}${releasedAt === null ? "" : " back"}`,
    );

const replaced = (world: World) =>
  world.events.flatMap(({ body }) =>
    body.kind === "instance_replaced" ? [`${body.from.size} → ${body.to.size}`] : [],
  );

describe("an instance that is refused for lack of room", () => {
  test("is asked for on the next offer of its account, while the rest stays", () => {
    const world = shopAround(under(PAIR));
    world.bringUp("db");
    world.answer("web", refused);
    expect(world.deployment.state).toBe("pending");
    expect(world.attempts).toHaveLength(1);
    expect(placesOf(world, "web")).toEqual(["1.1 r1/a back", "1.2 r1/b"]);
    expect(replaced(world)).toEqual(["a → b"]);
    expect(world.blocks).toMatchObject([{ account: "east", realm: "r1", size: "a", reason: "capacity" }]);
    expect(world.machineOf("web")).toMatchObject({ size: "b", placementNo: 2, call: "create" });
    expect(world.requests.get(world.machineOf("web").id)?.size).toBe("b");
    world.bringUp("web");
    expect(world.path()).toEqual(["pending", "running"]);
    expect(world.unblocks.map(({ realm, size }) => `${realm}/${size}`).toSorted()).toEqual([
      "*/*",
      "r1/*",
      "r1/a",
      "r1/b",
    ]);
  });

  test("fails the attempt under the policy to roll back", () => {
    const world = shopAround(under(PAIR, { onRefusal: "rollback" }));
    world.answer("db", refused);
    expect(world.path()).toContain("rollback_in_progress");
    expect(placesOf(world)).toEqual(["1.1 r1/a back", "2.1 r1/b"]);
    expect(replaced(world)).toEqual([]);
  });

  test("by the whole realm has no place left where all share one, and the launch moves on", () => {
    const world = shopAround(under(ALONE));
    world.answer("db", fails({ class: "quota", scope: "realm" }));
    expect(world.attempts.map(({ accountName, realm }) => `${accountName}/${realm}`)).toEqual(["east/r1", "east/r2"]);
    expect(world.blocks).toHaveLength(1);
  });

  test("goes to another realm where any will do", () => {
    const world = shopAround(under(ALONE, { realms: "any" }));
    world.answer("db", fails({ class: "quota", scope: "realm", text: "no more here" }));
    expect(placesOf(world)).toEqual(["1.1 r1/a back", "1.2 r2/a"]);
    const because = "quota at its cloud: no more here (raised by its operator)";
    const usual = { realm: "r1", size: "a", hourlyMicros: 10_000, because };
    expect(world.placements.map(({ instead }) => instead)).toEqual([null, usual]);
    const told = world.events.flatMap(({ body }) => (body.kind === "instance_replaced" ? [body.reason] : []));
    expect(told).toEqual(["quota of account east at its cloud: no more here (raised by its operator)"]);
  });

  test("is dearer in the next realm, and says what it would usually have been, when what ended the attempt was no refusal too", () => {
    const world = shopAround(under(ALONE));
    world.answer("db", fails({ class: "config", scope: "realm" }));
    expect(placesOf(world)).toEqual(["1.1 r1/a back", "2.1 r2/a"]);
    const because = "its realm is out since an earlier attempt";
    const usual = { realm: "r1", size: "a", hourlyMicros: 10_000, because };
    expect(world.placements.map(({ instead }) => instead)).toEqual([null, usual]);
  });

  test("goes wherever it is cheapest where any realm will do, also to where its siblings are", () => {
    const pair = ["web-1", "web-2"].map((name) => sampleResolvedInstance({ name, group: "web" }));
    const world = shopAround(under(sampleBlueprint({ instances: pair }), { realms: "any" }));
    world.answer("web-2", refused);
    expect(placesOf(world, "web-2")).toEqual(["1.1 r1/a back", "1.2 r1/b"]);
  });

  test("three sizes in a row puts its realm out", () => {
    const world = shopAround(under(ALONE));
    for (let round = 0; round < 3; round += 1) world.answer("db", refused);
    expect(replaced(world)).toEqual(["a → b", "b → c"]);
    expect(world.attempts.map(({ realm }) => realm)).toEqual(["r1", "r2"]);
  });

  test("is replaced as often as the launch allows, over all its attempts", () => {
    const world = shopAround(under(ALONE, { maxReplacements: 1 }));
    world.answer("db", refused);
    world.answer("db", refused);
    expect(placesOf(world)).toEqual(["1.1 r1/a back", "1.2 r1/b back", "2.1 r1/c"]);
    world.answer("db", refused);
    expect(world.attempts).toHaveLength(3);
    expect(placesOf(shopAround(under(ALONE, { maxReplacements: 0 })))).toEqual(["1.1 r1/a"]);
  });

  test("is replaced before a launch in part gives it up", () => {
    const world = new World({ blueprint: under(LOOSE), deployment: { partial: true } });
    const book = offerBook(SIZES, BOOKED);
    world.accounts = world.accounts.slice(0, 1).map((one) => ({ ...one, offers: book }));
    world.settle();
    world.bringUp("web");
    world.answer("db", refused);
    expect(world.machineOf("db").size).toBe("b");
    world.answer("db", refused);
    world.answer("db", refused);
    expect(world.deployment.state).toBe("incomplete");
  });

  test("stays in the realm that keeps its spread even", () => {
    const members = ["web-1", "web-2", "web-3"].map((name) => sampleResolvedInstance({ name, group: "web" }));
    const blueprint = under(sampleBlueprint({ instances: members }), { realms: "spread" });
    const world = shopAround(blueprint, {}, [
      sampleOffer({ size: "z", realm: "r3", hourlyMicros: 70_000 }),
      sampleOffer({ size: "y", realm: "r3", hourlyMicros: 80_000 }),
    ]);
    expect(placesOf(world, "web-3")).toEqual(["1.1 r3/z"]);
    world.answer("web-3", refused);
    expect(placesOf(world, "web-3")).toEqual(["1.1 r3/z back", "1.2 r3/y"]);
    // Without that realm another has to do.
    world.answer("web-3", fails({ class: "capacity", scope: "realm" }));
    expect(placesOf(world, "web-3").at(-1)).toBe("1.3 r1/a");
  });

  test("keeps the spread of its own group, whatever others are where", () => {
    const arm = { ...SMALL_PROFILE, architecture: "arm64" };
    const instances = [
      ...["web-1", "web-2"].map((name) => sampleResolvedInstance({ name, group: "web" })),
      sampleResolvedInstance({ name: "db", group: "db", profiles: [arm] }),
    ];
    const world = shopAround(under(sampleBlueprint({ instances }), { realms: "spread" }), {}, [
      sampleOffer({ size: "dear", realm: "r2", hourlyMicros: 90_000 }),
      sampleOffer({ size: "arm", realm: "r2", architecture: "arm64" }),
    ]);
    expect(placesOf(world, "web-2")).toEqual(["1.1 r2/a"]);
    world.answer("web-2", refused);
    expect(placesOf(world, "web-2")).toEqual(["1.1 r2/a back", "1.2 r2/dear"]);
  });

  test("is placed anew at the account where it is, and not at the first of the pool", () => {
    const world = new World({ blueprint: under(ALONE) });
    const sizes = ["a", "b"].map((size) => sampleOffer({ size, realm: "west-1" }));
    const book = offerBook(sizes, { ...BOOKED, realms: ["west-1"] });
    world.accounts = world.accounts.map((one, i) =>
      i === 0 ? { ...one, account: { ...one.account, enabled: false } } : { ...one, offers: book },
    );
    world.settle();
    world.answer("db", refused);
    expect(placesOf(world)).toEqual(["1.1 west-1/a back", "1.2 west-1/b"]);
    expect(world.placements.map(({ account }) => account)).toEqual(["west", "west"]);
  });
});

describe("no refusal that can be replaced", () => {
  const fallsBack = (world: World) => expect(world.path()).toContain("rollback_in_progress");

  test("is a failure of another class", () => {
    const world = shopAround(under(PAIR));
    world.answer("db", fails({ class: "config", scope: "account" }));
    fallsBack(world);
  });

  test("is one of a machine that has run", () => {
    const world = shopAround(under(PAIR));
    world.bringUp("db");
    world.see("db", "error", refused.fault);
    fallsBack(world);
  });

  test("is one at an account that is in the pool no longer, or whose offers are unknown", () => {
    const left = shopAround(under(PAIR));
    left.accounts = left.accounts.slice(1);
    left.answer("db", refused);
    fallsBack(left);
    const unread = shopAround(under(PAIR));
    unread.accounts = unread.accounts.map((one) => ({ ...one, offers: null }));
    unread.answer("db", refused);
    fallsBack(unread);
  });
});

describe("the place that is taken instead", () => {
  test("is within the launch's cap, beside all that is held", () => {
    const dear = [sampleOffer({ size: "dear", realm: "r1", hourlyMicros: 30_000 })];
    const only = (world: World) => {
      world.accounts = world.accounts.map((one) => ({
        ...one,
        offers: offerBook([...SIZES.slice(0, 1), ...dear], BOOKED),
      }));
      return world;
    };
    const poor = only(shopAround(under(PAIR, { maxHourlyMicros: 39_999 })));
    poor.answer("db", refused);
    expect(poor.path()).toContain("rollback_in_progress");
    const rich = only(shopAround(under(PAIR, { maxHourlyMicros: 40_000 })));
    rich.answer("db", refused);
    expect(placesOf(rich)).toEqual(["1.1 r1/a back", "1.2 r1/dear"]);
    // What was given back before is not counted again.
    const often = shopAround(under(PAIR, { maxHourlyMicros: 20_000 }));
    for (const _ of [1, 2]) often.answer("db", refused);
    expect(placesOf(often)).toEqual(["1.1 r1/a back", "1.2 r1/b back", "1.3 r1/c"]);
  });

  describe("is within what is left, where what the refused one held is free again, and no more than that,", () => {
    const cpu = (most: number) => ({ ...UNLIMITED, cpu: most });
    test.each<[string, (world: World, most: number) => void]>([
      ["of the pool", (world, most) => (world.limit = cpu(most))],
      ["of who launched it", (world, most) => (world.userLimit = cpu(most))],
      ["of each user of the pool", (world, most) => (world.eachLimit = cpu(most))],
      [
        "of the account",
        (world, most) => changeEast(world, ({ account }) => ({ account: { ...account, limit: cpu(most) } })),
      ],
      [
        "of the cloud's quota",
        (world, most) => {
          const quotas = [{ realm: null, dimension: "cpu", most, used: 0 }];
          // Neither of the two machines was there when it counted.
          changeEast(world, () => ({ quotas, uncounted: new Map([["r1", { cpu: 2 }]]) }));
        },
      ],
    ])("%s", (_, bound) => {
      const placed = (most: number, names: readonly string[]) => {
        const world = shopAround(under(LOOSE));
        const offers = [...SIZES.slice(0, 1), sampleOffer({ size: "double", realm: "r1", cpu: 2 })];
        changeEast(world, () => ({ offers: offerBook(offers, BOOKED) }));
        bound(world, most);
        world.answerAll(names, refused);
        return replaced(world);
      };
      expect([placed(2, ["db"]), placed(3, ["db"])]).toEqual([[], ["a → double"]]);
      // What one has taken in the same decision, the other cannot take again.
      const both = ["db", "web"];
      expect([placed(3, both), placed(4, both)]).toEqual([["a → double"], ["a → double", "a → double"]]);
    });
  });

  test("has the alternative that the others of its group have, and a lone one may step down", () => {
    const kinds = (spec: ResolvedInstance, names: string[]): ResolvedInstance[] =>
      names.map((name) => ({
        ...spec,
        name,
        group: "gpu",
        profiles: ["a100", "h100"].map((kind) => ({ ...SMALL_PROFILE, accelerators: 1, acceleratorKind: kind })),
      }));
    const gpus = ["a100", "h100"].map((kind) =>
      sampleOffer({ size: kind, realm: "r1", accelerators: 1, acceleratorKind: kind }),
    );
    const world = (names: string[]) => {
      const blueprint = under(sampleBlueprint({ instances: kinds(sampleResolvedInstance(), names) }));
      const made = new World({ blueprint });
      made.accounts = made.accounts.slice(0, 1).map((one) => ({ ...one, offers: offerBook(gpus, BOOKED) }));
      made.settle();
      made.answer(names[0] ?? "", refused);
      return made;
    };
    expect(replaced(world(["lone"]))).toEqual(["a100 → h100"]);
    expect(replaced(world(["one", "two"]))).toEqual([]);
    const beside = new World({
      blueprint: under(
        sampleBlueprint({ instances: [...kinds(sampleResolvedInstance(), ["lone"]), sampleResolvedInstance()] }),
      ),
    });
    beside.accounts = beside.accounts
      .slice(0, 1)
      .map((one) => ({ ...one, offers: offerBook([...gpus, ...SIZES.slice(0, 1)], BOOKED) }));
    beside.settle();
    beside.answer("lone", refused);
    expect(replaced(beside)).toEqual(["a100 → h100"]);
  });

  test("is tried by this launch alone when its block has just run out", () => {
    const world = shopAround(under(PAIR));
    world.blocks = [sampleBlock({ account: accountId("east"), realm: "r1", size: "b", until: world.now })];
    world.answer("db", refused);
    expect(world.blocks.find(({ size }) => size === "b")?.probe?.deployment).toBe(world.deployment.id);
  });

  test("is found also when what was refused is blocked already, by another launch", () => {
    const world = shopAround(under(PAIR));
    world.blocks = [sampleBlock({ account: accountId("east"), realm: "r1", size: "a", until: world.now + 60_000 })];
    world.answer("db", refused);
    expect(replaced(world)).toEqual(["a → b"]);
    expect(world.blocks).toHaveLength(1);
  });

  test("is not one whose block holds", () => {
    const world = shopAround(under(PAIR));
    world.blocks = [sampleBlock({ account: accountId("east"), realm: "r1", size: "b", until: world.now + 1 })];
    world.answer("db", refused);
    expect(replaced(world)).toEqual(["a → c"]);
  });
});
