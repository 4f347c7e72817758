// An instance whose machine was accepted and failed for lack of room before it ever ran: the machine goes, then the instance is placed anew.

import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY, type LaunchPolicy } from "../blueprint/model.ts";
import { accountId } from "../ids.ts";
import { UNLIMITED } from "../market/amount.ts";
import type { MarketAccount } from "../market/market.ts";
import { sampleOffer } from "../../ports/market.samples.ts";
import { type Offer, offerBook } from "../market/offer.ts";
import { askCancel, askRetryInstance } from "../people/requests.ts";
import type { Deployment } from "../deployment.ts";
import { by, fails, LOOSE, openMachines, sight, World } from "../world/world.testsuite.ts";

const full = fails({ class: "capacity", scope: "offer", effect: "made" });

interface Shop {
  readonly policy?: Partial<LaunchPolicy>;
  readonly deployment?: Partial<Deployment>;
  readonly offers?: readonly Offer[];
  readonly change?: (of: MarketAccount) => Partial<MarketAccount>;
}

/** Two instances at one account, of which `web` is up and `db` was accepted. */
function launched({ policy = {}, deployment = {}, offers, change = () => ({}) }: Shop = {}): World {
  const blueprint = { ...LOOSE, policy: { ...DEFAULT_POLICY, onRefusal: "replace" as const, ...policy } };
  const world = new World({ blueprint, deployment });
  const sold = offers ?? ["a", "b"].map((size) => sampleOffer({ size, realm: "r1" }));
  const realms = [...new Set(sold.map(({ realm }) => realm))];
  const book = offerBook(sold, { realms, userDataBytesMost: 16_384, sharesLoopback: false, where: [] });
  world.accounts = world.accounts.slice(0, 1).map((one) => ({ ...one, ...change(one), offers: book }));
  world.settle();
  world.bringUp("web");
  world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
  return world;
}

const placesOf = (world: World) =>
  world.placements
    .filter(({ instance }) => instance === "db")
    .map(
      ({ attempt, no, realm, size, releasedAt }) =>
        `${attempt}.${no} ${realm}/${size}${releasedAt === null ? "" : " back"}`,
    );

describe("its machine", () => {
  test("is proven gone before another place is taken, in the moment in which the former is given back", () => {
    const world = launched();
    world.see("db", "error", full.fault);
    expect(world.instance("db").state).toBe("shutting_down");
    expect(placesOf(world)).toEqual(["1.1 r1/a"]);
    expect(world.blocks).toMatchObject([{ account: "east", realm: "r1", size: "a", strikes: 1 }]);
    expect(openMachines(world)).toMatchObject([{ call: "console", keepEvidence: true }, {}]);
    world.haulBack();
    expect(world.evidence).toHaveLength(1);
    expect(placesOf(world)).toEqual(["1.1 r1/a back", "1.2 r1/b"]);
    expect(world.held(accountId("east"))).toMatchObject({ instances: 2 });
    expect(world.machineOf("db")).toMatchObject({ size: "b", state: "intent" });
    world.bringUp("db");
    expect(world.path()).toEqual(["pending", "running"]);
    expect(world.kinds().filter((kind) => kind === "offer_blocked")).toHaveLength(1);
  });

  test("is nothing when the cloud itself took it away again", () => {
    const world = launched();
    world.see("db", "gone", full.fault);
    expect(world.machineOf("db")).toMatchObject({ size: "b", call: "create" });
  });

  test("is debt when it does not go: the attempt has failed, in the realm in which it was asked for", () => {
    const dear = ["r1", "r2", "r3"].map((realm, i) => sampleOffer({ size: "b", realm, hourlyMicros: 20_000 + i }));
    const offers = [sampleOffer({ size: "a", realm: "r1" }), ...dear];
    const world = launched({ policy: { realms: "any", onRollbackFailure: "continue" }, offers });
    world.see("db", "error", full.fault);
    world.pass(DEFAULT_POLICY.deadlines.undoMs + 1);
    expect(world.path()).toContain("rollback_in_progress");
    expect(world.kinds()).toContain("debt_opened");
    world.haulBack();
    expect(placesOf(world)).toEqual(["1.1 r1/a back", "2.1 r2/b"]);
  });

  test("goes too when the launch is cancelled meanwhile", () => {
    const world = launched();
    world.see("db", "error", full.fault);
    world.ask(askCancel(world.snapshot(), by(world)));
    world.haulBack();
    expect(world.deployment.state).toBe("failed");
    expect(world.placements.every(({ releasedAt }) => releasedAt !== null)).toBe(true);
  });
});

describe("what it takes is free for the next place, whatever limit has room for one of both only:", () => {
  const two = (dimension: "cpu" | "hourlyMicros", most: number) => ({ ...UNLIMITED, [dimension]: most });
  test.each<[string, Shop]>([
    ["the launch's cap", { policy: { maxHourlyMicros: 20_000 } }],
    ["the account's limit", { change: ({ account }) => ({ account: { ...account, limit: two("cpu", 2) } }) }],
    [
      "the account's dollars",
      { change: ({ account }) => ({ account: { ...account, limit: two("hourlyMicros", 20_000) } }) },
    ],
  ])("%s", (_, shop) => {
    for (const partial of [false, true]) {
      const world = launched({ ...shop, deployment: { partial } });
      world.see("db", "error", full.fault);
      world.haulBack();
      expect(placesOf(world)).toEqual(["1.1 r1/a back", "1.2 r1/b"]);
      world.bringUp("db");
      expect(world.path()).toEqual(["pending", "running"]);
    }
  });

  test("the cloud's quota", () => {
    const world = launched();
    const quotas = [{ realm: null, dimension: "cpu", most: 2, used: 0 }];
    world.accounts = world.accounts.map((one) => ({ ...one, quotas, uncounted: new Map([["r1", { cpu: 2 }]]) }));
    world.see("db", "error", full.fault);
    world.haulBack();
    expect(placesOf(world)).toEqual(["1.1 r1/a back", "1.2 r1/b"]);
  });

  test("the pool's limit", () => {
    const world = launched();
    world.limit = two("cpu", 2);
    world.see("db", "error", full.fault);
    world.haulBack();
    expect(placesOf(world)).toEqual(["1.1 r1/a back", "1.2 r1/b"]);
  });
});

describe("without another place", () => {
  test("the attempt fails at once", () => {
    const world = launched({ offers: [sampleOffer({ size: "a", realm: "r1" })] });
    world.see("db", "error", full.fault);
    expect(world.path()).toContain("rollback_in_progress");
  });

  const blocked = (world: World) => {
    world.see("db", "error", full.fault);
    world.accounts = world.accounts.map((one) => ({ ...one, offers: null }));
    world.haulBack();
  };

  test("by the time at which its machine is gone, the attempt fails as it had failed", () => {
    const world = launched();
    blocked(world);
    expect(world.attempts).toMatchObject([{ outcome: "failed", failedInstance: "db", fault: full.fault }]);
    expect(world.placements.every(({ releasedAt }) => releasedAt !== null)).toBe(true);
  });

  test("a launch in part goes on without it, and a person may have it tried at its former place", () => {
    const world = launched({ deployment: { partial: true } });
    blocked(world);
    expect(world.deployment.state).toBe("incomplete");
    expect(world.instance("db")).toMatchObject({ state: "error", fault: full.fault });
    world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "db" }));
    expect(world.machineOf("db")).toMatchObject({ size: "a", state: "intent", placementNo: 2 });
  });

  test("a launch in part that is out of time does not ask again where it was refused", () => {
    const world = launched({
      deployment: { partial: true },
      policy: { deadlines: { ...DEFAULT_POLICY.deadlines, launchMs: 60_000 } },
    });
    world.see("db", "error", full.fault);
    world.pass(60_000);
    expect(world.deployment.state).toBe("incomplete");
    world.haulBack();
    expect(world.instance("db")).toMatchObject({ state: "error", fault: full.fault });
    expect([...world.machines.values()].filter(({ instance }) => instance === "db")).toHaveLength(1);
  });

  test("beyond what the launch may replace: those that wait for theirs count", () => {
    const world = new World({
      blueprint: { ...LOOSE, policy: { ...DEFAULT_POLICY, onRefusal: "replace", maxReplacements: 1 } },
    });
    const sold = ["a", "b", "c"].map((size) => sampleOffer({ size, realm: "r1" }));
    const book = offerBook(sold, { realms: ["r1"], userDataBytesMost: 16_384, sharesLoopback: false, where: [] });
    world.accounts = world.accounts.slice(0, 1).map((one) => ({ ...one, offers: book }));
    world.settle();
    for (const name of ["db", "web"])
      world.answer(name, { kind: "created", observed: sight(world.machineOf(name), "pending") });
    world.see("db", "error", full.fault);
    expect(world.path()).toEqual(["pending"]);
    world.see("web", "error", full.fault);
    expect(world.path()).toContain("rollback_in_progress");
  });
});
