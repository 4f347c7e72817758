// What is remembered of instances that failed: for the launch itself, and for all others.

import { describe, expect, test } from "vitest";
import { sampleOffer } from "../../ports/market.samples.ts";
import { sampleBlueprint, sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type LaunchPolicy } from "../blueprint/model.ts";
import { offerBook } from "../market/offer.ts";
import { decide } from "./decide.ts";
import { askRetryInstance } from "../people/requests.ts";
import { by, fails, LOOSE, sight, World } from "../world/world.testsuite.ts";

const full = fails({ class: "capacity", scope: "offer" });

/** A launch at one account, whose realms sell these sizes, each dearer than the one before. */
function launched(names: readonly string[], policy: Partial<LaunchPolicy> = {}, of = LOOSE): World {
  const world = new World({ blueprint: { ...of, policy: { ...DEFAULT_POLICY, ...policy } } });
  const offers = names.map((name, place) => {
    const [realm = "", size = ""] = name.split("/");
    return sampleOffer({ realm, size, hourlyMicros: 10_000 + place });
  });
  const realms = [...new Set(offers.map(({ realm }) => realm))];
  const book = offerBook(offers, { realms, userDataBytesMost: 16_384, sharesLoopback: false, where: [] });
  world.accounts = world.accounts.slice(0, 1).map((one) => ({ ...one, offers: book }));
  world.settle();
  return world;
}

const placesIn = (world: World, wanted: number) =>
  world.placements
    .filter(({ attempt }) => attempt === wanted)
    .map(({ instance, realm, size }) => `${instance} ${realm}/${size}`)
    .toSorted();

/** Its machine was accepted and ends in an error. */
function breaks(world: World, name: string, fault: Parameters<World["see"]>[2] = null): void {
  world.answer(name, { kind: "created", observed: sight(world.machineOf(name), "pending") });
  world.see(name, "error", fault);
}

describe("of several that failed in one attempt all count:", () => {
  test.each([
    ["db", "web"],
    ["web", "db"],
  ])("%s for lack of room, and %s while it booted", (refused, broken) => {
    const world = launched(["r1/a", "r1/b", "r2/a", "r2/b"]);
    world.atOnce(() => {
      world.answer(refused, full);
      breaks(world, broken);
    });
    world.haulBack();
    expect(world.blocks).toMatchObject([{ realm: "r1", size: "a" }]);
    // Not r1/b: nothing boots in r1.
    expect(placesIn(world, 2)).toEqual(["db r2/a", "web r2/a"]);
    expect(world.attempts[0]).toMatchObject({ failedInstance: broken });
  });

  const pair = sampleBlueprint({
    instances: ["web-1", "web-2"].map((name) => sampleResolvedInstance({ name, group: "web" })),
  });

  test("two that broke in two realms", () => {
    const world = launched(["r1/a", "r2/a", "r3/a"], { realms: "spread" }, pair);
    world.atOnce(() => ["web-1", "web-2"].forEach((name) => breaks(world, name)));
    world.haulBack();
    expect(placesIn(world, 1)).toEqual(["web-1 r1/a", "web-2 r2/a"]);
    expect(placesIn(world, 2)).toEqual(["web-1 r3/a", "web-2 r3/a"]);
  });

  test("one that broke, and what its cloud would not have elsewhere", () => {
    const world = launched(["r1/a", "r2/a", "r2/b"], { realms: "spread" }, pair);
    world.atOnce(() => {
      breaks(world, "web-1");
      world.answer("web-2", fails({ class: "config", scope: "offer", effect: "none" }));
    });
    world.haulBack();
    expect(placesIn(world, 2)).toEqual(["web-1 r2/b", "web-2 r2/b"]);
  });
});

describe("a launch in part tells all others at once, and once,", () => {
  function inPart(): World {
    const world = new World({ blueprint: LOOSE, deployment: { partial: true } });
    world.settle();
    return world;
  }
  const told = (world: World) => world.kinds().filter((kind) => /^(?:offer_blocked|account_suspended)$/.test(kind));

  test("what was refused for lack of room", () => {
    const world = inPart();
    world.answer("db", full);
    expect(world.deployment.state).toBe("pending");
    expect(world.blocks).toMatchObject([{ account: "east", realm: "east-1", reason: "capacity", strikes: 1 }]);
    world.pass(4 * 60_000);
    world.bringUp("web");
    expect(world.deployment.state).toBe("incomplete");
    expect(told(world)).toEqual(["offer_blocked"]);
  });

  test("that the account refuses everything", () => {
    const world = inPart();
    world.atOnce(() => {
      for (const name of ["db", "web"]) world.answer(name, fails({ class: "auth", scope: "account" }));
    });
    expect([...world.suspended]).toEqual(["east"]);
    expect(told(world)).toEqual(["account_suspended"]);
  });

  test("and what is refused again when a person has it retried", () => {
    const world = inPart();
    world.answer("db", full);
    world.bringUp("web");
    world.pass(10 * 60_000);
    world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "db" }));
    world.answer("db", full);
    expect(world.blocks.map(({ strikes }) => strikes)).toEqual([2]);
    expect(told(world)).toEqual(["offer_blocked", "offer_blocked"]);
  });

  test("but nothing before it is known what has been told already", () => {
    const world = inPart();
    world.answer("db", full);
    world.bringUp("web");
    const untold = world.snapshot();
    const placements = untold.placements.map((one) => ({ ...one, refused: null }));
    const waves = decide({ ...untold, placements }, world.now, world.around(null));
    expect(waves.flatMap(({ blocks }) => blocks)).toEqual([]);
  });
});

test("an account that refused a launch is out for what the launch has left", () => {
  const world = launched(["r1/a", "r2/a"]);
  world.bringUp("web");
  world.answer("db", { kind: "fault", fault: sampleFault({ class: "account", scope: "account" }), externalId: null });
  world.suspended.clear();
  world.haulBack();
  expect(world.attempts).toHaveLength(1);
  expect(world.deployment.state).toBe("failed");
});
