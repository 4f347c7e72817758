// In which order machines are asked for, and how long a launch waits to hear which images there are.

import { describe, expect, test } from "vitest";
import { sampleOffer } from "../../ports/market.samples.ts";
import {
  sampleBlock,
  sampleBlueprint,
  samplePlacement,
  sampleResolvedInstance,
  SMALL_PROFILE,
} from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type ResolvedBlueprint } from "../blueprint/model.ts";
import { accountId } from "../ids.ts";
import { offerBook } from "../market/offer.ts";
import { ALONE, fails, PAIR, World } from "../world/world.testsuite.ts";

const refused = fails({ class: "capacity", scope: "offer" });

const BOOKED = { realms: ["r1"], userDataBytesMost: 16_384, sharesLoopback: false, where: [] };

describe("among those that may be asked for", () => {
  const pick = (world: World) =>
    [...world.machines.values()].toSorted((a, b) => a.askOrder - b.askOrder).map(({ instance }) => instance);

  test("the scarcest are first, then those refused most recently", () => {
    const rare = { ...SMALL_PROFILE, architecture: "arm64" };
    const instances = [
      sampleResolvedInstance({ name: "common", group: "common" }),
      sampleResolvedInstance({ name: "rare", group: "rare", profiles: [rare] }),
    ];
    const world = new World({ blueprint: sampleBlueprint({ instances }), accounts: ["east"] });
    const offers = [
      sampleOffer({ size: "a", realm: "r1" }),
      sampleOffer({ size: "b", realm: "r1" }),
      sampleOffer({ size: "arm", realm: "r1", architecture: "arm64" }),
    ];
    world.accounts = world.accounts.map((one) => ({ ...one, offers: offerBook(offers, BOOKED) }));
    world.settle();
    expect(pick(world)).toEqual(["rare", "common"]);
    expect([...world.machines.keys()].map((id) => id.includes("rare"))).toEqual([true, false]);
  });

  /** Three that are equally scarce: each has one size of its own. */
  const equals = (prepare: (world: World) => void): World => {
    const kinds = ["one", "two", "three"];
    const instances = kinds.map((kind) =>
      sampleResolvedInstance({ name: kind, group: kind, profiles: [{ ...SMALL_PROFILE, architecture: kind }] }),
    );
    const offers = kinds.map((kind) => sampleOffer({ size: kind, realm: "r1", architecture: kind }));
    const world = new World({ blueprint: sampleBlueprint({ instances }), accounts: ["east"] });
    world.accounts = world.accounts.map((one) => ({ ...one, offers: offerBook(offers, BOOKED) }));
    prepare(world);
    world.settle();
    return world;
  };
  const expired = (size: string, until: number, realm = "r1") =>
    sampleBlock({ account: accountId("east"), realm, size, until });

  test("one whose offer was refused before is first among equally scarce ones, the latest refusal first", () => {
    expect(pick(equals(() => {}))).toEqual(["one", "two", "three"]);
    const blocks = (world: World, ...given: ReturnType<typeof expired>[]) => (world.blocks = given);
    const both = equals((world) => blocks(world, expired("two", world.now - 2), expired("three", world.now - 1)));
    expect(pick(both)).toEqual(["three", "two", "one"]);
    const elsewhere = equals((world) => blocks(world, expired("three", world.now - 1, "r2")));
    expect(pick(elsewhere)).toEqual(["one", "two", "three"]);
    const other = sampleBlock({ account: accountId("west"), realm: "r1", size: "three", until: 1 });
    expect(pick(equals((world) => (world.blocks = [other])))).toEqual(["one", "two", "three"]);
    const ofQuota = equals((world) => {
      const taking = ["one", "two", "three"].map((kind) =>
        sampleOffer({ size: kind, realm: "r1", architecture: kind, takes: { [`cpu/${kind}`]: 1 } }),
      );
      world.accounts = world.accounts.map((one) => ({ ...one, offers: offerBook(taking, BOOKED) }));
      blocks(world, { ...expired("* of cpu/three", world.now - 1, "*"), reason: "quota" as const });
    });
    expect(pick(ofQuota)).toEqual(["three", "one", "two"]);
    expect(ofQuota.blocks.filter(({ probe }) => probe !== null)).toHaveLength(1);
    // It was refused later, and its pause is shorter.
    const longer = equals((world) => {
      const two = { ...expired("two", world.now - 1), reason: "quota" as const, strikes: 3 };
      blocks(world, two, expired("three", world.now - 2));
    });
    expect(pick(longer)).toEqual(["three", "two", "one"]);
  });

  test("an earlier attempt of this launch counts as well, wherever the instance was refused", () => {
    const row = { instance: "three", realm: "r1", size: "three", refused: "offer", attempt: 9 } as const;
    const after = (given: Parameters<typeof samplePlacement>[0]) =>
      pick(equals((world) => (world.placements = [samplePlacement({ ...row, account: accountId("gone"), ...given })])));
    expect(after({})).toEqual(["three", "one", "two"]);
    expect(after({ refused: null })).toEqual(["one", "two", "three"]);
    expect(after({ realm: "r2", size: "two" })).toEqual(["three", "one", "two"]);
  });
});

describe("an image that an account was never asked for", () => {
  const unread = (blueprint: ResolvedBlueprint) => {
    const world = new World({ blueprint, accounts: ["east"] });
    world.accounts = world.accounts.map((one) => ({ ...one, answer: () => ({ kind: "unread", text: null }) as const }));
    world.settle();
    return world;
  };

  test("is asked for, and the launch looks again until it is known", () => {
    const world = unread(PAIR);
    expect(world.deployment).toMatchObject({ state: "new", wakeAt: world.now + 1_000 });
    expect(world.enquiries).toEqual([{ account: "east", kind: "image", realm: "east-1", choice: "debian-13" }]);
    world.accounts = world.accounts.map((one) => ({
      ...one,
      answer: (_, found) => ({ kind: "found", found }) as const,
    }));
    world.pass(1_000);
    expect(world.deployment.state).toBe("pending");
  });

  test("is waited for until the launch's time is up when no other account could host it", () => {
    const world = unread(PAIR);
    world.pass(20_000);
    expect(world.deployment).toMatchObject({ state: "new", wakeAt: world.now + 2_000 });
    world.pass(400_000);
    expect(world.deployment).toMatchObject({ state: "new", wakeAt: world.now + 30_000 });
    world.pass(DEFAULT_POLICY.deadlines.launchMs - 420_001);
    expect(world.deployment.state).toBe("new");
    world.pass(1);
    const cause = "east: whether it has image debian-13 (db) has not been read yet";
    const failure = `${cause}; no account of the pool can host it`;
    expect(world.deployment).toMatchObject({ state: "failed", failure });
  });

  test("is waited for 20 seconds when another account could host it", () => {
    const world = new World({ blueprint: PAIR });
    world.accounts = world.accounts.map((one, i) =>
      i === 0 ? { ...one, answer: () => ({ kind: "unread", text: null }) as const } : one,
    );
    world.settle();
    world.pass(19_999);
    expect(world.deployment.state).toBe("new");
    world.pass(1);
    expect(world.attempts[0]?.accountName).toBe("west");
  });

  test("holds up the next attempt as well", () => {
    const world = new World({ blueprint: ALONE });
    world.settle();
    world.accounts = world.accounts.map((one) => ({ ...one, answer: () => ({ kind: "unread", text: null }) as const }));
    world.answer("db", refused);
    expect(world.deployment).toMatchObject({ state: "rollback_complete", wakeAt: world.now + 1_000 });
    world.pass(DEFAULT_POLICY.deadlines.launchMs);
    expect(world.deployment.state).toBe("failed");
  });
});

describe("a launch that no account can host", () => {
  const failure = (names: readonly string[], causeOf: (name: string) => string): string | null => {
    const world = new World({ blueprint: ALONE, accounts: names });
    world.accounts = world.accounts.map((one) => ({
      ...one,
      account: { ...one.account, health: "suspended", healthText: causeOf(one.account.name) },
    }));
    world.settle();
    return world.deployment.failure;
  };
  const named = (count: number) => Array.from({ length: count }, (_, i) => `a${i + 1}`);
  const end = "no account of the pool can host it";

  test("says three causes, and of more how many there are", () => {
    const own = (count: number) => failure(named(count), (name) => `cause of ${name}`);
    const three = ["a1", "a2", "a3"].map((name) => `${name}: suspended: cause of ${name}`).join("; ");
    expect([own(3), own(4), own(5)]).toEqual([
      `${three}; ${end}`,
      `${three}; 1 more cause; ${end}`,
      `${three}; 2 more causes; ${end}`,
    ]);
  });

  test("names five accounts with the same cause, and of more how many there are", () => {
    const same = (count: number) => failure(named(count), () => "bad key");
    const five = "a1, a2, a3, a4, a5";
    expect([same(5), same(6)]).toEqual([
      `${five}: suspended: bad key; ${end}`,
      `${five} and 1 more: suspended: bad key; ${end}`,
    ]);
  });
});
