import { expect, test } from "vitest";
import { chainOf, eventsTo } from "./log.ts";

test("a line says what happened and to whom", () => {
  const lines: string[] = [];
  const events = eventsTo("info", { write: (line: string) => void lines.push(line) });
  events.strayFound("east", "sw-lost", "x-1");
  events.callAnswered(
    { machine: "m", deployment: null, traceparent: null, account: "a", call: "look", callNo: 1 },
    "looked",
  );
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { msg: "stray found", account: "east", machine: "sw-lost", externalId: "x-1" },
  ]);
});

test("an error is told with its causes, whatever was thrown", () => {
  const text = chainOf(new Error("outer", { cause: new TypeError("inner", { cause: "a word" }) }));
  expect(text).toMatch(/Error: outer[^]*caused by TypeError: inner[^]*caused by "a word"/);
});

test("a chain that goes round in circles ends", () => {
  const error = new Error("round");
  error.cause = error;
  expect(chainOf(error).match(/Error: round/g)).toHaveLength(8);
});
