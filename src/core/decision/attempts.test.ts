// What an attempt leaves in the rows when it is over, and what the next one begins with.

import { describe, expect, test } from "vitest";
import { sampleOffer } from "../../ports/market.samples.ts";
import { sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type LaunchPolicy, type ResolvedBlueprint } from "../blueprint/model.ts";
import { needsMarket } from "./decide.ts";
import { offerBook } from "../market/offer.ts";
import { askCancel } from "../people/requests.ts";
import { ALONE, by, fails, launched, LOOSE, openMachines, PAIR, sight, up, World } from "../world/world.testsuite.ts";

const { undoMs, launchMs } = DEFAULT_POLICY.deadlines;

const under = (blueprint: ResolvedBlueprint, policy: Partial<LaunchPolicy>): ResolvedBlueprint => ({
  ...blueprint,
  policy: { ...DEFAULT_POLICY, ...policy },
});

describe("an attempt", () => {
  test("that is cancelled has ended so, for nobody's fault", () => {
    const world = launched(LOOSE);
    world.bringUp("db");
    world.ask(askCancel(world.snapshot(), by(world)));
    const ended = { outcome: "cancelled", reason: "cancelled", failedInstance: null, fault: null, endedAt: world.now };
    expect(world.attempts).toMatchObject([ended]);
    expect(world.deployment).toMatchObject({ state: "rollback_in_progress", failure: "cancelled", relaunch: false });
  });

  test("that took all of the launch's time is the last, and says no more than what it waited for", () => {
    const world = launched(ALONE);
    world.now += launchMs;
    world.atOnce(() => {
      world.deployment = { ...world.deployment, wakeAt: world.now };
    });
    const failure = "the launch took longer than 60 min; db is not up; the request was not sent";
    const ended = { outcome: "failed", reason: failure, failedInstance: null, fault: null };
    expect(world.attempts).toMatchObject([ended]);
    world.haulBack();
    expect(world.deployment).toMatchObject({ state: "failed", failure });
  });

  test("in one realm says in which, in several in none", () => {
    const placed = (realms: LaunchPolicy["realms"]) => {
      const world = new World({ blueprint: under(LOOSE, { realms }), accounts: ["east"] });
      const offers = ["r1", "r2"].map((realm) => sampleOffer({ realm }));
      const book = offerBook(offers, {
        realms: ["r1", "r2"],
        userDataBytesMost: 16_384,
        sharesLoopback: false,
        where: [],
      });
      world.accounts = world.accounts.map((one) => ({ ...one, offers: book }));
      const [first, second] = world.deployment.blueprint.instances;
      if (first === undefined || second === undefined) throw new Error("two are wanted");
      const group = { group: "pair" };
      const instances = [first, second].map((spec) => ({ ...spec, ...group }));
      world.deployment = { ...world.deployment, blueprint: { ...world.deployment.blueprint, instances } };
      world.settle();
      return world.attempts[0]?.realm;
    };
    expect(placed("same")).toMatch(/^r[12]$/);
    expect(placed("spread")).toBeNull();
  });

  test("tells what was chosen and why others were not, and that none is left", () => {
    const world = launched(ALONE);
    world.answer("db", fails({ class: "quota", scope: "account" }));
    world.answer("db", fails({ class: "auth", scope: "account", text: "wrong key" }));
    const chosen = world.events.flatMap(({ body }) => (body.kind === "account_selected" ? [body] : []));
    expect(chosen).toMatchObject([
      { attempt: 1, account: "east", realms: ["east-1"], hourlyMicros: 10_000, passedOver: {}, refused: [] },
      { attempt: 2, account: "west", refused: [{ account: "east", code: "blocked" }] },
    ]);
    const none = world.events.flatMap(({ body }) => (body.kind === "no_account" ? body.refused : []));
    expect(none.map(({ account, code }) => [account, code])).toEqual([
      ["east", "blocked"],
      ["west", "unhealthy"],
    ]);
  });

  test("counts its tries from one, and names its machines so, also beside the debt of the one before", () => {
    const world = launched(under(PAIR, { onRollbackFailure: "continue" }));
    world.bringUp("db");
    world.answer("web", fails());
    world.pass(undoMs);
    expect(world.attempts).toHaveLength(2);
    expect(world.instance("db").tries).toBe(1);
    expect(world.machineOf("db").id).toMatch(/-a2-db-t1$/);
  });

  test("beside the debt of the one before is over when nothing of its own is left", () => {
    const world = launched(under(PAIR, { onRollbackFailure: "continue" }), { accounts: ["east", "west", "north"] });
    world.bringUp("db");
    world.answer("web", fails());
    world.pass(undoMs);
    const [debt] = openMachines(world);
    world.answer("db", fails());
    expect(world.attempts.map(({ accountName }) => accountName)).toEqual(["east", "west", "north"]);
    expect(debt?.debtSince).not.toBeNull();
    expect(openMachines(world).map(({ attemptNo }) => attemptNo)).toEqual([1, 3]);
  });
});

describe("when an instance fails", () => {
  test("nothing more is asked for in the same decision, and the market is needed for whom to blame", () => {
    const instances = [
      sampleResolvedInstance({ name: "a" }),
      sampleResolvedInstance({ name: "b" }),
      sampleResolvedInstance({ name: "c", dependsOn: ["a"] }),
    ];
    const world = launched({ ...PAIR, instances });
    world.atOnce(() => {
      world.bringUp("a");
      world.answer("b", fails());
      expect(needsMarket(world.snapshot())).toBe(true);
    });
    expect([...world.machines.values()].map(({ instance }) => instance)).not.toContain("c");
    expect(world.deployment.state).toBe("rollback_in_progress");
  });

  test("of a step that took too long, its machine is there", () => {
    const world = launched(ALONE);
    world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
    world.pass(DEFAULT_POLICY.deadlines.bootMs);
    expect(world.attempts[0]?.fault).toMatchObject({ class: "transient", effect: "made", code: "boot_deadline" });
    const asked = launched(ALONE);
    asked.claim(asked.machineOf("db"));
    asked.pass(DEFAULT_POLICY.deadlines.createMs);
    expect(asked.attempts[0]?.fault).toMatchObject({ effect: "unknown", code: "create_deadline" });
    expect(asked.machineOf("db")).toMatchObject({ state: "intent", undoAskedAt: asked.now, keepEvidence: true });
  });

  test("for want of an answer, it is asked for again while what it needs is ready", () => {
    const world = launched(PAIR);
    world.bringUp("db");
    const lost = world.machineOf("web");
    world.claim(lost);
    world.answer("web", { kind: "found", observed: [] });
    world.pass(95_000);
    world.answer("web", { kind: "found", observed: [] });
    expect(world.machines.get(lost.id)?.state).toBe("absent");
    expect(world.machineOf("web")).toMatchObject({ state: "intent", call: "create" });
    expect(world.machineOf("web").id).toMatch(/-a1-web-t2$/);
  });
});

describe("hauling back", () => {
  const failing = (policy: Partial<LaunchPolicy>): World => {
    const instances = ["db", "app", "web"].map((name, at, all) =>
      sampleResolvedInstance({ name, dependsOn: all.slice(Math.max(0, at - 1), at) }),
    );
    const world = launched(under({ ...PAIR, instances }, policy));
    world.bringUp("db");
    world.bringUp("app");
    world.answer("web", fails());
    return world;
  };
  const going = (world: World) =>
    openMachines(world).flatMap(({ instance, undoAskedAt }) => (undoAskedAt === null ? [] : [instance]));

  test("asks all to go at once, and in reverse order those that nobody needs any more", () => {
    const parallel = failing({});
    expect(new Set(going(parallel))).toEqual(new Set(["app", "db"]));
    const reverse = failing({ rollbackOrder: "reverse" });
    expect(going(reverse)).toEqual(["app"]);
    expect(reverse.instance("app")).toMatchObject({ state: "shutting_down", readyAt: null, probeAt: null });
    expect(reverse.instance("db")).toMatchObject({ state: "running", readyAt: expect.any(Number) });
  });

  test("in reverse order that does not get through leaves all that is left as debt, also what was asked to go only then", () => {
    const world = failing({ rollbackOrder: "reverse" });
    world.pass(undoMs);
    expect(world.deployment.state).toBe("rollback_failed");
    expect(openMachines(world)).toMatchObject([{ debtSince: world.now }, { debtSince: world.now }]);
  });

  test("tells of debt only what was debt, and gives every place back once", () => {
    const world = failing({});
    world.haulBack();
    expect(world.kinds()).not.toContain("debt_cleared");
    const back = () => world.placements.flatMap(({ attempt, releasedAt }) => (attempt === 1 ? [releasedAt] : []));
    const first = back();
    expect(first).not.toContain(null);
    world.pass(1_000);
    world.bringUp("db");
    expect(back()).toEqual(first);
  });
});

test("what runs holds its place, whatever else is over", () => {
  const world = up(LOOSE);
  world.see("db", "error", sampleFault({ text: "disk" }));
  expect(world.deployment.state).toBe("incomplete");
  expect(world.placements.map(({ releasedAt }) => releasedAt)).toEqual([null, null]);
});
