import { describe, expect, test } from "vitest";
import { sampleBlueprint, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_REPAIR, type LiveCheck, type RepairPolicy, type ResolvedBlueprint } from "../blueprint/model.ts";
import { recordLive } from "../world/record.ts";
import { record } from "./follow.ts";
import { askStop } from "../people/requests.ts";
import { by, fails, launched, up, type World } from "../world/world.testsuite.ts";
import { repair, replacing, told } from "./repair.testsuite.ts";

const LIVE: LiveCheck = { check: { kind: "tcp", port: 80 }, periodMs: 10_000, failures: 3 };

const member = (name: string, of: { repair?: RepairPolicy; dependsOn?: string[]; live?: LiveCheck | null } = {}) =>
  sampleResolvedInstance({ name, live: LIVE, ...of });

const shop = (given: RepairPolicy = DEFAULT_REPAIR): ResolvedBlueprint =>
  sampleBlueprint({
    instances: [member("db", { repair: given }), member("web", { repair: given, dependsOn: ["db"] })],
  });

/** What the prober writes, and what it tells when that may change something. */
function missed(world: World, name: string, times: number): void {
  const probeAnswer = times === 0 ? null : "connection refused";
  world.instances = world.instances.map((one) => (one.name === name ? { ...one, missed: times, probeAnswer } : one));
  world.tell((draft) => recordLive(draft, world.machineOf(name).id));
  world.settle();
}

const lives = (world: World) =>
  world.events.flatMap(({ body }) => {
    if (body.kind === "live_lost") return [`${body.instance} lost: ${body.reason}`];
    return body.kind === "live_back" ? [`${body.instance} back`] : [];
  });

describe("a member with a live check", () => {
  test("is checked from when the launch has settled, and not before", () => {
    const world = launched(shop());
    world.bringUp("db");
    expect(world.instance("db")).toMatchObject({ state: "running", probeAt: null });
    world.bringUp("web");
    expect(world.deployment.state).toBe("running");
    expect(world.instances.map(({ probeAt }) => probeAt)).toEqual([world.now + 10_000, world.now + 10_000]);
  });

  test("counts as dead when it has failed so often in a row, and is up again when it passes", () => {
    const world = up(shop());
    missed(world, "db", 2);
    expect([world.deployment.state, lives(world)]).toEqual(["running", []]);
    missed(world, "db", 3);
    expect(world.deployment).toMatchObject({
      state: "incomplete",
      failure: "db: its live check failed 3 times in a row, last answer: connection refused",
    });
    expect(world.instance("db")).toMatchObject({ state: "running", readyAt: null, deadSince: world.now });
    world.pass(3_600_000);
    expect([world.deployment.state, world.instance("db").state]).toEqual(["incomplete", "running"]);
    missed(world, "db", 0);
    expect(world.deployment).toMatchObject({ state: "running", failure: null });
    expect(world.instance("db")).toMatchObject({ readyAt: world.now, deadSince: null });
    expect(lives(world)).toEqual([
      "db lost: its live check failed 3 times in a row, last answer: connection refused",
      "db back",
    ]);
  });

  test("that is stopped meanwhile, or has none any more, is told of no check", () => {
    const world = up(shop());
    const { id } = world.machineOf("db");
    world.ask(askStop(world.snapshot(), by(world)));
    missed(world, "db", 3);
    expect(lives(world)).toEqual([]);
    world.apply(
      record({
        snapshot: { ...world.snapshot(), instances: [] },
        now: world.now,
        recording: (draft) => recordLive(draft, id),
      }),
    );
    const bare = up(sampleBlueprint({ instances: [member("db", { live: null })] }));
    missed(bare, "db", 3);
    expect([bare.deployment.state, lives(bare)]).toEqual(["running", []]);
  });

  test("and one failure, or no answer at all, says so", () => {
    const once = { ...LIVE, failures: 1 };
    const world = up(sampleBlueprint({ instances: [member("db", { live: once })] }));
    world.instances = world.instances.map((one) => ({ ...one, missed: 1 }));
    world.tell((draft) => recordLive(draft, world.machineOf("db").id));
    world.settle();
    expect(world.deployment.failure).toBe("db: its live check failed, last answer: none");
  });

  test("stays dead for its cloud's word: what stops afterwards has stopped", () => {
    const world = up(shop());
    missed(world, "web", 3);
    world.see("web", "stopped");
    expect(world.instance("web")).toMatchObject({ state: "stopped", deadSince: null, missed: 0 });
    expect(world.deployment.failure).toBe("web: the machine stopped by itself");
  });
});

describe("a member that counts as dead", () => {
  test("is replaced where its blueprint says so, and counts as a try", () => {
    const world = up(shop(replacing()));
    missed(world, "db", 3);
    expect(world.instance("db")).toMatchObject({ state: "shutting_down", deadSince: null, repairs: 1 });
    world.haulBack();
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
    expect(world.instance("db").probeAt).toBe(world.now + 10_000);
    expect(told(world)).toEqual([
      "db 1/3: its live check failed 3 times in a row, last answer: connection refused",
      "db up",
    ]);
  });

  test("is left alone while its tries are used up, and not replaced when it passes again meanwhile", () => {
    const world = up(shop(replacing({ tries: 1 })));
    missed(world, "db", 3);
    world.haulBack();
    world.bringUp("db");
    missed(world, "db", 3);
    expect(world.deployment.failure).toContain("(not repaired now: repaired once since");
    missed(world, "db", 0);
    expect(world.deployment.state).toBe("running");
    expect(world.deployment.wakeAt).toBeNull();
  });

  test.each(["unhealthy", "alert"])("is left alone while its account is no one to ask, %s", (why) => {
    const world = up(shop(replacing()));
    const sound = world.accounts;
    const alert = { text: "none of 9 machines is shown", since: 0, realms: ["east-1"] };
    world.accounts = sound.map((one) => ({
      ...one,
      account: { ...one.account, ...(why === "alert" ? { alert } : { health: "unreachable" as const }) },
    }));
    missed(world, "db", 3);
    expect(world.deployment.failure).toContain("not repaired now: ");
    expect(world.instance("db").state).toBe("running");
    world.accounts = sound;
    world.pass(30_000);
    expect(world.instance("db").state).toBe("shutting_down");
  });

  test("waits for what it needs", () => {
    const world = up(shop(replacing()));
    world.atOnce(() => ["web", "db"].forEach((name) => missed(world, name, 3)));
    expect(world.instance("db").state).toBe("shutting_down");
    expect(world.deployment.failure).toContain("(not repaired now: db, which it needs, is not up)");
    world.haulBack();
    world.bringUp("db");
    expect(world.instance("web").state).toBe("shutting_down");
  });

  test("is not replaced when none of many answers: that says more about the way there", () => {
    const names = ["a", "b", "c", "d", "e"];
    const world = up(sampleBlueprint({ instances: names.map((name) => member(name, { repair: replacing() })) }));
    world.atOnce(() => names.forEach((name) => missed(world, name, 3)));
    expect(world.deployment.failure).toContain("none of 5 members that are checked answers");
    expect(world.instances.every(({ state }) => state === "running")).toBe(true);
    missed(world, "a", 0);
    expect(world.instances.map(({ state }) => state)).toEqual(["running", ...Array(4).fill("shutting_down")]);
  });

  test("is replaced by hand, by its name or as one that has failed, also when its blueprint says never", () => {
    for (const names of [["db"], []]) {
      const world = up(shop());
      missed(world, "db", 3);
      expect(repair(world, ...names)).toBeNull();
      world.haulBack();
      world.bringUp("db");
      expect(world.deployment.state).toBe("running");
    }
  });
});

test("its port is one that its machine is asked for with, once", () => {
  const spec = member("db", { live: { ...LIVE, check: { kind: "http", port: 8080, path: "/" } } });
  const world = launched(sampleBlueprint({ instances: [spec, member("web")] }));
  expect(world.requests.get(world.machineOf("db").id)?.ports).toEqual([8080]);
  world.answer("db", fails());
  const both = sampleResolvedInstance({ name: "db", ready: { kind: "tcp", port: 80 }, live: LIVE });
  const next = launched(sampleBlueprint({ instances: [both] }));
  expect(next.requests.get(next.machineOf("db").id)?.ports).toEqual([80]);
});

test("members of a launch that has settled in part are checked at once, though nothing is to be repaired", () => {
  const instances = [member("db"), member("web", { repair: replacing() })];
  const world = launched(sampleBlueprint({ instances }), { deployment: { partial: true } });
  world.bringUp("db");
  world.answer("web", fails({ class: "config", scope: "account" }));
  expect(world.deployment).toMatchObject({ state: "incomplete", wakeAt: null });
  expect(world.instance("db").probeAt).toBe(world.now + 10_000);
});
