import { expect, test } from "vitest";
import { eventsTo } from "../log.ts";
import { StoreAway } from "../ports/store.ts";
import { apart, together } from "./apart.ts";

function stage() {
  const lines: unknown[] = [];
  const events = eventsTo("info", { write: (line: string) => void lines.push(JSON.parse(line)) });
  return { lines, telling: { events, kind: "poll", nameOf: String } as const };
}

test("where all are refused each goes by itself, and the one at fault is told and left out", async () => {
  const { lines, telling } = stage();
  const asked: string[] = [];
  const done = await together(telling, ["a", "b", "c"], async (rows) => {
    asked.push(rows.join("+"));
    if (rows.includes("b")) throw new TypeError("a bug");
    return rows.join("+");
  });
  expect([asked, done]).toEqual([
    ["a+b+c", "a", "b", "c"],
    ["a", "c"],
  ]);
  expect(lines).toMatchObject([{ msg: "work broke", pump: "poll", row: "b" }]);
});

test("while the database is away nobody is at fault", async () => {
  const { lines, telling } = stage();
  const away = () => Promise.reject(new StoreAway("no_space"));
  await expect(together(telling, ["a", "b"], away)).rejects.toThrow(StoreAway);
  await expect(apart(telling, ["a", "b"], away)).rejects.toThrow(StoreAway);
  expect(lines).toEqual([]);
});
