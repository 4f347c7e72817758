import { expect, test } from "vitest";
import { at, sampleDeployment, sampleInstance, sampleMachine, START } from "./deployment.samples.ts";
import { bottlenecksOf, waitingOf } from "../../../../src/contract/waiting.ts";

const NOW = START + 60_000;
const booting = (name: string, since: number, dependsOn: readonly string[] = []) =>
  sampleInstance(name, {
    state: "pending",
    dependsOn: [...dependsOn],
    step: "boot",
    stepSince: at(since),
    deadlineAt: at(since + 300),
  });
const textOf = (given: Parameters<typeof sampleDeployment>[0], lastAt = NOW) =>
  waitingOf(sampleDeployment(given), NOW, lastAt)?.text;

test("says for whom, what it does, how long already and how long at most", () => {
  const instances = [booting("db", 18), sampleInstance("web", { dependsOn: ["db"] })];
  expect(textOf({ instances })).toBe("Waiting for db: booting 42 s of at most 5 min");
  expect(textOf({ instances }, NOW - 4_000)).toBe("Still waiting for db: booting 42 s of at most 5 min");
});

test("a rollback waits for all but what is kept in quarantine", () => {
  const gone = { undoAskedAt: at(10) };
  const kept = sampleMachine("b", { instance: "web", quarantinedUntil: at(14_400) });
  const machines = [sampleMachine("a", gone), kept];
  expect(textOf({ state: "rollback_in_progress", machines })).toBe("Waiting until nothing is left of db, for 50 s");
});

test("what cannot go on is said before all else", () => {
  const parked = { text: "the database is too busy", since: at(1), tries: 2, nextTryAt: at(70) };
  expect(textOf({ parked, instances: [booting("db", 18)] })).toBe(
    "Slipway cannot go on with it and tries again: the database is too busy",
  );
});

test("names first the one that holds up most others, then the one that is at it longest", () => {
  const instances = [
    booting("cache", 1),
    booting("db", 30),
    sampleInstance("app", { dependsOn: ["db"] }),
    sampleInstance("web", { dependsOn: ["app"] }),
    booting("log", 2),
  ];
  expect(textOf({ instances })).toMatch(/^Waiting for db: .*; also for cache and log$/);
  expect(bottlenecksOf(sampleDeployment({ instances }))).toEqual(new Set(["db"]));
});

test("all that are waited for alike are marked, and nobody where nobody waits", () => {
  const marked = (given: Parameters<typeof sampleDeployment>[0]) => [...bottlenecksOf(sampleDeployment(given))];
  const apps = [booting("app-1", 1), booting("app-2", 1), booting("log", 1)];
  const web = sampleInstance("web", { dependsOn: ["app-1", "app-2"] });
  expect(marked({ instances: [...apps, web] })).toEqual(["app-1", "app-2"]);
  expect(marked({ instances: apps })).toEqual([]);
  expect(marked({ instances: apps.slice(2) })).toEqual(["log"]);
  expect(marked({ instances: apps.slice(2), state: "running" })).toEqual([]);
});

test("says what is usual there, once it is known", () => {
  const usual = (usualMs: number) => textOf({ instances: [{ ...booting("db", 18), usualMs }] });
  expect(usual(30_400)).toBe("Waiting for db: booting 42 s, usually 30 s, at most 5 min");
  expect(usual(300)).toBe("Waiting for db: booting 42 s, usually under 1 s, at most 5 min");
});

test("a call that failed tells which try comes when, and why", () => {
  const fault = {
    class: "throttle",
    scope: "account",
    effect: "none",
    retryAfterMs: null,
    code: "429",
    requestId: null,
  };
  const machine = sampleMachine("m1", {
    failures: 2,
    callAt: at(63),
    fault: { ...fault, class: "throttle", scope: "account", effect: "none", text: "slow down" },
  });
  const instances = [{ ...booting("db", 50), machine: "m1" }];
  expect(textOf({ instances, machines: [machine] })).toBe(
    "Waiting for db: booting 10 s of at most 5 min, try 3 in 3 s: slow down",
  );
});

test("a rollback waits until nothing is left, of the oldest undo", () => {
  const machines = ["m1", "m2", "m3", "m4", "m5"].map((id, place) =>
    sampleMachine(id, { instance: `app-${place + 1}`, undoAskedAt: at(50 - place), open: place !== 4 }),
  );
  expect(textOf({ state: "rollback_in_progress", machines })).toBe(
    "Waiting until nothing is left of app-4, app-3, app-2 and 1 more, for 13 s",
  );
});

test("a member that is replaced is waited for until its machine is gone, and nobody for one that is debt", () => {
  const machine = (id: string, given: Parameters<typeof sampleMachine>[1]) =>
    sampleMachine(id, { instance: id, open: true, ...given });
  const machines = [machine("web", {}), machine("db", { undoAskedAt: at(20) })];
  const instances = [sampleInstance("web", { ready: true }), sampleInstance("db", { state: "shutting_down" })];
  const replacing = sampleDeployment({ state: "incomplete", undoBy: null, instances, machines });
  expect(waitingOf(replacing, NOW, NOW)).toEqual({
    text: "Waiting until nothing is left of db, for 40 s",
    instances: ["db"],
  });
  const owed = machines.map((one) => ({ ...one, debtSince: one.undoAskedAt }));
  expect(waitingOf({ ...replacing, machines: owed }, NOW, NOW)).toBeNull();
});

test("machines of one instance are told apart by their attempts", () => {
  const of = (attempt: number) => sampleMachine(`m${attempt}`, { instance: "db", attempt, undoAskedAt: at(50) });
  expect(textOf({ state: "shutting_down", machines: [of(1), of(2)] })).toBe(
    "Waiting until nothing is left of db of attempt 1 and db of attempt 2, for 10 s",
  );
});

test("what is stuck says what it may cost and when it is tried again", () => {
  const machines = [sampleMachine("m1", { debtSince: at(30), callAt: at(72) })];
  const debt = { count: 1, perHour: 0.02, total: 0.01, unpriced: 0, why: "db: it is locked" };
  expect(textOf({ state: "rollback_failed", machines, debt })).toBe(
    "1 machine is not proven gone, at $0.020 per hour; next try in 12 s",
  );
});

test("what is stuck and goes on elsewhere says until when it waits for an account", () => {
  const debt = { count: 1, perHour: 0.02, total: 0.01, unpriced: 0, why: "db: it is locked" };
  expect(textOf({ state: "rollback_failed", debt, seeksUntil: at(60 + 150) })).toBe(
    "Waiting for an account that can host it, for 2 min 30 s at most; meanwhile 1 machine is not proven gone, at $0.020 per hour",
  );
});

test("at rest nothing is waited for", () => {
  const states = ["running", "stopped", "failed"] as const;
  expect(states.map((state) => textOf({ state }))).toEqual([undefined, undefined, undefined]);
  expect(textOf({ state: "incomplete", instances: [sampleInstance("web", { state: "error" })] })).toBeUndefined();
});
