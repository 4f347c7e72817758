// What a failed attempt leaves to those that follow.

import { describe, expect, test } from "vitest";
import { sampleOffer } from "../../ports/market.samples.ts";
import { sampleBlueprint, sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type ResolvedBlueprint } from "../blueprint/model.ts";
import { offerBook } from "../market/offer.ts";
import { ALONE, fails, LOOSE, sight, World } from "../world/world.testsuite.ts";

/** Each dearer than the one before. */
const OFFERS = ["r1/a", "r1/b", "r2/a"].map((name, place) => {
  const [realm = "", size = ""] = name.split("/");
  return sampleOffer({ realm, size, hourlyMicros: 10_000 + place });
});

function shopAround(blueprint: ResolvedBlueprint): World {
  const world = new World({ blueprint });
  const realms = ["r1", "r2"];
  const book = offerBook(OFFERS, { realms, userDataBytesMost: 16_384, sharesLoopback: false, where: [] });
  world.accounts = world.accounts.map((one, place) => (place === 0 ? { ...one, offers: book } : one));
  world.settle();
  return world;
}

describe("a refusal of what is asked for puts out what its scope says, for all that the launch has left", () => {
  const refusals = (scope: "offer" | "realm" | "account" | "provider"): string[] => {
    const world = shopAround(ALONE);
    world.answer("db", fails({ class: "config", scope, effect: "none" }));
    return world.placements.map(({ account, realm, size }) => `${account} ${realm}/${size}`);
  };

  test("a size: the next one in its realm", () => {
    expect(refusals("offer")).toEqual(["east r1/a", "east r1/b"]);
  });
  test("a realm: the next one of its account", () => {
    expect(refusals("realm")).toEqual(["east r1/a", "east r2/a"]);
  });
  test.each(["account", "provider"] as const)("%s: the next account", (scope) => {
    expect(refusals(scope)).toEqual(["east r1/a", expect.stringMatching(/^west /)]);
  });
});

test("whoever was in a realm that was put out is told what it would usually have been", () => {
  const world = shopAround(LOOSE);
  world.bringUp("web");
  world.answer("db", fails({ class: "config", scope: "realm", effect: "none" }));
  world.haulBack();
  const second = world.placements.filter(({ attempt }) => attempt === 2);
  expect(second.map(({ instance, realm, instead }) => [instance, realm, instead?.realm ?? null])).toEqual([
    ["db", "r2", "r1"],
    ["web", "r2", "r1"],
  ]);
});

test("what debt of the launch costs is no longer left of its spend cap", () => {
  const policy = { ...DEFAULT_POLICY, maxHourlyMicros: 15_000, onRollbackFailure: "continue" as const };
  const world = new World({ blueprint: { ...ALONE, policy } });
  world.settle();
  world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
  world.see("db", "error", sampleFault({ class: "transient", scope: "realm", effect: "made" }));
  world.pass(policy.deadlines.undoMs + 60_000);
  expect(world.placements.map(({ attempt, hourlyMicros }) => [attempt, hourlyMicros])).toEqual([[1, 10_000]]);
  expect(world.deployment.state).not.toBe("pending");
});

describe("a spread group whose member is refused", () => {
  const trio = ["web-1", "web-2", "web-3"].map((name) => sampleResolvedInstance({ name, group: "web" }));
  const policy = { ...DEFAULT_POLICY, realms: "spread" as const, onRefusal: "replace" as const };

  /** The trio is up in r1, r2 and r3 but for the one in r2, which is refused. */
  function refusedInR2(names: readonly string[]): World {
    const world = new World({ blueprint: { ...sampleBlueprint({ instances: trio }), policy } });
    const offers = names.map((name) => {
      const [realm = "", size = ""] = name.split("/");
      return sampleOffer({ realm, size });
    });
    const realms = ["r1", "r2", "r3"];
    const book = offerBook(offers, { realms, userDataBytesMost: 16_384, sharesLoopback: false, where: [] });
    world.accounts = world.accounts.map((one, place) => (place === 0 ? { ...one, offers: book } : one));
    world.settle();
    const failed = world.placements.find(({ realm }) => realm === "r2")?.instance ?? "";
    for (const { name } of trio) if (name !== failed) world.bringUp(name);
    world.answer(failed, fails({ class: "capacity", scope: "offer" }));
    return world;
  }
  const placesOf = (world: World): string[] =>
    world.placements.map(({ attempt, no, realm }) => `${attempt}.${no} ${realm}`);

  test("goes to another size of the realm that has fewest", () => {
    expect(placesOf(refusedInR2(["r1/a", "r2/a", "r2/b", "r3/a"])).at(-1)).toBe("1.2 r2");
  });

  test("goes to one that has a member where the empty one has nothing left", () => {
    expect(placesOf(refusedInR2(["r1/a", "r2/a", "r3/a"])).at(-1)).toMatch(/^1\.2 r[13]$/);
  });
});
