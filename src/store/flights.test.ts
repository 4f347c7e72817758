// What goes to a server together, over a client that notes what it is given.

import { Kysely, sql } from "kysely";
import type { Pool } from "pg";
import { expect, test } from "vitest";
import { StoreAway } from "../ports/store.ts";
import { Flight, together, withCommit } from "./flights.ts";
import type { Tables } from "./schema.ts";
import { serverDialect } from "./server-dialect.ts";

interface Line {
  readonly db: Kysely<Tables>;
  /** Statements that were sent, and in square brackets that one was answered. */
  readonly seen: string[];
  /** Whether connections were thrown away. */
  readonly spent: boolean[];
}

/** Answers in the next turn, unless the statement is among those that it refuses. */
function line(refused: readonly string[] = []): Line {
  const seen: string[] = [];
  const spent: boolean[] = [];
  const client = {
    async query(asked: string | { readonly text: string }): Promise<unknown> {
      const text = typeof asked === "string" ? asked : asked.text;
      seen.push(text);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`[${text}]`);
      if (refused.includes(text)) throw new Error(`refused: ${text}`);
      return { command: text.split(" ")[0]?.toUpperCase(), rowCount: 1, rows: [{ text }] };
    },
    release: (isSpent: boolean) => void spent.push(isSpent),
  };
  const pool = { connect: async () => client, end: async () => undefined };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as much of a pool as the dialect takes
  return { db: new Kysely<Tables>({ dialect: serverDialect(pool as unknown as Pool) }), seen, spent };
}

const BEGIN = "start transaction";

test("a transaction begins with its first look, and what it tells goes with the commit", async () => {
  const { db, seen, spent } = line();
  await db.transaction().execute(async (trx) => {
    expect(await together(trx, [sql`select 1`, sql`select 2`])).toEqual([
      [{ text: "select 1" }],
      [{ text: "select 2" }],
    ]);
    await withCommit(trx, sql`select told`);
  });
  const first = [BEGIN, "select 1", "select 2", `[${BEGIN}]`, "[select 1]", "[select 2]"];
  expect(seen).toEqual([...first, "select told", "commit", "[select told]", "[commit]"]);
  expect(spent).toEqual([false]);
});

test("what writes is not sent before the transaction has begun, and what comes after it neither", async () => {
  const { db, seen, spent } = line([BEGIN]);
  const write = db.transaction().execute((trx) => sql`insert into settings values ('a', 'b')`.execute(trx));
  await expect(write).rejects.toBeInstanceOf(StoreAway);
  expect(seen.filter((text) => text.includes("insert"))).toEqual([]);
  const read = db.transaction().execute((trx) => sql`select 1`.execute(trx));
  await expect(read).rejects.toMatchObject({ reason: "unreachable" });
  expect(spent).toEqual([true, true]);
});

test("nobody overtakes what waits for the beginning", async () => {
  const { db, seen } = line();
  await db.transaction().execute((trx) => together(trx, [sql`select 1`, sql`insert 2`, sql`select 3`]));
  const sent = seen.filter((text) => !text.startsWith("["));
  expect(sent).toEqual([BEGIN, "select 1", "insert 2", "select 3", "commit"]);
});

test("nothing asked, nothing begun", async () => {
  const { db, seen } = line();
  await db.transaction().execute(async () => undefined);
  await expect(db.transaction().execute(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
  expect(seen).toEqual([]);
});

test("of what goes together the first error counts, and none is left that nobody hears", async () => {
  const { db, seen } = line(["select 1", "select 2"]);
  const asked = db.transaction().execute((trx) => together(trx, [sql`select 0`, sql`select 1`, sql`select 2`]));
  await expect(asked).rejects.toThrow("refused: select 1");
  expect(seen.at(-1)).toBe("[rollback]");
  const told = line(["select told"]);
  const untold = told.db.transaction().execute(async (trx) => {
    await sql`select 1`.execute(trx);
    await withCommit(trx, sql`select told`);
  });
  await expect(untold).rejects.toThrow("refused: select told");
});

test("a flight goes once all have begun, and each goes on with its own answer", async () => {
  const { db, seen } = line();
  const ends: string[] = [];
  await db.transaction().execute(async (trx) => {
    const flight = new Flight(trx);
    for (const text of ["update a", "update b"]) {
      flight.add(async (to) => {
        const { rows } = await to.executeQuery(sql.raw(text).compile(trx));
        ends.push(JSON.stringify(rows));
      });
    }
    flight.add(async () => void ends.push("nothing to write"));
    expect(seen).toEqual([]);
    await flight.go();
    await flight.go();
  });
  expect(ends).toEqual(["nothing to write", '[{"text":"update a"}]', '[{"text":"update b"}]']);
  expect(seen).toEqual([BEGIN, `[${BEGIN}]`, "update a", "update b", "[update a]", "[update b]", "commit", "[commit]"]);
});
