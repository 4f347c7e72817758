import { expect, test } from "vitest";
import { sampleFault, sampleMachine } from "../../ports/store.samples.ts";
import { hurried } from "./hurry.ts";
import type { Machine } from "../machine.ts";

const NOW = 1_000;
const refused = sampleFault({ class: "auth", text: "wrong key" });
const putOff = sampleMachine({ call: "create", callAt: 9_000, failures: 3, fault: refused });
const debt: Machine = { ...putOff, state: "made", externalId: "x", undoAskedAt: 1, debtSince: 2, call: "destroy" };
const soon = (machine: Machine, pauses = true) => hurried(machine, NOW, { pauses });

test("a call that was put off after a failure is due, with a fresh back-off", () => {
  expect(soon(putOff)).toEqual({ ...putOff, callAt: NOW, failures: 0 });
  expect(soon({ ...putOff, call: "lookup", state: "in_doubt" })).toMatchObject({ call: "lookup", callAt: NOW });
});

test("debt is due whatever put it off, and a delete without effect is asked for again", () => {
  expect(soon(debt)).toEqual({ ...debt, callAt: NOW, failures: 0 });
  expect(soon({ ...debt, fault: null, call: "look", destroyedAt: 5 })).toMatchObject({
    call: "destroy",
    callAt: NOW,
    destroyedAt: null,
  });
});

test("what is due, or on its way, stays due when it was, with its failures forgotten", () => {
  expect(soon({ ...putOff, callAt: 400 })).toMatchObject({ callAt: 400, failures: 0 });
  expect(soon({ ...debt, callAt: 400 })).toMatchObject({ callAt: 400, failures: 0 });
  for (const callAt of [400, NOW]) expect(soon({ ...putOff, callAt, failures: 0 })).toBeNull();
  expect(soon({ ...putOff, callAt: NOW + 1, failures: 0 })).toMatchObject({ callAt: NOW });
});

test("a pause that the cloud asked for is ended only where it is said to be over", () => {
  const throttled = sampleFault({ class: "throttle" });
  for (const machine of [putOff, debt]) {
    expect(soon({ ...machine, fault: throttled }, false)).toBeNull();
    expect(soon({ ...machine, fault: throttled })).toMatchObject({ callAt: NOW });
    expect(soon(machine, false)).toMatchObject({ callAt: NOW });
  }
});

test("what waits for the cloud to show something, for nobody, or is closed, is left alone", () => {
  expect(soon({ ...putOff, fault: null, failures: 0 })).toBeNull();
  expect(soon({ ...putOff, call: null, callAt: null })).toBeNull();
  expect(soon({ ...debt, state: "gone" })).toBeNull();
});
