import { describe, expect, test } from "vitest";
import { sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { STEP_BACKOFF } from "./backoff.ts";
import { DEFAULT_POLICY, type Readiness, type ResolvedBlueprint } from "../blueprint/model.ts";
import type { Machine } from "../machine.ts";
import { recordCallback, recordMissing, recordProbe, recordSeen } from "./record.ts";
import { askCancel, askRetryInstance, askStop } from "../people/requests.ts";
import { ALONE, by, fails, launched, LOOSE, missing, sight, TRAITS, up, type World } from "./world.testsuite.ts";

const made = (world: World, state: Parameters<typeof sight>[1] = "pending") =>
  ({ kind: "created", observed: sight(world.machineOf("db"), state) }) as const;

const probed = (ready: Readiness): ResolvedBlueprint => ({
  ...ALONE,
  instances: [sampleResolvedInstance({ ready })],
});

describe("a machine that lists lack", () => {
  test("is looked for directly after three of them, and vanished only when the look says so", () => {
    const world = up(ALONE);
    world.pass(TRAITS.visibilityMs);
    missing(world);
    missing(world);
    expect(world.machineOf("db").call).toBeNull();
    missing(world);
    world.answer("db", { kind: "looked", observed: sight(world.machineOf("db"), "running") });
    expect(world.machineOf("db")).toMatchObject({ call: null, missing: 0 });
    expect(world.deployment.state).toBe("running");
    for (let lists = 0; lists < 3; lists += 1) missing(world);
    world.answer("db", fails({ class: "transient" }));
    expect(world.machineOf("db")).toMatchObject({ call: "look", failures: 1 });
    world.pass(STEP_BACKOFF.mostMs);
    world.answer("db", { kind: "looked", observed: null });
    expect(world.instance("db").state).toBe("vanished");
    expect(world.deployment.state).toBe("stopped");
  });

  test("is started all the same when a person asks for that before the answer of a look has come", () => {
    const sights = (world: World) => sight(world.machineOf("db"), "stopped");
    const absent = { kind: "looked", observed: null } as const;
    const answers = [
      (world: World) => ({ kind: "looked", observed: sights(world) }) as const,
      () => fails(),
      () => absent,
    ];
    for (const answer of answers) {
      const world = up(LOOSE);
      world.see("db", "stopped");
      for (let lists = 0; lists < 3; lists += 1) missing(world);
      expect(world.machineOf("db").call).toBe("look");
      world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "db" }));
      const row = world.machineOf("db");
      world.record(row, "look", answer(world));
      expect(world.machineOf("db")).toMatchObject({ state: "made", call: "start", callAt: row.callAt, failures: 0 });
    }
  });

  test("has no fault any more once a look has come through", () => {
    const world = up(ALONE);
    for (let lists = 0; lists < 3; lists += 1) missing(world);
    world.answer("db", fails({ class: "throttle" }));
    expect(world.machineOf("db").fault).toMatchObject({ class: "throttle" });
    world.pass(STEP_BACKOFF.mostMs);
    world.answer("db", { kind: "looked", observed: sight(world.machineOf("db"), "running") });
    expect(world.machineOf("db")).toMatchObject({ call: null, fault: null });
  });

  test("and is too young to be visible is looked for again when it must be", () => {
    const world = launched(ALONE);
    world.answer("db", made(world));
    const madeAt = world.now;
    for (let lists = 0; lists < 3; lists += 1) missing(world);
    world.answer("db", { kind: "looked", observed: null });
    expect(world.machineOf("db")).toMatchObject({ state: "made", call: "look", callAt: madeAt + TRAITS.visibilityMs });
  });

  test("although it should be gone is looked for at once", () => {
    const world = up(ALONE);
    world.ask(askStop(world.snapshot(), by(world)));
    world.answer("db", { kind: "destroyed" });
    missing(world);
    expect(world.machineOf("db")).toMatchObject({ call: "look", callAt: world.now });
  });

  test("but belongs to others, or has another call due, is left alone", () => {
    const world = up(ALONE);
    world.apply(recordMissing(world.snapshot(), [], world.now));
    expect(world.machineOf("db").call).toBeNull();
    world.ask(askStop(world.snapshot(), by(world)));
    for (let lists = 0; lists < 4; lists += 1) missing(world);
    expect(world.machineOf("db").call).toBe("destroy");
  });

  test("and that an instance in error left behind is closed without a word about the instance", () => {
    const world = launched(LOOSE, { deployment: { partial: true } });
    world.bringUp("web");
    world.answer("db", made(world, "error"));
    expect(world.deployment.state).toBe("incomplete");
    world.pass(TRAITS.visibilityMs);
    for (let lists = 0; lists < 3; lists += 1) missing(world);
    world.answer("db", { kind: "looked", observed: null });
    expect(world.instance("db").state).toBe("error");
    expect(world.machineOf("db").state).toBe("gone");
  });
});

describe("what a list shows", () => {
  test("is only a hint while the create is on its way, and nothing for a row that is closed", () => {
    const world = launched(ALONE);
    const before = world.machineOf("db");
    world.see("db", "running");
    expect(world.machineOf("db")).toEqual(before);
    world.answer("db", made(world, "gone"));
    const [first] = [...world.machines.values()];
    expect(first?.state).toBe("gone");
    if (first === undefined) return;
    world.tell((draft) => recordSeen(draft, [{ machine: first.id, observed: sight(first, "running") }]));
    expect(world.machines.get(first.id)?.state).toBe("gone");
  });

  test("resolves a doubt, also of a machine that should be gone", () => {
    const world = launched(ALONE);
    world.claim(world.machineOf("db"));
    world.ask(askCancel(world.snapshot(), by(world)));
    world.answer("db", { kind: "found", observed: [] });
    world.see("db", "running");
    expect(world.machineOf("db")).toMatchObject({ state: "made", call: "console", callAt: world.now });
  });

  test("tells when the machine had booted: at the first sight of it running or standing still", () => {
    for (const state of ["running", "stopped"] as const) {
      const world = launched(probed({ kind: "tcp", port: 22 }));
      world.answer("db", made(world));
      world.pass(1_000);
      world.see("db", "pending");
      expect(world.machineOf("db").bootedAt).toBeNull();
      world.pass(1_000);
      world.see("db", state);
      const bootedAt = world.now;
      world.pass(1_000);
      world.see("db", "running");
      expect(world.machineOf("db").bootedAt).toBe(bootedAt);
    }
  });

  test("ends the tries of whatever brought it about", () => {
    const world = launched(ALONE);
    expect(world.machineOf("db")).toMatchObject({ callNo: 0, failures: 0, missing: 0, call: "create" });
    world.answer("db", fails({ class: "transient" }));
    expect(world.machineOf("db").failures).toBe(1);
    world.pass(STEP_BACKOFF.firstMs);
    world.answer("db", made(world, "stopped"));
    expect(world.machineOf("db")).toMatchObject({ failures: 0, call: "start" });
    world.answer("db", fails({ class: "transient" }));
    expect(world.machineOf("db").failures).toBe(1);
    world.see("db", "running");
    expect(world.machineOf("db")).toMatchObject({ failures: 0, call: null, callAt: null, startAskedAt: null });
  });

  test("of one that is not shown yet is no failed start; once it would be shown, it is", () => {
    const world = launched(ALONE);
    world.answer("db", made(world, "stopped"));
    const { madeAt } = world.machineOf("db");
    while (world.now < Number(madeAt) + TRAITS.visibilityMs) {
      world.answer("db", fails({ class: "not_found" }));
      expect(world.machineOf("db")).toMatchObject({ call: "start", failures: 0 });
      world.pass(Number(world.machineOf("db").callAt) - world.now);
    }
    expect(world.instance("db").state).toBe("stopped");
    world.answer("db", fails({ class: "not_found" }));
    expect(world.deployment.state).toBe("rollback_in_progress");
  });

  test("of a start that was answered leaves no tries to it", () => {
    const world = launched(ALONE);
    world.answer("db", made(world, "stopped"));
    world.answer("db", fails({ class: "transient" }));
    world.pass(STEP_BACKOFF.firstMs);
    world.answer("db", { kind: "started" });
    expect(world.machineOf("db")).toMatchObject({ failures: 0, call: null, callAt: null, fault: null });
  });

  test("keeps addresses that a later sight lacks", () => {
    const world = up(ALONE);
    const machine = world.machineOf("db").id;
    const shows = (given: Partial<ReturnType<typeof sight>>): void => {
      const observed = { ...sight(world.machineOf("db"), "running"), privateAddress: null, ...given };
      world.tell((draft) => recordSeen(draft, [{ machine, observed }]));
    };
    const known = { privateAddress: "10.0.0.7", publicAddress: "192.0.2.7", handle: { operation: "op-7" } };
    shows({ publicAddress: known.publicAddress, handle: known.handle });
    expect(world.machineOf("db")).toMatchObject(known);
    shows({});
    expect(world.machineOf("db")).toMatchObject(known);
    shows({ privateAddress: "10.0.0.8", publicAddress: "192.0.2.8", handle: { operation: "op-8" } });
    expect(world.machineOf("db")).toMatchObject({
      privateAddress: "10.0.0.8",
      publicAddress: "192.0.2.8",
      handle: { operation: "op-8" },
    });
  });

  test("of an early end tells why, and blocks the offer when it was for want of room", () => {
    const world = launched(ALONE);
    world.answer("db", made(world));
    world.see("db", "gone", sampleFault({ text: "Server.InsufficientInstanceCapacity" }));
    expect(world.attempts[0]).toMatchObject({ outcome: "failed", reason: "db: Server.InsufficientInstanceCapacity" });
    expect(world.blocks).toHaveLength(1);
    expect(world.attempts).toHaveLength(2);
    const moves = world.events.flatMap(({ body }) => (body.kind === "instance_moved" ? [[body.to, body.reason]] : []));
    expect(moves).toContainEqual(["vanished", "Server.InsufficientInstanceCapacity"]);
  });

  test("changes nothing when it is on its way somewhere, or says what is known", () => {
    const world = up(ALONE);
    for (const state of ["pending", "stopping", "unknown", "running"] as const) world.see("db", state);
    expect(world.deployment.state).toBe("running");
    world.see("db", "error", sampleFault({ class: "unknown" }));
    world.see("db", "stopped");
    world.see("db", "error");
    expect(world.instance("db").state).toBe("error");
  });
});

describe("a readiness check", () => {
  test("that passes makes it ready; one that fails, or comes late, changes nothing", () => {
    const world = launched(probed({ kind: "tcp", port: 22 }));
    world.bringUp("db");
    const machine = world.machineOf("db").id;
    const probe = (passed: boolean) => {
      world.tell((draft) => recordProbe(draft, { machine, passed }));
      world.settle();
    };
    expect(world.instance("db").probeAt).toBe(world.now);
    expect(world.requests.get(machine)?.ports).toEqual([22]);
    probe(false);
    expect(world.deployment.state).toBe("pending");
    probe(true);
    expect(world.deployment.state).toBe("running");
    probe(true);
    expect(world.kinds().filter((kind) => kind === "instance_ready")).toHaveLength(1);
    world.see("db", "stopped");
    probe(true);
    expect(world.instance("db").readyAt).toBeNull();
  });

  test.each([
    ["401", { kind: "http", port: 80, path: "/" }, "last answer: 401"],
    [null, { kind: "tcp", port: 22 }, "its check was not tried"],
    [null, { kind: "callback" }, "it did not call"],
  ] as const)(
    "that never passes, %j to the last, fails the launch at its deadline (%j)",
    (probeAnswer, ready, told) => {
      const world = launched(probed(ready));
      world.bringUp("db");
      world.instances = world.instances.map((row) => ({ ...row, probeAnswer }));
      world.pass(DEFAULT_POLICY.deadlines.readyMs);
      const reason = `the machine was not ready within 600 s; ${told}`;
      expect(world.attempts[0]?.reason).toBe(`db: ${reason}`);
      expect(world.attempts[0]?.fault?.text).toBe(reason);
      expect(world.instance("db")).toMatchObject({ probeAt: null, probeAnswer: null });
    },
  );

  test("loses its last answer with the machine that it was about", () => {
    for (const end of ["stopped", "error"] as const) {
      const world = launched(probed({ kind: "tcp", port: 22 }));
      world.bringUp("db");
      world.instances = world.instances.map((row) => ({ ...row, probeAnswer: "connection refused" }));
      world.see("db", end);
      expect(world.instance("db").probeAnswer).toBeNull();
    }
  });
});

describe("a call home", () => {
  const home = (world: World, machine: Machine) => {
    const { known, changes } = recordCallback(world.snapshot(), machine.id, world.now);
    world.apply(changes);
    world.settle();
    return known;
  };

  test("says that it runs, before any list does, and that it is ready if that is what is waited for", () => {
    const world = launched(probed({ kind: "callback" }));
    expect(home(world, world.machineOf("db"))).toBe(false);
    world.answer("db", made(world));
    expect(home(world, world.machineOf("db"))).toBe(true);
    expect(world.deployment.state).toBe("running");
    expect(home(world, world.machineOf("db"))).toBe(true);
    expect(world.kinds().filter((kind) => kind === "instance_ready")).toHaveLength(1);
  });

  test("is waited for when a list shows it running first", () => {
    const world = launched(probed({ kind: "callback" }));
    world.bringUp("db");
    expect(world.instance("db")).toMatchObject({ state: "running", readyAt: null, probeAt: null });
    home(world, world.machineOf("db"));
    expect(world.deployment.state).toBe("running");
  });

  test("of a machine that took the place of another counts for nobody", () => {
    const world = launched(probed({ kind: "callback" }));
    const first = world.machineOf("db");
    world.answer("db", made(world, "error"));
    world.haulBack();
    expect(home(world, first)).toBe(false);
  });

  test("tells only that it runs where something else is waited for", () => {
    const world = launched(probed({ kind: "tcp", port: 22 }));
    world.answer("db", made(world));
    expect(home(world, world.machineOf("db"))).toBe(true);
    expect(world.instance("db")).toMatchObject({ state: "running", readyAt: null });
  });
});

test("of one that is found after a doubt nobody saw when it began to boot; of one whose answer came everybody did", () => {
  const world = launched(ALONE);
  world.answer("db", fails({ class: "unknown", effect: "unknown" }));
  world.pass(20_000);
  world.see("db", "pending");
  const { madeAt } = world.machineOf("db");
  world.pass(1_000);
  world.see("db", "running");
  expect(world.machineOf("db")).toMatchObject({ state: "made", madeAt, bootedAt: madeAt });

  const heard = launched(ALONE);
  heard.answer("db", { kind: "created", observed: sight(heard.machineOf("db"), "pending") });
  heard.pass(1_000);
  heard.see("db", "running");
  expect(heard.machineOf("db").bootedAt).toBe(heard.now);
});
