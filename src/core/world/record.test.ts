import { describe, expect, test } from "vitest";
import { sampleFault } from "../../ports/store.samples.ts";
import { STEP_BACKOFF } from "./backoff.ts";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { record } from "../decision/follow.ts";
import type { Call } from "../machine.ts";
import { type CallOutcome, recordCalls } from "./record.ts";
import { askCancel } from "../people/requests.ts";
import { ALONE, by, fails, launched, LOOSE, sight, TRAITS, type World } from "./world.testsuite.ts";

const made = (world: World, state: Parameters<typeof sight>[1] = "pending") =>
  ({ kind: "created", observed: sight(world.machineOf("db"), state) }) as const;

/** An answer to a call that was claimed before the row moved on. */
const late = (world: World, call: Call, outcome: CallOutcome & { askedAt?: number }) =>
  world.record(world.machineOf("db"), call, outcome);

const told = (world: World) => world.events.flatMap(({ body }) => (body.kind === "fault_met" ? [body] : []));

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
      failure:
        "db: the cloud did not confirm the machine within 300 s; last failure: no host has room; no other account is left to try",
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
    world.answer("db", { kind: "found", observed: [] });
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
  test("counts from the intent where no time of sending is known", () => {
    const world = launched(ALONE);
    const row = world.machineOf("db");
    world.machines.set(row.id, { ...row, state: "in_doubt", call: "lookup", sentAt: null });
    world.events.length = 0;
    world.now += TRAITS.callTimeoutMs.create + TRAITS.visibilityMs;
    const outcome = { kind: "found", observed: [] } as const;
    const answer = { machine: row.id, call: "lookup", outcome, askedAt: world.now, traits: TRAITS } as const;
    const waves = record({
      snapshot: world.snapshot(),
      now: world.now,
      recording: (draft) => recordCalls(draft, [answer]),
    });
    expect(waves[0]?.machines).toMatchObject([{ state: "absent" }]);
  });

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

  const SURE_MS = TRAITS.callTimeoutMs.create + TRAITS.visibilityMs;

  test.each<[string, (world: World) => void]>([
    ["a search", (world) => world.answer("db", { kind: "found", observed: [] })],
    ["a search that fails", (world) => world.answer("db", fails({ class: "transient" }))],
    ["the late end of the create", (world) => late(world, "create", fails({ effect: "unknown" }))],
  ])("proves no absence before a create sent as late as %s, which opens the doubt, must be visible", (_, open) => {
    const world = launched(ALONE);
    world.claim(world.machineOf("db"));
    // Whoever had claimed it stood still all this time, and sends it when it wakes.
    world.pass(2 * SURE_MS);
    open(world);
    world.pass(SURE_MS - 1);
    world.answer("db", { kind: "found", observed: [] });
    expect(world.machineOf("db").state).toBe("in_doubt");
    world.pass(1);
    world.answer("db", { kind: "found", observed: [sight(world.machineOf("db"), "running")] });
    expect(world.deployment.state).toBe("running");
  });

  test("that was asked too early proves nothing, however late its answer is read", () => {
    const world = launched(ALONE);
    world.claim(world.machineOf("db"));
    world.answer("db", { kind: "found", observed: [] });
    world.pass(SURE_MS - 1);
    const askedAt = world.now;
    // Whoever asked stood still before it read the answer.
    world.pass(SURE_MS);
    late(world, "lookup", { kind: "found", observed: [], askedAt });
    expect(world.machineOf("db")).toMatchObject({ state: "in_doubt", call: "lookup", callAt: world.now });
  });

  test("that finds nothing three times gives the account up", () => {
    const world = launched(ALONE, { accounts: ["east"] });
    for (let tries = 0; tries < 3; tries += 1) {
      world.claim(world.machineOf("db"));
      world.pass(5_000);
      world.answer("db", { kind: "found", observed: [] });
      world.pass(SURE_MS);
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
    expect(world.deployment.failure).toBe("db: the machine did not start within 300 s; last failure: no host has room");
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
    expect(fails1.machineOf("db")).toMatchObject({ startAskedAt: null, failures: 0 });
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

  test.each(["running", "error"] as const)(
    "that waits for its next try is over when the machine shows as %s",
    (state) => {
      const world = launched(LOOSE, { deployment: { partial: true } });
      world.bringUp("web");
      world.answer("db", made(world, "stopped"));
      world.answer("db", fails({ class: "conflict" }));
      expect(world.machineOf("db").call).toBe("start");
      world.see("db", state);
      expect(world.machineOf("db")).toMatchObject({ call: null, callAt: null, startAskedAt: null, failures: 0 });
    },
  );

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

test("an answer for a machine that the snapshot does not hold changes nothing but the time to look", () => {
  const world = launched(ALONE);
  const asked = { machine: world.machineOf("db").id, call: "create", askedAt: world.now, traits: TRAITS } as const;
  const answer = { ...asked, outcome: { kind: "started" } } as const;
  const waves = record({
    snapshot: { ...world.snapshot(), machines: [] },
    now: world.now,
    recording: (draft) => recordCalls(draft, [answer]),
  });
  expect(waves).toMatchObject([{ events: [], machines: [], deployment: { wakeAt: world.now } }]);
});
