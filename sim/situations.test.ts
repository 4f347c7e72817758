// Situations that other systems were caught by, each played with all checkers watching.

import { expect, test } from "vitest";
import type { BillingEntry } from "../datacentre/src/billing.ts";
import type { FaultRule } from "../datacentre/src/fault.ts";
import type { CloudSettings } from "../datacentre/src/settings.ts";
import { sampleResolvedInstance } from "../src/ports/store.samples.ts";
import { TRAITS } from "./drawn-clouds.ts";
import { type Outcome, play } from "./run.ts";
import { LAUNCH_MS, plainBlueprint, plainPlan, plainScenario } from "./scenario.samples.ts";
import type { Mishap, Scenario } from "./scenario.ts";

const HELD_MS = 60_000;

const atEast = (rule: FaultRule): Mishap => ({ kind: "fault", atMs: 0, forMs: HELD_MS, cloud: "east", rule });

interface Played extends Outcome {
  readonly calls: readonly string[];
  /** From the clouds' billing log. */
  readonly births: readonly BillingEntry[];
}

async function played(given: Partial<Scenario>): Promise<Played> {
  const calls: string[] = [];
  const births: BillingEntry[] = [];
  const outcome = await play(plainScenario(given), {
    onCall: (call, name) => void calls.push(`${call} ${name}`),
    onBirth: (entry) => void births.push(entry),
  });
  expect(outcome.findings).toEqual([]);
  return { ...outcome, calls, births };
}

function realms(...names: string[]): CloudSettings["realms"] {
  return names.flatMap((name) => plainPlan("east", 0).settings.realms.map((realm) => ({ ...realm, name })));
}

/** So many roomy hosts. */
function many(count: number): CloudSettings["realms"][number]["hosts"] {
  return Array.from({ length: count }, () => ({ cpu: 64, memoryMib: 131_072, storageGib: 2_000 }));
}

const creates = (calls: readonly string[]): string[] => calls.filter((call) => call.startsWith("create "));

test("a create is answered with 503, and the machine is made all the same", async () => {
  const { ends, calls } = await played({ mishaps: [atEast({ on: "create", do: { kind: "error_but_done" } })] });
  expect(ends).toEqual(["running"]);
  expect(creates(calls)).toHaveLength(2);
});

test("a create runs into its time-out and succeeds later", async () => {
  const late = { kind: "late_effect", ms: TRAITS.callTimeoutMs.create - 1_000 } as const;
  const { ends, calls } = await played({ mishaps: [atEast({ on: "create", do: late })] });
  expect(ends).toEqual(["running"]);
  expect(creates(calls)).toHaveLength(2);
});

test("a machine in error holds quota until it is removed", async () => {
  const tenants = [{ name: "east", key: "east-key", quota: { instances: 2, cpu: null, memoryMib: null } }];
  const { ends } = await played({
    clouds: [plainPlan("east", 0, { tenants, realms: realms("east-1", "east-2") })],
    mishaps: [atEast({ on: "create", when: { nth: 2 }, do: { kind: "boot_error" } })],
  });
  expect(ends).toEqual(["running"]);
});

test("a token means nothing in a second zone", async () => {
  const { ends } = await played({
    clouds: [plainPlan("east", 0, { tokens: "realm", realms: realms("east-1", "east-2") })],
    mishaps: [atEast({ on: "create", when: { nth: 2 }, do: { kind: "refuse", code: "insufficient_capacity" } })],
  });
  expect(ends).toEqual(["running"]);
});

test("a token is refused as another request's: nobody is asked twice under it", async () => {
  const refusal = atEast({ on: "create", do: { kind: "refuse", code: "token_mismatch" } });
  const { ends, calls } = await played({ mishaps: [refusal] });
  expect(ends).toEqual(["running"]);
  expect(new Set(creates(calls)).size).toBe(creates(calls).length);
});

test("an answer is lost, and the machine that was made is gone before anybody looks for it", async () => {
  const lost = atEast({ on: "create", do: { kind: "lose_answer" } });
  const gone = atEast({ on: "create", do: { kind: "vanish", afterMs: 3_000 } });
  const { ends, calls } = await played({ mishaps: [lost, gone] });
  expect(ends).toEqual(["running"]);
  expect(new Set(creates(calls)).size).toBe(creates(calls).length);
});

test.each([
  ["throttled", 403, "east"],
  ["quota_exceeded", 403, "west"],
  ["forbidden", 403, "west"],
] as const)("%s is the meaning of a refusal, whatever its status: it goes on at %s %s", async (code, _, where) => {
  const refusal = atEast({ on: "create", when: { nth: 2 }, do: { kind: "refuse", code } });
  const { ends, births } = await played({ mishaps: [refusal], clearsUp: false });
  expect(ends).toEqual(["running"]);
  expect(births.at(-1)?.cloud).toBe(where);
});

test.each<[string, FaultRule]>([
  ["miss everything", { on: "list", do: { kind: "list_empty" }, times: 10 }],
  ["are partial", { on: "list", do: { kind: "list_partial", realms: ["east-1"] }, times: 30 }],
  ["fail", { on: "list", do: { kind: "refuse", code: "internal_error" }, times: 15 }],
  ["are a minute old", { on: "list", do: { kind: "list_stale", ms: 60_000 }, times: 10 }],
])("lists that %s make nothing vanish and roll nothing back", async (_, rule) => {
  const { ends, calls } = await played({ mishaps: [atEast({ ...rule, when: { afterMs: LAUNCH_MS + 3_000 } })] });
  expect(ends).toEqual(["running"]);
  expect(creates(calls)).toHaveLength(2);
});

test("a delete is accepted, and the machine runs on", async () => {
  const stop: Mishap = { kind: "act", atMs: 0, launch: 0, ask: "stop", inState: "running", pick: 0 };
  const { ends } = await played({
    mishaps: [stop, atEast({ on: "remove", do: { kind: "remove_ignored" }, times: 2 })],
  });
  expect(ends).toEqual(["stopped"]);
});

test("a delete is answered with not found while the machine lives", async () => {
  const stop: Mishap = { kind: "act", atMs: 0, launch: 0, ask: "stop", inState: "running", pick: 0 };
  const refusal = atEast({ on: "remove", do: { kind: "refuse", code: "not_found" }, times: 3 });
  const { ends } = await played({ mishaps: [stop, refusal] });
  expect(ends).toEqual(["stopped"]);
});

test("a new machine cannot be seen for long, and has to go at once", async () => {
  const cancel: Mishap = { kind: "act", atMs: LAUNCH_MS + 60, launch: 0, ask: "cancel", inState: null, pick: 0 };
  const { ends } = await played({ clouds: [plainPlan("east", 0, { visibilityMs: 5_000 })], mishaps: [cancel] });
  expect(ends).toEqual(["failed"]);
});

test.each(["pending", "rollback_in_progress"] as const)("a person cancels while it is %s", async (inState) => {
  const refusal = atEast({ on: "create", when: { nth: 2 }, do: { kind: "refuse", code: "insufficient_capacity" } });
  const cancel: Mishap = { kind: "act", atMs: 0, launch: 0, ask: "cancel", inState, pick: 0 };
  const { ends } = await played({ mishaps: [refusal, cancel] });
  expect(ends).toEqual(["failed"]);
});

/** Nothing else to choose at an account whose offer was refused. */
const oneSize = () => plainPlan("east", 0).settings.sizes.slice(0, 1);

test("a two-step cloud has no memory for the start: what it holds goes, and the whole is launched elsewhere", async () => {
  const { ends, births } = await played({
    clouds: [plainPlan("east", 0, { twoStep: true, sizes: oneSize() }), plainPlan("west", 1)],
    mishaps: [atEast({ on: "start", do: { kind: "refuse", code: "insufficient_capacity" }, times: "always" })],
    clearsUp: false,
  });
  expect(ends).toEqual(["running"]);
  expect(births.map(({ cloud }) => cloud)).toEqual(["east", "west", "west"]);
});

test("a two-step cloud is locked for three minutes, does not start at first, and stops again after it", async () => {
  const twoStep = plainPlan("east", 0, {
    twoStep: true,
    tokens: "off",
    uniqueNames: true,
    imageCopy: { kind: "fixed", ms: 180_000 },
  });
  const blueprint = plainBlueprint();
  const deadlines = { ...blueprint.policy.deadlines, bootMs: 300_000, launchMs: 20 * 60_000 };
  const { ends } = await played({
    clouds: [twoStep, plainPlan("west", 1)],
    launches: [
      { atMs: LAUNCH_MS, blueprint: { ...blueprint, policy: { ...blueprint.policy, deadlines } }, partial: false },
    ],
    mishaps: [
      atEast({ on: "start", do: { kind: "refuse", code: "locked" } }),
      atEast({ on: "start", when: { nth: 2 }, do: { kind: "die", afterMs: 0, to: "stopped" } }),
    ],
  });
  expect(ends).toEqual(["running"]);
});

test("a hundred launches meet one exhausted offer, and a hundred more do not ask it again", async () => {
  const [small] = plainPlan("east", 0).settings.sizes;
  const sizes = small === undefined ? [] : [small];
  const full = plainPlan("east", 0, { sizes, realms: realms("east-1").map((realm) => ({ ...realm, hosts: [] })) });
  const one = { ...plainBlueprint(), instances: plainBlueprint().instances.slice(0, 1) };
  const wave = (atMs: number) => Array.from({ length: 100 }, () => ({ atMs, blueprint: one, partial: false }));
  const asked = await played({
    clouds: [full, plainPlan("west", 1, { realms: realms("west-1").map((realm) => ({ ...realm, hosts: many(10) })) })],
    launches: [...wave(LAUNCH_MS), ...wave(LAUNCH_MS + 20_000)],
  });
  expect(asked.ends.filter((end) => end === "running")).toHaveLength(200);
  // Each launch asks west once; of those that came first, each asks east once at most.
  expect(creates(asked.calls).length).toBeLessThanOrEqual(300);
});

test("all machines of an account seem to be gone at once: nobody is looked for, nothing is concluded", async () => {
  const blueprint = plainBlueprint();
  const instances = Array.from({ length: 6 }, (_, index) => `i${index + 1}`).map((name) =>
    sampleResolvedInstance({ name, group: name, images: ["debian-12"] }),
  );
  const { ends, calls, effects } = await played({
    launches: [{ atMs: LAUNCH_MS, blueprint: { ...blueprint, instances }, partial: false }],
    clearsUp: false,
    mishaps: [{ kind: "blindness", atMs: LAUNCH_MS + 20_000, forMs: 300_000, cloud: "east", lists: 30 }],
  });
  expect(ends).toEqual(["running"]);
  expect(calls.filter((call) => call.startsWith("look "))).toEqual([]);
  expect(effects["the meltdown guard held"]).toBe(1);
});

test("a process stands still between its claim and its call, and wakes when another has taken over", async () => {
  const stands: Mishap = { kind: "pause", atMs: LAUNCH_MS, worker: 0, point: "calling", skip: 0, forMs: 45_000 };
  const { ends } = await played({ workers: 2, mishaps: [stands] });
  expect(ends).toEqual(["running"]);
});

test("a machine of somebody else has a name like ours", async () => {
  const foreign: Mishap = { kind: "foreign", atMs: 0, cloud: "east", name: "sw-dep000000001-a1-i1-t1" };
  const { ends } = await played({ mishaps: [foreign] });
  expect(ends).toEqual(["running"]);
});

test("a machine of somebody else takes the name of one of ours that was refused", async () => {
  const refusal = atEast({ on: "create", when: { nth: 2 }, do: { kind: "refuse", code: "insufficient_capacity" } });
  const name = "sw-dep000000001-a1-i2-t1";
  const { ends } = await played({
    mishaps: [refusal, { kind: "foreign", atMs: LAUNCH_MS + 20_000, cloud: "east", name }],
  });
  expect(ends).toEqual(["running"]);
});

test("a member that dies after the launch is replaced, and no second one of it lives meanwhile", async () => {
  const blueprint = plainBlueprint();
  const instances = blueprint.instances.map((one) => ({ ...one, repair: { ...one.repair, mode: "replace" as const } }));
  const dies: Mishap = { kind: "accident", atMs: 20_000, cloud: "east", pick: 1, to: "vanished" };
  const { ends, births } = await played({
    launches: [{ atMs: LAUNCH_MS, blueprint: { ...blueprint, instances }, partial: false }],
    mishaps: [dies, { kind: "foreign", atMs: 180_000, cloud: "east", name: "theirs" }],
    clearsUp: false,
  });
  expect(ends).toEqual(["running"]);
  expect(births.map(({ name }) => name)).toEqual([
    "sw-dep000000001-a1-i1-t1",
    "sw-dep000000001-a1-i2-t1",
    expect.stringMatching(/^sw-dep000000001-a1-i[12]-t2$/),
    "theirs",
  ]);
});
