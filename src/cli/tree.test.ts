import { expect, test } from "vitest";
import type { Deployment } from "../contract/deployment.ts";
import { coloured, plain, widthOf } from "./print.ts";
import {
  at,
  CAPACITY,
  SAMPLE_TIME,
  sampleAttempt,
  sampleDeployment,
  sampleInstance,
  sampleMachine,
} from "./replies.samples.ts";
import { indented, treeLines } from "./tree.ts";

const lines = (deployment: Deployment, width: number, seconds = 72) =>
  treeLines(deployment, { now: SAMPLE_TIME + seconds * 1000, width, height: Infinity, paint: plain });

/** The second attempt of a shop: the database is up, one of two app servers boots, the other was throttled. */
const underWay = sampleDeployment({
  attempt: 2,
  maxAttempts: 3,
  attempts: [
    sampleAttempt({
      outcome: "failed",
      endedAt: at(42),
      reason: "app-1: no room for m.large",
      failedInstance: "app-1",
      fault: CAPACITY,
    }),
    sampleAttempt({ no: 2, account: "west", realm: "west-1", startedAt: at(45), hourlyCost: 0.16 }),
  ],
  instances: [
    sampleInstance({ state: "running", ready: true, privateAddress: "10.0.0.4", machine: "m-db" }),
    sampleInstance({
      name: "app-1",
      state: "pending",
      dependsOn: ["db"],
      machine: "m-app-1",
      step: "boot",
      stepSince: at(60),
      deadlineAt: at(660),
    }),
    sampleInstance({
      name: "app-2",
      state: "pending",
      dependsOn: ["db"],
      machine: "m-app-2",
      step: "create",
      stepSince: at(60),
      deadlineAt: at(360),
    }),
    sampleInstance({ name: "web", dependsOn: ["app-1", "app-2"] }),
    sampleInstance({ name: "mail" }),
  ],
  machines: [
    sampleMachine({ id: "m-db" }),
    sampleMachine({ id: "m-app-1", instance: "app-1" }),
    sampleMachine({
      id: "m-app-2",
      instance: "app-2",
      state: "intent",
      call: "create",
      callAt: at(75),
      failures: 2,
      fault: { ...CAPACITY, class: "throttle", text: "rate exceeded" },
    }),
  ],
  cost: { total: 0.0123, perHour: 0.12, failedAttempts: 0.01, unpriced: 0, unpricedNow: 0 },
});

test("a launch under way, on 80 columns", () => {
  expect(lines(underWay, 80)).toEqual([
    "◐ shop  pending  1 min 12 s, $0.0123 so far",
    "  ✗ attempt 1 at east (east-1) failed after 42 s: app-1: no room for m.large",
    "  ◐ attempt 2 of at most 3 at west (west-1), 27 s, $0.1600 per hour",
    "  ● db       running, ready, 10.0.0.4",
    "    ◐ app-1  pending, booting 12 s of at most 10 min",
    "    ◐ app-2  pending, asking the cloud 12 s of at most 5 min, try 3 in 3 s, rate",
    "             exceeded",
    "      ○ web  new, waits for app-1, app-2",
    "  ○ mail     new",
    "Waiting for app-1 (boot, 12 s), app-2 (create, 12 s)",
  ]);
});

test("a launch under way, on 40 columns", () => {
  expect(lines(underWay, 40)).toEqual([
    "◐ shop  pending  1 min 12 s, $0.0123 so…",
    "  ✗ attempt 1 at east (east-1) failed",
    "      after 42 s: app-1: no room for",
    "      m.large",
    "  ◐ attempt 2 of at most 3 at west",
    "      (west-1), 27 s, $0.1600 per hour",
    "  ● db       running, ready, 10.0.0.4",
    "    ◐ app-1  pending, booting 12 s of at",
    "             most 10 min",
    "    ◐ app-2  pending, asking the cloud",
    "             12 s of at most 5 min, try",
    "             3 in 3 s, rate exceeded",
    "      ○ web  new, waits for app-1, app-2",
    "  ○ mail     new",
    "Waiting for app-1 (boot, 12 s), app-2",
    "(create, 12 s)",
  ]);
});

const LONG = "the-longest-name-that-people-may-give-to-anything-in-a-blueprint";
const longNames = sampleDeployment({
  ...underWay,
  name: LONG,
  instances: underWay.instances.map((instance) => ({
    ...instance,
    name: `${LONG}-${instance.name}`,
    dependsOn: instance.dependsOn.map((name) => `${LONG}-${name}`),
  })),
});

const WIDTHS = Array.from({ length: 27 }, (_, place) => 20 + 3 * place);

test.each([plain, coloured])("no line is wider than the terminal and there are no more than it has", (paint) => {
  for (const width of WIDTHS) {
    const drawn = (height: number) =>
      [underWay, longNames].map((deployment) => treeLines(deployment, { now: SAMPLE_TIME, width, height, paint }));
    const wide = drawn(Infinity).flat();
    expect(
      wide.filter((line) => widthOf(line) > width),
      `${width} columns`,
    ).toEqual([]);
    const high = [1, 4, 8, 23].flatMap((height) => drawn(height).filter((lines) => lines.length > height));
    expect(high, `${width} columns`).toEqual([]);
  }
});

test("on 60 columns a long name leaves room for what is said of its instance", () => {
  const shown = lines(longNames, 60);
  expect(shown[0]).toBe("◐ the-longest-name-that-people-may…g-in-a-blueprint  pending");
  expect(shown.filter((line) => /^ +[●◐○] /.test(line)).map((line) => line.trim())).toEqual([
    "◐ attempt 2 of at most 3 at west (west-1), 27 s, $0.1600",
    "● the-longest-name-th…ueprint-db  running, ready, 10.0.0.4",
    "◐ the-longest-name-t…int-app-1  pending, booting 12 s of",
    "◐ the-longest-name-t…int-app-2  pending, asking the",
    "○ the-longest-name-…rint-web  new, waits for",
    "○ the-longest-name-th…print-mail  new",
  ]);
});

test("on a low terminal earlier attempts are counted, and the last one has one line", () => {
  const frame = { now: SAMPLE_TIME + 72_000, width: 60, paint: plain };
  expect(treeLines(underWay, { ...frame, height: 5 }).slice(0, 3)).toEqual([
    "◐ shop  pending  1 min 12 s, $0.0123 so far",
    "  ✗ 1 attempt before",
    "  ◐ attempt 2 of at most 3 at west (west-1), 27 s, $0.1600",
  ]);
});

test("a rollback says what is still there", () => {
  const back = sampleDeployment({
    state: "rollback_in_progress",
    attempts: [sampleAttempt({ outcome: "failed", endedAt: at(42), reason: "app: no room for m.large" })],
    instances: [
      sampleInstance({ state: "shutting_down", since: at(43), machine: "m-db" }),
      sampleInstance({ name: "app", state: "create_failed", dependsOn: ["db"], fault: CAPACITY }),
      sampleInstance({ name: "web", state: "stopped" }),
    ],
    machines: [
      sampleMachine({ id: "m-db", call: "destroy", callAt: at(70), failures: 1, fault: { ...CAPACITY, text: "busy" } }),
      sampleMachine({ id: "m-app", instance: "app", state: "refused", open: false }),
    ],
  });
  expect(lines(back, 80)).toEqual([
    "↺ shop  rollback_in_progress  1 min 12 s",
    "  ✗ attempt 1 at east (east-1) failed after 42 s: app: no room for m.large",
    "  ↺ db     shutting_down, 29 s, try 2, busy",
    "    ✗ app  create_failed, no room for m.large",
    "  ■ web    stopped",
    "Waiting until nothing is left of db",
  ]);
});

test("a stuck rollback says what it costs and what to do", () => {
  const stuck = sampleDeployment({
    state: "rollback_failed",
    attempts: [],
    instances: [sampleInstance({ state: "error", fault: { ...CAPACITY, text: "delete refused" } })],
    debt: { count: 1, perHour: 0.04, total: 0.01, unpriced: 0, why: "db: it is locked" },
    actions: ["cancel", "retry_rollback"],
  });
  expect(lines(stuck, 200).slice(1)).toEqual([
    "  ✗ db  error, delete refused",
    "The rollback is stuck: 1 machine is not proven gone, at $0.0400 per hour (db: it is locked); Slipway goes on trying. At once: slipway retry-rollback shop, or with --skip MACHINE without waiting for it",
  ]);
});

test("a stuck rollback that goes on elsewhere says until when it waits for an account", () => {
  const debt = { count: 1, perHour: 0.04, total: 0.01, unpriced: 0, why: "db: it is locked" };
  const seeking = (seeksUntil: string) =>
    lines(
      sampleDeployment({ state: "rollback_failed", attempts: [], instances: [], debt, actions: [], seeksUntil }),
      200,
    ).at(-1);
  const owed =
    "The rollback is stuck: 1 machine is not proven gone, at $0.0400 per hour (db: it is locked); Slipway goes on trying";
  const meanwhile = "Meanwhile it waits for an account that can host it, for another";
  expect(seeking(at(72 + 61))).toBe(`${owed}. ${meanwhile} 1 min 01 s at most`);
  expect(seeking(at(0))).toBe(`${owed}. ${meanwhile} 0 s at most`);
});

test("what is rolled back says why, and that the next account is chosen unless it was cancelled", () => {
  const last = (given: Partial<Deployment>) =>
    lines(sampleDeployment({ state: "rollback_complete", instances: [], failure: "db: no room", ...given }), 200).at(
      -1,
    );
  expect(last({})).toBe("Reason: db: no room. Choosing the next account");
  expect(last({ cancelAskedAt: at(1) })).toBe("Reason: db: no room");
});

test("the clock of a launch that is over stands still", () => {
  const done = sampleDeployment({
    state: "running",
    allRunningAt: at(90),
    attempts: [sampleAttempt({ outcome: "succeeded", endedAt: at(90) })],
    instances: [
      sampleInstance({ state: "running", ready: true, publicAddress: "192.0.2.7", privateAddress: "10.0.0.4" }),
    ],
    cost: { total: 0.5, perHour: 0.12, failedAttempts: 0, unpriced: 0, unpricedNow: 0 },
  });
  expect(lines(done, 80, 100_000)).toEqual([
    "● shop  running after 1 min 30 s, $0.5000 so far",
    "  ● attempt 1 at east (east-1) succeeded after 1 min 30 s",
    "  ● db  running, ready, 192.0.2.7",
    "All ready, $0.1200 per hour",
  ]);
});

test("what is waited for follows the readiness check and a doubt", () => {
  const waiting = (given: Parameters<typeof sampleInstance>[0]) =>
    sampleInstance({ stepSince: at(60), machine: "m-db", ...given });
  const instances = [
    waiting({ name: "a", state: "running", step: "ready", readiness: { kind: "tcp", port: 5432 } }),
    waiting({
      name: "b",
      state: "running",
      step: "ready",
      readiness: { kind: "http", port: 80, path: "/up" },
      probeAnswer: "401",
    }),
    waiting({ name: "c", state: "running", step: "ready", readiness: { kind: "callback" } }),
    waiting({ name: "d", state: "stopped", step: "start" }),
    waiting({ name: "e", state: "pending", step: "create", machine: "m-doubt" }),
  ];
  const machines = [sampleMachine({ id: "m-db" }), sampleMachine({ id: "m-doubt", state: "in_doubt" })];
  expect(lines(sampleDeployment({ instances, machines, attempts: [] }), 80).slice(1, 6)).toEqual([
    "  ◐ a  running, waiting for port 5432 12 s",
    "  ◐ b  running, waiting for http port 80/up 12 s, last answer: 401",
    "  ◐ c  running, waiting for its call 12 s",
    "  ◐ d  stopped, starting 12 s",
    "  ◐ e  pending, no clear answer, looking for it 12 s",
  ]);
});

test("a cloud's text cannot drive the terminal", () => {
  const fault = { ...CAPACITY, text: "bad\u001B[2J\nnews" };
  const hostile = sampleDeployment({ attempts: [], instances: [sampleInstance({ state: "error", fault })] });
  expect(lines(hostile, 80)[1]).toBe("  ✗ db  error, bad news");
});

test("an instance stands under the deepest of what it depends on", () => {
  const named = (name: string, ...dependsOn: string[]) => sampleInstance({ name, dependsOn });
  const rows = indented([named("a"), named("b"), named("c", "a"), named("d", "c", "b"), named("e", "b")]);
  expect(rows.map(({ instance, depth }) => `${depth}${instance.name}`)).toEqual(["0a", "1c", "2d", "0b", "1e"]);
});

test("on a low terminal what is ready and what is new is only counted", () => {
  const frame = { now: SAMPLE_TIME + 72_000, width: 80, paint: plain };
  const shown = (height: number) => treeLines(underWay, { ...frame, height }).slice(3);
  expect(shown(10)).toEqual(lines(underWay, 80).slice(3));
  expect(shown(9)).toEqual([
    "    ◐ app-1  pending, booting 12 s of at most 10 min",
    "    ◐ app-2  pending, asking the cloud 12 s of at most 5 min, try 3 in 3 s, rate",
    "             exceeded",
    "  ● 1 ready",
    "  ○ 2 new",
    "Waiting for app-1 (boot, 12 s), app-2 (create, 12 s)",
  ]);
  expect(shown(5)).toHaveLength(2);
});

test("of more than fit, the failed and the first are shown, and the rest is counted", () => {
  const group = Array.from({ length: 50 }, (_, index) =>
    index === 40
      ? sampleInstance({ name: `a-${index + 1}`, state: "create_failed", fault: CAPACITY })
      : sampleInstance({
          name: `a-${index + 1}`,
          state: "pending",
          step: "boot",
          stepSince: at(60),
          ready: index === 2,
        }),
  );
  const after = sampleInstance({ name: "b", dependsOn: group.map(({ name }) => name) });
  const many = sampleDeployment({ attempts: [], instances: [...group, after] });
  const frame = { now: SAMPLE_TIME + 72_000, width: 100, paint: plain };
  expect(treeLines(many, { ...frame, height: 9 })).toEqual([
    "◐ shop  pending  1 min 12 s",
    "  ◐ a-1   pending, booting 12 s",
    "  ◐ a-2   pending, booting 12 s",
    "  ✗ a-41  create_failed, no room for m.large",
    "  ● 1 ready",
    "  ◐ 46 more",
    "  ○ 1 new",
    "Waiting for a-1 (boot, 12 s), a-2 (boot, 12 s), a-3 (boot, 12 s), a-4 (boot, 12 s), a-5 (boot, 12 s)",
    "and 44 more",
  ]);
  expect(lines(many, 100)).toContain("    ○ b   new, waits for a-1, a-2, a-4, a-5, a-6 and 44 more");
});

test("a launch that ended says why once", () => {
  const attempts = [sampleAttempt({ outcome: "failed", reason: "db: no room", endedAt: at(5) })];
  const over = sampleDeployment({ state: "failed", failure: "db: no room", attempts, instances: [], endedAt: at(9) });
  expect(lines(over, 80)).toEqual([
    "✗ shop  failed after 9 s",
    "  ✗ attempt 1 at east (east-1) failed after 5 s: db: no room",
    "Reason: db: no room",
  ]);
});

const cancelled = (given: Partial<Deployment> = {}) =>
  sampleDeployment({
    state: "failed",
    cancelAskedAt: at(4),
    failure: "cancelled",
    attempts: [sampleAttempt({ outcome: "cancelled", reason: "cancelled", endedAt: at(5) })],
    instances: [],
    machines: [sampleMachine({ state: "gone", open: false })],
    endedAt: at(9),
    ...given,
  });

test("a cancelled launch has not failed, and nothing is left only where that is so", () => {
  expect(lines(cancelled(), 80)).toEqual([
    "■ shop  cancelled after 9 s",
    "  ■ attempt 1 at east (east-1) cancelled after 5 s",
    "Nothing is left of it",
  ]);
  expect(lines(cancelled({ machines: [sampleMachine()] }), 80)).not.toContain("Nothing is left of it");
});

test("what ended with machines that are not proven gone does not look like what is at rest", () => {
  const debt = { count: 2, perHour: 0.04, total: 0.01, unpriced: 0, why: "db: it is locked" };
  const owing = "2 machines are not proven gone, at $0.0400 per hour (db: it is locked); Slipway goes on trying";
  const shown = (given: Partial<Deployment>) => {
    const all = lines(sampleDeployment({ attempts: [], instances: [], endedAt: at(9), debt, ...given }), 200);
    return [all[0], all.at(-1)];
  };
  expect(shown({ state: "stopped" })).toEqual(["! shop  stopped after 9 s", owing]);
  expect(lines(cancelled({ debt }), 200)).toEqual([
    "! shop  cancelled after 9 s",
    "  ■ attempt 1 at east (east-1) cancelled after 5 s",
    owing,
  ]);
  const beside = shown({
    state: "running",
    allRunningAt: at(3),
    cost: { total: 0, perHour: 0.1, failedAttempts: 0, unpriced: 0, unpricedNow: 0 },
  });
  expect(beside).toEqual(["● shop  running after 3 s", `All ready, $0.1000 per hour. ${owing}`]);
});

test("a partial launch has settled in part", () => {
  const attempts = [sampleAttempt({ outcome: "succeeded", reason: "app: no room", endedAt: at(5) })];
  const part = sampleDeployment({
    state: "incomplete",
    since: at(5),
    failure: "app: no room",
    attempts,
    instances: [],
  });
  expect(lines(part, 80)).toEqual([
    "◒ shop  incomplete after 5 s",
    "  ◒ attempt 1 at east (east-1) settled in part after 5 s",
    "Reason: app: no room",
  ]);
});

test("what nothing can be decided for says why, how often it was tried and when it is tried again, in a sentence", () => {
  const text = "a mistake of its own, which its log tells in full";
  const parked = { text, since: at(3), tries: 4, nextTryAt: at(18) };
  expect(lines(sampleDeployment({ parked, instances: [] }), 200, 8)).toContain(
    `Slipway cannot go on with it: ${text}. 4 tries in 5 s, the next in 10 s`,
  );
  const due = { ...parked, tries: 1, nextTryAt: at(8) };
  expect(lines(sampleDeployment({ parked: due, instances: [] }), 200, 8)).toContain(
    `Slipway cannot go on with it: ${text}. 1 try in 5 s, the next is due`,
  );
});
