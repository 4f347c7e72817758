// A rollback that got stuck under the policy to continue, at a moment in which no account can host the launch: whatever makes a match
// of none, somebody comes and looks.

import { expect, test } from "vitest";
import { sampleBlock } from "../../ports/store.samples.ts";
import type { Block } from "../account.ts";
import { DEFAULT_POLICY, type ResolvedBlueprint } from "../blueprint/model.ts";
import { accountId, deploymentId } from "../ids.ts";
import { seeksUntil } from "./rollback.ts";
import { askCancel } from "../people/requests.ts";
import { UNLIMITED } from "../market/amount.ts";
import type { MarketAccount } from "../market/market.ts";
import { by, fails, launched, PAIR, type World } from "../world/world.testsuite.ts";

const { undoMs, launchMs } = DEFAULT_POLICY.deadlines;

const GOING_ON: ResolvedBlueprint = { ...PAIR, policy: { ...DEFAULT_POLICY, onRollbackFailure: "continue" } };

const barred = (given: Partial<Block>): Block =>
  sampleBlock({ account: accountId("west"), realm: "*", size: "*", ...given });

/** With `west` out of reach when the rollback gets stuck. */
function waiting(bar: (world: World) => void): World {
  const world = launched(GOING_ON);
  world.bringUp("db");
  bar(world);
  world.answer("web", fails());
  world.pass(undoMs);
  expect(world.deployment.state).toBe("rollback_failed");
  return world;
}

const pause = (world: World): number => (world.deployment.wakeAt ?? Infinity) - world.now;

test("goes on when a refusal that is remembered has expired, in that moment", () => {
  const world = waiting((one) => {
    one.blocks = [barred({ until: one.now + undoMs + 7_000 })];
  });
  expect(pause(world)).toBe(7_000);
  world.pass(7_000);
  expect(world.path().slice(-2)).toEqual(["rollback_failed", "pending"]);
});

test("goes on when another launch has tried a refused offer for its time", () => {
  const world = waiting((one) => {
    const probe = { deployment: deploymentId("dep000000009"), until: one.now + undoMs + 9_000 };
    one.blocks = [barred({ until: one.now, probe })];
  });
  expect(pause(world)).toBe(9_000);
  world.pass(9_000);
  expect(world.path().slice(-2)).toEqual(["rollback_failed", "pending"]);
});

test.each<[string, (account: MarketAccount) => MarketAccount]>([
  ["is healthy again", (one) => ({ ...one, account: { ...one.account, health: "suspended" } })],
  ["is switched on", (one) => ({ ...one, account: { ...one.account, enabled: false } })],
  [
    "shows its machines again",
    (one) => ({ ...one, account: { ...one.account, alert: { text: "none is shown", realms: [] } } }),
  ],
  ["has been read", (one) => ({ ...one, offers: null })],
  ["has room again", (one) => ({ ...one, account: { ...one.account, limit: { ...UNLIMITED, instances: 1 } } })],
])("goes on within half a minute from when an account %s", (_, bar) => {
  let before: MarketAccount[] = [];
  const world = waiting((one) => {
    before = one.accounts;
    one.accounts = before.map((row) => (row.account.name === "west" ? bar(row) : row));
  });
  for (const _round of [1, 2, 3]) {
    expect(pause(world)).toBe(30_000);
    world.pass(30_000);
    expect(world.deployment.state).toBe("rollback_failed");
  }
  world.accounts = before;
  world.pass(30_000);
  expect(world.path().slice(-2)).toEqual(["rollback_failed", "pending"]);
});

/** Without any account but the one where it failed. */
const alone = (one: World): void => {
  one.accounts = one.accounts.filter(({ account }) => account.name === "east");
};
const told = (world: World) => world.events.flatMap(({ body }) => (body.kind === "seeking_ended" ? [body.reason] : []));
const moved = (world: World) =>
  world.events.flatMap(({ body }) =>
    body.kind === "deployment_moved" && body.to === "rollback_failed" ? [body.reason] : [],
  );

test("looks for an account until the launch's time is up, says so, and no longer", () => {
  const world = waiting(alone);
  const endsAt = world.deployment.createdAt + launchMs;
  expect(seeksUntil(world.deployment)).toBe(endsAt);
  expect(moved(world)).toEqual([
    "1 machine is not proven gone; going on elsewhere all the same, as soon as an account can host it",
  ]);
  world.now = endsAt - 10_000;
  world.settle();
  expect(world.deployment.wakeAt).toBe(endsAt);
  expect(told(world)).toEqual([]);
  world.pass(10_000);
  expect(world.deployment).toMatchObject({ state: "rollback_failed", wakeAt: null });
  expect(seeksUntil(world.deployment)).toBeNull();
  const why = "web: no host has room; the launch's time is up";
  expect([told(world), world.deployment.failure]).toEqual([[why], why]);
  // Whoever wakes it later tells it no second time.
  world.deployment = { ...world.deployment, wakeAt: world.now };
  world.pass(60_000);
  expect(told(world)).toHaveLength(1);
  world.haulBack();
  expect(world.deployment).toMatchObject({ state: "failed", failure: why });
});

test("looks for no account once it is cancelled", () => {
  const world = waiting(alone);
  world.ask(askCancel(world.snapshot(), by(world)));
  expect(seeksUntil(world.deployment)).toBeNull();
  world.settle();
  expect(told(world)).toEqual(["cancelled"]);
  world.haulBack();
  expect(world.deployment).toMatchObject({ state: "failed", failure: "cancelled" });
});

test("looks for no account after the last attempt, nor where nobody asked for it", () => {
  const ended = (policy: Partial<typeof DEFAULT_POLICY>): World => {
    const world = launched({ ...PAIR, policy: { ...DEFAULT_POLICY, ...policy } });
    world.bringUp("db");
    world.answer("web", fails());
    world.pass(undoMs);
    expect(world.deployment.state).toBe("rollback_failed");
    expect(seeksUntil(world.deployment)).toBeNull();
    expect(moved(world)).toEqual(["1 machine is not proven gone"]);
    return world;
  };
  const last = "web: no host has room; this was attempt 1, the last one allowed";
  expect(told(ended({ onRollbackFailure: "continue", maxAttempts: 1 }))).toEqual([last]);
  expect(told(ended({ onRollbackFailure: "stop" }))).toEqual([]);
});

test("looks for no account while its rollback is under way", () => {
  const world = waiting(alone);
  expect(seeksUntil({ ...world.deployment, state: "rollback_in_progress" })).toBeNull();
});
