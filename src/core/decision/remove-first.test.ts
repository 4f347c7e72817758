// Members whose former machine goes before their new one is asked for: the way there.

import { describe, expect, test } from "vitest";
import { sampleMarketAccount, sampleOffer } from "../../ports/market.samples.ts";
import { sampleResolvedInstance } from "../../ports/store.samples.ts";
import type { Account } from "../account.ts";
import type { LaunchPolicy, ResolvedBlueprint } from "../blueprint/model.ts";
import { changed } from "../change/changed.testsuite.ts";
import { askStop } from "../people/requests.ts";
import { by, fails, launched, LOOSE, openMachines, PAIR, up, type World } from "../world/world.testsuite.ts";
import { decide, needsMarket } from "./decide.ts";
import { repair } from "./repair.testsuite.ts";
import {
  anew,
  FIRST,
  going,
  gone,
  held,
  launchMs,
  limited,
  members,
  open,
  said,
  undoMs,
  updating,
  withPolicy,
} from "./remove-first.testsuite.ts";

describe("forward", () => {
  test("the former machine is proven gone before the new one is asked for, and one place is enough", () => {
    const world = limited(up(PAIR), 2);
    updating(anew(PAIR, "web"), world);
    expect([open(world), going(world), held(world)]).toEqual([
      ["-db-t1", "web-t1"],
      ["web-t1"],
      ["db 1 of 1", "web 1 of 1"],
    ]);
    expect(members(world)).toEqual(["db running ready", "web new"]);
    expect(said(world, "removed_first")).toMatchObject([
      { instance: "web", machine: expect.stringMatching(/web-t1$/) },
    ]);
    world.pass(1_000);
    expect(open(world)).toEqual(["-db-t1", "web-t1"]);
    gone(world, "web-t1");
    expect([open(world), held(world)]).toEqual([
      ["-db-t1", "web-t2"],
      ["db 1 of 1", "web 2 of 2"],
    ]);
    expect(world.requests.get(world.machineOf("web").id)).toMatchObject({ image: "web:2" });
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 2, failure: null });
    expect([open(world), held(world)]).toEqual([
      ["-db-t1", "web-t2"],
      ["db 1 of 1", "web 2 of 2"],
    ]);
  });

  test("what comes up beside what is there comes first, whoever needs it", () => {
    const world = updating(changed(anew(LOOSE, "web"), "db", { images: ["db:2"] }), up(LOOSE));
    expect([open(world), going(world)]).toEqual([["-db-t1", "-db-t2", "web-t1"], []]);
    world.bringUp("db");
    expect(going(world)).toEqual(["web-t1"]);
    gone(world, "web-t1");
    world.bringUp("web");
    expect(going(world)).toEqual(["-db-t1"]);
    world.haulBack();
    expect(world.deployment.state).toBe("running");
  });

  test("what does not need another goes at once with it, and whoever needs it waits for it", () => {
    const loose = updating(anew(LOOSE, "db", "web"), limited(up(LOOSE), 2));
    expect(going(loose)).toEqual(["-db-t1", "web-t1"]);
    gone(loose, "web-t1");
    expect(open(loose)).toEqual(["-db-t1", "web-t2"]);
    gone(loose, "-db-t1");
    loose.bringUp("db");
    loose.bringUp("web");
    expect(loose.deployment).toMatchObject({ state: "running", revisionNo: 2 });
    const pair = updating(anew(PAIR, "db", "web"), limited(up(PAIR), 2));
    expect(going(pair)).toEqual(["-db-t1"]);
    gone(pair, "-db-t1");
    expect([open(pair), going(pair)]).toEqual([["-db-t2", "web-t1"], []]);
    pair.bringUp("db");
    expect(going(pair)).toEqual(["web-t1"]);
    gone(pair, "web-t1");
    pair.bringUp("web");
    expect(pair.deployment).toMatchObject({ state: "running", revisionNo: 2 });
    expect(held(pair)).toEqual(["db 2 of 2", "web 2 of 2"]);
  });

  test("whoever depends on one that waits comes when that is ready", () => {
    const world = updating(changed(anew(PAIR, "db"), "web", { images: ["web:2"] }));
    expect([open(world), going(world)]).toEqual([["-db-t1", "web-t1"], ["-db-t1"]]);
    gone(world, "-db-t1");
    world.bringUp("db");
    expect(open(world)).toEqual(["-db-t2", "web-t1", "web-t2"]);
    world.bringUp("web");
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 2 });
  });

  test("two that are placed in one decision see what the other takes", () => {
    const world = updating(anew(LOOSE, "db", "web"), limited(up(LOOSE), 2));
    limited(world, 1);
    world.atOnce(() => {
      gone(world, "-db-t1");
      gone(world, "web-t1");
    });
    // What the one gives back the other takes, and the first finds room for one alone.
    expect(held(world).toSorted()).toEqual(["db 1 of 1", "web 1 of 1"]);
    limited(world, 2);
    world.pass(30_000);
    expect(held(world).toSorted()).toEqual(["db 2 of 2", "web 2 of 2"]);
  });

  test("what is gone waits for a place, which others give back, until the update's time is up", () => {
    const world = updating(anew(PAIR, "web"));
    limited(world, 1);
    gone(world, "web-t1");
    expect([open(world), held(world)]).toEqual([["-db-t1"], ["db 1 of 1", "web 1 of 1"]]);
    expect(world.deployment.wakeAt).toBe(world.now + 30_000);
    world.pass(30_000);
    limited(world, 2);
    world.pass(30_000);
    expect(open(world)).toEqual(["-db-t1", "web-t2"]);
    const late = updating(anew(PAIR, "web"));
    limited(late, 1);
    gone(late, "web-t1");
    late.pass(launchMs);
    expect(late.revisions[1]?.reason).toMatch(
      /^the update took longer than \d+ min; account east has no place left for web, whose machine made room$/,
    );
    expect(late.deployment).toMatchObject({ state: "incomplete", revisionNo: 1 });
  });

  test("a former machine that becomes debt holds its place: nothing is asked for beside it, and the update ends with its time", () => {
    const world = updating(anew(PAIR, "web"), limited(up(PAIR), 2));
    world.pass(undoMs);
    expect(openMachines(world).filter(({ debtSince }) => debtSince !== null)).toHaveLength(1);
    expect([world.deployment.state, open(world)]).toEqual(["updating", ["-db-t1", "web-t1"]]);
    world.pass(launchMs - undoMs);
    expect(world.revisions[1]?.reason).toMatch(
      /; web waits for its former machine sw-.*web-t1, which is not proven gone$/,
    );
    expect(world.deployment).toMatchObject({ state: "incomplete", revisionNo: 1, blueprint: PAIR });
    expect(world.deployment.failure).toMatch(/^web: its machine sw-.*web-t1 is not proven gone/);
    expect(world.instance("web")).toMatchObject({ state: "error", repairSince: null });
    limited(world, 3);
    expect(repair(world, "web")).toBeNull();
    expect(open(world)).toEqual(["-db-t1", "web-t1", "web-t2"]);
  });

  test("only who has a place to take knows the market", () => {
    const world = updating(anew(PAIR, "web"));
    expect(needsMarket(world.snapshot())).toBe(false);
    world.atOnce(() => {
      gone(world, "web-t1");
      expect(needsMarket(world.snapshot())).toBe(true);
      // Without it nothing is taken, and somebody comes again with one.
      const [blind] = decide(world.snapshot(), world.now, world.around(null));
      expect(blind).toMatchObject({ placements: [], deployment: { wakeAt: world.now } });
    });
    expect(needsMarket(world.snapshot())).toBe(false);
  });

  test("a member that is down has no machine that must go first: one that is gone leaves its place, one that is debt holds it", () => {
    const vanished = up(PAIR);
    vanished.see("web", "gone");
    limited(vanished, 2);
    updating(anew(PAIR, "web"), vanished);
    expect([open(vanished), held(vanished)]).toEqual([
      ["-db-t1", "web-t2"],
      ["db 1 of 1", "web 2 of 2"],
    ]);
    const owed = up(PAIR);
    owed.see("web", "error");
    owed.machines.set(owed.machineOf("web").id, { ...owed.machineOf("web"), undoAskedAt: 1, debtSince: 1 });
    limited(owed, 2);
    expect(owed.update(anew(PAIR, "web"))).toMatch(/account east has no place for what is new/);
    limited(owed, 3);
    updating(anew(PAIR, "web"), owed);
    expect(open(owed)).toEqual(["-db-t1", "web-t1", "web-t2"]);
  });

  test("a stop in the middle undoes all of it", () => {
    const world = updating(anew(PAIR, "db", "web"));
    gone(world, "-db-t1");
    expect(world.ask(askStop(world.snapshot(), by(world)))).toBeNull();
    world.haulBack();
    expect([world.deployment.state, open(world), held(world)]).toEqual(["stopped", [], []]);
  });
});

describe("where it goes", () => {
  const member = (index: number) =>
    sampleResolvedInstance({ name: `web-${index}`, group: "web", index, images: ["first", "second"] });
  const GROUP: ResolvedBlueprint = { ...LOOSE, instances: [member(1), member(2)] };
  const NEW_GROUP: ResolvedBlueprint = {
    ...GROUP,
    instances: GROUP.instances.map((spec) => ({ ...spec, images: ["third", "fourth"], ...FIRST })),
  };
  const realms = (world: World): string[] =>
    world.instances.map(({ name }) => world.requests.get(world.machineOf(name).id)?.realm ?? "");

  /** East has two realms from now on, the first of them cheaper than where all is. */
  function widened(
    world: World,
    offers = [sampleOffer({ realm: "east-0", hourlyMicros: 1 }), sampleOffer({ realm: "east-1" })],
  ) {
    world.accounts = world.accounts.map(({ account, member }) => sampleMarketAccount({ account, member, offers }));
    return world;
  }

  function swapped(after: ResolvedBlueprint, from: World): World {
    const world = updating(after, from);
    for (const name of going(world)) gone(world, name);
    return world;
  }

  test("members of a group take the same alternative, whoever comes first", () => {
    const world = up(GROUP);
    world.placements = world.placements.map((row) => ({ ...row, alternative: { profile: 0, image: 1 } }));
    swapped(NEW_GROUP, world);
    expect(world.placements.slice(2).map(({ image, alternative }) => [image, alternative.image])).toEqual([
      ["third", 0],
      ["third", 0],
    ]);
  });

  test("a set that is new in all its members stays in its realm while there is room, and leaves it together", () => {
    const policy: Partial<LaunchPolicy> = { realms: "same" };
    const same = withPolicy(LOOSE, policy);
    expect(realms(swapped(anew(same, "db", "web"), widened(up(same))))).toEqual(["east-1", "east-1"]);
    const elsewhere = widened(up(same), [sampleOffer({ realm: "east-0" })]);
    expect(realms(swapped(anew(same, "db", "web"), elsewhere))).toEqual(["east-0", "east-0"]);
    expect(realms(swapped(anew(same, "web"), widened(up(same))))).toEqual(["east-1", "east-1"]);
  });

  test("elsewhere they go where it is cheapest, or are spread", () => {
    const any = withPolicy(LOOSE, { realms: "any" });
    expect(realms(swapped(anew(any, "db", "web"), widened(up(any))))).toEqual(["east-0", "east-0"]);
    const spread = withPolicy(NEW_GROUP, { realms: "spread" });
    expect(realms(swapped(spread, widened(up(GROUP))))).toEqual(["east-0", "east-1"]);
  });

  test("what is refused is placed anew, beside those that wait", () => {
    const replace = withPolicy(LOOSE, { onRefusal: "replace", realms: "any" });
    const world = swapped(anew(replace, "db", "web"), widened(up(replace)));
    world.answer("db", fails({ class: "capacity", scope: "offer" }));
    expect(realms(world)).toEqual(["east-1", "east-0"]);
    expect(world.deployment.state).toBe("updating");
  });
});

test("one that a launch in part has refused may be updated in either order", () => {
  const world = launched(PAIR, { deployment: { partial: true } });
  world.bringUp("db");
  world.answer("web", fails());
  world.blocks = [];
  updating(anew(PAIR, "web"), world);
  world.bringUp("web");
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 2 });
});

describe("a member that was never asked for, and whose place an update gave back", () => {
  const TRIO: ResolvedBlueprint = {
    ...PAIR,
    instances: [
      sampleResolvedInstance({ name: "cache" }),
      ...PAIR.instances.map((spec) => ({ ...spec, repair: { ...spec.repair, mode: "replace" as const } })),
    ],
  };

  /** Cache is up, and what its cloud refused db for is over; an update brought db up, was refused web, and has led back. */
  function ledBack(): World {
    const world = launched(TRIO, { deployment: { partial: true } });
    world.bringUp("cache");
    world.answer("db", fails({ class: "config" }));
    updating(anew(TRIO, "db", "web"), world);
    world.bringUp("db");
    world.answer("web", fails());
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "incomplete", revisionNo: 1 });
    expect([members(world), held(world)]).toEqual([
      ["cache running ready", "db create_failed", "web new"],
      ["cache 1 of 1"],
    ]);
    return world;
  }

  test("takes one of its own before it is launched", () => {
    const world = ledBack();
    world.blocks = [];
    expect(repair(world, "db")).toBeNull();
    world.bringUp("db");
    expect(held(world)).toContain("web 3 of 1");
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", failure: null });
  });

  test.each<[what: string, change: Partial<Account>, says: RegExp]>([
    ["is switched off", { enabled: false }, /web: not up \(not asked for now: account east: /],
    ["is suspended", { health: "suspended" }, /web: not up \(not asked for now: account east: /],
  ])("waits while its account %s, as a repair does", (_, change, says) => {
    const world = ledBack();
    world.blocks = [];
    expect(repair(world, "db")).toBeNull();
    const { accounts } = world;
    world.accounts = accounts.map((one) => ({ ...one, account: { ...one.account, ...change } }));
    world.bringUp("db");
    expect([open(world), world.deployment.failure]).toEqual([["-db-t3", "che-t1"], expect.stringMatching(says)]);
    world.accounts = accounts;
    world.pass(30_000);
    expect(held(world)).toContain("web 3 of 1");
  });

  test("waits while there is none", () => {
    const world = limited(ledBack(), 2);
    world.blocks = [];
    expect(repair(world, "db")).toBeNull();
    world.bringUp("db");
    expect([members(world), held(world).length]).toEqual([["cache running ready", "db running ready", "web new"], 2]);
    expect(world.deployment).toMatchObject({
      wakeAt: world.now + 30_000,
      failure: "web: not up (not asked for now: account east has no place left for it now)",
    });
    limited(world, 3);
    world.pass(30_000);
    expect(held(world)).toContain("web 3 of 1");
    world.bringUp("web");
    expect(world.deployment.state).toBe("running");
  });
});
