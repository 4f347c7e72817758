// Members whose machine made room for one that did not come: the way back.

import { describe, expect, test } from "vitest";
import { sampleMachine, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_REPAIR } from "../blueprint/model.ts";
import { changed } from "../change/changed.testsuite.ts";
import { machineId } from "../ids.ts";
import { askCancel, askRetryInstance } from "../people/requests.ts";
import { by, fails, LOOSE, openMachines, PAIR, up } from "../world/world.testsuite.ts";
import { MACHINES_MOST } from "./repair.ts";
import { repair, replacing } from "./repair.testsuite.ts";
import { anew, going, gone, held, launchMs, limited, members, open, said, updating } from "./remove-first.testsuite.ts";

describe("the way back", () => {
  test("a former machine that is gone is launched again at its place, which is sought as any other", () => {
    const world = updating(anew(PAIR, "web"), limited(up(PAIR), 2));
    gone(world, "web-t1");
    world.answer("web", fails());
    expect(world.deployment).toMatchObject({ state: "incomplete", revisionNo: 1, blueprint: PAIR });
    expect(said(world, "repair_begun")).toMatchObject([
      {
        instance: "web",
        by: null,
        nth: null,
        reason: "its machine was removed first for the update to revision 2, which came to nothing",
      },
    ]);
    expect([open(world), held(world)]).toEqual([
      ["-db-t1", "web-t3"],
      ["db 1 of 1", "web 3 of 1"],
    ]);
    expect(world.deployment.failure).toBe("web: being replaced");
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1, failure: null });
    expect(world.instance("web")).toMatchObject({ repairSince: null, repairs: 0 });
    expect(world.revisions[1]).toMatchObject({ outcome: "failed" });
  });

  test("one that is on its way out is launched again where it was, whatever limits say by then", () => {
    const world = updating(anew(PAIR, "web"), limited(up(PAIR), 2));
    world.ask(askCancel(world.snapshot(), by(world)));
    expect([world.deployment.state, open(world)]).toEqual(["incomplete", ["-db-t1", "web-t1"]]);
    expect(members(world)).toEqual(["db running ready", "web shutting_down"]);
    limited(world, 0);
    gone(world, "web-t1");
    expect([open(world), held(world)]).toEqual([
      ["-db-t1", "web-t2"],
      ["db 1 of 1", "web 2 of 1"],
    ]);
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
  });

  test("one whose place others have taken leaves it incomplete, looks again for as long as an update takes, and then waits for a person", () => {
    const world = updating(anew(PAIR, "web"), limited(up(PAIR), 2));
    gone(world, "web-t1");
    limited(world, 1);
    world.answer("web", fails());
    expect(world.deployment).toMatchObject({ state: "incomplete", wakeAt: world.now + 30_000 });
    expect(world.deployment.failure).toBe(
      "web: its machine was removed first for the update to revision 2, which came to nothing (not repaired now: account east has no place left for it now)",
    );
    expect([world.instance("web").state, held(world)]).toEqual(["error", ["db 1 of 1"]]);
    world.pass(launchMs);
    expect(said(world, "repair_ended")).toMatchObject([
      { isUp: false, reason: "account east has no place left for it now" },
    ]);
    expect(world.deployment).toMatchObject({ state: "incomplete", wakeAt: null });
    expect(world.deployment.failure).toMatch(/^web: its machine was removed first for the update to revision 2/);
    // By hand as well: its place is not its own any more.
    expect(repair(world, "web")).toBeNull();
    expect(open(world)).toEqual(["-db-t1"]);
    limited(world, 2);
    expect(repair(world, "web")).toBeNull();
    world.bringUp("web");
    expect(world.deployment.state).toBe("running");
  });

  test("nobody is launched where nothing is held any more, also one that was up", () => {
    const world = limited(up(PAIR), 0);
    world.placements = world.placements.map((row) =>
      row.instance === "web" ? { ...row, releasedAt: world.now } : row,
    );
    expect(repair(world, "web")).toBeNull();
    world.haulBack();
    expect([world.instance("web").state, open(world)]).toEqual(["error", ["-db-t1"]]);
  });

  test("it waits for room as any repair does where its blueprint says so", () => {
    const repaired = changed(PAIR, "web", { repair: replacing() });
    const world = updating(anew(repaired, "web"), limited(up(repaired), 2));
    gone(world, "web-t1");
    limited(world, 1);
    world.answer("web", fails());
    world.pass(launchMs * 2);
    limited(world, 2);
    world.pass(30_000);
    expect(open(world)).toEqual(["-db-t1", "web-t3"]);
  });

  test("two of them in one decision see what the other takes", () => {
    const more = { ...LOOSE, instances: [...LOOSE.instances, sampleResolvedInstance({ name: "app" })] };
    const world = updating(anew(more, "db", "web", "app"), limited(up(more), 3));
    for (const name of going(world)) gone(world, name);
    world.bringUp("db");
    world.bringUp("web");
    limited(world, 1);
    world.answer("app", fails());
    world.haulBack();
    expect([world.deployment.state, held(world).length]).toEqual(["incomplete", 1]);
    limited(world, 3);
    world.pass(30_000);
    expect(held(world)).toHaveLength(3);
    for (const name of ["db", "web", "app"]) world.bringUp(name);
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
  });

  test("a single member that cannot be launched again is missing, and its deployment has not stopped by itself", () => {
    const [db] = PAIR.instances;
    const alone = { ...PAIR, instances: db === undefined ? [] : [db] };
    const world = updating(anew(alone, "db"), limited(up(alone), 1));
    gone(world, "-db-t1");
    limited(world, 0);
    world.answer("db", fails());
    world.pass(launchMs);
    expect([world.deployment.state, world.instance("db").state]).toEqual(["incomplete", "error"]);
  });

  test("what is being replaced keeps a deployment whose other members have stopped by themselves", () => {
    const world = updating(anew(LOOSE, "web"), limited(up(LOOSE), 2));
    gone(world, "web-t1");
    limited(world, 1);
    world.see("db", "stopped");
    world.haulBack();
    expect([world.deployment.state, members(world)]).toEqual(["incomplete", ["db stopped", "web error"]]);
    limited(world, 3);
    world.pass(30_000);
    world.bringUp("web");
    expect(members(world)).toEqual(["db stopped", "web running ready"]);
  });

  test("one that was down before is told what became of its machine, and that is all", () => {
    const world = up(PAIR);
    world.see("web", "stopped");
    updating(anew(PAIR, "web"), world);
    expect(going(world)).toEqual(["web-t1"]);
    gone(world, "web-t1");
    world.answer("web", fails());
    expect(world.instance("web")).toMatchObject({ state: "vanished", repairSince: null });
    expect(said(world, "repair_begun")).toEqual([]);
  });

  test("one that was down before and whose machine is still going is no more started, but replaced when it is tried again", () => {
    const world = up(PAIR);
    world.see("web", "stopped");
    updating(anew(PAIR, "web"), world);
    world.ask(askCancel(world.snapshot(), by(world)));
    expect([world.deployment.state, members(world), going(world)]).toEqual([
      "incomplete",
      ["db running ready", "web stopped"],
      ["web-t1"],
    ]);
    expect(world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "web" }))).toBeNull();
    expect(openMachines(world)).toContainEqual(
      expect.objectContaining({ instance: "web", call: "destroy", startAskedAt: null }),
    );
    gone(world, "web-t1");
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
  });

  test("one whose live check had failed and whose machine is going is not up, whatever is checked later", () => {
    const world = up(PAIR);
    world.instances = world.instances.map((row) =>
      row.name === "web" ? { ...row, readyAt: null, deadSince: world.now } : row,
    );
    updating(anew(PAIR, "web"), world);
    expect(going(world)).toEqual(["web-t1"]);
    world.ask(askCancel(world.snapshot(), by(world)));
    expect([world.deployment.state, members(world)]).toEqual(["incomplete", ["db running ready", "web shutting_down"]]);
    gone(world, "web-t1");
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
  });

  test("one that dies by itself while it waits for its turn is repaired as its blueprint says", () => {
    const both = changed(anew(LOOSE, "web"), "db", { images: ["db:2"] });
    const world = updating(both, up(LOOSE));
    gone(world, "web-t1");
    world.answer("db", fails());
    expect(world.instance("web")).toMatchObject({ state: "vanished", repairSince: null });
  });

  test("a member whose names are used up is not launched again", () => {
    const world = up(PAIR);
    const old = { deployment: world.deployment.id, instance: "web", attemptNo: 1, state: "gone", call: null } as const;
    for (let no = 2; no < MACHINES_MOST; no += 1) {
      const id = machineId(`sw-${world.deployment.id}-a1-web-t${no}`);
      world.machines.set(id, sampleMachine({ ...old, callAt: null, id }));
    }
    updating(anew(PAIR, "web"), world);
    gone(world, "web-t1");
    world.answer("web", fails());
    expect(world.instance("web")).toMatchObject({ state: "vanished", repairSince: null });
  });

  test("whoever was told its address is told apart, or replaced, as after any repair", () => {
    const told = changed(PAIR, "web", {
      userData: [{ kind: "instance", instances: ["db"], attribute: "privateAddress" }],
      repair: DEFAULT_REPAIR,
    });
    const cascading = changed(told, "db", { repair: { ...DEFAULT_REPAIR, cascade: true } });
    const world = updating(anew(cascading, "db"), up(cascading));
    gone(world, "-db-t1");
    world.answer("db", fails());
    expect(world.deployment).toMatchObject({ state: "incomplete", revisionNo: 1 });
    world.bringUp("db");
    expect(world.instance("db").readyAt).not.toBeNull();
  });
});
