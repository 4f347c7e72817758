// Each check, on a sound story of one deployment and on the same story with the mistake that the check is for.

import { expect, test } from "vitest";
import type { Life } from "../../datacentre/src/billing.ts";
import { at, SAMPLE_TIME, sampleDeployment, sampleInstance, sampleMachine } from "../../src/cli/replies.samples.ts";
import type { Deployment, Machine } from "../../src/contract/deployment.ts";
import { Event } from "../../src/contract/event.ts";
import {
  doubled,
  findings,
  hasty,
  lost,
  overdue,
  spread,
  unequal,
  unkept,
  unpaid,
  unsettled,
  untold,
} from "./checks.ts";
import { touched } from "./updates.ts";
import type { Evidence, Told } from "./evidence.ts";

const FIRST = "sw-0123456789ab-a1-db-t1";
const SECOND = "sw-0123456789ab-a2-db-t1";

/** Refused readiness at one account, hauled back, up at the other. */
const STEPS: readonly object[] = [
  { kind: "deployment_moved", from: "new", to: "pending", move: "launch_begun" },
  { kind: "instance_moved", from: "new", to: "pending", move: "launch_asked" },
  { kind: "machine_asked", machine: FIRST, attempt: 1, account: "north" },
  { kind: "machine_moved", machine: FIRST, from: "intent", to: "made", move: "create_answered", externalId: "i-1" },
  { kind: "instance_moved", from: "pending", to: "error", move: "seen_error" },
  { kind: "deployment_moved", from: "pending", to: "rollback_in_progress", move: "rollback_begun" },
  { kind: "instance_moved", from: "error", to: "shutting_down", move: "undo_asked" },
  { kind: "machine_moved", machine: FIRST, from: "made", to: "gone", move: "proven_gone", externalId: "i-1" },
  { kind: "instance_moved", from: "shutting_down", to: "stopped", move: "proven_gone" },
  { kind: "deployment_moved", from: "rollback_in_progress", to: "rollback_complete", move: "rolled_back" },
  { kind: "instance_moved", from: "stopped", to: "new", move: "reset" },
  { kind: "deployment_moved", from: "rollback_complete", to: "pending", move: "relaunched" },
  { kind: "instance_moved", from: "new", to: "pending", move: "launch_asked" },
  { kind: "machine_asked", machine: SECOND, attempt: 2, account: "south" },
  { kind: "machine_moved", machine: SECOND, from: "intent", to: "made", move: "create_answered", externalId: "i-2" },
  { kind: "instance_moved", from: "pending", to: "running", move: "seen_running" },
  { kind: "instance_ready" },
  { kind: "deployment_moved", from: "pending", to: "running", move: "all_ready" },
];

const EVENTS = STEPS.map((step, index) =>
  Event.parse({
    no: index + 1,
    revision: 1,
    at: at(index),
    text: "",
    instance: "db",
    realm: "north-a",
    reason: null,
    size: "s",
    image: "i",
    ...step,
  }),
);

const GONE = sampleMachine({
  id: FIRST,
  externalId: "i-1",
  account: "north",
  state: "gone",
  open: false,
  askedAt: at(2),
  undoAskedAt: at(6),
  closedAt: at(7),
});
const UP = sampleMachine({ id: SECOND, externalId: "i-2", account: "south", attempt: 2, askedAt: at(13) });

function life(name: string, given: Partial<Life> = {}): Life {
  const labels = { "slipway-deployment": "0123456789ab", "slipway-instance": "db" };
  const [cloud, machineId] = name === FIRST ? ["north", "i-1"] : ["south", "i-2"];
  return { name, machineId, cloud, tenant: cloud, labels, from: SAMPLE_TIME, to: null, ...given };
}

const seconds = (count: number): number => SAMPLE_TIME + count * 1000;
const LIVES = [life(FIRST, { from: seconds(3), to: seconds(6.5) }), life(SECOND, { from: seconds(14) })];

function story(given: {
  readonly deployment?: Partial<Deployment>;
  readonly machines?: readonly Machine[];
  readonly lives?: readonly Life[];
  readonly events?: Told["events"];
}): Evidence {
  const { deployment, machines = [GONE, UP], lives = LIVES, events = EVENTS } = given;
  const told = sampleDeployment({
    state: "running",
    eventNo: EVENTS.length,
    instances: [sampleInstance({ state: "running", ready: true, machine: SECOND })],
    machines: [...machines],
    ...deployment,
  });
  return {
    confirmed: [{ id: told.id, name: "shop", partial: false, wishes: [] }],
    told: [{ deployment: told, events }],
    debts: [],
    lives,
  };
}

test("a sound story gives no finding", () => {
  expect(findings(story({}))).toEqual([]);
});

test.each<[string, Partial<Deployment>]>([
  ["is parked", { parked: { text: "an invariant broke", since: at(1), tries: 1, nextTryAt: at(2) } }],
  ["is pending", { state: "pending" }],
  ["is rollback_failed", { state: "rollback_failed" }],
  ["its stop was asked for", { stopAskedAt: at(20) }],
  ["its cancel was asked for", { cancelAskedAt: at(20) }],
  ["its delete was asked for", { deleteAskedAt: at(20) }],
])("a deployment that %s has not settled", (text, deployment) => {
  expect(unsettled(story({ deployment }))).toEqual([expect.stringContaining(text)]);
});

test("a machine that waits for a call has not settled", () => {
  const machines = [GONE, { ...UP, call: "look" as const }];
  expect(unsettled(story({ machines }))).toEqual([expect.stringContaining("waits for look")]);
});

test("debt is named", () => {
  expect(unpaid({ ...story({}), debts: [FIRST] })).toEqual([expect.stringContaining(FIRST)]);
});

test("a machine that lives unknown to the ledger is named", () => {
  const lives = [...LIVES, life("sw-unknown", { machineId: "i-3" })];
  expect(unequal(story({ lives }))).toEqual([expect.stringContaining("i-3 (sw-unknown) is alive")]);
});

test("an open row of a machine that is not alive is named", () => {
  expect(unequal(story({ lives: LIVES.slice(0, 1) }))).toEqual([expect.stringContaining(`${SECOND} is made`)]);
});

test("an instance of what runs that is not ready is named", () => {
  const instances = [sampleInstance({ state: "running", ready: false })];
  expect(unequal(story({ deployment: { instances } }))).toEqual([expect.stringContaining("not one ready machine")]);
});

test("a launch that was confirmed and is not there is named", () => {
  const confirmed = [{ id: "other", name: "blog", partial: false, wishes: [] }];
  expect(lost({ ...story({}), confirmed })).toEqual(["launch blog (other) was confirmed and is lost"]);
});

test("a launch that is there twice is named", () => {
  const { told, ...rest } = story({});
  expect(lost({ ...rest, told: [...told, ...told] })).toEqual(["launch shop is there twice"]);
});

test("a wish that was confirmed and is not recorded is named", () => {
  const confirmed = [
    { id: "0123456789ab", name: "shop", partial: false, wishes: [{ wish: "stop" as const, revision: null }] },
  ];
  expect(unkept({ ...story({}), confirmed })).toEqual(["stop of shop was confirmed and is lost"]);
  expect(unkept({ ...story({ deployment: { cancelAskedAt: at(20) } }), confirmed })).toEqual([]);
});

test("an update that was confirmed and is not recorded is named, and a cancelled one that went on", () => {
  const confirmed = [
    {
      id: "0123456789ab",
      name: "shop",
      partial: false,
      wishes: [
        { wish: "grow" as const, revision: 2 },
        { wish: "cancel_update" as const, revision: null },
      ],
    },
  ];
  expect(unkept({ ...story({}), confirmed })).toEqual([
    "grow of shop was confirmed and is lost",
    "cancel_update of shop was confirmed and is lost",
  ]);
  expect(unkept({ ...story({ deployment: { revisions: [updated("cancelled")] } }), confirmed })).toEqual([]);
  expect(unkept({ ...story({ deployment: { revisions: [updated("succeeded")] } }), confirmed })).toEqual([
    "cancel_update of shop was confirmed and is lost",
  ]);
});

const updated = (outcome: "succeeded" | "cancelled") => ({
  no: 2,
  why: "update" as const,
  by: "ann",
  begunAt: at(12),
  endedAt: at(16),
  outcome,
  reason: null,
  changes: [],
});

/** The second machine is asked for by an update, beside the first one. */
function beside(outcome: "succeeded" | "cancelled"): Evidence {
  const first = { ...GONE, undoAskedAt: at(15), closedAt: at(17) };
  const events = EVENTS.map((event) => (event.no === 14 ? { ...event, revision: 2 } : event));
  const deployment = { revisions: [updated(outcome)] };
  const lives = [life(FIRST, { from: seconds(3), to: seconds(16.5) }), life(SECOND, { from: seconds(14) })];
  return story({ deployment, machines: [first, UP], events, lives });
}

test("an update may make a machine beside the one that it replaces; without one nothing may", () => {
  expect([...doubled(beside("succeeded")), ...hasty(beside("succeeded"))]).toEqual([]);
  const { told, ...rest } = beside("succeeded");
  const launched = told.map(({ deployment, events }) => ({ deployment: { ...deployment, revisions: [] }, events }));
  expect(doubled({ ...rest, told: launched })).toEqual([expect.stringContaining("was doubled")]);
  expect(hasty({ ...rest, told: launched })).toEqual([expect.stringContaining("was asked for while")]);
});

test("a machine of the former set that goes for an update which came to nothing is named", () => {
  expect(touched(beside("succeeded"))).toEqual([]);
  expect(touched(beside("cancelled"))).toEqual([
    `shop: ${FIRST} was asked to go by the update to revision 2, which came to nothing`,
  ]);
});

test("a stop may end an update that removes what was before", () => {
  const { told, ...rest } = beside("cancelled");
  const turned = Event.parse({ no: 19, revision: 2, at: at(14), text: "", kind: "removal_begun" });
  const events = told.map(({ deployment, events: own }) => ({ deployment, events: [...own, turned] }));
  expect(touched({ ...rest, told: events })).toEqual([]);
});

test("a member that an update brings, takes away, and has again as it was, is told", () => {
  const revised = (no: number, from: string | null, to: string | null): Event =>
    Event.parse({ no, revision: 2, at: at(no), text: "", kind: "instance_revised", instance: "db", from, to });
  const away = [...EVENTS, revised(19, "running", null)];
  expect(untold(story({ deployment: { eventNo: 19, instances: [] }, events: away }))).toEqual([]);
  const back = [...away, revised(20, null, "running")];
  expect(untold(story({ deployment: { eventNo: 20 }, events: back }))).toEqual([]);
  expect(untold(story({ deployment: { eventNo: 20 }, events: [...away, revised(20, "new", "running")] }))).toEqual([
    "shop: event 20 moves db from new, and it was no member",
  ]);
});

test("a machine that outlives the report that it is gone is named", () => {
  const lives = [life(FIRST, { from: seconds(3), to: seconds(9) }), LIVES[1] ?? life(SECOND)];
  expect(overdue(story({ lives }))).toEqual([
    expect.stringContaining("i-1 (sw-0123456789ab-a1-db-t1) was reported gone"),
  ]);
});

test.each(["absent", "refused"] as const)("a machine that lived although it is %s is named", (state) => {
  const machines = [{ ...GONE, state }, UP];
  expect(overdue(story({ machines }))).toEqual([expect.stringContaining(`its row is ${state}`)]);
});

test("two wanted machines of one instance are named, also at two accounts", () => {
  const lives = [life(FIRST, { from: seconds(3) }), life(SECOND, { from: seconds(5) })];
  expect(doubled(story({ lives }))).toEqual([expect.stringContaining("0123456789ab/db was doubled")]);
  expect(spread(story({ lives }))).toEqual([expect.stringContaining("at south while")]);
});

test("a machine on its way out may live beside its successor", () => {
  const lives = [life(FIRST, { from: seconds(3) }), life(SECOND, { from: seconds(14) })];
  expect(doubled(story({ lives }))).toEqual([]);
  expect(spread(story({ lives }))).toEqual([]);
});

test("two machines under one name are named", () => {
  const lives = [...LIVES, life(SECOND, { machineId: "i-3", from: seconds(15) })];
  expect(doubled(story({ lives }))).toEqual([`i-2 and i-3 both live as ${SECOND}`]);
});

test("a machine that is asked for while its predecessor is open is named", () => {
  const machines = [GONE, { ...UP, askedAt: at(6) }];
  expect(hasty(story({ machines }))).toEqual([`${SECOND} was asked for while ${FIRST} was open`]);
});

test("a machine may be asked for beside debt", () => {
  const debt = Event.parse({
    no: 7,
    revision: 1,
    at: at(6),
    text: "",
    kind: "debt_opened",
    instance: "db",
    machine: FIRST,
    hourlyCost: 1,
  });
  const machines = [{ ...GONE, closedAt: at(20) }, UP];
  expect(hasty(story({ machines }))).not.toEqual([]);
  expect(hasty(story({ machines, events: [...EVENTS, debt] }))).toEqual([]);
});

test("a gap in the events is named, and what no longer follows from them", () => {
  expect(untold(story({ events: EVENTS.toSpliced(9, 1) }))).toEqual([
    expect.stringContaining("not 1 to 18"),
    expect.stringContaining("moves the deployment from rollback_complete, and it was rollback_in_progress"),
  ]);
});

test("an event out of its time is named", () => {
  const events = EVENTS.map((event) => (event.no === 17 ? { ...event, at: at(1) } : event));
  expect(untold(story({ events }))).toEqual(["shop: event 17 is older than the one before"]);
});

test.each<[string, Partial<Deployment>]>([
  ["deployment is stopped, and running by its events", { state: "stopped" }],
  ["instance db is error, and running and ready by its events", { instances: [sampleInstance({ state: "error" })] }],
  [`machine ${SECOND} is gone, and made by its events`, { machines: [GONE, { ...UP, state: "gone" }] }],
])("%s: a state that the events do not tell", (text, deployment) => {
  expect(untold(story({ deployment }))).toEqual([`shop: ${text}`]);
});
