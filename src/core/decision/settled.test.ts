import { describe, expect, test } from "vitest";
import { sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { askCancel, askDelete, askRetryInstance, askStop } from "../people/requests.ts";
import { ALONE, by, fails, launched, LOOSE, openMachines, PAIR, up, type World } from "../world/world.testsuite.ts";

const { undoMs } = DEFAULT_POLICY.deadlines;

/** Why the deployment moved, of its last move. */
function lastReason(world: World): string | null | undefined {
  const moves = world.events.flatMap(({ body }) => (body.kind === "deployment_moved" ? [body] : []));
  return moves.at(-1)?.reason;
}

describe("a deployment that is stopped", () => {
  const stopping = (): World => {
    const world = up(LOOSE);
    world.ask(askStop(world.snapshot(), by(world)));
    return world;
  };

  test("gives no reason when all of it is gone", () => {
    const world = stopping();
    world.haulBack();
    expect([world.deployment.state, lastReason(world)]).toEqual(["stopped", null]);
  });

  test("says how many of its machines it has left behind", () => {
    const world = stopping();
    const count = openMachines(world).length;
    world.pass(undoMs);
    expect(world.deployment.state).toBe("stopped");
    expect(lastReason(world)).toMatch(new RegExp(`^${count} `));
  });
});

describe("a deployment in part", () => {
  test("tells all that it lacks, also what it loses later", () => {
    const world = up(LOOSE);
    world.see("db", "stopped");
    const { failure } = world.deployment;
    expect(failure).toContain("db: ");
    expect(failure).not.toContain("web: ");
    world.see("web", "error");
    expect(world.deployment.failure).toContain("db: ");
    expect(world.deployment.failure).toContain("web: ");
  });

  test("tells the beginning of a long cause, and the next one", () => {
    const world = up(LOOSE);
    const fault = sampleFault({ text: "x".repeat(300) });
    for (const { name } of world.deployment.blueprint.instances) world.see(name, "error", fault);
    const causes = ["db", "web"].map(
      (name) => `${name}: ${"x".repeat(256 - name.length - 2)}… ${44 + name.length + 2} more characters`,
    );
    expect(world.deployment.failure).toBe(causes.join("; "));
  });

  test("has not stopped while a machine in error is there, and has when nothing is left", () => {
    const world = up(LOOSE);
    for (const { name } of world.deployment.blueprint.instances.slice(1)) world.see(name, "stopped");
    world.see("db", "error");
    expect(world.deployment.state).toBe("incomplete");
    world.see("db", "gone");
    expect([world.deployment.state, lastReason(world)]).toEqual(["stopped", "all instances stopped by themselves"]);
  });
});

describe("the first revision", () => {
  test("has ended with its launch, whatever becomes of its members", () => {
    const world = up(PAIR);
    const [revision] = world.revisions;
    expect(revision).toMatchObject({ no: 1, why: "launch", outcome: "succeeded", endedAt: world.now });
    world.pass(60_000);
    world.see("web", "stopped");
    world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: "web" }));
    expect(world.deployment.state).toBe("incomplete");
    world.pass(1);
    expect(world.revisions).toEqual([revision]);
  });

  test("was cancelled, or has failed", () => {
    const cancelled = launched(PAIR);
    cancelled.bringUp("db");
    cancelled.ask(askCancel(cancelled.snapshot(), by(cancelled)));
    expect(cancelled.revisions).toMatchObject([{ outcome: null, endedAt: null }]);
    cancelled.haulBack();
    expect(cancelled.revisions).toMatchObject([{ outcome: "cancelled", endedAt: cancelled.deployment.endedAt }]);
    const failed = launched(ALONE, { accounts: ["east"] });
    failed.answer("db", fails());
    expect(failed.revisions).toMatchObject([{ outcome: "failed" }]);
  });
});

describe("a partial launch", () => {
  test("that settles in part has succeeded for all that it says, and remembers what was refused", () => {
    const world = launched(LOOSE, { deployment: { partial: true } });
    world.bringUp("web");
    world.answer("db", fails());
    const reason = "db: no host has room";
    expect(world.deployment).toMatchObject({ state: "incomplete", failure: reason });
    const ended = { outcome: "succeeded", reason, failedInstance: null, fault: null, endedAt: world.now };
    expect(world.attempts).toMatchObject([ended]);
    expect(world.blocks).toMatchObject([{ account: "east", size: "s1", reason: "capacity" }]);
  });

  test("that becomes whole later keeps its attempt's end, and when it was whole first", () => {
    const world = launched(LOOSE, { deployment: { partial: true } });
    world.bringUp("web");
    world.answer("db", fails());
    const [ended] = world.attempts;
    const again = (name: string): void => {
      world.pass(1_000);
      world.ask(askRetryInstance(world.snapshot(), { ...by(world), instance: name }));
      expect(world.placements.filter((one) => one.refused !== null && one.releasedAt === null)).toEqual([]);
      if (world.machineOf(name).undoAskedAt !== null) {
        expect(world.machineOf(name)).toMatchObject({ call: "console", keepEvidence: true });
        world.haulBack();
      }
      world.bringUp(name);
      expect(world.deployment).toMatchObject({ state: "running", failure: null });
    };
    again("db");
    const whole = { allRunningAt: world.now, firstRunningAt: world.deployment.firstRunningAt };
    expect(world.deployment).toMatchObject({ allRunningAt: world.now });
    expect(world.deployment.firstRunningAt).toBeLessThan(world.now);
    world.see("db", "error");
    again("db");
    expect(world.deployment).toMatchObject(whole);
    expect(world.attempts).toEqual([ended]);
    expect(world.kinds().filter((kind) => kind === "attempt_ended")).toHaveLength(1);
  });
});

describe("what stops by itself", () => {
  test("has stopped when all of it did, without being incomplete first", () => {
    const world = up(LOOSE);
    world.atOnce(() => {
      for (const name of ["db", "web"]) world.see(name, "stopped");
    });
    expect(world.path()).toEqual(["pending", "running", "stopped"]);
    expect(lastReason(world)).toBe("all instances stopped by themselves");
  });

  test("has stopped also when some of it never ran, and some was never asked for", () => {
    const instances = [...LOOSE.instances, sampleResolvedInstance({ name: "behind", dependsOn: ["web"] })];
    const world = launched({ ...LOOSE, instances }, { deployment: { partial: true } });
    world.bringUp("db");
    world.answer("web", fails());
    expect(world.deployment.state).toBe("incomplete");
    expect(world.instance("behind").state).toBe("new");
    world.see("db", "stopped");
    expect([world.deployment.state, lastReason(world)]).toEqual(["stopped", "all instances stopped by themselves"]);
  });
});

describe("a delete", () => {
  const asked = (world: World, stop: boolean) =>
    world.ask(askDelete(world.snapshot(), { ...by(world), stop, abandonDebt: false }));

  test("ends what is there by the one wish that is allowed", () => {
    const going = launched(PAIR);
    asked(going, true);
    expect(going.deployment).toMatchObject({ cancelAskedAt: going.now, stopAskedAt: null });
    const running = up(PAIR);
    asked(running, true);
    expect(running.deployment).toMatchObject({ cancelAskedAt: null, stopAskedAt: running.now });
  });

  test("removes what stopped by itself without reading its console, and is told once", () => {
    const world = up(ALONE);
    world.see("db", "stopped");
    expect(world.deployment.state).toBe("stopped");
    asked(world, false);
    expect(world.machineOf("db")).toMatchObject({ call: "destroy", keepEvidence: false });
    world.haulBack();
    const told = () => world.kinds().filter((kind) => kind === "deleted");
    expect([told(), world.deployment.deletedAt]).toEqual([["deleted"], expect.any(Number)]);
    world.deployment = { ...world.deployment, wakeAt: world.now };
    world.settle();
    expect(told()).toHaveLength(1);
  });
});

test("what has ended cancelled cannot be cancelled again", () => {
  const world = launched(ALONE);
  world.ask(askCancel(world.snapshot(), by(world)));
  world.haulBack();
  expect(world.deployment.state).toBe("failed");
  expect(world.ask(askCancel(world.snapshot(), by(world)))).toContain("cannot be cancelled");
});
