import { describe, expect, test } from "vitest";
import { sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, DEFAULT_REPAIR } from "../blueprint/model.ts";
import { askRetryInstance, askStop } from "../people/requests.ts";
import { by, fails, launched, LOOSE, sight, up } from "../world/world.testsuite.ts";
import { machineId } from "../ids.ts";
import { MACHINES_MOST } from "./repair.ts";
import { undoMs, replacing, sells, shop, panic, full, repair, told, bringUpAt } from "./repair.testsuite.ts";

describe("dependents whose user data tells about the former machine", () => {
  test("are named, where they are not to be replaced", () => {
    const world = up(shop(replacing()));
    world.pass(1_000);
    world.see("db", "error", panic);
    world.haulBack();
    bringUpAt(world, "db", "10.0.0.8");
    expect(world.deployment.state).toBe("running");
    expect(world.events.findLast(({ body }) => body.kind === "repair_ended")?.body).toMatchObject({
      outdated: ["web"],
    });
  });

  test("are none when the address is the same, or they are not up", () => {
    const world = up(shop(replacing()));
    world.pass(1_000);
    world.see("db", "error", panic);
    world.haulBack();
    world.bringUp("db");
    expect(world.events.findLast(({ body }) => body.kind === "repair_ended")?.body).toMatchObject({ outdated: [] });
    world.see("web", "error", panic);
    world.see("db", "error", panic);
    world.haulBack();
    bringUpAt(world, "db", "10.0.0.8");
    expect(world.events.findLast(({ body }) => body.kind === "repair_ended")?.body).toMatchObject({ outdated: [] });
  });

  test("are replaced when it is up again, with cascade", () => {
    const world = up(shop(replacing({ cascade: true })));
    world.pass(1_000);
    world.see("db", "error", panic);
    world.haulBack();
    expect(world.instance("web").state).toBe("running");
    bringUpAt(world, "db", "10.0.0.8");
    expect(world.deployment).toMatchObject({ state: "incomplete", failure: "web: being replaced" });
    world.haulBack();
    expect(world.requests.get(world.machineOf("web").id)?.userData).toBe("connect 10.0.0.8");
    world.bringUp("web");
    expect(world.deployment.state).toBe("running");
    expect(world.instance("web").repairs).toBe(0);
    expect(told(world)).toContain("web null/null: its user data tells about the former machine of db");
    const last = world.machineOf("web");
    const rows = Array.from({ length: MACHINES_MOST }, (_, place) => machineId(`${last.id}${place}`));
    for (const id of rows) world.machines.set(id, { ...last, id, state: "gone", call: null, callAt: null });
    world.pass(1_000);
    world.see("db", "error", panic);
    world.haulBack();
    bringUpAt(world, "db", "10.0.0.9");
    expect(world.deployment.state).toBe("running");
  });
});

test("nothing is asked for beside a member that is to be replaced with the one that it was told about", () => {
  const { instances, ...rest } = shop(replacing({ cascade: true }));
  const edge = sampleResolvedInstance({ name: "edge", dependsOn: ["db", "web"] });
  const world = launched({ ...rest, instances: [...instances, edge] }, { deployment: { partial: true } });
  world.bringUp("cache");
  bringUpAt(world, "db", "10.0.0.7");
  world.pass(1_000);
  world.atOnce(() => {
    world.see("db", "error", panic);
    world.bringUp("web");
  });
  world.haulBack();
  bringUpAt(world, "db", "10.0.0.8");
  expect(world.deployment.failure).toBe("web: being replaced; edge: not up");
  expect(world.instance("edge").state).toBe("new");
  world.haulBack();
  world.bringUp("web");
  world.bringUp("edge");
  expect(world.deployment.state).toBe("running");
});

describe("a person's repair", () => {
  test("replaces a member that runs, and is asked for once", () => {
    const world = up(shop(DEFAULT_REPAIR));
    expect(repair(world, "db")).toBeNull();
    expect(world.deployment).toMatchObject({ state: "incomplete", failure: "db: being replaced" });
    const { eventNo } = world.deployment;
    expect(repair(world, "db")).toBeNull();
    expect(repair(world)).toBeNull();
    expect(world.deployment.eventNo).toBe(eventNo);
    world.haulBack();
    world.bringUp("db");
    expect(told(world)).toEqual(["db ada: null", "db up"]);
    expect(world.deployment.state).toBe("running");
  });

  test("replaces all that have failed", () => {
    const world = up(shop(DEFAULT_REPAIR));
    world.see("db", "error", panic);
    world.see("cache", "stopped");
    expect(repair(world)).toBeNull();
    world.haulBack();
    world.bringUp("db");
    world.bringUp("cache");
    expect(world.deployment.state).toBe("running");
  });

  test("that comes to nothing leaves it at that", () => {
    const world = up(shop(DEFAULT_REPAIR));
    world.see("db", "gone");
    repair(world);
    world.answer("db", full);
    expect(told(world).at(-1)).toBe("db not: account east has no place left for it now");
    repair(world, "db");
    world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "error", panic) });
    expect(told(world).at(-1)).toBe("db not: db: kernel panic");
    expect(world.deployment).toMatchObject({ state: "incomplete", failure: "db: kernel panic" });
  });

  test("that cannot even be asked for ends, and with it the deployment when nobody else is alive", () => {
    const world = up(shop(DEFAULT_REPAIR));
    repair(world, "web");
    for (const name of ["db", "cache"]) world.see(name, "stopped");
    world.see("db", "running");
    world.attempts = world.attempts.map((one) => ({ ...one, userDataBytesMost: 0 }));
    world.atOnce(() => {
      world.see("web", "gone");
      world.see("cache", "stopped");
    });
    expect(world.instance("web").state).toBe("create_failed");
    expect(told(world).at(-1)).toContain("web not: web: user data has");
  });

  test("goes on beside debt", () => {
    const world = up(shop(DEFAULT_REPAIR));
    world.see("db", "error", panic);
    world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "db" }));
    world.pass(undoMs);
    world.bringUp("db");
    world.see("db", "error", panic);
    world.limit = { ...world.limit, instances: 4 };
    repair(world, "db");
    world.pass(undoMs);
    expect(world.instance("db")).toMatchObject({ state: "error", repairSince: null });
    world.limit = { ...world.limit, instances: 5 };
    repair(world, "db");
    expect(world.machineOf("db").state).toBe("intent");
  });

  test("is refused where there is nothing to repair", () => {
    const world = launched(shop(DEFAULT_REPAIR));
    expect(repair(world, "db")).toContain("is pending and cannot repair db (pending)");
    for (const name of ["db", "web", "cache"]) world.bringUp(name);
    expect(repair(world, "dbb")).toContain("has no instance dbb");
    expect(repair(world)).toContain("has no failed instance to repair");
    world.ask(askStop(world.snapshot(), by(world)));
    expect(repair(world, "db")).toContain("shutting_down and cannot repair db");
  });
});

test("a member of a partial launch under way that is tried again waits for debt, as before", () => {
  const world = launched(shop(DEFAULT_REPAIR), { deployment: { partial: true } });
  world.answer("cache", { kind: "created", observed: sight(world.machineOf("cache"), "error", panic) });
  expect(world.deployment.state).toBe("pending");
  const retry = () => world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "cache" }));
  expect(retry()).toBeNull();
  expect(world.instance("cache").state).toBe("shutting_down");
  world.bringUp("db");
  world.pass(60_000);
  world.answer("web", { kind: "created", observed: sight(world.machineOf("web"), "pending") });
  world.pass(undoMs - 60_000);
  expect(world.deployment.state).toBe("pending");
  expect(world.instance("cache")).toMatchObject({ state: "error", fault: { code: "undo_deadline" } });
  expect(retry()).toContain("not proven gone; retry the debt first");
});

test("one that comes to nothing ends the deployment when all others have stopped by themselves meanwhile", () => {
  const world = up(shop(DEFAULT_REPAIR));
  world.see("db", "gone");
  expect(repair(world)).toBeNull();
  world.atOnce(() => ["web", "cache"].forEach((name) => world.see(name, "stopped")));
  expect(world.deployment.state).toBe("incomplete");
  world.pass(DEFAULT_POLICY.deadlines.createMs);
  expect(world.deployment.state).toBe("stopped");
  expect(world.instances.every(({ repairSince }) => repairSince === null)).toBe(true);
});

test("a retry while others are still on their way removes what failed first, and asks anew", () => {
  const world = launched(LOOSE, { deployment: { partial: true } });
  world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
  world.see("db", "error", panic);
  expect(world.deployment.state).toBe("pending");
  expect(world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "db" }))).toBeNull();
  expect(world.instance("db")).toMatchObject({ state: "shutting_down", repairSince: null });
  world.haulBack();
  expect(world.machineOf("db")).toMatchObject({ state: "intent", placementNo: 1 });
});

describe("a machine that turns up late, though its cloud had said that there is none", () => {
  /** The present machine of db is there after all, and goes. */
  function turnUp(world: ReturnType<typeof up>): void {
    const row = world.machineOf("db");
    const late = { state: "made", externalId: "i-late", madeAt: world.now, undoAskedAt: world.now } as const;
    world.machines.set(row.id, {
      ...row,
      ...late,
      observed: "running",
      closedAt: null,
      call: "destroy",
      callAt: world.now,
    });
    world.pass(31_000);
  }

  test("is waited for by a repair under way, which then goes on", () => {
    const world = up(shop(replacing()));
    world.see("db", "gone");
    world.answer("db", full);
    expect(world.instance("db").state).toBe("create_failed");
    turnUp(world);
    expect(world.instance("db").state).toBe("create_failed");
    sells(world, ["s1", "s2"]);
    world.haulBack();
    world.pass(31_000);
    expect(world.machineOf("db")).toMatchObject({ state: "intent", size: "s2" });
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
  });

  test("is waited for where the member had vanished", () => {
    const world = up(shop(DEFAULT_REPAIR));
    world.see("db", "gone");
    expect(world.instance("db").state).toBe("vanished");
    turnUp(world);
    expect(repair(world, "db")).toBeNull();
    expect(world.instance("db").state).toBe("vanished");
    world.haulBack();
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
  });

  test("is waited for by who retries a member of a launch under way", () => {
    const world = launched(shop(DEFAULT_REPAIR), { deployment: { partial: true } });
    world.answer("db", full);
    turnUp(world);
    const asked = askRetryInstance(world.snapshot(), { ...by(world), instance: "db" });
    expect(asked).toMatchObject({ refused: { text: expect.stringContaining("turned up late and is not gone yet") } });
  });

  test("is waited for by one that somebody asks for then, and nothing counts as tried before", () => {
    const world = up(shop(DEFAULT_REPAIR));
    world.see("db", "gone");
    repair(world, "db");
    world.answer("db", fails({ class: "config", scope: "offer" }));
    expect(world.instance("db")).toMatchObject({ state: "create_failed", repairSince: null });
    turnUp(world);
    world.pass(1_000);
    expect(repair(world, "db")).toBeNull();
    expect(world.instance("db")).toMatchObject({ state: "create_failed", repairSince: world.now });
    world.haulBack();
    expect(world.machineOf("db")).toMatchObject({ state: "intent" });
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
  });
});
