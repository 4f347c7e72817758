import { expect, test } from "vitest";
import { StoreAway } from "../ports/store.ts";
import { ArchiveRefused } from "./archive-file.ts";
import { StoreUnavailable } from "./errors.ts";
import { refusedBy } from "./restore.ts";

const said = (error: unknown) => refusedBy(error, { dataDir: "/data" });

test.for([
  ["a file that the folder has no room for", Object.assign(new Error("write"), { code: "ENOSPC" })],
  ["a statement that the database has no room for", Object.assign(new Error("could not extend"), { code: "53100" })],
  ["a transaction that the store has no room for", new StoreAway("no_space")],
] as const)("a full disk is told as one, with what to do: %s", ([, error]) => {
  const refused = said(error);
  expect(refused).toBeInstanceOf(StoreUnavailable);
  expect(refused).toMatchObject({ message: expect.stringMatching(/^\/data has no room .* nothing was changed$/) });
});

test("what is wrong otherwise is told as it is", () => {
  for (const error of [new ArchiveRefused("cut off"), new StoreUnavailable("in_use", "in use"), new Error("a bug")]) {
    expect(said(error)).toBe(error);
  }
  expect(said(Object.assign(new Error("read"), { code: "EIO" }))).toMatchObject({ reason: "broken_disk" });
});
