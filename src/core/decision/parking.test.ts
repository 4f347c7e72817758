import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { sampleDeployment } from "../../ports/store.samples.ts";
import { nextDeadline } from "./decide.ts";
import { type Deployment, STUCK_TRIES } from "../deployment.ts";
import { park } from "./parking.ts";
import { askRetryInstance } from "../people/requests.ts";
import { by, fails, launched, PAIR, up } from "../world/world.testsuite.ts";

const NOW = 1_000_000;
const TEXT = "a mistake";

/** So many tries, each as soon as it is due. */
function tried(
  times: number,
  deadlineAt: number | null = null,
): { deployment: Deployment; pauses: number[]; told: number[] } {
  let deployment = sampleDeployment();
  let now = NOW;
  const pauses: number[] = [];
  const told: number[] = [];
  for (let n = 0; n < times; n += 1) {
    for (const changes of park(deployment, now, { text: TEXT, deadlineAt })) {
      ({ deployment } = changes);
      told.push(...changes.events.flatMap(({ body }) => (body.kind === "parked" ? [body.tries] : [])));
    }
    pauses.push((deployment.wakeAt ?? 0) - now);
    now = deployment.wakeAt ?? 0;
  }
  return { deployment, pauses, told };
}

describe("a deployment for which nothing can be decided", () => {
  test("is tried again after a second at most, then later and later, and every five minutes at least for ever", () => {
    const { pauses, deployment } = tried(40);
    const most = pauses.map((_, n) => Math.min(300_000, 1_000 * 2 ** n));
    for (const [n, pause] of pauses.entries()) {
      expect(pause).toBeLessThanOrEqual(most[n] ?? 0);
      expect(pause).toBeGreaterThanOrEqual((most[n] ?? 0) / 2);
    }
    expect(deployment.parked).toEqual({ since: NOW, tries: 40, text: TEXT });
  });

  test("sleeps over no deadline, and one that is over does not make it come at once", () => {
    const [early] = park(sampleDeployment(), NOW, { text: TEXT, deadlineAt: NOW + 5 });
    expect(early?.deployment.wakeAt).toBe(NOW + 5);
    const [late] = park(sampleDeployment(), NOW, { text: TEXT, deadlineAt: NOW });
    expect(late?.deployment.wakeAt).toBeGreaterThan(NOW + 400);
  });

  test("is told when it begins and when it has lasted for minutes, and at no other try", () => {
    const { told, deployment } = tried(30);
    expect(told).toEqual([1, 9]);
    expect(deployment.eventNo).toBe(sampleDeployment().eventNo + 2);
    const { pauses } = tried(STUCK_TRIES - 1);
    expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBeGreaterThan(2 * 60_000);
  });
});

test("the next deadline is the soonest that is ahead, of the launch or a step, and in the end of none", () => {
  const world = launched(PAIR);
  const { launchMs, createMs } = world.deployment.blueprint.policy.deadlines;
  const { createdAt } = world.deployment;
  expect(nextDeadline(world.snapshot(), world.now)).toBe(world.now + createMs);
  expect(nextDeadline(world.snapshot(), world.now + createMs)).toBe(createdAt + launchMs);
  expect(nextDeadline(world.snapshot(), createdAt + launchMs)).toBeNull();
});

test("the next deadline of what is being undone is the undo's", () => {
  const world = launched(PAIR);
  world.bringUp("db");
  world.answer("web", fails());
  expect(world.deployment.state).toBe("rollback_in_progress");
  const { undoMs } = world.deployment.blueprint.policy.deadlines;
  expect(nextDeadline(world.snapshot(), world.now)).toBe(world.now + undoMs);
});

test("the next deadline of a launch that seeks an account is the launch's, and of a member that is tried again the undo's", () => {
  const continues = { ...PAIR, policy: { ...DEFAULT_POLICY, onRollbackFailure: "continue" as const } };
  const seeking = launched(continues, { accounts: ["east"] });
  seeking.bringUp("db");
  seeking.answer("web", fails());
  seeking.pass(DEFAULT_POLICY.deadlines.undoMs);
  expect(seeking.deployment.state).toBe("rollback_failed");
  expect(nextDeadline(seeking.snapshot(), seeking.now)).toBe(
    seeking.deployment.createdAt + DEFAULT_POLICY.deadlines.launchMs,
  );
  const retried = up(PAIR);
  retried.see("web", "error");
  retried.ask(askRetryInstance(retried.snapshot(), { ...by(retried), instance: "web" }));
  expect(nextDeadline(retried.snapshot(), retried.now)).toBe(retried.now + DEFAULT_POLICY.deadlines.undoMs);
});

test("a decision that comes to something ends it, and what is recorded meanwhile does not", () => {
  const world = launched(PAIR);
  const parked = { since: 1, tries: 3, text: TEXT };
  world.deployment = { ...world.deployment, parked };
  world.atOnce(() => {
    world.see("db", "running");
    expect(world.deployment.parked).toEqual(parked);
  });
  expect(world.deployment.parked).toBeNull();
});
