// Thousands of short stories: a random graph, a cloud that answers anything to anything, people who interfere. After
// each step the rows must make sense, and in the end, with a good cloud, every story must come to its end.

import fc from "fast-check";
import { expect, test } from "vitest";
import { sampleBlock, sampleBlueprint, sampleFault, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { DEFAULT_POLICY, type ResolvedBlueprint } from "../blueprint/model.ts";
import { decide } from "../decision/decide.ts";
import { type Fault, FAULT_CLASSES, FAULT_EFFECTS, FAULT_SCOPES } from "../fault.ts";
import { CALLS, type Machine, OBSERVED_STATES } from "../machine.ts";
import { type CallOutcome, recordCalls, recordMissing, recordProbe, recordSeen } from "./record.ts";
import { askReboot } from "../people/reboot.ts";
import { askCancel, askDelete, askRetryInstance, askRetryRollback, askStop } from "../people/requests.ts";
import { seeksUntil } from "../decision/rollback.ts";
import { isQuarantined } from "../decision/quarantine.ts";
import { isOpen } from "../states.ts";
import { checkStory } from "./story.testsuite.ts";
import { sight, TRAITS, World } from "./world.testsuite.ts";

const NAMES = ["a", "b", "c", "d"] as const;
const POLICY = { ...DEFAULT_POLICY, maxAttempts: 3 };
const blueprints: fc.Arbitrary<ResolvedBlueprint> = fc
  .record({
    count: fc.integer({ min: 1, max: 4 }),
    edges: fc.array(fc.tuple(fc.nat(3), fc.nat(3)), { maxLength: 5 }),
    rollbackOrder: fc.constantFrom("parallel" as const, "reverse" as const),
    onRollbackFailure: fc.constantFrom("stop" as const, "continue" as const),
    probed: fc.boolean(),
  })
  .map(({ count, edges, rollbackOrder, onRollbackFailure, probed }) =>
    sampleBlueprint({
      instances: NAMES.slice(0, count).map((name, i) =>
        sampleResolvedInstance({
          name,
          dependsOn: [...new Set(edges.filter(([from, to]) => from === i && to < i).map(([, to]) => NAMES[to] ?? "a"))],
          ready: probed ? { kind: "tcp", port: 80 } : { kind: "provider" },
        }),
      ),
      policy: { ...POLICY, rollbackOrder, onRollbackFailure, quarantineMs: probed ? 30_000 : null },
    }),
  );

const launches = fc.record({
  blueprint: blueprints,
  partial: fc.boolean(),
  accounts: fc.constantFrom(["east"], ["east", "west"], ["east", "west", "north"]),
});

const faults: fc.Arbitrary<Fault> = fc
  .record({
    class: fc.constantFrom(...FAULT_CLASSES),
    scope: fc.constantFrom(...FAULT_SCOPES),
    effect: fc.constantFrom(...FAULT_EFFECTS),
    retryAfterMs: fc.constantFrom(null, 3_000, -1, Number.NaN, 1e300, Number.POSITIVE_INFINITY, 1_795_867_200_000),
  })
  .map((given) => sampleFault(given));

type Step =
  | {
      readonly kind: "answer";
      readonly pick: number;
      readonly right: boolean;
      readonly call: number;
      readonly failed: boolean;
      readonly empty: boolean;
      readonly fault: Fault;
      readonly state: number;
    }
  | { readonly kind: "drop"; readonly pick: number }
  | { readonly kind: "see"; readonly pick: number; readonly state: number; readonly fault: Fault | null }
  | { readonly kind: "probe"; readonly pick: number; readonly passed: boolean }
  | { readonly kind: "missing" }
  | { readonly kind: "serve" }
  | { readonly kind: "bar"; readonly pick: number; readonly how: number }
  | { readonly kind: "pass"; readonly ms: number }
  | { readonly kind: "ask"; readonly what: number; readonly pick: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constant("answer" as const),
        pick: fc.nat(20),
        right: fc.boolean(),
        call: fc.nat(5),
        failed: fc.boolean(),
        empty: fc.boolean(),
        fault: faults,
        state: fc.nat(6),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("drop" as const), pick: fc.nat(20) }) },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant("see" as const),
        pick: fc.nat(20),
        state: fc.nat(6),
        fault: fc.option(faults),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("probe" as const), pick: fc.nat(3), passed: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("missing" as const) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("serve" as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant("bar" as const), pick: fc.nat(2), how: fc.nat(4) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("pass" as const),
        ms: fc.constantFrom(100, 2_000, 30_000, 400_000, 650_000),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("ask" as const), what: fc.nat(7), pick: fc.nat(3) }) },
  ),
  { minLength: 5, maxLength: 60, size: "max" },
);

const openOf = (world: World) => [...world.machines.values()].filter(isOpen);
const at = <T>(rows: readonly T[], pick: number): T | undefined => rows[pick % Math.max(1, rows.length)];

/** The outcome that belongs to a call, as a working cloud gives it. */
function good(machine: Machine, call: (typeof CALLS)[number]): CallOutcome {
  switch (call) {
    case "create":
      return { kind: "created", observed: sight(machine, "running") };
    case "lookup":
      return { kind: "found", observed: [] };
    case "start":
      return { kind: "started" };
    case "reboot":
      return { kind: "rebooted" };
    case "console":
      return { kind: "console", text: "boot" };
    case "destroy":
      return { kind: "destroyed" };
    case "look":
      return { kind: "looked", observed: machine.undoAskedAt === null ? sight(machine, "running") : null };
  }
}

/** What may come back from a call: its own kind of answer, right or empty, or any fault. */
function outcomeOf(
  machine: Machine,
  call: (typeof CALLS)[number],
  step: Extract<Step, { kind: "answer" }>,
): CallOutcome {
  const observed = sight(machine, OBSERVED_STATES[step.state] ?? "unknown", step.state === 4 ? step.fault : null);
  if (step.failed)
    return { kind: "fault", fault: step.fault, externalId: step.fault.effect === "made" ? "ext-9" : null };
  switch (call) {
    case "create":
      return step.empty ? { kind: "not_sent" } : { kind: "created", observed };
    case "lookup":
      return { kind: "found", observed: step.empty ? [] : [observed] };
    case "look":
      return { kind: "looked", observed: step.empty ? null : observed };
    case "console":
      return { kind: "console", text: null };
    case "start":
      return { kind: "started" };
    case "reboot":
      return step.empty ? { kind: "not_sent" } : { kind: "rebooted" };
    case "destroy":
      return { kind: "destroyed" };
  }
}

function take(world: World, step: Step): void {
  switch (step.kind) {
    case "answer": {
      const machine = at([...world.machines.values()], step.pick);
      if (machine === undefined) return;
      // Any answer to any call, also one that came too late for a closed row: it must be harmless.
      const call = step.right && machine.call !== null ? machine.call : (CALLS[step.call] ?? "look");
      const sent = call === "create" ? { ...machine, sentAt: machine.sentAt ?? world.now } : machine;
      world.machines.set(machine.id, sent);
      const outcome = outcomeOf(machine, call, step);
      const answer = { machine: machine.id, call, outcome, askedAt: world.now, traits: TRAITS };
      return world.tell((draft) => recordCalls(draft, [answer]));
    }
    case "drop": {
      const due = openOf(world).filter((row) => row.call !== null && row.callAt !== null && row.callAt <= world.now);
      const machine = at(due, step.pick);
      if (machine !== undefined) world.claim(machine);
      return;
    }
    case "see": {
      const machine = at([...world.machines.values()], step.pick);
      if (machine === undefined) return;
      const observed = sight(machine, OBSERVED_STATES[step.state] ?? "unknown", step.fault);
      return world.tell((draft) => recordSeen(draft, [{ machine: machine.id, observed }]));
    }
    case "probe": {
      const instance = at(world.instances, step.pick);
      if (instance === undefined || instance.probeAt === null || instance.machine === null) return;
      const { machine } = instance;
      return world.tell((draft) => recordProbe(draft, { machine, passed: step.passed }));
    }
    case "missing": {
      for (const row of openOf(world)) world.machines.set(row.id, { ...row, missing: row.missing + 1 });
      const ids = openOf(world).map(({ id }) => id);
      return world.apply(recordMissing(world.snapshot(), ids, world.now));
    }
    case "serve":
      return serve(world);
    case "bar":
      return bar(world, step);
    case "pass":
      world.now += step.ms;
      return;
    case "ask":
      return wish(world, step);
  }
}

/** Something elsewhere takes an account out of the choice for a while, or lets it in again. */
function bar(world: World, { pick, how }: Extract<Step, { kind: "bar" }>): void {
  const picked = at(world.accounts, pick)?.account;
  if (picked === undefined) return;
  const { id: account } = picked;
  const states = [{ enabled: true }, { enabled: false }, { health: "unreachable" }, { health: "healthy" }] as const;
  const change = states[how];
  if (change === undefined) {
    const known = world.blocks.filter((block) => block.account !== account);
    world.blocks = [...known, sampleBlock({ account, realm: "*", size: "*", until: world.now + 240_000 })];
  }
  world.accounts = world.accounts.map((row) =>
    row.account.id === account ? { ...row, account: { ...row.account, ...change } } : row,
  );
}

/** One round of a good cloud: due calls are answered, what is made runs, what is checked is ready. */
function serve(world: World): void {
  const due = openOf(world).filter((row) => row.call !== null && row.callAt !== null && row.callAt <= world.now);
  for (const row of due) {
    const now = world.machines.get(row.id) ?? row;
    if (now.call === null || now.callAt === null || now.callAt > world.now) continue;
    const call = world.claim(now);
    world.record(now, call, good(now, call));
  }
  for (const row of openOf(world).filter(({ state, undoAskedAt }) => state === "made" && undoAskedAt === null)) {
    world.tell((draft) => recordSeen(draft, [{ machine: row.id, observed: sight(row, "running") }]));
  }
  for (const { machine, probeAt } of world.instances) {
    if (probeAt === null || machine === null) continue;
    world.tell((draft) => recordProbe(draft, { machine, passed: true }));
  }
}

function wish(world: World, { what, pick }: Extract<Step, { kind: "ask" }>): void {
  const asker = { by: "ada", now: world.now };
  const snapshot = world.snapshot();
  const instance = at(world.instances, pick)?.name ?? "a";
  const wishes = [
    () => askCancel(snapshot, asker),
    () => askStop(snapshot, asker),
    () => askDelete(snapshot, { ...asker, stop: false, abandonDebt: false }),
    () => askDelete(snapshot, { ...asker, stop: true, abandonDebt: pick === 1 }),
    () => askRetryRollback(snapshot, asker),
    () => askRetryInstance(snapshot, { ...asker, instance }),
    () => askRetryInstance(snapshot, { ...asker, instance: "nobody" }),
    () => askReboot(snapshot, { ...asker, instance }),
  ];
  const asked = wishes[what]?.();
  if (asked !== undefined && "changes" in asked) world.apply(asked.changes);
}

/** No time that is waited for is further away than a cloud may wish, however it was worked out. */
function checkTimes(world: World): void {
  const latest = world.now + 3_600_000;
  for (const { id, callAt, fault } of world.machines.values()) {
    expect(callAt ?? 0, `${id} is called in time`).toBeLessThanOrEqual(latest);
    expect(fault?.retryAfterMs ?? 0, `${id} keeps a wish`).toBeLessThanOrEqual(3_600_000);
  }
  for (const { name, fault } of world.instances) expect(fault?.retryAfterMs ?? 0, name).toBeLessThanOrEqual(3_600_000);
  for (const { until } of world.blocks) expect(until).toBeLessThanOrEqual(latest);
}

function check(world: World): void {
  const { deployment } = world;
  checkTimes(world);
  for (const machine of openOf(world)) {
    if (machine.state !== "made") expect(machine.call, `${machine.id} ${machine.state} has a call`).not.toBeNull();
    if (machine.undoAskedAt !== null) expect(machine.call, `${machine.id} is on its way out`).not.toBeNull();
    expect(machine.rebootUntil ?? 0, `${machine.id} is rebooted for a time`).toBeLessThanOrEqual(world.now + 300_000);
    const ends =
      machine.rebootUntil === null ? [machine.call === "reboot"] : [!["reboot", "look"].includes(`${machine.call}`)];
    expect(ends, `${machine.id}: a reboot comes to its end`).toEqual([false]);
    expect(machine.callAt === null, `${machine.id}: a call has a time`).toBe(machine.call === null);
  }
  const stay = openOf(world).filter(({ undoAskedAt }) => undoAskedAt === null);
  const [kept, wanted] = [stay.filter(isQuarantined), stay.filter((row) => !isQuarantined(row))];
  for (const { name } of world.instances) {
    expect(wanted.filter(({ instance }) => instance === name).length, `${name} is asked for once`).toBeLessThanOrEqual(
      1,
    );
  }
  expect(kept.length, "each attempt keeps one at most").toBe(new Set(kept.map(({ attemptNo }) => attemptNo)).size);
  for (const { attempt, instance, no, releasedAt } of world.placements) {
    const isUsed = (row: Machine) => row.attemptNo === attempt && row.instance === instance && row.placementNo === no;
    if (openOf(world).some(isUsed)) expect(releasedAt, `${instance} of attempt ${attempt} is still held`).toBeNull();
  }
  expect(
    wanted.filter(({ attemptNo }) => attemptNo < deployment.attemptNo),
    "of earlier attempts",
  ).toEqual([]);
  if (deployment.wakeAt === null) {
    expect(["running", "incomplete", "rollback_failed", "stopped", "failed"]).toContain(deployment.state);
  }
  checkStory(world);
}

/** Decides until nothing is due, and once more: the second time must do nothing. */
function decideTwice(world: World): void {
  world.settle();
  // Whoever seeks an account is not woken when one lets it in again: it looks, within the time that sleepsSoundly holds it to.
  if (seeksUntil(world.deployment) !== null) world.deployment = { ...world.deployment, wakeAt: world.now };
  world.settle();
  const waves = decide(world.snapshot(), world.now, world.around());
  expect(waves.flatMap(({ events, newMachines, machines }) => [...events, ...newMachines, ...machines])).toEqual([]);
}

/** Time alone gives a sleeper nothing to do before it wakes; what others may give it, it looks for in time. */
function sleepsSoundly(world: World): void {
  const { deployment, now } = world;
  const { wakeAt } = deployment;
  if (wakeAt !== null && wakeAt <= now) return;
  const moments = wakeAt === null ? [60_000, 3_600_000, 86_400_000].map((ms) => now + ms) : [wakeAt - 1];
  for (const moment of moments) {
    const waves = decide(world.snapshot(), moment, world.around());
    const done = waves.flatMap(({ events, instances, attempts, machines, newMachines }) => [
      ...events,
      ...instances,
      ...attempts,
      ...machines,
      ...newMachines,
    ]);
    expect(done, `${deployment.state}, to wake ${wakeAt === null ? "never" : `in ${wakeAt - now} ms`}`).toEqual([]);
  }
  if (seeksUntil(deployment) !== null) expect((wakeAt ?? Infinity) - now).toBeLessThanOrEqual(30_000);
}

/** From here on the cloud is good and nobody interferes. */
function finish(world: World): void {
  for (let round = 0; round < 400; round += 1) {
    serve(world);
    world.settle();
    const { state } = world.deployment;
    const quiet = openOf(world).every(({ call }) => call === null);
    if (quiet && ["running", "incomplete", "stopped", "failed"].includes(state) && world.deployment.wakeAt === null)
      return;
    world.pass(20_000);
  }
  throw new Error(`the story does not end: ${world.deployment.state}`);
}

test("whatever the cloud answers and people ask, rows make sense and every story ends", () => {
  fc.assert(
    fc.property(launches, steps, ({ blueprint, partial, accounts }, story) => {
      const world = new World({ blueprint, deployment: { partial }, accounts });
      for (const step of story) {
        take(world, step);
        decideTwice(world);
        sleepsSoundly(world);
        check(world);
      }
      finish(world);
      check(world);
      const { state } = world.deployment;
      if (state === "failed") expect(openOf(world)).toEqual([]);
      // A member of one that is incomplete may be asked for again, in the same attempt.
      if (openOf(world).length === 0 && state !== "incomplete")
        expect(world.placements.every(({ releasedAt }) => releasedAt !== null)).toBe(true);
    }),
    { numRuns: 300 },
  );
}, 60_000);
