import { describe, expect, test } from "vitest";
import { sampleFault, sampleResolvedInstance } from "../ports/store.samples.ts";
import { STEP_BACKOFF } from "./backoff.ts";
import { DEFAULT_POLICY, type ResolvedBlueprint } from "./blueprint/model.ts";
import type { Call, Machine } from "./machine.ts";
import { type CallOutcome, recordCall, recordCallback, recordMissing, recordProbe, recordSeen } from "./record.ts";
import { askCancel, askStop } from "./requests.ts";
import { ALONE, by, fails, launched, LOOSE, sight, TRAITS, up, type World } from "./world.testsuite.ts";

const made = (world: World, state: Parameters<typeof sight>[1] = "pending") =>
  ({ kind: "created", observed: sight(world.machineOf("db"), state) }) as const;

/** An answer to a call that was claimed before the row moved on. */
const late = (world: World, call: Call, outcome: CallOutcome) => world.record(world.machineOf("db"), call, outcome);

const told = (world: World) => world.events.flatMap(({ body }) => (body.kind === "fault_met" ? [body] : []));

const probed = (ready: { kind: "tcp"; port: number } | { kind: "callback" }): ResolvedBlueprint => ({
  ...ALONE,
  instances: [sampleResolvedInstance({ ready })],
});

describe("a create", () => {
  test("that leaves something behind in error is known by its id, and removed with its evidence", () => {
    const world = launched(ALONE);
    const fault = sampleFault({ effect: "made", text: "no valid host" });
    world.answer("db", { kind: "fault", fault, externalId: "srv-9" });
    expect(world.machineOf("db")).toMatchObject({ state: "made", externalId: "srv-9", observed: "error" });
    expect(world.deployment.failure).toBe("db: no valid host");
    expect(world.blocks).toHaveLength(1);
    world.haulBack();
    expect(world.evidence).toHaveLength(1);
    expect(world.attempts).toHaveLength(2);
  });

  test("of which something was made under an unknown id is looked for", () => {
    const world = launched(ALONE);
    world.answer("db", { kind: "fault", fault: sampleFault({ effect: "made" }), externalId: null });
    expect(world.machineOf("db")).toMatchObject({ state: "in_doubt", call: "lookup", callAt: world.now });
  });

  test("whose name is taken is looked for, whatever the cloud says of effects", () => {
    const world = launched(ALONE);
    world.answer("db", fails({ class: "conflict" }));
    expect(world.machineOf("db").state).toBe("in_doubt");
    expect(told(world)).toMatchObject([{ call: "create", retryAt: null }]);
  });

  test("that fails for an unknown reason, with nothing made, is tried three times", () => {
    const world = launched(ALONE, { accounts: ["east"] });
    for (const state of ["intent", "intent", "refused"]) {
      world.answer("db", fails({ class: "unknown" }));
      expect(world.machineOf("db").state).toBe(state);
      world.pass(STEP_BACKOFF.mostMs);
    }
    expect(world.deployment.state).toBe("failed");
  });

  test("that fails in passing goes on until its deadline, told when the kind of failure changes", () => {
    const world = launched(ALONE, { accounts: ["east"] });
    for (const code of ["a", "a", "b", "a"]) {
      world.answer("db", fails({ class: "transient", code }));
      world.pass(STEP_BACKOFF.mostMs);
    }
    expect(told(world).map(({ fault }) => fault.code)).toEqual(["a", "b", "a"]);
    world.pass(DEFAULT_POLICY.deadlines.createMs);
    expect(world.deployment).toMatchObject({
      state: "failed",
      failure: "db: the cloud did not confirm the machine within 300 s; no other account is left to try",
    });
    expect(world.machineOf("db").state).toBe("absent");
  });

  test("that fails in passing after it is not wanted any more is not tried again", () => {
    const world = launched(ALONE);
    const machine = world.machineOf("db");
    world.claim(machine);
    world.ask(askCancel(world.snapshot(), by(world)));
    late(world, "create", fails({ class: "throttle", retryAfterMs: 5_000 }));
    expect(world.machineOf("db").state).toBe("refused");
    expect(world.deployment.state).toBe("failed");
  });

  test("that was not sent is due again as if it had not been claimed", () => {
    const world = launched(ALONE);
    world.answer("db", { kind: "not_sent" });
    expect(world.machineOf("db")).toMatchObject({ state: "intent", call: "create", callAt: world.now, sentAt: null });
  });

  test("that was not sent and is not wanted any more is withdrawn", () => {
    const world = launched(ALONE);
    world.claim(world.machineOf("db"));
    world.ask(askCancel(world.snapshot(), by(world)));
    late(world, "create", { kind: "not_sent" });
    expect(world.machineOf("db").state).toBe("absent");
    expect(world.deployment.state).toBe("failed");
  });

  test("whose answer comes after the doubt is resolved changes nothing", () => {
    const world = launched(ALONE);
    world.claim(world.machineOf("db"));
    world.pass(95_000);
    world.answer("db", { kind: "found", observed: [] });
    const first = [...world.machines.values()][0];
    expect(first?.state).toBe("absent");
    const events = world.events.length;
    if (first !== undefined) world.record(first, "create", { kind: "created", observed: sight(first, "running") });
    expect(world.events).toHaveLength(events);
  });

  test("that is refused after it was found in doubt leaves the doubt to be resolved", () => {
    const world = launched(ALONE);
    world.claim(world.machineOf("db"));
    world.answer("db", { kind: "found", observed: [] });
    late(world, "create", fails());
    expect(world.machineOf("db")).toMatchObject({ state: "in_doubt", call: "lookup" });
    late(world, "create", made(world, "running"));
    expect(world.deployment.state).toBe("running");
  });
});

describe("a search after a doubt", () => {
  test("that was not sent does not forget that the create was", () => {
    const world = launched(ALONE);
    world.claim(world.machineOf("db"));
    const { sentAt } = world.machineOf("db");
    world.pass(60_000);
    expect(world.answer("db", { kind: "not_sent" })).toBe("lookup");
    expect(world.machineOf("db")).toMatchObject({ state: "intent", sentAt });
    expect(world.claim(world.machineOf("db"))).toBe("lookup");
  });

  test("that fails proves nothing, and is tried again", () => {
    const world = launched(ALONE);
    world.claim(world.machineOf("db"));
    world.pass(200_000);
    world.answer("db", fails({ class: "transient" }));
    expect(world.machineOf("db")).toMatchObject({ state: "in_doubt", call: "lookup", failures: 1 });
    world.pass(STEP_BACKOFF.mostMs);
    world.answer("db", fails({ class: "transient" }));
    expect(world.machineOf("db")).toMatchObject({ state: "in_doubt", failures: 2 });
  });

  test("that finds nothing three times gives the account up", () => {
    const world = launched(ALONE, { accounts: ["east"] });
    for (let tries = 0; tries < 3; tries += 1) {
      world.claim(world.machineOf("db"));
      world.pass(95_000);
      world.answer("db", { kind: "found", observed: [] });
    }
    expect(world.machines.size).toBe(3);
    expect(world.attempts[0]?.fault).toMatchObject({ code: "no_answer", effect: "none" });
    expect(world.deployment.state).toBe("failed");
  });
});

describe("a start", () => {
  function standing(): World {
    const world = launched(ALONE, { accounts: ["east"] });
    world.answer("db", made(world, "stopped"));
    expect(world.machineOf("db").call).toBe("start");
    return world;
  }

  test("that is locked or throttled waits without using up its tries", () => {
    const world = standing();
    for (const cls of ["conflict", "throttle", "conflict", "throttle"] as const) {
      world.answer("db", fails({ class: cls, code: cls }));
      world.pass(2_000);
    }
    expect(told(world)).toHaveLength(4);
    for (const state of ["stopped", "stopped", "shutting_down"]) {
      world.answer("db", fails({ class: "transient", code: "busy" }));
      expect(world.instance("db").state).toBe(state);
      world.pass(STEP_BACKOFF.mostMs);
    }
    expect(world.deployment.state).toBe("rollback_in_progress");
  });

  test("that waits comes again at least every two seconds, or when the cloud says", () => {
    const world = standing();
    world.pass(60_000);
    world.answer("db", fails({ class: "conflict" }));
    expect(world.machineOf("db").callAt).toBe(world.now + 2_000);
    world.pass(2_000);
    world.answer("db", fails({ class: "throttle", retryAfterMs: 9_000 }));
    expect(world.machineOf("db").callAt).toBe(world.now + 9_000);
    world.pass(9_000);
    world.answer("db", { kind: "started" });
    world.see("db", "running");
    expect(world.deployment.state).toBe("running");
  });

  test("that is locked for ever fails at its deadline", () => {
    const world = standing();
    world.answer("db", fails({ class: "conflict" }));
    world.pass(DEFAULT_POLICY.deadlines.startMs);
    expect(world.deployment.failure).toBe("db: the machine did not start within 300 s");
    expect(world.machineOf("db").call).toBe("console");
  });

  test("after which it stands still for a reason is a failed launch", () => {
    const world = standing();
    world.answer("db", { kind: "started" });
    world.see("db", "stopped", sampleFault({ class: "capacity", text: "no memory left" }));
    expect(world.attempts[0]).toMatchObject({ outcome: "failed", reason: "db: no memory left" });
    expect(world.deployment.state).toBe("rollback_in_progress");
  });

  test("is not judged by a reason that was there before it was answered", () => {
    const world = standing();
    const exit = sampleFault({ class: "unknown", text: "exit 137" });
    world.see("db", "stopped", exit);
    expect(world.instance("db").state).toBe("stopped");
    world.pass(1_000);
    world.answer("db", { kind: "started" });
    expect(world.machineOf("db").startAskedAt).toBe(world.now);
    world.see("db", "running");
    expect(world.deployment.state).toBe("running");
  });

  test("is under way no more once it runs, or has failed", () => {
    const runs = standing();
    runs.answer("db", { kind: "started" });
    runs.see("db", "running");
    expect(runs.machineOf("db").startAskedAt).toBeNull();
    const fails1 = standing();
    fails1.answer("db", fails());
    expect(fails1.machineOf("db").startAskedAt).toBeNull();
  });

  test("that fails after it is not wanted any more changes nothing about its removal", () => {
    const world = standing();
    world.claim(world.machineOf("db"));
    world.ask(askCancel(world.snapshot(), by(world)));
    late(world, "start", fails({ class: "transient" }));
    expect(world.machineOf("db")).toMatchObject({ call: "console", failures: 0 });
    late(world, "start", { kind: "started" });
    expect(world.machineOf("db").call).toBe("console");
  });

  test("that fails when the machine runs all the same is forgotten", () => {
    const world = standing();
    world.claim(world.machineOf("db"));
    world.see("db", "running");
    late(world, "start", fails({ class: "config" }));
    expect(world.deployment.state).toBe("running");
  });

  test("that is answered after it was given up is not begun again", () => {
    const world = launched(LOOSE, { deployment: { partial: true } });
    world.bringUp("web");
    world.answer("db", made(world, "stopped"));
    world.claim(world.machineOf("db"));
    world.pass(DEFAULT_POLICY.deadlines.startMs);
    expect(world.instance("db").state).toBe("error");
    late(world, "start", fails({ class: "conflict" }));
    late(world, "start", { kind: "started" });
    expect(world.machineOf("db")).toMatchObject({ call: null, startAskedAt: null });
  });

  test("that was not sent stays due, unless it was given up meanwhile", () => {
    const world = standing();
    world.answer("db", { kind: "not_sent" });
    expect(world.machineOf("db")).toMatchObject({ call: "start", callAt: world.now });
    world.machines.set(world.machineOf("db").id, { ...world.machineOf("db"), call: null, callAt: null });
    late(world, "start", { kind: "not_sent" });
    expect(world.machineOf("db")).toMatchObject({ call: null, callAt: null });
  });
});

describe("the evidence", () => {
  function leaving(): World {
    const world = launched(ALONE);
    world.bringUp("db");
    world.deployment = { ...world.deployment, state: "pending", wakeAt: world.now };
    world.ask(askCancel(world.snapshot(), by(world)));
    expect(world.machineOf("db").call).toBe("console");
    return world;
  }

  test("is kept once, also when its answer comes twice", () => {
    const world = leaving();
    world.answer("db", { kind: "console", text: "boot" });
    late(world, "console", { kind: "console", text: "boot again" });
    late(world, "console", fails());
    expect(world.evidence).toMatchObject([{ console: "boot", fault: null }]);
    expect(world.kinds().filter((kind) => kind === "evidence_kept")).toHaveLength(1);
    expect(world.machineOf("db").call).toBe("destroy");
  });

  test("that cannot be had does not keep the machine alive", () => {
    const world = leaving();
    world.answer("db", fails({ text: "no console" }));
    expect(world.evidence).toMatchObject([{ console: null, fault: "no console" }]);
    expect(world.machineOf("db")).toMatchObject({ call: "destroy", callAt: world.now });
  });

  test("is not lost to a look that was under way when the machine was asked to go", () => {
    const world = launched(LOOSE);
    world.bringUp("db");
    for (let lists = 0; lists < 3; lists += 1) missing(world);
    expect(world.claim(world.machineOf("db"))).toBe("look");
    world.answer("web", fails());
    expect(world.machineOf("db").call).toBe("console");
    late(world, "look", { kind: "looked", observed: sight(world.machineOf("db"), "running") });
    expect(world.machineOf("db").call).toBe("console");
    world.haulBack();
    expect(world.evidence).toHaveLength(1);
  });

  test("of a stop is not wanted", () => {
    const world = up(ALONE);
    world.ask(askStop(world.snapshot(), by(world)));
    expect(world.machineOf("db").call).toBe("destroy");
  });
});

/** A clean full list without the machines that are open. */
function missing(world: World): void {
  for (const row of world.machines.values()) world.machines.set(row.id, { ...row, missing: row.missing + 1 });
  world.apply(
    recordMissing(
      world.snapshot(),
      [...world.machines.values()].map(({ id }) => id),
      world.now,
    ),
  );
}

describe("a delete", () => {
  function going(): World {
    const world = up(ALONE);
    world.ask(askStop(world.snapshot(), by(world)));
    world.pass(TRAITS.visibilityMs);
    return world;
  }

  test("of what is not there counts as accepted, and is proven by a look", () => {
    const world = going();
    world.answer("db", fails({ class: "not_found" }));
    expect(world.machineOf("db")).toMatchObject({ state: "made", call: "look", destroyedAt: world.now });
    world.pass(250);
    world.answer("db", fails({ class: "not_found" }));
    expect(world.machineOf("db").state).toBe("gone");
    expect(world.deployment.state).toBe("stopped");
  });

  test("that fails is tried for ever, at least every quarter of an hour", () => {
    const world = going();
    for (let failures = 1; failures <= 20; failures += 1) {
      world.answer("db", fails({ class: "transient" }));
      const { callAt } = world.machineOf("db");
      expect(callAt).toBeGreaterThan(world.now);
      expect(callAt).toBeLessThanOrEqual(world.now + 15 * 60_000);
      world.pass((callAt ?? 0) - world.now);
    }
    expect(world.deployment.state).toBe("stopped");
    expect(world.machineOf("db")).toMatchObject({ state: "made", failures: 20 });
  });

  test("that shows no effect is looked at often, and asked for again after a minute", () => {
    const world = going();
    world.answer("db", { kind: "destroyed" });
    const running = () => ({ kind: "looked", observed: sight(world.machineOf("db"), "running") }) as const;
    let looks = 0;
    while (world.machineOf("db").call === "look") {
      world.pass((world.machineOf("db").callAt ?? 0) - world.now);
      world.answer("db", running());
      looks += 1;
    }
    expect(world.machineOf("db")).toMatchObject({ call: "destroy", callAt: world.now });
    expect(looks).toBeGreaterThan(30);
    expect(looks).toBeLessThan(60);
  });

  test("of debt is looked at once a minute", () => {
    const world = going();
    world.answer("db", { kind: "destroyed" });
    world.pass(DEFAULT_POLICY.deadlines.undoMs);
    world.answer("db", { kind: "looked", observed: sight(world.machineOf("db"), "stopping") });
    expect(world.machineOf("db")).toMatchObject({ call: "destroy", callAt: world.now });
    world.answer("db", { kind: "destroyed" });
    world.pass(250);
    world.answer("db", { kind: "looked", observed: sight(world.machineOf("db"), "stopping") });
    expect(world.machineOf("db").callAt).toBe(world.now + 60_000 - 250);
  });

  test("is never asked for twice by an answer that comes late", () => {
    const world = going();
    world.answer("db", { kind: "destroyed" });
    const row = world.machineOf("db");
    late(world, "console", { kind: "console", text: "boot" });
    expect(world.machineOf("db")).toEqual(row);
  });

  test("or a console that nobody asked for is no reason to remove a machine", () => {
    const world = up(ALONE);
    late(world, "destroy", { kind: "destroyed" });
    late(world, "console", { kind: "console", text: "boot" });
    expect(world.machineOf("db")).toMatchObject({ call: null, destroyedAt: null });
    expect(world.evidence).toEqual([]);
  });
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
    world.apply(recordSeen(world.snapshot(), [{ machine: first.id, observed: sight(first, "running") }], world.now));
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

  test("keeps addresses that a later sight lacks", () => {
    const world = up(ALONE);
    const observed = { ...sight(world.machineOf("db"), "running"), privateAddress: null };
    const machine = world.machineOf("db").id;
    world.apply(recordSeen(world.snapshot(), [{ machine, observed }], world.now));
    expect(world.machineOf("db").privateAddress).toBe("10.0.0.7");
  });

  test("of an early end tells why, and blocks the offer when it was for want of room", () => {
    const world = launched(ALONE);
    world.answer("db", made(world));
    world.see("db", "gone", sampleFault({ text: "Server.InsufficientInstanceCapacity" }));
    expect(world.attempts[0]).toMatchObject({ outcome: "failed", reason: "db: Server.InsufficientInstanceCapacity" });
    expect(world.blocks).toHaveLength(1);
    expect(world.attempts).toHaveLength(2);
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
      world.apply(recordProbe(world.snapshot(), { machine, passed }, world.now));
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

  test("that never passes fails the launch at its deadline", () => {
    const world = launched(probed({ kind: "tcp", port: 22 }));
    world.bringUp("db");
    world.pass(DEFAULT_POLICY.deadlines.readyMs);
    expect(world.attempts[0]?.reason).toBe("db: the machine was not ready within 600 s");
    expect(world.instance("db").probeAt).toBeNull();
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

test("an answer for a machine that the snapshot does not hold changes nothing but the time to look", () => {
  const world = launched(ALONE);
  const answer = { machine: world.machineOf("db").id, call: "create", outcome: { kind: "started" } } as const;
  const waves = recordCall({ ...world.snapshot(), machines: [] }, answer, { now: world.now, traits: TRAITS });
  expect(waves).toMatchObject([{ events: [], machines: [], deployment: { wakeAt: world.now } }]);
});
