import { expect, test } from "vitest";
import { sampleFault, sampleMachine, sampleObserved } from "../../ports/store.samples.ts";
import { accountId, machineId } from "../ids.ts";
import type { Machine } from "../machine.ts";
import type { CallOutcome } from "./record.ts";
import { STEP_BACKOFF } from "./backoff.ts";
import { recordStray, reopen, seeStray, STRAY_GRACE_MS, strayIds, strayOf } from "./stray.ts";
import { ALONE, launched } from "./world.testsuite.ts";

const NOW = 1_000_000;
const EAST = accountId("acc-east");
const AT = { account: EAST, now: NOW, askedAt: NOW - 100, visibilityMs: 5_000, heldUntil: null };
const NONE = { plain: null, double: null };
const shown = sampleObserved({ name: "sw-lost", externalId: "x-1" });
const traits = { visibilityMs: 5_000, callTimeoutMs: { create: 30_000 }, usualBootMs: 1_000 };

function marked(given: Partial<Machine> = {}): Machine {
  const row = strayOf(shown, NONE, AT);
  if (row === null) throw new Error("a machine that nobody knows is a stray");
  return { ...row, ...given };
}

test("a stray becomes a row that is looked at after a grace, and is asked to go", () => {
  expect(marked()).toMatchObject({
    id: "sw-lost",
    deployment: null,
    state: "made",
    externalId: "x-1",
    observed: "running",
    undoAskedAt: NOW,
    call: "look",
    callAt: NOW + STRAY_GRACE_MS,
  });
});

test("what the cloud shows as ended is no stray", () => {
  expect(strayOf({ ...shown, state: "gone" }, NONE, AT)).toBeNull();
});

test("a closed row whose machine shows after all is opened again, and keeps its deployment", () => {
  const closed = sampleMachine({ id: machineId("sw-lost"), state: "absent", closedAt: NOW - 60_000 });
  const row = strayOf(shown, { ...NONE, plain: closed }, AT);
  expect(row).toMatchObject({ id: "sw-lost", deployment: closed.deployment, state: "made", closedAt: null });
});

test("a row that was closed just before the list was asked for stays closed: the list may be older", () => {
  const closed = sampleMachine({ id: machineId("sw-lost"), state: "gone", externalId: "x-1", closedAt: NOW - 5_000 });
  expect(strayOf(shown, { ...NONE, plain: closed }, AT)).toBeNull();
});

test("an open row stands for its machine already", () => {
  expect(strayOf(shown, { ...NONE, plain: marked() }, AT)).toBeNull();
  expect(strayOf(shown, { plain: marked({ externalId: "x-9" }), double: marked() }, AT)).toBeNull();
});

test("a second machine of one name gets a row of its own", () => {
  const first = marked({ externalId: "x-9" });
  expect(strayOf(shown, { ...NONE, plain: first }, AT)?.id).toBe(strayIds(shown).double);
});

test("a machine that another account of the same cloud has made is that account's business", () => {
  const account = accountId("acc-west");
  const made = sampleMachine({ id: machineId("sw-lost"), account, state: "made", externalId: "x-1" });
  expect(strayOf(shown, { ...NONE, plain: made }, AT)).toBeNull();
  const asked = sampleMachine({ id: machineId("sw-lost"), account, state: "intent", externalId: null });
  expect(strayOf(shown, { ...NONE, plain: asked }, AT)).toBeNull();
  const closed = { ...made, state: "gone", closedAt: NOW - 5_000 } as const;
  expect(strayOf(shown, { ...NONE, plain: closed }, AT)).toBeNull();
  const left = { ...closed, closedAt: NOW - 60_000 };
  expect(strayOf(shown, { ...NONE, plain: left }, AT)).toMatchObject({ id: strayIds(shown).double, account: EAST });
});

test("a sight of a stray is kept; one that ended is closed", () => {
  expect(seeStray(marked(), { ...shown, state: "stopping" }, NOW + 1)).toMatchObject({
    state: "made",
    observed: "stopping",
    observedAt: NOW + 1,
  });
  expect(seeStray(marked(), { ...shown, handle: { disk: "d-1" } }, NOW + 1)).toMatchObject({ handle: { disk: "d-1" } });
  expect(seeStray({ ...marked(), handle: { disk: "d-1" } }, shown, NOW + 1)).toMatchObject({ handle: { disk: "d-1" } });
  expect(seeStray(marked(), { ...shown, state: "gone" }, NOW + 1)).toMatchObject({
    state: "gone",
    closedAt: NOW + 1,
    call: null,
    callAt: null,
  });
});

test("a sight of another machine, or of a closed row, changes nothing", () => {
  const row = marked();
  expect(seeStray(row, { ...shown, externalId: "x-2" }, NOW + 1)).toBe(row);
  const closed = marked({ state: "gone", closedAt: NOW });
  expect(seeStray(closed, shown, NOW + 1)).toBe(closed);
});

const record = (row: Machine, outcome: CallOutcome, afterMs: number): Machine =>
  recordStray(row, { call: row.call ?? "look", outcome, askedAt: NOW + afterMs, traits }, NOW + afterMs);

test("still there after the grace: destroyed; then looked at until it is gone", () => {
  const still = record(marked(), { kind: "looked", observed: shown }, 60_000);
  expect(still).toMatchObject({ call: "destroy", callAt: NOW + 60_000 });
  const asked = record(still, { kind: "destroyed" }, 60_100);
  expect(asked).toMatchObject({ call: "look", destroyedAt: NOW + 60_100, callAt: NOW + 60_350 });
  const going = record(asked, { kind: "looked", observed: { ...shown, state: "stopping" } }, 70_100);
  expect(going).toMatchObject({ call: "look", callAt: NOW + 71_100 });
  expect(record(going, { kind: "looked", observed: null }, 72_000)).toMatchObject({ state: "gone", call: null });
});

test("gone after the grace: closed, and nothing was asked", () => {
  expect(record(marked(), { kind: "looked", observed: null }, 60_000)).toMatchObject({ state: "gone" });
  expect(record(marked(), { kind: "looked", observed: { ...shown, state: "gone" } }, 60_000).state).toBe("gone");
});

test("not found proves nothing while the cloud may not show it yet", () => {
  const early = record(marked(), { kind: "looked", observed: null }, 1_000);
  expect(early).toMatchObject({ state: "made", call: "look", callAt: NOW + 5_000 });
  expect(record(marked({ madeAt: null }), { kind: "looked", observed: null }, 1_000).state).toBe("made");
});

test("nor does an answer to a look that was asked so early, however late it is read", () => {
  const answer = { call: "look", outcome: { kind: "looked", observed: null }, askedAt: NOW + 4_999, traits } as const;
  const early = recordStray(marked(), answer, NOW + 60_000);
  expect(early).toMatchObject({ state: "made", call: "look", callAt: NOW + 60_000 });
});

test("a delete without effect is asked for again", () => {
  const asked = marked({ destroyedAt: NOW, call: "look" });
  expect(record(asked, { kind: "looked", observed: shown }, 60_000)).toMatchObject({ call: "destroy" });
});

test("a failed call is tried again later and later, and becomes debt in the end", () => {
  const fault: CallOutcome = { kind: "fault", fault: sampleFault({ class: "transient" }), externalId: null };
  const once = record(marked(), fault, 60_000);
  expect(once).toMatchObject({ failures: 1, debtSince: null, fault: { class: "transient" } });
  expect(once.callAt).toBeGreaterThan(NOW + 60_000);
  const owed = record(once, fault, 600_000);
  expect(owed).toMatchObject({ failures: 2, debtSince: NOW + 600_000 });
  expect(record(owed, fault, 700_000).debtSince).toBe(NOW + 600_000);
  expect(record(owed, { kind: "looked", observed: null }, 700_000).debtSince).toBeNull();
  expect(record(marked({ undoAskedAt: null }), fault, 600_000).debtSince).toBeNull();
});

test("a cloud that only asks for a pause is not left alone for long", () => {
  const fault: CallOutcome = { kind: "fault", fault: sampleFault({ class: "throttle" }), externalId: null };
  let row = marked();
  for (let failures = 1; failures <= 12; failures += 1) row = record(row, fault, 0);
  expect(row).toMatchObject({ failures: 12 });
  expect(row.callAt).toBeLessThanOrEqual(NOW + STEP_BACKOFF.mostMs);
});

test("not found by a delete is as good as accepted, as the fault of a look it proves nothing", () => {
  const fault: CallOutcome = { kind: "fault", fault: sampleFault({ class: "not_found" }), externalId: null };
  expect(record(marked({ call: "destroy" }), fault, 60_000)).toMatchObject({ state: "made", call: "look" });
  expect(record(marked({ call: "look" }), fault, 60_000)).toMatchObject({ state: "made", call: "look", failures: 1 });
});

test.each([
  { kind: "not_sent" },
  { kind: "started" },
  { kind: "console", text: null },
  { kind: "found", observed: [] },
  { kind: "created", observed: shown },
] as const)("any other answer leads to a look: $kind", (outcome) => {
  expect(record(marked({ call: "destroy" }), outcome, 60_000)).toMatchObject({ call: "look", callAt: NOW + 60_000 });
});

test("an answer for a closed row changes nothing", () => {
  const closed = marked({ state: "gone", closedAt: NOW });
  expect(record(closed, { kind: "destroyed" }, 1)).toBe(closed);
});

test("a deployment's row that is opened again is told, and wakes its deployment", () => {
  const world = launched(ALONE);
  world.answer("db", { kind: "fault", fault: sampleFault({ class: "config", scope: "deployment" }), externalId: null });
  expect(world.deployment).toMatchObject({ state: "failed", wakeAt: null });
  const closed = world.machineOf("db");
  const now = world.now + 60_000;
  const late = strayOf(
    { ...shown, name: closed.id },
    { ...NONE, plain: closed },
    { account: closed.account, now, askedAt: now, visibilityMs: 5_000, heldUntil: null },
  );
  if (late === null) throw new Error("what shows after all is a stray");
  expect(world.held(closed.account)).toEqual({});
  const [placement = null] = world.placements;
  world.apply(reopen(world.snapshot(), { closedRow: closed, placement, stray: late }, now));
  expect(world.held(closed.account)).toMatchObject({ instances: 1, hourlyMicros: 10_000 });
  expect(world.machineOf("db")).toMatchObject({ state: "made", externalId: "x-1", undoAskedAt: now, call: "look" });
  expect(world.events.at(-1)?.body).toMatchObject({ kind: "machine_moved", move: "found_late", externalId: "x-1" });
  expect(world.deployment.wakeAt).toBe(now);
  world.pass(60_000 + STRAY_GRACE_MS);
  world.answer("db", { kind: "looked", observed: shown });
  expect(world.machineOf("db")).toMatchObject({ call: "destroy", callAt: world.now });
  world.haulBack();
  expect(world.held(closed.account)).toEqual({});
});

test("one whose placement was pruned is followed all the same", () => {
  const world = launched(ALONE);
  world.answer("db", { kind: "fault", fault: sampleFault({ class: "config", scope: "deployment" }), externalId: null });
  const closedRow = world.machineOf("db");
  const changes = reopen(world.snapshot(), { closedRow, placement: null, stray: { ...closedRow, state: "made" } }, NOW);
  expect(changes.flatMap(({ placements }) => placements)).toEqual([]);
});

test("a row that was closed so long ago that the list must be newer is opened again, to the millisecond", () => {
  const closedAt = AT.askedAt - AT.visibilityMs;
  const closed = (at: number) =>
    strayOf(shown, { ...NONE, plain: sampleMachine({ id: machineId("sw-lost"), state: "gone", closedAt: at }) }, AT);
  expect([closed(closedAt), closed(closedAt - 1)?.state]).toEqual([null, "made"]);
});

test("a stray begins without attempts, costs, calls and failures, and what is seen of it says when it was there", () => {
  const nothing = { attemptNo: 0, placementNo: 0, askOrder: 0, hourlyMicros: null, callNo: 0, failures: 0, missing: 0 };
  expect(marked()).toMatchObject(nothing);
  expect(seeStray(marked({ missing: 2 }), shown, NOW + 5)).toMatchObject({ missing: 0, observedAt: NOW + 5 });
});

test("whatever a stray is asked next begins without the failures of what went before", () => {
  const tired = marked({ failures: 7, callAt: NOW });
  const after = (machine: Machine, answer: { call: "look" | "destroy"; outcome: CallOutcome }, now = NOW + 60_000) =>
    recordStray(machine, { ...answer, askedAt: now, traits }, now);
  const there = { call: "look", outcome: { kind: "looked", observed: shown } } as const;
  const absent = { call: "look", outcome: { kind: "looked", observed: null } } as const;
  const accepted = { call: "destroy", outcome: { kind: "destroyed" } } as const;
  expect(after(tired, there)).toMatchObject({ call: "destroy", failures: 0 });
  expect(after(tired, accepted)).toMatchObject({ call: "look", failures: 0 });
  expect(after(tired, absent)).toMatchObject({ state: "gone", failures: 0 });
  // Asked again after exactly a minute without effect, and looked at until then.
  const asked = { ...tired, destroyedAt: NOW };
  const calls = [NOW + 59_999, NOW + 60_000].map((now) => after(asked, there, now).call);
  expect(calls).toEqual(["look", "destroy"]);
  // Its cloud accepts the delete and ignores it: that stays the reason.
  const ignored = after(asked, there);
  expect([ignored, after(ignored, accepted)].map(({ fault }) => fault?.code)).toEqual(Array(2).fill("delete_ignored"));
  expect(after(asked, there, NOW + 59_999).fault).toBeNull();
});

test("a look is a proof from the moment on in which the stray had to be visible", () => {
  const visibleAt = NOW + traits.visibilityMs;
  const looked = (askedAt: number) =>
    recordStray(
      marked({ madeAt: NOW }),
      { call: "look", outcome: { kind: "looked", observed: null }, askedAt, traits },
      askedAt,
    );
  expect([looked(visibleAt - 1).state, looked(visibleAt).state]).toEqual(["made", "gone"]);
});

test("while a hold lasts a stray is looked at when it is over, and is late from then on", () => {
  const until = NOW + 3_600_000;
  const held = strayOf(shown, NONE, { ...AT, heldUntil: until });
  expect(held).toMatchObject({ undoAskedAt: until, call: "look", callAt: until, debtSince: null });
  const short = strayOf(shown, NONE, { ...AT, heldUntil: NOW + 1 });
  expect(short).toMatchObject({ undoAskedAt: NOW + 1, callAt: NOW + STRAY_GRACE_MS });
});
