import { describe, expect, test } from "vitest";
import { LEASE_MS } from "../blueprint/model.ts";
import { askCancel, askExtend, askRetryInstance, askStop } from "../people/requests.ts";
import { changed } from "../change/changed.testsuite.ts";
import { ALONE, by, fails, launched, LOOSE, up, type World } from "../world/world.testsuite.ts";
import { nextDeadline } from "./decide.ts";

const HOUR = 3_600_000;
const leased = (blueprint: typeof LOOSE, leaseMs: number | null = 8 * HOUR): typeof LOOSE => ({
  ...blueprint,
  policy: { ...blueprint.policy, leaseMs },
});

/** Kinds of what was told of a lease, and of what ended by it. */
const told = (world: World) =>
  world.kinds().filter((kind) => kind.startsWith("lease") || kind === "stop_asked" || kind === "undo_asked");

const extended = (world: World, byMs: number, mostMs: number | null = null) => {
  const until = (world.deployment.leaseEndsAt ?? world.now) + byMs;
  return askExtend(world.snapshot(), { ...by(world), until, mostMs });
};

describe("a deployment with a lease", () => {
  test("runs for that long from when all of it runs, is told of it an hour before, and is hauled back", () => {
    const world = up(leased(ALONE));
    const begun = world.now;
    expect(world.deployment).toMatchObject({ leaseEndsAt: begun + 8 * HOUR, wakeAt: begun + 8 * HOUR - 0.8 * HOUR });
    world.pass(7.2 * HOUR - 1);
    expect(told(world)).toEqual(["lease_begun"]);
    world.pass(1);
    expect(told(world)).toEqual(["lease_begun", "lease_ending"]);
    expect(world.deployment).toMatchObject({ state: "running", wakeAt: begun + 8 * HOUR });
    world.pass(0.8 * HOUR);
    expect(told(world)).toEqual(["lease_begun", "lease_ending", "lease_ended", "undo_asked"]);
    expect(world.deployment).toMatchObject({ state: "shutting_down", stopAskedAt: world.now });
    world.haulBack();
    expect(world.deployment.state).toBe("stopped");
    expect(world.path()).toEqual(["pending", "running", "shutting_down", "stopped"]);
  });

  test("of days is told of its end an hour before, and no wait is longer than that", () => {
    const world = up(leased(ALONE, 72 * HOUR));
    expect(world.deployment.wakeAt).toBe(world.now + 71 * HOUR);
    expect(nextDeadline(world.snapshot(), world.now)).toBe(world.now + 71 * HOUR);
  });

  test("ends at once what nobody watched over its end, with no warning before", () => {
    const world = up(leased(ALONE));
    world.pass(9 * HOUR);
    expect(told(world)).toEqual(["lease_begun", "lease_ended", "undo_asked"]);
  });

  test("is stopped earlier by whoever asks, and its lease then says nothing more", () => {
    const world = up(leased(ALONE));
    world.ask(askStop(world.snapshot(), by(world)));
    world.haulBack();
    world.pass(9 * HOUR);
    expect(told(world)).toEqual(["lease_begun", "stop_asked", "undo_asked"]);
  });

  test("that came up in part begins then, and anew when all of it runs for the first time", () => {
    const world = launched(leased(LOOSE), { deployment: { partial: true } });
    world.bringUp("web");
    world.answer("db", fails());
    expect(world.deployment).toMatchObject({ state: "incomplete", leaseEndsAt: world.now + 8 * HOUR });
    world.pass(HOUR);
    world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "db" }));
    world.bringUp("db");
    const endsAt = world.now + 8 * HOUR;
    expect(world.deployment).toMatchObject({ state: "running", leaseEndsAt: endsAt });
    world.see("db", "stopped");
    world.pass(HOUR);
    expect(world.deployment).toMatchObject({ state: "incomplete", leaseEndsAt: endsAt });
    world.pass(7 * HOUR);
    expect(world.deployment.state).toBe("shutting_down");
  });

  test("keeps an extension that reaches further than a lease begun anew", () => {
    const world = launched(leased(LOOSE), { deployment: { partial: true } });
    world.bringUp("web");
    world.answer("db", fails());
    world.ask(extended(world, 24 * HOUR));
    const { leaseEndsAt } = world.deployment;
    world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "db" }));
    world.bringUp("db");
    expect(world.deployment).toMatchObject({ state: "running", leaseEndsAt });
  });
});

test("a deployment without a lease runs on", () => {
  const world = up(ALONE);
  expect(world.deployment).toMatchObject({ leaseEndsAt: null, wakeAt: null });
});

describe("an update to another lease", () => {
  test.each([1, 24])(
    "counts from when all that is new is ready, also one of %s h, whatever the former was extended to",
    (hours) => {
      const world = up(leased(ALONE));
      world.pass(HOUR);
      world.ask(extended(world, 4 * HOUR));
      world.update(changed(leased(ALONE, hours * HOUR), "db", { images: ["db:2"] }));
      const before = world.deployment.leaseEndsAt;
      world.pass(60_000);
      expect(world.deployment.leaseEndsAt).toBe(before);
      world.bringUp("db");
      const until = world.now + hours * HOUR;
      expect(world.deployment).toMatchObject({ state: "updating", leaseEndsAt: until, leaseWarned: false });
      world.haulBack();
      expect(world.deployment).toMatchObject({ state: "running", leaseEndsAt: until });
    },
  );

  test("that takes it away lets it run on, and is told; one that comes to nothing leaves it", () => {
    const world = up(leased(ALONE));
    world.update(changed(leased(ALONE, null), "db", { images: ["db:2"] }));
    world.answer("db", fails());
    expect(world.deployment).toMatchObject({ state: "running", leaseEndsAt: expect.any(Number) });
    world.update(leased(ALONE, null));
    expect(world.deployment).toMatchObject({ state: "running", leaseEndsAt: null, wakeAt: null });
    expect(told(world)).toEqual(["lease_begun", "lease_lifted"]);
    world.pass(9 * HOUR);
    expect(world.deployment.state).toBe("running");
    world.update(leased(ALONE));
    expect(world.deployment.leaseEndsAt).toBe(world.now + 8 * HOUR);
  });
});

describe("while an update is under way", () => {
  test.each([1, 72, null])("to a lease of %s h the former one warns when it would have, and ends", (hours) => {
    const world = up(leased(ALONE));
    const endsAt = Number(world.deployment.leaseEndsAt);
    world.pass(7.2 * HOUR - 10_000);
    world.update(changed(leased(ALONE, hours === null ? null : hours * HOUR), "db", { images: ["db:2"] }));
    world.pass(9_999);
    expect(told(world)).toEqual(["lease_begun"]);
    expect(world.deployment.wakeAt).toBe(endsAt - 0.8 * HOUR);
    world.pass(1);
    expect(told(world)).toEqual(["lease_begun", "lease_ending"]);
    expect(world.deployment.state).toBe("updating");
  });

  test.each([
    [24, "has another lease from when revision 2 is ready: extend that one then, or cancel the update first"],
    [null, "has no lease from when revision 2 is ready: wait for that, or cancel the update first"],
  ])("to a lease of %s h an extension is refused, for it would be overwritten, until that is turned", (hours, text) => {
    const world = up(leased(ALONE));
    world.update(changed(leased(ALONE, hours === null ? null : hours * HOUR), "db", { images: ["db:2"] }));
    const refused = { code: "not_in_this_state", text: `deployment ${world.deployment.name} is updating and ${text}` };
    expect(extended(world, HOUR)).toEqual({ refused });
    world.ask(askCancel(world.snapshot(), by(world)));
    const { leaseEndsAt } = world.deployment;
    world.ask(extended(world, HOUR));
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "running", leaseEndsAt: Number(leaseEndsAt) + HOUR });
  });

  test("that keeps the lease it is extended as ever, and so is another one once it is in force", () => {
    const world = up(leased(ALONE));
    world.update(changed(leased(ALONE), "db", { images: ["db:2"] }));
    const endsAt = Number(world.deployment.leaseEndsAt) + HOUR;
    world.ask(extended(world, HOUR));
    world.bringUp("db");
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "running", leaseEndsAt: endsAt });
    world.update(changed(leased(ALONE, 24 * HOUR), "db", { images: ["db:3"] }));
    world.bringUp("db");
    expect(world.deployment).toMatchObject({ state: "updating", leaseEndsAt: world.now + 24 * HOUR });
    world.ask(extended(world, HOUR));
    world.haulBack();
    expect(world.deployment.leaseEndsAt).toBeGreaterThan(world.now + 24 * HOUR);
  });
});

describe("an extension", () => {
  test("moves the end, is told with who asked, and warns again", () => {
    const world = up(leased(ALONE));
    world.pass(7.5 * HOUR);
    const { leaseEndsAt } = world.deployment;
    world.ask(extended(world, 4 * HOUR));
    expect(world.deployment.leaseEndsAt).toBe(Number(leaseEndsAt) + 4 * HOUR);
    expect(world.events.at(-1)?.body).toMatchObject({ kind: "lease_extended", by: "ada" });
    world.pass(4 * HOUR);
    expect(told(world)).toEqual(["lease_begun", "lease_ending", "lease_extended", "lease_ending"]);
    world.pass(0.5 * HOUR);
    expect(world.deployment.state).toBe("shutting_down");
  });

  test("that is asked for twice is one, for it is asked for by its end", () => {
    const world = up(leased(ALONE));
    const until = Number(world.deployment.leaseEndsAt) + HOUR;
    const again = () => askExtend(world.snapshot(), { ...by(world), until, mostMs: null });
    world.ask(again());
    expect(again()).toEqual({ changes: [] });
  });

  test("is refused where it ends earlier, later than the pool allows, or than anything may", () => {
    const world = up(leased(ALONE));
    const refusal = (byMs: number, mostMs: number | null) => {
      const asked = extended(world, byMs, mostMs);
      return "refused" in asked ? asked.refused : null;
    };
    expect(refusal(-1, null)).toMatchObject({
      code: "bad_lease",
      text: expect.stringMatching(/which is later; stop it/),
    });
    expect(refusal(2 * HOUR, 10 * HOUR)).toBeNull();
    expect(refusal(2 * HOUR + 1, 10 * HOUR)?.text).toMatch(/would end in 10 h, and pool default allows 10 h from now$/);
    expect(refusal(LEASE_MS.most - 8 * HOUR, null)).toBeNull();
    expect(refusal(LEASE_MS.most, null)?.text).toMatch(/would end in 366 d 8 h, and none is longer than 366 d$/);
  });

  test("is refused where there is nothing to extend, with the reason", () => {
    const refusal = (world: World) => {
      const asked = extended(world, HOUR);
      return "refused" in asked ? asked.refused.text : null;
    };
    expect(refusal(up(ALONE))).toMatch(/is running and has no lease to extend: it runs until it is stopped$/);
    expect(refusal(launched(leased(ALONE)))).toMatch(
      /has no lease to extend yet: it begins when the launch has settled$/,
    );
    const stopping = up(leased(ALONE));
    stopping.ask(askStop(stopping.snapshot(), by(stopping)));
    expect(refusal(stopping)).toMatch(/is shutting_down and has no lease to extend any more$/);
    stopping.haulBack();
    expect(refusal(stopping)).toMatch(/is stopped and has no lease to extend any more$/);
    const never = up(ALONE);
    never.ask(askStop(never.snapshot(), by(never)));
    expect(refusal(never)).toMatch(/is shutting_down and has no lease to extend$/);
  });
});
