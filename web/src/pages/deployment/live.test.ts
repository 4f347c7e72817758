import { expect, test } from "vitest";
import { instanceLook } from "./instance-look.ts";
import { firstAfter, liveView } from "./live.ts";
import { at, numbered, sampleDeployment, sampleInstance, sampleMachine } from "./deployment.samples.ts";

const BEGUN = sampleDeployment({
  state: "new",
  attempt: 0,
  account: null,
  eventNo: 1,
  instances: [sampleInstance("db"), sampleInstance("web", { dependsOn: ["db"] })],
});

const LAUNCH = numbered(2, [
  { kind: "deployment_moved", from: "new", to: "pending", move: "launch_begun", reason: null },
  {
    kind: "account_selected",
    attempt: 1,
    account: "north",
    realms: ["north-a"],
    passedOver: {},
    hourlyCost: 0.04,
    unpriced: 0,
    refused: [],
  },
  { kind: "instance_moved", instance: "db", from: "new", to: "pending", move: "launch_asked", reason: null },
  {
    kind: "machine_asked",
    instance: "db",
    machine: "m1",
    attempt: 1,
    account: "north",
    realm: "north-a",
    size: "small",
    image: "postgres-16",
  },
  {
    kind: "machine_moved",
    instance: "db",
    machine: "m1",
    from: "intent",
    to: "made",
    move: "create_answered",
    externalId: "i-9",
  },
  { kind: "instance_moved", instance: "db", from: "pending", to: "running", move: "seen_running", reason: null },
  { kind: "instance_ready", instance: "db" },
]);

const db = (events = LAUNCH) => liveView(BEGUN, events).instances.find(({ name }) => name === "db");

test("steps that the reply contains change nothing, not even which object it is", () => {
  const reply = { ...BEGUN, eventNo: 8 };
  expect(liveView(reply, LAUNCH)).toBe(reply);
  expect(liveView(BEGUN, [])).toBe(BEGUN);
});

test("later steps tell at once what the next reply will say", () => {
  const view = liveView(BEGUN, LAUNCH);
  expect(view).toMatchObject({ state: "pending", since: at(2), attempt: 1, account: "north", eventNo: 8 });
  expect(view.attempts).toMatchObject([{ no: 1, account: "north", startedAt: at(3), outcome: null }]);
  expect(db()).toMatchObject({ state: "running", ready: true, readyAt: at(8), step: null, machine: "m1", tries: 1 });
});

test("the step under way follows: asked, booting, then waited for to be ready", () => {
  const steps = [4, 5, 6].map((count) => {
    const { step, stepSince } = db(LAUNCH.slice(0, count)) ?? {};
    return [step, stepSince];
  });
  expect(steps).toEqual([
    ["create", at(4)],
    ["boot", at(6)],
    ["ready", at(7)],
  ]);
});

test("a new attempt takes an instance back to the beginning", () => {
  const reset = numbered(9, [
    { kind: "instance_moved", instance: "db", from: "running", to: "new", move: "reset", reason: null },
  ]);
  expect(db([...LAUNCH, ...reset])).toMatchObject({ state: "new", machine: null, ready: false, runningAt: null });
});

test("an attempt that ended says how, and a machine that is gone is open no more", () => {
  const reply = sampleDeployment({
    eventNo: 8,
    machines: [sampleMachine("m1")],
    attempts: liveView(BEGUN, LAUNCH).attempts,
  });
  const end = numbered(9, [
    {
      kind: "attempt_ended",
      attempt: 1,
      account: "north",
      outcome: "failed",
      instance: "web",
      reason: "no room",
      fault: null,
    },
    {
      kind: "machine_moved",
      instance: "db",
      machine: "m1",
      from: "made",
      to: "gone",
      move: "proven_gone",
      externalId: null,
    },
  ]);
  const view = liveView(reply, end);
  expect(view.attempts).toMatchObject([{ outcome: "failed", reason: "no room", endedAt: at(9) }]);
  expect(view.machines).toMatchObject([{ state: "gone", open: false, externalId: "i-m1" }]);
});

test("the first step after a number is found from the end", () => {
  expect([1, 2, 5, 8, 99].map((no) => firstAfter(LAUNCH, no))).toEqual([0, 1, 4, 7, 7]);
});

test("how it stands and when its launch was over follow at once", () => {
  const settled = numbered(9, [
    {
      kind: "attempt_ended",
      attempt: 1,
      account: "north",
      outcome: "succeeded",
      instance: null,
      reason: "web: no room",
      fault: null,
    },
    { kind: "deployment_moved", from: "pending", to: "incomplete", move: "settled_in_part", reason: "web: no room" },
  ]);
  const inPart = liveView(BEGUN, [...LAUNCH, ...settled]);
  expect(inPart).toMatchObject({ standing: "incomplete", launchEndedAt: at(9) });
  const cancelled = numbered(6, [
    { kind: "cancel_asked", by: "ada" },
    { kind: "deployment_moved", from: "pending", to: "rollback_in_progress", move: "rollback_begun", reason: null },
    { kind: "deployment_moved", from: "rollback_in_progress", to: "failed", move: "cancelled", reason: "cancelled" },
  ]);
  const steps = [0, 2, 3].map((count) => liveView(BEGUN, [...LAUNCH.slice(0, 4), ...cancelled.slice(0, count)]));
  expect(steps.map(({ standing, launchEndedAt }) => [standing, launchEndedAt])).toEqual([
    ["pending", null],
    ["rollback_in_progress", null],
    ["cancelled", at(8)],
  ]);
  // On the way back nothing is waited for on the way up.
  expect(steps.map(({ instances }) => instances[0]?.step)).toEqual(["create", null, null]);
});

test("a member that fails its live check is up no more until it passes again", () => {
  const live = {
    kind: "tcp",
    port: 5432,
    path: null,
    periodMs: 5_000,
    failures: 3,
    missed: 2,
    deadSince: null,
  } as const;
  const before = sampleDeployment({
    eventNo: 1,
    instances: [sampleInstance("db", { state: "running", ready: true, live: { ...live, lastAnswer: null } })],
  });
  const lost = numbered(2, [{ kind: "live_lost", instance: "db", reason: "refused" }]);
  const back = numbered(3, [{ kind: "live_back", instance: "db" }]);
  const first = liveView(before, lost).instances[0];
  expect(first).toMatchObject({ ready: false, live: { missed: 3, deadSince: at(2) } });
  expect(first === undefined ? null : instanceLook(first)).toMatchObject({ word: "Not answering" });
  expect(liveView(before, [...lost, ...back]).instances).toMatchObject([
    { ready: true, readyAt: at(3), live: { missed: 0, deadSince: null } },
  ]);
});
