import { expect, test } from "vitest";
import { StatementNames } from "./server-dialect.ts";

test("a statement has a name from its second time on, the same for all connections", () => {
  const names = new StatementNames();
  expect([1, 2, 3].map(() => names.of("select 1"))).toEqual([null, "r0", "r0"]);
  expect([1, 2].map(() => names.of("update a set b = 1"))).toEqual([null, "r1"]);
});

test("what is asked in a transaction that writes has a name of its own there", () => {
  const names = new StatementNames();
  const ask = (isWriting: boolean) => names.of("select 1", isWriting);
  expect([ask(true), ask(false), ask(true), ask(false)]).toEqual([null, null, "w0", "r1"]);
});

test("what has no plan has no name", () => {
  const names = new StatementNames();
  expect(["commit", "commit", "listen a", "listen a"].map((sql) => names.of(sql))).toEqual([null, null, null, null]);
});

test("texts without end neither fill the server with names nor the process", () => {
  const names = new StatementNames();
  for (let n = 0; n < 5_000; n += 1) expect(names.of(`select ${n}`)).toBeNull();
  const named = Array.from({ length: 400 }, (_, n) => [names.of(`delete ${n}`), names.of(`delete ${n}`)][1]);
  expect(named.filter((name) => name !== null)).toHaveLength(300);
});
