// Faults at every step of a launch, a rollback, a stop and a repair. The steps are not written down: each story is played once to see which
// calls are made and which points its process comes to, and then once more for everything that can go wrong with each of them.

import { expect, test } from "vitest";
import type { CallFault } from "../datacentre/src/fault.ts";
import type { Operation } from "../datacentre/src/cloud-api.ts";
import type { DeploymentState } from "../src/core/states.ts";
import { TRAITS } from "./drawn-clouds.ts";
import type { CallWatch } from "./fenced.ts";
import { play } from "./run.ts";
import { LAUNCH_MS, plainBlueprint, plainPlan, plainScenario } from "./scenario.samples.ts";
import { type Mishap, type Point, POINTS, type Scenario } from "./scenario.ts";

/** What a call of ours asks of the cloud. */
const OPERATION: Readonly<Record<Parameters<CallWatch>[0], Operation>> = {
  create: "create",
  lookup: "findByName",
  look: "get",
  start: "start",
  reboot: "reboot",
  console: "console",
  destroy: "remove",
  list: "list",
  probe: "probe",
  realms: "realms",
  sizes: "sizes",
  usage: "usage",
  image: "images",
  lacks: "things",
};

const PAST_DEADLINE_MS = TRAITS.callTimeoutMs.create + 1_000;

const TROUBLE: Readonly<Record<string, CallFault>> = {
  "fails and nothing was done": { kind: "refuse", code: "internal_error" },
  "is refused for lack of room": { kind: "refuse", code: "insufficient_capacity" },
  "fails and was done": { kind: "error_but_done" },
  "is done twice": { kind: "duplicate", gapMs: 100 },
  "gets lost": { kind: "lose_request" },
  "loses its answer": { kind: "lose_answer" },
  "is answered past its deadline": { kind: "delay", ms: PAST_DEADLINE_MS },
  "is done late, and never answered": { kind: "late_effect", ms: 3_000 },
};

const HOUR_MS = 3_600_000;

/** Long enough for a launch, so that a fault stands until its step is reached. */
const LAUNCHED_MS = 30_000;

const refused: Mishap = {
  kind: "fault",
  atMs: 0,
  forMs: LAUNCHED_MS,
  cloud: "east",
  rule: {
    on: "create",
    when: { name: "sw-dep000000001-a1-i2-t1" },
    do: { kind: "refuse", code: "insufficient_capacity" },
  },
};
const stopped: Mishap = { kind: "act", atMs: 0, launch: 0, ask: "stop", inState: "running", pick: 0 };

const twoStep = [plainPlan("east", 0, { twoStep: true, tokens: "off", uniqueNames: true }), plainPlan("west", 1)];

const careless = [plainPlan("east", 0, { tokens: "off", uniqueNames: false }), plainPlan("west", 1)];

/** `i1` dies once all runs, and with it goes what `i2` was told. */
const dies: Mishap = { kind: "accident", atMs: LAUNCHED_MS, cloud: "east", pick: 0, to: "error" };
/** A machine that dies is seen with the account's next list, and only then is there a step. */
const REPAIRED_MS = 150_000;

function healing(): Scenario["launches"] {
  const blueprint = plainBlueprint();
  const instances = blueprint.instances.map((one) => ({
    ...one,
    userData:
      one.name === "i2"
        ? [{ kind: "instance", instances: ["i1"], attribute: "privateAddress" } as const]
        : one.userData,
    repair: { ...one.repair, mode: "replace" as const, cascade: true },
  }));
  return [{ atMs: LAUNCH_MS, blueprint: { ...blueprint, instances }, partial: false }];
}

interface Story {
  readonly given: Partial<Scenario>;
  /** What can go wrong is what is done from then on. Default: everything. */
  readonly fromMs?: number;
  readonly untilMs?: number;
  /** Where it ends, whatever goes wrong at one step. */
  readonly end: DeploymentState;
}

const STORIES: Readonly<Record<string, Story>> = {
  launch: { given: {}, end: "running" },
  "launch where machines are made stopped": { given: { clouds: twoStep }, end: "running" },
  "launch where no token and no name keeps from making two": { given: { clouds: careless }, end: "running" },
  rollback: { given: { mishaps: [refused] }, end: "running" },
  stop: { given: { mishaps: [stopped] }, end: "stopped" },
  repair: {
    given: { launches: healing(), mishaps: [dies] },
    fromMs: LAUNCHED_MS,
    untilMs: REPAIRED_MS,
    end: "running",
  },
};

interface Steps {
  readonly calls: ReadonlyMap<Operation, number>;
  readonly points: ReadonlyMap<Point, number>;
}

/** What is left to do once the last call but lists has been made. */
const CLOSING_MS = 1_000;

async function stepsOf(scenario: Scenario, fromMs: number): Promise<Steps> {
  const calls = new Map<Operation, number>();
  const reached: { readonly point: Point; readonly atMs: number }[] = [];
  let nowMs = 0;
  let lastMs = LAUNCH_MS;
  const { findings } = await play(scenario, {
    onCall(call) {
      if (nowMs < fromMs) return;
      calls.set(OPERATION[call], (calls.get(OPERATION[call]) ?? 0) + 1);
      if (call !== "list") lastMs = reached.at(-1)?.atMs ?? LAUNCH_MS;
    },
    onPoint(point, atMs) {
      nowMs = atMs;
      if (atMs >= hitsFrom(fromMs)) reached.push({ point, atMs });
    },
  });
  expect(findings).toEqual([]);
  const points = Map.groupBy(
    reached.filter(({ atMs }) => atMs <= lastMs + CLOSING_MS),
    ({ point }) => point,
  );
  return { calls, points: new Map([...points].map(([point, all]) => [point, all.length])) };
}

/** Who dies before the accounts are known keeps the launch from finding one, and that is no step of it. */
const hitsFrom = (fromMs: number): number => Math.max(fromMs, LAUNCH_MS);

/** Each trouble as a mishap, with its name. */
function* troubles(
  { calls, points }: Steps,
  { fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number },
): Generator<{ readonly name: string; readonly mishap: Mishap }> {
  for (const [on, count] of calls) {
    for (let nth = 1; nth <= count; nth += 1) {
      for (const [what, fault] of Object.entries(TROUBLE)) {
        const rule = { on, when: { nth }, do: fault };
        yield {
          name: `${on} ${nth} ${what}`,
          mishap: { kind: "fault", atMs: fromMs, forMs: untilMs - fromMs, cloud: "east", rule },
        };
      }
    }
  }
  const atMs = hitsFrom(fromMs);
  for (const point of POINTS) {
    for (let skip = 0; skip < (points.get(point) ?? 0); skip += 1) {
      const hit = { atMs, worker: 0, point, skip };
      yield { name: `death at ${point} ${skip}`, mishap: { kind: "crash", ...hit, forMs: 2_000 } };
      // Forward, so that every deadline is over, or back, so that nothing is due.
      const clock: Mishap = {
        kind: "clock",
        atMs,
        byMs: skip % 2 === 0 ? 6 * HOUR_MS : -3 * HOUR_MS,
        hit: { worker: 0, point, skip },
      };
      if (point === "statement") yield { name: `clock set at ${point} ${skip}`, mishap: clock };
      if (point === "statement" || point === "committed") {
        const cut: Mishap = { kind: "cut", atMs, worker: 0, point, skip };
        yield { name: `connection cut at ${point} ${skip}`, mishap: cut };
      }
      // Longer than any claim holds: somebody else has taken over by then.
      if (point !== "statement") {
        yield { name: `standing still at ${point} ${skip}`, mishap: { kind: "pause", ...hit, forMs: 30_000 } };
      }
    }
  }
}

const HIT = /^(?:death|standing still|cut|clock): /;

test.each(Object.entries(STORIES))(
  "%s: whatever goes wrong at whichever step, nothing is lost or doubled",
  { timeout: 600_000 },
  async (_, { given, fromMs = 0, untilMs = LAUNCHED_MS, end }) => {
    // Does nothing but keep the world from becoming good before the story is over.
    const lasting: Mishap = { kind: "deaf", atMs: 0, forMs: untilMs, probability: 0 };
    const story = plainScenario({ ...given, mishaps: [lasting, ...(given.mishaps ?? [])] });
    const steps = await stepsOf({ ...story, clearsUp: false }, fromMs);
    expect(steps.calls.get("create")).toBeGreaterThanOrEqual(2);
    expect(steps.points.get("committed")).toBeGreaterThan(10);
    const wrong: unknown[] = [];
    for (const { name, mishap } of troubles(steps, { fromMs, untilMs })) {
      const mishaps = [...story.mishaps, mishap];
      const played = await play({ ...story, mishaps, workers: mishap.kind === "pause" ? 2 : 1 });
      const { findings, ends, injected } = played;
      // A call is counted at all clouds together, and a point of two processes is either's, so some find nobody.
      const struck =
        mishap.kind === "fault" || mishap.kind === "pause" || Object.keys(injected).some((kind) => HIT.test(kind));
      if (findings.length > 0 || ends[0] !== end || !struck) wrong.push({ name, ends, findings, struck });
    }
    expect(wrong).toEqual([]);
  },
);
