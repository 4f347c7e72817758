import { expect, test } from "vitest";
import { sampleMachine } from "../ports/store.samples.ts";
import { knownOf, refOf } from "./machine.ts";

test("a provider is told what it finds a machine by, and whether it was asked to go", () => {
  const handle = { disk: "d-1" };
  const machine = sampleMachine({ externalId: "i-1", handle });
  const ref = { name: machine.id, realm: "east-1", externalId: "i-1", handle };
  expect(refOf(machine)).toEqual({ ...ref, isLeaving: false });
  expect(refOf({ ...machine, undoAskedAt: 1 })).toEqual({ ...ref, isLeaving: true });
});

test("one without an id of the cloud's cannot be asked about by it", () => {
  const machine = sampleMachine({ externalId: "i-1" });
  expect(knownOf(machine)).toEqual({ ...refOf(machine), externalId: "i-1" });
  expect(() => knownOf({ ...machine, externalId: null })).toThrow(machine.id);
});
