import { describe, expect, test } from "vitest";
import { sampleFault } from "../../ports/store.samples.ts";
import type { ResolvedBlueprint } from "../blueprint/model.ts";
import { askRepair, askRetryInstance, askStop } from "../people/requests.ts";
import { by, fails, launched, openMachines, sight, up, type World } from "../world/world.testsuite.ts";
import { bringUpAt, full, panic, repair, replacing, shop, told } from "./repair.testsuite.ts";

/** With these protected. */
const keeping = (blueprint: ResolvedBlueprint, ...names: string[]): ResolvedBlueprint => ({
  ...blueprint,
  instances: blueprint.instances.map((spec) => (names.includes(spec.name) ? { ...spec, protect: true } : spec)),
});

const allowing = (world: World, instances: readonly string[], allowReplace: readonly string[]) =>
  world.ask(askRepair(world.snapshot(), { ...by(world), instances, allowReplace }));

const retry = (world: World, instance: string) =>
  world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance }));

const REMEDY = "`slipway repair shop-dep000000001 --allow-replace db` lets its machine go";

/** All of it was up, and db has erred. */
function broken(): World {
  const world = up(keeping(shop(replacing()), "db"));
  world.pass(1_000);
  world.see("db", "error", panic);
  return world;
}

describe("a protected member", () => {
  test("that dies is named, and its machine stays until a person says that it may go", () => {
    const world = broken();
    expect(world.deployment).toMatchObject({ state: "incomplete", wakeAt: null });
    expect(world.deployment.failure).toContain(`(not repaired now: it is protected, and ${REMEDY})`);
    world.pass(3_600_000);
    expect(world.machineOf("db")).toMatchObject({ state: "made", undoAskedAt: null });
    expect(repair(world)).toBe(`deployment shop-dep000000001: db is protected, and ${REMEDY}`);
    expect(repair(world, "db")).toContain(REMEDY);
    expect(allowing(world, [], ["nobody"])).toContain("has no instance nobody");
    expect(told(world)).toEqual([]);
    expect(allowing(world, [], ["db"])).toBeNull();
    world.haulBack();
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
  });

  test("keeps its deployment incomplete, also when nothing else is alive", () => {
    const world = broken();
    for (const name of ["web", "cache"]) world.see(name, "stopped");
    expect(world.deployment.state).toBe("incomplete");
    expect(world.machineOf("db").undoAskedAt).toBeNull();
  });

  test("that runs is replaced by hand only when that is said", () => {
    const world = up(keeping(shop(replacing()), "db"));
    expect(repair(world, "db")).toContain(REMEDY);
    expect(world.deployment.state).toBe("running");
    expect(allowing(world, ["db"], ["db"])).toBeNull();
    expect(world.instance("db").state).toBe("shutting_down");
  });

  test("is not replaced by a retry, and is started again", () => {
    const world = broken();
    expect(retry(world, "db")).toContain(REMEDY);
    const stopped = up(keeping(shop(replacing()), "db"));
    stopped.see("db", "stopped");
    expect(retry(stopped, "db")).toBeNull();
    stopped.see("db", "running");
    expect(stopped.deployment.state).toBe("running");
  });

  test("is not replaced by cascade: that its user data is outdated is told", () => {
    const world = up(keeping(shop(replacing({ cascade: true })), "web"));
    world.pass(1_000);
    world.see("db", "error", panic);
    world.haulBack();
    bringUpAt(world, "db", "10.0.0.8");
    expect(world.deployment.state).toBe("running");
    expect(world.machineOf("web").undoAskedAt).toBeNull();
    expect(world.events.findLast(({ body }) => body.kind === "repair_ended")?.body).toMatchObject({
      instance: "db",
      outdated: ["web"],
    });
  });

  test("whose machine never ran holds nothing: it is replaced as others are", () => {
    const world = broken();
    allowing(world, ["db"], ["db"]);
    world.haulBack();
    world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "error", panic) });
    world.haulBack();
    expect(told(world)).toContainEqual(expect.stringMatching(/^db 1\/3: /));
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
  });

  test("goes with its launch when that fails, and with its deployment when that stops", () => {
    const world = launched(keeping(shop(replacing()), "db"));
    world.bringUp("db");
    world.answer("web", fails());
    expect(world.machineOf("db").undoAskedAt).not.toBeNull();
    const stopping = up(keeping(shop(replacing()), "db"));
    stopping.ask(askStop(stopping.snapshot(), by(stopping)));
    stopping.haulBack();
    expect([stopping.deployment.state, openMachines(stopping)]).toEqual(["stopped", []]);
  });
});

test("what is not protected is replaced beside it", () => {
  const world = up(keeping(shop(replacing(), replacing()), "db"));
  world.pass(1_000);
  world.see("db", "error", sampleFault({ class: "unknown", text: "dead" }));
  world.see("cache", "error", panic);
  world.haulBack();
  world.answer("cache", full);
  expect(told(world)[0]).toContain("cache 1/3");
  expect(repair(world)).toContain(REMEDY);
});
