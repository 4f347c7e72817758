// What goes to a server together, over a client that notes what it is given.

import { Kysely, sql } from "kysely";
import type { Connection, Pool } from "pg";
import { expect, test } from "vitest";
import { StoreAway } from "../ports/store.ts";
import { beginningOf, Flight, together, withCommit } from "./flights.ts";
import type { Tables } from "./schema.ts";
import { serverDialect } from "./server-dialect.ts";
import type { ServerFlight } from "./server-flight.ts";

interface Line {
  readonly db: Kysely<Tables>;
  /** Statements that were sent, and in square brackets that one was answered. */
  readonly seen: string[];
  /** Whether connections were thrown away. */
  readonly spent: boolean[];
}

const TEXT = 25;

/** Answers a flight in the next turn, until a statement is among those that it refuses. */
function line(refused: readonly string[] = []): Line {
  const seen: string[] = [];
  const spent: boolean[] = [];
  const texts = new Map<string, string>();
  async function query(flight: ServerFlight): Promise<void> {
    const sent: string[] = [];
    const connection = {
      stream: { cork: () => undefined, uncork: () => undefined },
      close: ({ name }: { readonly name: string }) => texts.delete(name),
      parse: ({ name, text }: { readonly name: string; readonly text: string }) => {
        expect(texts.has(name) && name !== "", "a name that is known is not given anew").toBe(false);
        texts.set(name, text);
      },
      bind: ({ statement }: { readonly statement: string }) => sent.push(texts.get(statement) ?? "nobody knows what"),
      describe: () => undefined,
      execute: () => undefined,
      sync: () => undefined,
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as much of a connection as a flight takes
    flight.submit(connection as unknown as Connection);
    seen.push(...sent);
    await new Promise((resolve) => setImmediate(resolve));
    for (const text of sent) {
      seen.push(`[${text}]`);
      if (refused.includes(text)) return flight.handleError(new Error(`refused: ${text}`));
      flight.handleRowDescription({ fields: [{ ...FIELD, name: "text", dataTypeID: TEXT }] });
      flight.handleDataRow({ fields: [text] });
      flight.handleCommandComplete({ text: `${text.split(" ")[0]?.toUpperCase()} 1` });
    }
    flight.handleReadyForQuery();
  }
  const client = {
    query: (flight: ServerFlight) => void query(flight),
    release: (isSpent: boolean) => spent.push(isSpent),
  };
  const pool = { connect: async () => client, end: async () => undefined };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as much of a pool as the dialect takes
  return { db: new Kysely<Tables>({ dialect: serverDialect(pool as unknown as Pool) }), seen, spent };
}

const FIELD = { tableID: 0, columnID: 0, dataTypeSize: 0, dataTypeModifier: 0, format: "text" };
const BEGIN = beginningOf({});
const begun = BEGIN.map((text) => `[${text}]`);

test("a transaction begins with its first statement, and what it tells goes with the commit", async () => {
  const { db, seen, spent } = line();
  await db.transaction().execute(async (trx) => {
    expect(await together(trx, [sql`select 1`, sql`insert 2`])).toEqual([
      [{ text: "select 1" }],
      [{ text: "insert 2" }],
    ]);
    await withCommit(trx, sql`select told`);
  });
  const first = [...BEGIN, "select 1", "insert 2", ...begun, "[select 1]", "[insert 2]"];
  expect(seen).toEqual([...first, "select told", "commit", "[select told]", "[commit]"]);
  expect(spent).toEqual([false]);
});

test("one that only reads goes by whatever plan is the best for its values", () => {
  expect(beginningOf({ accessMode: "read only", isolationLevel: "repeatable read" })).toEqual([
    "start transaction isolation level repeatable read read only",
  ]);
});

test("of a transaction that has not begun nothing is sent any more, and nobody goes on with its connection", async () => {
  const { db, seen, spent } = line([BEGIN[0] ?? ""]);
  const write = db.transaction().execute(async (trx) => {
    await sql`insert into settings values ('a', 'b')`.execute(trx).catch(() => undefined);
    await sql`insert into settings values ('c', 'd')`.execute(trx);
  });
  await expect(write).rejects.toMatchObject({ reason: "unreachable" });
  await expect(write).rejects.toBeInstanceOf(StoreAway);
  expect(seen.filter((text) => text.startsWith("["))).toEqual([`[${BEGIN[0]}]`]);
  expect(seen.filter((text) => text.includes("'c'"))).toEqual([]);
  expect(spent).toEqual([true]);
});

test("a name that was given in vain is given anew", async () => {
  const refused = ["select 1"];
  const { db, seen } = line(refused);
  const look = () => sql`select 1`.execute(db);
  for (let times = 0; times < 3; times += 1) await expect(look()).rejects.toThrow("refused: select 1");
  refused.pop();
  for (let times = 0; times < 3; times += 1) expect((await look()).rows).toEqual([{ text: "select 1" }]);
  expect(seen).not.toContain("nobody knows what");
});

test("a parameter that cannot be written is said of its statement, and nothing is sent", async () => {
  const { db, seen } = line();
  const look = sql`select ${new Date(Number.NaN)}`;
  await expect(look.execute(db)).rejects.toThrow(RangeError);
  await expect(db.transaction().execute((trx) => look.execute(trx))).rejects.toThrow(RangeError);
  expect(seen).toEqual([]);
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
  expect(seen).toEqual([...BEGIN, "update a", "update b", ...begun, "[update a]", "[update b]", "commit", "[commit]"]);
});
