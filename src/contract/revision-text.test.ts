import { expect, test } from "vitest";
import type { Revision } from "./revision.ts";
import { revisionText } from "./revision-text.ts";

const begunAt = "2026-11-22T10:00:00.000Z";
const revision = { no: 2, why: "update", by: "ada", begunAt, endedAt: begunAt, outcome: null, reason: null } as const;

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
