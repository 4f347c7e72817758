import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { DELETE_IGNORED } from "../fault.ts";
import type { Call } from "../machine.ts";
import type { CallOutcome } from "./record.ts";
import { debtReason } from "../people/debt.ts";
import { describe as told } from "../story/describe.ts";
import { askCancel, askStop } from "../people/requests.ts";
import { ALONE, by, fails, launched, LOOSE, missing, sight, TRAITS, up, type World } from "./world.testsuite.ts";

/** An answer to a call that was claimed before the row moved on. */
const late = (world: World, call: Call, outcome: CallOutcome) => world.record(world.machineOf("db"), call, outcome);

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
    expect(world.evidence[0]).toMatchObject({ console: "boot", fault: null });
    expect(world.events.map(({ body }) => body)).toContainEqual(
      expect.objectContaining({ kind: "evidence_kept", instance: "db", bytes: 4 }),
    );
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
    expect(world.machineOf("db")).toMatchObject({ call: "destroy", callAt: world.now, failures: 0 });
    expect(world.events.map(({ body }) => body)).toContainEqual(
      expect.objectContaining({ kind: "evidence_kept", bytes: 0 }),
    );
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
    // Whatever answers 404 in a cloud's place proves nothing: only its word that the machine is absent does.
    world.answer("db", fails({ class: "not_found" }));
    expect(world.machineOf("db")).toMatchObject({ state: "made", call: "look", failures: 1 });
    world.pass(1_000);
    world.answer("db", { kind: "looked", observed: null });
    expect(world.machineOf("db")).toMatchObject({ state: "gone", call: null, failures: 0, debtSince: null });
    expect(world.deployment.state).toBe("stopped");
  });

  test("is not proven by a look that was asked before the machine had to be visible, however late it is read", () => {
    const world = up(ALONE);
    world.ask(askStop(world.snapshot(), by(world)));
    world.answer("db", { kind: "destroyed" });
    const askedAt = world.now;
    world.pass(2 * TRAITS.visibilityMs);
    const machine = world.machineOf("db");
    world.record(machine, "look", { kind: "looked", observed: null, askedAt });
    expect(world.machineOf("db")).toMatchObject({ state: "made", call: "look", callAt: world.now });
    world.answer("db", { kind: "looked", observed: null });
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
    world.answer("db", { kind: "destroyed" });
    expect(world.machineOf("db")).toMatchObject({ call: "look", failures: 0, fault: null });
  });

  test("that has shown no effect for exactly a minute is asked for again", () => {
    for (const [waitedMs, call] of [
      [59_999, "look"],
      [60_000, "destroy"],
    ] as const) {
      const world = going();
      world.answer("db", { kind: "destroyed" });
      world.pass(waitedMs);
      world.answer("db", { kind: "looked", observed: sight(world.machineOf("db"), "running") });
      expect(world.machineOf("db").call).toBe(call);
    }
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

  test("that its cloud accepts and ignores is told once, and is the reason for what is owed, until the machine is gone", () => {
    const world = going();
    const look = () => world.answer("db", { kind: "looked", observed: sight(world.machineOf("db"), "running") });
    for (let minutes = 0; minutes < 3; minutes += 1) {
      world.answer("db", { kind: "destroyed" });
      world.pass(30_000);
      look();
      expect(world.machineOf("db").fault?.code).toBe(minutes === 0 ? undefined : "delete_ignored");
      world.pass(30_000);
      look();
      expect(world.machineOf("db")).toMatchObject({ call: "destroy", failures: 0, fault: { code: "delete_ignored" } });
    }
    const story = world.events.flatMap(({ body }) => (body.kind === "fault_met" ? [told(body)] : []));
    expect(story).toEqual([`db: ${DELETE_IGNORED.text}`]);
    expect(debtReason(world.machineOf("db"))).toBe(DELETE_IGNORED.text);
    world.answer("db", fails({ class: "transient" }));
    expect(world.machineOf("db").fault?.class).toBe("transient");
    world.pass(30_000);
    world.answer("db", { kind: "destroyed" });
    expect(world.machineOf("db").fault).toBeNull();
    world.pass(60_000);
    look();
    world.answer("db", { kind: "destroyed" });
    world.pass(1_000);
    world.answer("db", { kind: "looked", observed: null });
    expect(world.machineOf("db")).toMatchObject({ state: "gone", fault: null });
  });

  test("is looked at when the cloud that asked for a pause wishes, not when its next list happens to end", () => {
    const world = going();
    world.answer("db", { kind: "destroyed" });
    const throttled = fails({ class: "throttle", scope: "account", effect: "none", retryAfterMs: 300 });
    for (let failures = 1; failures <= 12; failures += 1) {
      world.pass((world.machineOf("db").callAt ?? 0) - world.now);
      world.answer("db", throttled);
      const row = world.machineOf("db");
      expect(row.callAt).toBeGreaterThanOrEqual(world.now + 300);
      expect(row.callAt).toBeLessThanOrEqual(world.now + 30_000);
      missing(world);
      expect(world.machineOf("db").callAt).toBe(row.callAt);
    }
  });

  test("of debt is looked at more and more seldom, until it is asked for again after a minute", () => {
    const world = going();
    world.answer("db", { kind: "destroyed" });
    world.pass(DEFAULT_POLICY.deadlines.undoMs);
    world.answer("db", { kind: "looked", observed: sight(world.machineOf("db"), "stopping") });
    expect(world.machineOf("db")).toMatchObject({ call: "destroy", callAt: world.now });
    world.answer("db", { kind: "destroyed" });
    world.pass(250);
    world.answer("db", { kind: "looked", observed: sight(world.machineOf("db"), "stopping") });
    expect(world.machineOf("db").callAt).toBe(world.now + 500);
    world.pass(20_000);
    world.answer("db", { kind: "looked", observed: sight(world.machineOf("db"), "stopping") });
    expect(world.machineOf("db")).toMatchObject({ call: "look", callAt: world.now + 60_000 - 20_250 });
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
