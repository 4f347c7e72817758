import { describe, expect, test } from "vitest";
import { sampleBlock, sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type LaunchPolicy, type ResolvedBlueprint } from "../blueprint/model.ts";
import { decide, needsMarket, needsSecrets } from "./decide.ts";
import { accountId } from "../ids.ts";
import { UNLIMITED } from "../market/amount.ts";
import { sampleOffer } from "../../ports/market.samples.ts";
import { offerBook } from "../market/offer.ts";
import { recordSeen } from "../world/record.ts";
import { askCancel, askRetryRollback, askStop } from "../people/requests.ts";
import { strayOf } from "../world/stray.ts";
import { ALONE, by, fails, launched, LOOSE, openMachines, PAIR, sight, up, World } from "../world/world.testsuite.ts";

const { undoMs } = DEFAULT_POLICY.deadlines;

const under = (blueprint: ResolvedBlueprint, policy: Partial<LaunchPolicy>): ResolvedBlueprint => ({
  ...blueprint,
  policy: { ...DEFAULT_POLICY, ...policy },
});

/** One account, which sells in two realms. */
function twoRealms(blueprint: ResolvedBlueprint, limit = UNLIMITED): World {
  const world = new World({ blueprint, accounts: ["east"] });
  const offers = offerBook([sampleOffer(), sampleOffer({ realm: "east-2" })], {
    realms: ["east-1", "east-2"],
    userDataBytesMost: 16_384,
    sharesLoopback: false,
    where: [],
  });
  world.accounts = world.accounts.map((one) => ({ ...one, offers, account: { ...one.account, limit } }));
  world.settle();
  return world;
}

describe("after everything was refused at once, the next choice", () => {
  test("sees the block of the whole account", () => {
    const world = twoRealms(ALONE);
    world.answer("db", fails({ class: "quota", scope: "account" }));
    expect(world.deployment.state).toBe("failed");
    expect(world.attempts).toHaveLength(1);
    expect(world.blocks).toMatchObject([{ realm: "*", size: "*", reason: "quota" }]);
  });

  test("sees that the account is suspended", () => {
    const world = twoRealms(ALONE);
    world.answer("db", fails({ class: "auth", scope: "account" }));
    expect(world.attempts).toHaveLength(1);
    expect(world.deployment.failure).toContain("no other account is left to try");
  });

  test("may be none: the cloud's whole sentence is said within ours", () => {
    const world = twoRealms(ALONE);
    for (let tries = 0; tries < 2; tries += 1) world.answer("db", fails({ text: "No valid host was found. " }));
    expect(world.deployment.failure).toBe("db: No valid host was found; no other account is left to try");
  });

  test("may use what the attempt before had reserved", () => {
    const world = twoRealms(ALONE, { ...UNLIMITED, instances: 1 });
    const first = world.attempts[0]?.realm;
    world.answer("db", fails());
    expect(world.deployment.state).toBe("pending");
    expect(world.attempts).toHaveLength(2);
    expect(world.attempts[1]?.realm).not.toBe(first);
  });
});

describe("a failure of several instances", () => {
  test("is judged by the one that would fail everywhere", () => {
    const world = launched(LOOSE);
    world.atOnce(() => {
      world.answer("db", fails());
      world.answer("web", fails({ class: "config", scope: "deployment", text: "no such image" }));
    });
    expect(world.path()).toEqual(["pending", "rollback_in_progress", "rollback_complete", "failed"]);
    expect(world.deployment.failure).toBe("web: no such image");
  });

  test("blocks an offer once, for one strike more", () => {
    const world = launched(LOOSE);
    world.blocks = [sampleBlock({ account: accountId("east"), strikes: 1, until: world.now - 1 })];
    world.atOnce(() => {
      for (const name of ["db", "web"]) world.answer(name, fails());
    });
    expect(world.kinds().filter((kind) => kind === "offer_blocked")).toHaveLength(1);
    expect(world.blocks).toMatchObject([{ strikes: 2 }]);
  });

  test("in which all are refused the credentials suspends the account once", () => {
    const world = launched(LOOSE);
    world.atOnce(() => {
      for (const name of ["db", "web"]) world.answer(name, fails({ class: "account" }));
    });
    expect(world.kinds().filter((kind) => kind === "account_suspended")).toHaveLength(1);
  });
});

test("a machine asked for in the very decision that fails the launch is withdrawn, never sent", () => {
  const world = launched({
    ...PAIR,
    instances: [...PAIR.instances, sampleResolvedInstance({ name: "slow" })],
  });
  world.answer("slow", { kind: "created", observed: sight(world.machineOf("slow"), "unknown") });
  world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
  world.now += DEFAULT_POLICY.deadlines.bootMs;
  world.see("db", "running");
  expect(world.deployment.failure).toBe("slow: the machine did not come up within 600 s");
  expect(world.machineOf("web").state).toBe("absent");
  world.haulBack();
  expect(openMachines(world).filter(({ attemptNo }) => attemptNo === 1)).toEqual([]);
});

describe("the last of the attempts", () => {
  test("is the one that the policy allows last", () => {
    const world = launched(under(ALONE, { maxAttempts: 1 }));
    world.answer("db", fails());
    expect(world.deployment.failure).toBe("db: no host has room; this was attempt 1, the last one allowed");
  });

  test("is the one in which the launch's time ran out", () => {
    const world = launched(under(PAIR, { deadlines: { ...DEFAULT_POLICY.deadlines, launchMs: undoMs } }));
    world.bringUp("db");
    world.answer("web", fails());
    world.now += undoMs - 1;
    world.settle();
    world.now += 1;
    world.haulBack();
    expect(world.deployment.state).toBe("failed");
    expect(world.deployment.failure).toContain("the launch's time is up");
  });
});

describe("a rollback that got stuck", () => {
  function stuck(blueprint: ResolvedBlueprint, options: { accounts?: string[] } = {}): World {
    const world = launched(blueprint, options);
    world.bringUp("db");
    world.answer("web", fails());
    world.pass(undoMs);
    return world;
  }

  test("names how many machines are left, and what each may cost", () => {
    const world = launched(LOOSE);
    for (const name of ["db", "web"]) world.bringUp(name);
    world.deployment = { ...world.deployment, state: "pending", wakeAt: world.now };
    world.ask(askCancel(world.snapshot(), by(world)));
    world.pass(undoMs);
    const moved = world.events.findLast(({ body }) => body.kind === "deployment_moved")?.body;
    expect(moved).toMatchObject({ to: "rollback_failed", reason: "2 machines are not proven gone" });
    expect(world.kinds().filter((kind) => kind === "debt_opened")).toHaveLength(2);
  });

  test("shows at once which of its instances are down after all", () => {
    const world = launched(LOOSE);
    for (const name of ["db", "web"])
      world.answer(name, { kind: "created", observed: sight(world.machineOf(name), "pending") });
    world.ask(askCancel(world.snapshot(), by(world)));
    world.pass(undoMs);
    world.answer("web", { kind: "console", text: null });
    world.answer("web", { kind: "destroyed" });
    world.pass(300);
    world.answer("web", { kind: "looked", observed: null });
    expect(world.deployment.state).toBe("rollback_failed");
    expect([world.instance("db").state, world.instance("web").state]).toEqual(["shutting_down", "stopped"]);
  });

  test("under the policy to continue goes on elsewhere beside the debt, which keeps its reservation until it is cleared", () => {
    const world = stuck(under(PAIR, { onRollbackFailure: "continue" }));
    expect(world.path().slice(-2)).toEqual(["rollback_failed", "pending"]);
    expect(world.instance("db").state).toBe("pending");
    for (const { name } of PAIR.instances) world.bringUp(name);
    world.ask(askStop(world.snapshot(), by(world)));
    world.haulBack();
    expect(world.deployment.state).toBe("stopped");
    expect(world.kinds()).toContain("debt_cleared");
    expect(world.placements.every(({ releasedAt }) => releasedAt !== null)).toBe(true);
  });

  test("under the policy to continue waits for its debt when nothing is left to try, it was cancelled, or the end is reached", () => {
    const nowhere = stuck(under(PAIR, { onRollbackFailure: "continue" }), { accounts: ["east"] });
    const last = stuck(under(PAIR, { onRollbackFailure: "continue", maxAttempts: 1 }));
    expect(last.deployment.wakeAt).toBeNull();
    nowhere.now = nowhere.deployment.createdAt + DEFAULT_POLICY.deadlines.launchMs;
    nowhere.settle();
    expect(nowhere.deployment.wakeAt).toBeNull();
    for (const world of [nowhere, last]) {
      expect(world.deployment.state).toBe("rollback_failed");
      world.haulBack();
      expect(world.deployment.state).toBe("failed");
    }
  });

  test("goes on with a rollback by hand even when the debt clears in that moment", () => {
    const world = stuck(PAIR);
    world.ask(askRetryRollback(world.snapshot(), by(world)));
    world.haulBack();
    expect(world.deployment.state).toBe("pending");
    expect(world.attempts).toHaveLength(2);
  });
});

describe("in reverse order", () => {
  const CHAIN: ResolvedBlueprint = under(
    {
      ...PAIR,
      instances: [
        sampleResolvedInstance({ name: "db" }),
        sampleResolvedInstance({ name: "app", dependsOn: ["db"] }),
        sampleResolvedInstance({ name: "web", dependsOn: ["app"] }),
      ],
    },
    { rollbackOrder: "reverse" },
  );

  test("one that is needed by way of another that is gone already waits all the same", () => {
    const world = up(CHAIN);
    world.see("app", "gone");
    world.ask(askStop(world.snapshot(), by(world)));
    expect(world.machineOf("web").undoAskedAt).toBe(world.now);
    expect(world.machineOf("db").undoAskedAt).toBeNull();
    world.haulBack();
    expect(world.deployment.state).toBe("stopped");
    const undone = world.events.flatMap(({ body }) => (body.kind === "undo_asked" ? [body.instance] : []));
    expect(undone).toEqual(["web", "db"]);
  });
});

describe("a machine that turns up late", () => {
  /** The deployment goes on, or is over; a machine of its first attempt is shown by the cloud after all. */
  function late(world: World): void {
    const row = world.machines.get([...world.machines.keys()][0] ?? "");
    if (row === undefined) throw new Error("nothing was asked for");
    world.now += 120_000;
    const at = { account: row.account, now: world.now, askedAt: world.now, visibilityMs: 1_000, heldUntil: null };
    const reopened = strayOf(sight(row, "running"), { plain: row, double: null }, at);
    if (reopened === null) throw new Error("not taken for a stray");
    world.machines.set(row.id, reopened);
    world.deployment = { ...world.deployment, wakeAt: world.now };
    world.settle();
  }

  test("is debt when it does not go in time, also of a deployment that has failed, and never keeps it busy", () => {
    const world = launched(ALONE);
    for (let attempt = 0; attempt < 2; attempt += 1) world.answer("db", fails());
    expect(world.deployment.state).toBe("failed");
    late(world);
    world.deployment = { ...world.deployment, deleteAskedAt: world.now };
    expect(world.deployment.wakeAt).toBe(world.now + undoMs);
    world.pass(undoMs);
    expect(openMachines(world)).toMatchObject([{ debtSince: world.now }]);
    expect(world.deployment.wakeAt).toBeNull();
    world.haulBack();
    expect(world.deployment.deletedAt).not.toBeNull();
  });

  test("does not disturb the machine that took its place", () => {
    const world = launched(ALONE);
    world.claim(world.machineOf("db"));
    world.answer("db", { kind: "found", observed: [] });
    world.pass(95_000);
    world.answer("db", { kind: "found", observed: [] });
    world.bringUp("db");
    expect(world.deployment.state).toBe("running");
    const [first] = [...world.machines.values()];
    late(world);
    if (first === undefined) return;
    world.tell((draft) => recordSeen(draft, [{ machine: first.id, observed: sight(first, "error") }]));
    world.haulBack();
    expect(world.deployment.state).toBe("running");
    expect(openMachines(world)).toHaveLength(1);
  });
});

describe("what a decision needs", () => {
  test("is the market exactly where it may choose or blame", () => {
    const fresh = new World({ blueprint: ALONE });
    expect(needsMarket(fresh.snapshot())).toBe(true);
    const going = launched(ALONE);
    expect(needsMarket(going.snapshot())).toBe(false);
    going.instances = going.instances.map((one) => ({ ...one, state: "create_failed" as const, fault: sampleFault() }));
    expect(needsMarket(going.snapshot())).toBe(true);
    const incomplete = { ...going.snapshot(), deployment: { ...going.deployment, state: "incomplete" as const } };
    expect(needsMarket(incomplete)).toBe(true);
    const told = going.placements.map((one) => ({ ...one, refused: "offer" as const }));
    expect(needsMarket({ ...incomplete, placements: told })).toBe(false);
    for (const state of ["rollback_in_progress", "running", "shutting_down", "stopped", "failed"] as const) {
      expect(needsMarket({ ...going.snapshot(), deployment: { ...going.deployment, state } })).toBe(false);
    }
    const stuck = { ...going.deployment, state: "rollback_failed" as const };
    expect(needsMarket({ ...going.snapshot(), deployment: stuck })).toBe(false);
    const on = { ...stuck, blueprint: under(ALONE, { onRollbackFailure: "continue" }) };
    expect(needsMarket({ ...going.snapshot(), deployment: on })).toBe(true);
    const over = { ...going.deployment, state: "rollback_complete" as const, cancelAskedAt: going.now };
    expect(needsMarket({ ...going.snapshot(), deployment: over })).toBe(false);
  });

  test("is the secrets wherever it may ask for a machine", () => {
    const world = launched(ALONE);
    const inState = (state: typeof world.deployment.state, endedAt: number | null = null) =>
      needsSecrets({ ...world.snapshot(), deployment: { ...world.deployment, state, endedAt } });
    expect(
      (["new", "pending", "incomplete", "rollback_complete", "rollback_failed"] as const).every((one) => inState(one)),
    ).toBe(true);
    expect([inState("running"), inState("shutting_down"), inState("failed", 1)]).toEqual([false, false, false]);
  });

  test("and lacks makes it come again, not fail", () => {
    const world = new World({ blueprint: ALONE });
    const [wave] = decide(world.snapshot(), world.now, world.around(null));
    expect(wave?.deployment).toMatchObject({ state: "new", wakeAt: world.now });
    const stuck = new World({ blueprint: under(PAIR, { onRollbackFailure: "continue" }) });
    stuck.settle();
    stuck.bringUp("db");
    stuck.answer("web", fails());
    stuck.now += undoMs;
    const waves = decide(stuck.snapshot(), stuck.now, stuck.around(null));
    expect(waves.at(-1)?.deployment).toMatchObject({ state: "rollback_failed", wakeAt: stuck.now });
  });
});
