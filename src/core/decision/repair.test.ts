import { describe, expect, test } from "vitest";
import { DEFAULT_REPAIR } from "../blueprint/model.ts";
import { askStop } from "../people/requests.ts";
import { by, fails, launched, missing, openMachines, sight, up, type World } from "../world/world.testsuite.ts";
import { decide, nextDeadline } from "./decide.ts";
import { MACHINES_MOST } from "./repair.ts";
import {
  undoMs,
  MINUTE,
  replacing,
  shop,
  alone,
  panic,
  full,
  repair,
  told,
  sells,
  placesOf,
} from "./repair.testsuite.ts";

describe("a member that dies once the launch has settled", () => {
  test("is proven gone and launched anew at the same account, under a place of its own", () => {
    const world = up(shop(replacing()));
    const former = world.machineOf("db").id;
    world.see("db", "error", panic);
    expect(world.deployment).toMatchObject({ state: "incomplete", failure: "db: being replaced" });
    expect(world.instance("db")).toMatchObject({ state: "shutting_down", repairSince: world.now, repairs: 1 });
    expect(openMachines(world).filter(({ instance }) => instance === "db")).toMatchObject([
      { id: former, keepEvidence: true },
    ]);
    world.haulBack();
    expect(world.machineOf("db")).toMatchObject({ state: "intent", account: "east", placementNo: 2 });
    world.bringUp("db");
    expect(world.deployment).toMatchObject({ state: "running", failure: null });
    expect(world.instance("db")).toMatchObject({ repairSince: null, repairs: 1 });
    expect(told(world)).toEqual(["db 1/3: kernel panic", "db up"]);
    expect(world.path()).toEqual(["pending", "running", "incomplete", "running"]);
    expect(placesOf(world)).toEqual(["cache.1 s1", "db.1 s1 back", "db.2 s1", "web.1 s1"]);
    expect(world.unblocks.at(-1)).toEqual({ account: "east", realm: "*", size: "*" });
  });

  test("stays away without a policy, as before", () => {
    const world = up(shop(DEFAULT_REPAIR));
    world.see("db", "error", panic);
    world.pass(86_400_000);
    expect(world.deployment).toMatchObject({ state: "incomplete", failure: "db: kernel panic", wakeAt: null });
    expect(told(world)).toEqual([]);
  });

  test("is launched anew at once when it vanished, also when nobody else is left alive", () => {
    const world = up(alone());
    for (let list = 0; list < 3; list += 1) missing(world);
    world.answer("db", { kind: "looked", observed: null });
    expect(world.deployment.state).toBe("running");
    world.pass(30_000);
    world.answer("db", { kind: "looked", observed: null });
    expect(world.path().slice(2)).toEqual(["incomplete"]);
    expect(world.machineOf("db").id).toMatch(/-t2$/);
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
  });

  test("by stopping is replaced as well, but a deployment that has stopped whole stays stopped", () => {
    const world = up(shop(replacing(), replacing()));
    world.see("web", "stopped");
    world.haulBack();
    world.bringUp("web");
    expect(world.deployment.state).toBe("running");
    world.atOnce(() => ["db", "web", "cache"].forEach((name) => world.see(name, "stopped")));
    expect(world.deployment.state).toBe("stopped");
    expect(world.instances.every(({ repairSince }) => repairSince === null)).toBe(true);
  });

  test("is launched anew beside a machine that is debt, and both are held", () => {
    const world = up(shop(replacing()));
    world.see("db", "error", panic);
    world.pass(undoMs);
    const [former, next] = [...world.machines.values()].filter(({ instance }) => instance === "db");
    expect(former).toMatchObject({ state: "made", debtSince: world.now });
    expect(next).toMatchObject({ state: "intent", placementNo: 2 });
    expect(placesOf(world)).toEqual(["cache.1 s1", "db.1 s1", "db.2 s1", "web.1 s1"]);
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
    world.pass(900_000);
    world.haulBack();
    expect(placesOf(world)[1]).toBe("db.1 s1 back");
  });

  test("waits beside debt while limits have room for one of both only", () => {
    const world = up(shop(replacing()));
    world.limit = { ...world.limit, instances: 3 };
    world.see("db", "error", panic);
    world.pass(undoMs);
    expect(world.deployment.failure).toContain("not repaired now: account east has no place left for it now");
    expect(world.deployment.wakeAt).toBe(world.now + 30_000);
    world.limit = { ...world.limit, instances: 4 };
    world.pass(30_000);
    expect(world.machineOf("db")).toMatchObject({ state: "intent" });
  });

  test("is not launched anew when it stops meanwhile", () => {
    const world = up(shop(replacing()));
    world.see("db", "error", panic);
    world.ask(askStop(world.snapshot(), by(world)));
    expect(world.instance("db").repairSince).toBeNull();
    world.haulBack();
    expect(world.deployment.state).toBe("stopped");
    expect(openMachines(world)).toEqual([]);
  });
});

describe("a repair that is refused for lack of room", () => {
  test("takes the account's next offer, and waits for a block to expire when none is left", () => {
    const world = up(alone());
    sells(world, ["s1", "s2"]);
    world.see("db", "gone");
    world.answer("db", full);
    expect(world.machineOf("db").size).toBe("s2");
    world.answer("db", full);
    expect(world.deployment.failure).toContain("(not repaired now: account east has no place left for it now)");
    expect(world.deployment.wakeAt).toBe(world.now + 30_000);
    expect(nextDeadline(world.snapshot(), world.now)).toBeNull();
    world.pass(3 * MINUTE);
    expect(world.machineOf("db")).toMatchObject({ state: "intent", size: "s1" });
    world.bringUp("db");
    expect(told(world)).toHaveLength(2);
    expect(placesOf(world)).toEqual(["db.1 s1 back", "db.2 s1 back", "db.3 s2 back", "db.4 s1"]);
  });

  test("after its machine was made removes that first", () => {
    const world = up(alone());
    sells(world, ["s1", "s2"]);
    world.see("db", "gone");
    world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
    world.see("db", "error", full.fault);
    expect(world.instance("db").state).toBe("shutting_down");
    world.haulBack();
    expect(world.machineOf("db")).toMatchObject({ state: "intent", size: "s2" });
    world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
    world.see("db", "error", full.fault);
    world.haulBack();
    expect(world.instance("db")).toMatchObject({ state: "error", machine: expect.stringMatching(/-t3$/) });
    world.pass(10 * MINUTE);
    expect(world.machineOf("db")).toMatchObject({ state: "intent", size: "s1" });
  });

  test("is asked for more and more seldom where there are many offers, and not for ever", () => {
    const world = up(alone());
    sells(
      world,
      Array.from({ length: 12 }, (_, place) => `s${place + 1}`),
    );
    world.pass(1);
    world.see("db", "gone");
    for (let ask = 0; ask < 5; ask += 1) world.answer("db", full);
    expect(world.deployment.failure).toContain("refused again and again, asked for next 2026-01-01 00:00:30 UTC");
    world.pass(30_000);
    world.answer("db", full);
    expect(world.deployment.wakeAt).toBe(world.now + MINUTE);
    while (world.machines.size < MACHINES_MOST) {
      world.pass(3_600_000);
      world.answer("db", full);
    }
    expect(world.deployment).toMatchObject({ wakeAt: null, failure: expect.stringContaining("the 90 names") });
    expect(repair(world, "db")).toContain("cannot repair db: the 90 names that machines of db can have");
    world.instances = world.instances.map((one) => ({ ...one, repairSince: null }));
    world.deployment = { ...world.deployment, wakeAt: world.now };
    world.settle();
    expect(world.deployment).toMatchObject({ wakeAt: null, failure: expect.stringContaining("the 90 names") });
  });
});

describe("repairs by themselves", () => {
  const dies = (world: World): void => {
    world.see("db", "error", panic);
    world.haulBack();
  };

  test("are so many within a window, and go on when it is over", () => {
    const world = up(alone({ tries: 2, withinMs: 10 * MINUTE }));
    const from = world.now;
    for (const _ of [1, 2]) {
      dies(world);
      world.bringUp("db");
    }
    dies(world);
    expect(world.deployment.failure).toBe(
      "db: kernel panic (not repaired now: repaired 2 times since 2026-01-01 00:00:00 UTC, next 2026-01-01 00:10:00 UTC)",
    );
    expect(world.deployment.wakeAt).toBe(from + 10 * MINUTE);
    world.pass(10 * MINUTE);
    expect(world.instance("db")).toMatchObject({ repairs: 1, repairsFrom: world.now });
    world.haulBack();
    world.bringUp("db");
    expect(told(world).filter((one) => one.startsWith("db 1/2"))).toHaveLength(2);
  });

  test("count a machine that came to nothing, and the next is another try", () => {
    const world = up(alone({ tries: 2 }));
    dies(world);
    world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
    dies(world);
    world.bringUp("db");
    dies(world);
    expect(told(world)).toEqual(["db 1/2: kernel panic", "db not: db: kernel panic", "db 2/2: kernel panic", "db up"]);
    const once = up(alone({ tries: 1 }));
    dies(once);
    once.bringUp("db");
    dies(once);
    expect(once.deployment.failure).toContain("repaired once since");
  });

  test("are not made for what would fail in the same way", () => {
    const world = up(alone());
    dies(world);
    world.answer("db", fails({ class: "config", scope: "account", text: "no such image" }));
    expect(world.deployment).toMatchObject({
      wakeAt: null,
      failure: "db: no such image (not repaired now: it would fail in the same way)",
    });
  });

  const held = (world: World, account: Partial<World["accounts"][number]["account"]>) => {
    world.accounts = world.accounts.map((one) => ({ ...one, account: { ...one.account, ...account } }));
    dies(world);
    expect(told(world)).toEqual([]);
    expect(world.deployment.wakeAt).toBe(world.now + 30_000);
    return world.deployment.failure;
  };

  test.each([
    ["unreachable", { health: "unreachable", healthText: "no route" }, "account east: unreachable: no route"],
    ["switched off", { enabled: false }, "account east: the account is disabled"],
    ["melting down", { alert: { text: "shows none of its 7 machines", realms: [] } }, "shows none of its 7 machines"],
    ["melting down there", { alert: { text: "shows none", realms: ["east-1"] } }, "now: shows none)"],
  ] as const)("are held back while the account is %s", (_, account, text) => {
    const world = up(alone());
    expect(held(world, account)).toContain(text);
    world.accounts = world.accounts.map((one) => ({
      ...one,
      account: { ...one.account, enabled: true, health: "healthy", alert: null },
    }));
    world.pass(30_000);
    world.haulBack();
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
  });

  test("are held back where the account is not in the pool any more, or its offers are not known", () => {
    const world = up(alone());
    const { accounts } = world;
    world.accounts = accounts.slice(1);
    dies(world);
    expect(world.deployment.failure).toContain("account east is not in pool default any more");
    world.accounts = accounts.map((one) => ({ ...one, offers: null }));
    world.pass(30_000);
    world.haulBack();
    world.answer("db", full);
    expect(world.deployment.failure).toContain("no place left");
  });

  test("look after members of a partial launch that never came up", () => {
    const world = launched(shop(replacing(), replacing()), { deployment: { partial: true } });
    sells(world, ["s1", "s2"]);
    world.bringUp("cache");
    world.answer("db", full);
    expect(world.deployment.state).toBe("incomplete");
    expect(world.machineOf("db").size).toBe("s2");
    world.bringUp("db");
    world.bringUp("web");
    expect(world.deployment.state).toBe("running");
  });
});

test("nothing is begun without the market, and it comes again with one", () => {
  const dead = up(alone());
  dead.accounts = dead.accounts.map((one) => ({ ...one, account: { ...one.account, enabled: false } }));
  dead.see("db", "error", panic);
  const waves = decide(dead.snapshot(), dead.now, dead.around(null));
  expect(waves.at(-1)?.deployment.wakeAt).toBe(dead.now);
  expect(waves.flatMap(({ events }) => events)).toEqual([]);
});

test("one that is repaired waits for what it depends on, at the place that it has taken", () => {
  const world = up(shop(replacing(), replacing()));
  world.atOnce(() => ["db", "web"].forEach((name) => world.see(name, "gone")));
  expect(world.instance("web")).toMatchObject({ state: "new", repairSince: world.now });
  world.bringUp("db");
  expect(world.machineOf("web")).toMatchObject({ state: "intent", placementNo: 2 });
});
