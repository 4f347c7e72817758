import { describe, expect, test } from "vitest";
import { sampleBlueprint, sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type ResolvedBlueprint } from "../blueprint/model.ts";
import { askCancel, askDelete, askRetryInstance, askRetryRollback, askStop } from "../people/requests.ts";
import { ALONE, by, fails, launched, openMachines, PAIR, sight, up, World } from "../world/world.testsuite.ts";

/** db → app-1, app-2 → web-1, web-2. */
const SHOP: ResolvedBlueprint = sampleBlueprint({
  instances: [
    sampleResolvedInstance({ name: "db" }),
    sampleResolvedInstance({ name: "app-1", dependsOn: ["db"] }),
    sampleResolvedInstance({ name: "app-2", dependsOn: ["db"] }),
    sampleResolvedInstance({ name: "web-1", dependsOn: ["app-1", "app-2"] }),
    sampleResolvedInstance({ name: "web-2", dependsOn: ["app-1", "app-2"] }),
  ],
});

const PAIR_REVERSED: ResolvedBlueprint = { ...PAIR, policy: { ...DEFAULT_POLICY, rollbackOrder: "reverse" } };

const noRoom = fails();

describe("a launch", () => {
  test("asks for each instance once what it depends on is ready, and runs when all are", () => {
    const world = launched(SHOP);
    expect(world.asked()).toEqual(["db"]);
    world.bringUp("db");
    expect(world.asked()).toEqual(["app-1", "app-2"]);
    world.bringUp("app-2");
    expect(world.asked()).toEqual(["app-1"]);
    world.bringUp("app-1");
    expect(world.asked()).toEqual(["web-1", "web-2"]);
    world.bringUp("web-1");
    world.bringUp("web-2");
    expect(world.path()).toEqual(["pending", "running"]);
    expect(world.deployment.wakeAt).toBeNull();
    expect(world.attempts[0]?.outcome).toBe("succeeded");
    expect(world.released(1)).toBe(false);
    expect(world.unblocks.map(({ realm, size }) => `${realm}/${size}`)).toEqual(["east-1/s1", "east-1/*", "*/*"]);
  });

  test("that loses an instance is hauled back whole and comes up on the next account", () => {
    const world = launched(SHOP);
    world.bringUp("db");
    world.bringUp("app-1");
    world.answer("app-2", noRoom);
    expect(world.deployment.state).toBe("rollback_in_progress");
    expect(world.deployment.failure).toBe("app-2: no host has room");
    expect(world.blocks).toMatchObject([{ account: "east", realm: "east-1", reason: "capacity", strikes: 1 }]);
    world.haulBack();
    expect(world.deployment.state).toBe("pending");
    expect(world.attempts.map(({ no, accountName, outcome }) => [accountName, outcome, world.released(no)])).toEqual([
      ["east", "failed", true],
      ["west", null, false],
    ]);
    expect(world.evidence).toHaveLength(2);
    for (const { name } of SHOP.instances) world.bringUp(name);
    expect(world.path()).toEqual(["pending", "rollback_in_progress", "rollback_complete", "pending", "running"]);
    expect(openMachines(world)).toHaveLength(5);
  });

  test("that fails everywhere ends as failed, with the last reason and why nobody else could", () => {
    const world = launched(PAIR);
    for (const account of ["east", "west"]) {
      expect(world.attempts.at(-1)?.accountName).toBe(account);
      world.answer("db", noRoom);
      world.haulBack();
    }
    expect(world.deployment).toMatchObject({ state: "failed", wakeAt: null, endedAt: world.now });
    expect(world.deployment.failure).toBe("db: no host has room; no other account is left to try");
    expect(world.attempts.map(({ reason }) => reason)).toEqual(["db: no host has room", "db: no host has room"]);
    expect(openMachines(world)).toEqual([]);
    expect(world.instance("db").state).toBe("create_failed");
  });

  test("for which no account is fit fails without an attempt", () => {
    const world = launched(PAIR, { accounts: [] });
    expect(world.path()).toEqual(["pending", "failed"]);
    expect(world.attempts).toEqual([]);
    expect(world.deployment.failure).toBe("the pool has no account");
  });

  test("that no account can host leads with the causes, each once with the accounts that it keeps out", () => {
    type Row = World["accounts"][number];
    const nowhere = (accounts: string[], spoil: (row: Row) => Row) => {
      const world = new World({ blueprint: PAIR, accounts });
      world.accounts = world.accounts.map(spoil);
      world.settle();
      expect(world.deployment.state).toBe("failed");
      return world.deployment.failure;
    };
    const imageless = (row: Row): Row => ({
      ...row,
      account: { ...row.account, images: { "debian-13": "gone" } },
      answer: () => ({ kind: "absent", text: null }),
    });
    const disabled = (row: Row): Row => ({ ...row, account: { ...row.account, enabled: false } });
    const suspended = (row: Row): Row => ({
      ...row,
      account: { ...row.account, health: "suspended", healthText: row.account.name },
    });
    expect(nowhere(["east", "west"], imageless)).toBe(
      "east, west: image gone (db) is not there; no account of the pool can host it",
    );
    expect(nowhere(["a", "b", "c", "d", "e", "f"], disabled)).toBe(
      "a, b, c, d, e and 1 more: the account is disabled; no account of the pool can host it",
    );
    const four = "a: suspended: a; b: suspended: b; c: suspended: c; 1 more cause; no account of the pool can host it";
    expect(nowhere(["a", "b", "c", "d"], suspended)).toBe(four);
    expect(nowhere(["a", "b", "c", "d", "e"], suspended)).toContain("; 2 more causes; no account");
  });

  test("that would fail everywhere burns no other account", () => {
    const world = launched(PAIR);
    const fault = sampleFault({ class: "config", scope: "deployment", text: "no such image" });
    world.answer("db", { kind: "fault", fault, externalId: null });
    expect(world.path()).toEqual(["pending", "rollback_in_progress", "rollback_complete", "failed"]);
    expect(world.attempts).toHaveLength(1);
    expect(world.deployment.failure).toBe("db: no such image");
  });

  test("suspends an account that refuses the credentials", () => {
    const world = launched(ALONE);
    world.answer("db", { kind: "fault", fault: sampleFault({ class: "auth", scope: "account" }), externalId: null });
    expect([...world.suspended]).toEqual(["east"]);
    expect(world.attempts.at(-1)?.accountName).toBe("west");
  });

  test("starts what was made stopped, once", () => {
    const world = launched(ALONE);
    world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "stopped") });
    expect(world.instance("db").state).toBe("stopped");
    expect(world.answer("db", { kind: "started" })).toBe("start");
    world.pass(1_000);
    world.see("db", "stopped");
    expect(world.machineOf("db").call).toBeNull();
    world.see("db", "running");
    expect(world.deployment.state).toBe("running");
  });

  test("whose start is refused removes the machine that was made", () => {
    const world = launched(ALONE, { accounts: ["east"] });
    world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "stopped") });
    world.answer("db", noRoom);
    expect(world.deployment.state).toBe("rollback_in_progress");
    world.haulBack();
    expect(world.deployment.state).toBe("failed");
    expect([...world.machines.values()].map(({ state }) => state)).toEqual(["gone"]);
  });

  test("goes on after a throttle, later and with the same machine", () => {
    const world = launched(ALONE);
    const fault = sampleFault({ class: "throttle", scope: "account", retryAfterMs: 5_000 });
    world.answer("db", { kind: "fault", fault, externalId: null });
    expect(world.machineOf("db")).toMatchObject({
      state: "intent",
      call: "create",
      callAt: world.now + 5_000,
      sentAt: null,
    });
    world.pass(5_000);
    world.bringUp("db");
    expect(world.machines.size).toBe(1);
  });

  test("adopts a machine whose answer was lost", () => {
    const world = launched(ALONE);
    world.answer("db", {
      kind: "fault",
      fault: sampleFault({ class: "transient", effect: "unknown" }),
      externalId: null,
    });
    expect(world.machineOf("db").state).toBe("in_doubt");
    expect(world.answer("db", { kind: "found", observed: [sight(world.machineOf("db"), "running")] })).toBe("lookup");
    expect(world.deployment.state).toBe("running");
    expect(world.machines.size).toBe(1);
  });

  test("asks again, under a new name, only when the machine is proven absent", () => {
    const world = launched(ALONE);
    const first = world.machineOf("db");
    world.claim(first);
    world.pass(60_000);
    // The claim ran out without an answer: the row comes back as a lookup.
    expect(world.answer("db", { kind: "found", observed: [] })).toBe("lookup");
    expect(world.machineOf("db").state).toBe("in_doubt");
    world.pass(91_000);
    world.answer("db", { kind: "found", observed: [] });
    expect(world.machines.get(first.id)?.state).toBe("absent");
    expect(world.machineOf("db").id).toMatch(/-t2$/);
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
  });

  test("fails a member, and does not ask again, when what it needs is not ready any more by then", () => {
    const world = launched(PAIR, { deployment: { partial: true } });
    world.bringUp("db");
    world.claim(world.machineOf("web"));
    world.see("db", "error");
    world.pass(60_000);
    world.answer("web", { kind: "found", observed: [] });
    world.pass(91_000);
    world.answer("web", { kind: "found", observed: [] });
    const asked = [...world.machines.values()].filter(
      ({ instance, attemptNo }) => instance === "web" && attemptNo === 1,
    );
    expect(asked.map(({ state }) => state)).toEqual(["absent"]);
    expect(world.instance("web")).toMatchObject({ state: "error", fault: { code: "dependency_lost" } });
  });

  test("fails an instance whose step takes too long", () => {
    const world = launched(ALONE, { accounts: ["east"] });
    world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "unknown") });
    expect(world.deployment.wakeAt).toBe(world.now + DEFAULT_POLICY.deadlines.bootMs);
    world.pass(DEFAULT_POLICY.deadlines.bootMs);
    expect(world.deployment.failure).toBe("db: the machine did not come up within 600 s");
    world.haulBack();
    expect(world.deployment.state).toBe("failed");
  });

  test("whose whole time is up is rolled back for good", () => {
    const world = launched(PAIR);
    world.bringUp("db");
    world.pass(DEFAULT_POLICY.deadlines.launchMs);
    expect(world.deployment.failure).toBe(
      "the launch took longer than 60 min; web is not up; the request was not sent",
    );
    world.haulBack();
    expect(world.deployment.state).toBe("failed");
    expect(world.attempts).toHaveLength(1);
  });
});

describe("a cancel", () => {
  test("in new asks nobody", () => {
    const world = new World({ blueprint: PAIR });
    expect(world.ask(askCancel(world.snapshot(), by(world)))).toBeNull();
    expect(world.path()).toEqual(["pending", "failed"]);
    expect(world.machines.size).toBe(0);
  });

  test("in pending undoes also what is on its way, and does not relaunch", () => {
    const world = launched(PAIR);
    world.claim(world.machineOf("db"));
    world.ask(askCancel(world.snapshot(), by(world)));
    expect(world.deployment.state).toBe("rollback_in_progress");
    world.record(world.machineOf("db"), "create", {
      kind: "created",
      observed: sight(world.machineOf("db"), "pending"),
    });
    expect(world.machineOf("db")).toMatchObject({ state: "made", call: "console" });
    world.haulBack();
    expect(world.path()).toEqual(["pending", "rollback_in_progress", "rollback_complete", "failed"]);
    expect(world.deployment.failure).toBe("cancelled");
  });

  test("is refused for a running deployment, with the remedy", () => {
    const world = up(ALONE);
    expect(world.ask(askCancel(world.snapshot(), by(world)))).toMatch(
      /is running and cannot be cancelled; stop it instead/,
    );
  });
});

describe("a deployment that is up", () => {
  test("stops, and can then be deleted", () => {
    const world = up(PAIR);
    expect(world.ask(askDelete(world.snapshot(), { ...by(world), stop: false, abandonDebt: false }))).toMatch(
      /stop it first/,
    );
    world.ask(askStop(world.snapshot(), by(world)));
    expect(world.deployment.state).toBe("shutting_down");
    world.haulBack();
    expect(world.deployment.state).toBe("stopped");
    expect(openMachines(world)).toEqual([]);
    expect(world.released(1)).toBe(true);
    world.ask(askDelete(world.snapshot(), { ...by(world), stop: false, abandonDebt: false }));
    expect(world.deployment.deletedAt).toBe(world.now);
  });

  test("is incomplete while a part is away, and whole again when it is back", () => {
    const world = up(PAIR);
    world.see("web", "stopped");
    expect(world.deployment).toMatchObject({ state: "incomplete", failure: "web: the machine stopped by itself" });
    world.see("web", "running");
    expect(world.deployment).toMatchObject({ state: "running", failure: null });
  });

  test("retries a member by hand: a stopped one is started, one in error is replaced", () => {
    const world = up(PAIR);
    world.see("web", "stopped");
    world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "web" }));
    expect(world.answer("web", { kind: "started" })).toBe("start");
    world.see("web", "running");
    expect(world.deployment.state).toBe("running");
    world.see("web", "error", sampleFault({ class: "unknown", text: "kernel panic" }));
    expect(world.deployment.failure).toBe("web: kernel panic");
    world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "web" }));
    expect(world.instance("web").state).toBe("shutting_down");
    world.haulBack();
    expect(world.machineOf("web").id).toMatch(/-t2$/);
    world.bringUp("web");
    expect(world.deployment.state).toBe("running");
  });

  test("whose instances all stop by themselves is stopped, keeps its machines, and removes them on delete", () => {
    const world = up(PAIR);
    world.see("web", "stopped");
    world.see("db", "stopped");
    expect(world.deployment.state).toBe("stopped");
    expect(openMachines(world)).toHaveLength(2);
    world.ask(askDelete(world.snapshot(), { ...by(world), stop: false, abandonDebt: false }));
    expect(world.deployment.deletedAt).toBeNull();
    world.haulBack();
    expect(world.deployment.deletedAt).not.toBeNull();
    expect(openMachines(world)).toEqual([]);
  });
});

describe("a partial launch", () => {
  test("settles with what came up", () => {
    const world = launched(SHOP, { deployment: { partial: true } });
    world.bringUp("db");
    world.bringUp("app-1");
    world.answer("app-2", noRoom);
    expect(world.deployment.state).toBe("incomplete");
    expect(world.deployment.failure).toBe("app-2: no host has room; web-1: not up; web-2: not up");
    world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "app-2" }));
    world.bringUp("app-2");
    world.bringUp("web-1");
    world.bringUp("web-2");
    expect(world.deployment.state).toBe("running");
  });

  test("of which nothing came up is rolled back like any other", () => {
    const world = launched(ALONE, { deployment: { partial: true }, accounts: ["east"] });
    world.answer("db", noRoom);
    expect(world.path()).toEqual(["pending", "rollback_in_progress", "rollback_complete", "failed"]);
  });
});

describe("a rollback that does not get through", () => {
  function stuck(blueprint: ResolvedBlueprint): World {
    const world = launched(blueprint);
    world.bringUp("db");
    world.answer("web", noRoom);
    world.pass(DEFAULT_POLICY.deadlines.undoMs);
    return world;
  }

  test("leaves debt, and goes on when that has cleared", () => {
    const world = stuck(PAIR);
    expect(world.deployment.state).toBe("rollback_failed");
    expect(world.machineOf("db").debtSince).toBe(world.now);
    world.haulBack();
    expect(world.path().slice(2)).toEqual(["rollback_failed", "rollback_in_progress", "rollback_complete", "pending"]);
    expect(world.kinds()).toContain("debt_cleared");
  });

  test("is retried by hand", () => {
    const world = stuck(PAIR);
    world.ask(askRetryRollback(world.snapshot(), by(world)));
    expect(world.deployment.state).toBe("rollback_in_progress");
    expect(world.machineOf("db")).toMatchObject({ call: "destroy", callAt: world.now });
  });

  test("does not hold up the launch under the policy to continue", () => {
    const world = stuck({ ...PAIR, policy: { ...DEFAULT_POLICY, onRollbackFailure: "continue" } });
    expect(world.deployment.state).toBe("pending");
    expect(world.released(1)).toBe(false);
    world.haulBack();
    world.settle();
    expect(world.released(1)).toBe(true);
  });
});

test("a blueprint may ask for the reverse order on the way back", () => {
  const world = up(PAIR_REVERSED);
  world.ask(askStop(world.snapshot(), by(world)));
  expect(world.machineOf("db").undoAskedAt).toBeNull();
  expect(world.machineOf("web").undoAskedAt).toBe(world.now);
  world.haulBack();
  expect(world.deployment.state).toBe("stopped");
  expect(openMachines(world)).toEqual([]);
});

test("in reverse order, a dependent that was never asked for holds nothing up", () => {
  const world = launched(PAIR_REVERSED);
  world.bringUp("db");
  world.ask(askCancel(world.snapshot(), by(world)));
  expect(world.machineOf("web").state).toBe("absent");
  expect(world.machineOf("db").undoAskedAt).toBe(world.now);
});

test("in reverse order, a dependent that is stuck holds nothing up past the deadline", () => {
  const world = up(PAIR_REVERSED);
  world.ask(askStop(world.snapshot(), by(world)));
  world.pass(DEFAULT_POLICY.deadlines.undoMs);
  expect(world.deployment.state).toBe("stopped");
  expect(openMachines(world).map(({ debtSince }) => debtSince)).toEqual([world.now, world.now]);
});
