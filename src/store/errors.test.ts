import { expect, test } from "vitest";
import { AWAY, type AwayReason, StoreAway, StoreConflict } from "../ports/store.ts";
import { translate } from "./errors.ts";

function errorOf(message: string, fields: Record<string, string> = {}): Error {
  return Object.assign(new Error(message), fields);
}

const reasonOf = (error: unknown): AwayReason | null => (error instanceof StoreAway ? error.reason : null);

/** One or more codes of each class by which a server, or the way to it, says that it is away. */
const AWAY_CODES: Readonly<Record<AwayReason, readonly string[]>> = {
  unreachable: ["08000", "08001", "08006", "08P01", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOENT"],
  refused: ["28000", "28P01", "3D000", "42501", "55000"],
  restarting: ["57000", "57P01", "57P02", "57P03", "57P04"],
  no_space: ["53100", "ENOSPC", "EDQUOT"],
  no_memory: ["53200", "ENOMEM"],
  no_connections: ["53300", "EMFILE", "ENFILE"],
  read_only: ["25006", "EROFS"],
  broken_disk: ["58000", "58030", "58P01", "EIO"],
  busy: ["25P03", "25P04", "40001", "40P01", "53000", "53400", "55P03", "57014"],
};

test.for(Object.entries(AWAY_CODES))("%s is told from its codes", async ([reason, codes]) => {
  for (const code of codes) {
    const cause = errorOf("in the server's own words", { code });
    const error = translate(cause);
    expect([code, reasonOf(error)]).toEqual([code, reason]);
    expect(error).toMatchObject({ cause, message: expect.not.stringContaining("own words") });
  }
});

test.for(["22P02", "23502", "23514", "42P01", "42601", "54000", "P0001", "XX000", "XX001"])(
  "%s is about what was asked, whatever its text repeats",
  (code) => {
    const text = code.startsWith("54") || code.startsWith("XX") ? "index row is too large" : "out of memory";
    const error = errorOf(text, { code, severity: "ERROR" });
    expect(translate(error)).toBe(error);
  },
);

test.for<[string, Record<string, string>, AwayReason]>([
  ["Connection terminated unexpectedly", {}, "unreachable"],
  ["Client has encountered a connection error and is not queryable", {}, "unreachable"],
  ["driver has already been destroyed", {}, "unreachable"],
  ["timeout exceeded when trying to connect", {}, "no_connections"],
  ['PANIC:  could not write to file "pg_wal/xlogtemp.42": No space left on device', { severity: "PANIC" }, "no_space"],
  ["database is not accepting commands that assign new transaction IDs", { code: "54000" }, "read_only"],
  ["could not resize shared memory segment: No space left on device", { code: "XX000" }, "no_space"],
  ["memory access out of bounds", { severity: "PANIC" }, "no_memory"],
  ["unreachable", { severity: "PANIC" }, "restarting"],
  ["terminating connection due to an unexpected error", { code: "XX000", severity: "FATAL" }, "restarting"],
])("what comes without a code that says enough is told from its text or its severity: %s", ([text, fields, reason]) => {
  expect(reasonOf(translate(errorOf(text, fields)))).toBe(reason);
});

test("a transaction that only reads and is told so has been used to write, which is a mistake", () => {
  const error = errorOf("cannot execute UPDATE in a read-only transaction", { code: "25006" });
  expect(translate(error, "read")).toBe(error);
  expect(reasonOf(translate(error, "write"))).toBe("read_only");
});

test("a name that is taken is a conflict, and any other broken rule is not", () => {
  const taken = errorOf("duplicate key", { code: "23505", constraint: "account_name_taken" });
  expect(translate(taken)).toMatchObject({ name: "StoreConflict", what: "account" });
  expect(translate(taken)).toBeInstanceOf(StoreConflict);
  const other = errorOf("duplicate key", { code: "23505", constraint: "deployments_pkey" });
  expect(translate(other)).toBe(other);
});

test("what is said of an outage names no place", () => {
  for (const text of Object.values(AWAY)) expect(text).toMatch(/^[a-zA-Z, -]+$/);
});
