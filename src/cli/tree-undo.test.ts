// The way down as the tree tells it: what is waited for, and why it takes its time.

import { expect, test } from "vitest";
import type { Deployment, Machine } from "../contract/deployment.ts";
import { plain } from "./print.ts";
import { at, CAPACITY, sampleDeployment, sampleInstance, sampleMachine } from "./replies.samples.ts";
import { treeLines } from "./tree.ts";

function lines(machine: Partial<Machine>, given: Partial<Deployment> = {}): string[] {
  const deployment = sampleDeployment({
    state: "rollback_in_progress",
    attempts: [],
    instances: [sampleInstance({ state: "shutting_down", since: at(43), machine: "m-db" })],
    machines: [sampleMachine({ id: "m-db", undoAskedAt: at(43), ...machine })],
    ...given,
  });
  const now = Date.parse(at(72));
  return treeLines(deployment, { now, width: 200, height: Infinity, paint: plain }).slice(1);
}

test("an undo says which call it waits for", () => {
  expect(lines({ call: "console", callAt: at(73) })[0]).toBe("  ↺ db  shutting_down, 29 s, keeping its console first");
  expect(lines({ call: "destroy", callAt: at(73) })[0]).toBe("  ↺ db  shutting_down, 29 s, asking for the delete");
  expect(lines({ call: "look", callAt: at(73) })[0]).toBe("  ↺ db  shutting_down, 29 s, delete accepted, still there");
  expect(lines({ call: "start", callAt: at(73) })[0]).toBe("  ↺ db  shutting_down, 29 s");
});

test("a delete that its cloud accepted and ignores is told with the time that is left", () => {
  const fault = { ...CAPACITY, text: "its cloud accepted the delete and ignores it" };
  expect(lines({ call: "look", callAt: at(73), fault }, { undoBy: at(72 + 61) })).toEqual([
    "  ↺ db  shutting_down, 29 s, its cloud accepted the delete and ignores it",
    "Waiting until nothing is left of db, for another 1 min 01 s at most",
  ]);
  expect(lines({}, { undoBy: at(72) }).at(-1)).toBe("Waiting until nothing is left of db");
});

test("machines of one instance are told apart by their attempts", () => {
  const machines = [1, 2].map((attempt) => sampleMachine({ id: `m-db-${attempt}`, attempt, undoAskedAt: at(43) }));
  expect(lines({}, { machines }).at(-1)).toBe("Waiting until nothing is left of db of attempt 1, db of attempt 2");
});

test("an account that cannot be used is named with its reason", () => {
  const troubles = [{ account: "east", text: "is suspended: key revoked" }];
  expect(lines({}, { troubles }).join(" ")).toContain(
    "Account east is suspended: key revoked; it is tried on, and at once by: slipway account check east",
  );
});
