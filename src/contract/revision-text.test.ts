import { expect, test } from "vitest";
import type { Event } from "./event.ts";
import type { Revision } from "./revision.ts";
import { changesText, madeRoomText, revisionText } from "./revision-text.ts";

const begunAt = "2026-11-22T10:00:00.000Z";
const revision: Revision = {
  no: 2,
  why: "update",
  by: "ada",
  begunAt,
  endedAt: begunAt,
  outcome: null,
  reason: null,
  changes: [],
};

test.each<[Partial<Revision>, string]>([
  [{ outcome: "succeeded" }, "up 8 min ago"],
  [{ outcome: "failed", reason: "db: kernel panic" }, "failed 8 min ago: db: kernel panic"],
  [{ outcome: "cancelled", reason: "cancelled" }, "cancelled 8 min ago"],
  [{ endedAt: null }, "begun 8 min ago"],
  [{ endedAt: null, reason: "db: kernel panic" }, "going back, begun 8 min ago: db: kernel panic"],
])("of %o the time stands before the reason", (given, told) => {
  const { said, why } = revisionText({ ...revision, ...given });
  expect(`${said} 8 min ago${why}`).toBe(`Revision 2, update by ada: ${told}`);
});

test("what a revision changes is said with the reasons, kept members and launches are not", () => {
  const changes: Revision["changes"] = [
    { name: "app", change: "replace", reasons: ["image changed", "holds the address of db"] },
    { name: "web-3", change: "add", reasons: [] },
    { name: "web-1", change: "keep", reasons: [] },
    { name: "web-2", change: "remove", reasons: ["it is not to be there any more"] },
  ];
  expect(changesText({ changes })).toBe(
    "Changes: replaces app (image changed; holds the address of db), adds web-3, removes web-2 (it is not to be there any more)",
  );
  expect(changesText({ changes: [] })).toBeNull();
});

const removedFirst = (instance: string, no: number): Event => ({
  no: 3,
  revision: no,
  at: begunAt,
  text: "",
  kind: "removed_first",
  instance,
  machine: "sw-1",
});

test("of an update that came to nothing those are named whose machines went for it", () => {
  const told = (outcome: Revision["outcome"], ...events: readonly Event[]) => madeRoomText({ no: 2, outcome }, events);
  expect(told("failed", removedFirst("db", 2))).toBe("db was removed first for it: what was on its disks is gone.");
  expect(told("cancelled", removedFirst("db", 2), removedFirst("web", 2))).toContain("db, web were removed first for");
  expect([told("failed"), told("failed", removedFirst("db", 1))]).toEqual([null, null]);
  expect([told(null, removedFirst("db", 2)), told("succeeded", removedFirst("db", 2))]).toEqual([null, null]);
});
