// Answers under names are those that PGlite gives by itself, whatever happens between two of them.

import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createStatements } from "./lite-statements.ts";

let lite: PGlite;
let ask: ReturnType<typeof createStatements>;

beforeAll(async () => {
  lite = await PGlite.create();
  ask = createStatements(lite);
});

afterAll(() => lite.close());

const VALUES = `select $1::timestamptz as at, $2::text[] as texts, $3::jsonb as body, $4::float8 as half, $5::int as no,
  $6::boolean as yes, $7::text as nothing, $8::bigint as big`;

test("values of every kind come back as from the database itself, the first time and later", async () => {
  const at = new Date(1_790_000_000_123);
  const given = [at, ['a "quoted" one', "b\\", ""], { deep: [1, null] }, 0.5, -3, true, null, 2 ** 40];
  const { rows } = await lite.query(VALUES, [...given]);
  expect(rows).toEqual([
    { at, texts: given[1], body: given[2], half: 0.5, no: -3, yes: true, nothing: null, big: 2 ** 40 },
  ]);
  for (let time = 1; time <= 8; time += 1) expect((await ask(VALUES, given)).rows).toEqual(rows);
});

test("it says how many rows were written, and none where rows are only read", async () => {
  await ask("create table numbers (no int primary key)", []);
  const writing = "insert into numbers select generate_series($1::int, $2::int)";
  expect((await ask(writing, [1, 3])).affectedRows).toBe(3);
  expect((await ask(writing, [4, 4])).affectedRows).toBe(1);
  expect((await ask("update numbers set no = no where no > $1", [9])).affectedRows).toBe(0);
  expect((await ask("select no from numbers where no < $1", [3])).affectedRows).toBe(0);
});

test("a statement that fails has the database's code, and leaves the connection and its own name as they were", async () => {
  const writing = "insert into numbers select generate_series($1::int, $2::int)";
  const failures: [sql: string, parameters: unknown[], code: string][] = [
    [writing, [4, 5], "23505"],
    [writing, ["four", 5], "22P02"],
    ["select no from nowhere", [], "42P01"],
    ["select", ["one too many"], "08P01"],
  ];
  for (const [sql, parameters, code] of failures) {
    await ask("start transaction", []);
    await expect(ask(sql, parameters)).rejects.toMatchObject({ code });
    await expect(ask("select no from numbers where no < $1", [3])).rejects.toMatchObject({ code: "25P02" });
    await ask("rollback", []);
    expect((await ask("select no from numbers where no < $1", [3])).rows).toEqual([{ no: 1 }, { no: 2 }]);
  }
  expect((await ask(writing, [5, 6])).affectedRows).toBe(2);
});

test("a table that was altered shows what it has now", async () => {
  const reading = "select * from numbers where no = $1";
  for (let time = 1; time <= 7; time += 1) expect((await ask(reading, [1])).rows).toEqual([{ no: 1 }]);
  await ask("alter table numbers add column colour text default 'red'", []);
  expect((await ask(reading, [1])).rows).toEqual([{ no: 1, colour: "red" }]);
});

test("of any number of texts some hundred stay prepared, and all are answered", async () => {
  const held = async () =>
    (await lite.query<{ names: number }>("select count(*)::int as names from pg_prepared_statements")).rows;
  for (const round of [1, 2]) {
    for (let no = 1; no <= 400; no += 1) expect((await ask(`select ${no} as no`, [])).rows).toEqual([{ no }]);
    expect(await held(), `round ${round}`).toEqual([{ names: 250 }]);
  }
});

test("a plan that was made for a small table is made anew when the table has grown", async () => {
  await ask("create table grown (no int primary key, text text)", []);
  await ask("insert into grown values (0, 'x')", []);
  await ask("analyze grown", []);
  const read = async (times: number) => {
    for (let no = 1; no <= times; no += 1) await ask("select text from grown where no = $1::int", [no]);
    await lite.exec("select pg_stat_force_next_flush()");
    const { rows } = await lite.query("select seq_scan from pg_stat_user_tables where relname = 'grown'");
    return rows;
  };
  const small = await read(20);
  expect(await read(20), "the whole of a small table is read").not.toEqual(small);
  await ask("insert into grown select no, repeat('x', 900) from generate_series(1, 2000) no", []);
  const large = await read(250);
  expect(await read(20), "of a large one that is none").toEqual(large);
});

test("who listens hears of what is committed under a name", async () => {
  const heard: string[] = [];
  await lite.listen("colours", (colour) => heard.push(colour));
  for (const colour of ["red", "blue"]) await ask("select pg_notify('colours', $1)", [colour]);
  expect(heard).toEqual(["red", "blue"]);
});
