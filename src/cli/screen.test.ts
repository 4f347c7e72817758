import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { openScreen } from "./screen.ts";
import { emulator } from "./emulator.samples.ts";
import { processTerminal } from "./terminal.ts";

const shown = (rows: readonly string[]) => rows.filter((row) => row !== "");

test("each drawing replaces the one before, longer or shorter", () => {
  const { rows, terminal } = emulator(20);
  const screen = openScreen(terminal);
  screen.draw(["one", "a longer line", "three"]);
  screen.draw(["ONE", "short"]);
  expect(shown(rows)).toEqual(["ONE", "short"]);
  screen.draw(["1", "2", "3", "4"]);
  screen.end();
  expect(shown(rows)).toEqual(["1", "2", "3", "4"]);
});

test("what is printed above stays, in order and over several rows", () => {
  const { rows, terminal } = emulator(10);
  const screen = openScreen(terminal);
  screen.draw(["tree"]);
  screen.above(["first step"]);
  screen.above(["a second, longer step"]);
  screen.draw(["tree", "more"]);
  expect(shown(rows)).toEqual(["first step", "a second, ", "longer ste", "p", "tree", "more"]);
});

test("lines that a narrower window has wrapped are replaced whole", () => {
  const { rows, terminal } = emulator(10);
  const screen = openScreen(terminal);
  screen.draw(["0123456789abc", "x"]);
  screen.draw(["y"]);
  expect(shown(rows)).toEqual(["y"]);
});

test("a line as wide as the terminal keeps its last letter", () => {
  const { rows, terminal } = emulator(10);
  const screen = openScreen(terminal);
  screen.draw(["0123456789", "x"]);
  screen.draw(["9876543210", "y"]);
  expect(shown(rows)).toEqual(["9876543210", "y"]);
});

test("what fills the terminal up to the line of the cursor is drawn over without a trace", () => {
  const { rows, terminal } = emulator(10, 4);
  const screen = openScreen(terminal);
  for (const no of [1, 2, 3]) screen.draw([`${no} one`, `${no} two`, `${no} three`]);
  expect(shown(rows)).toEqual(["3 one", "3 two", "3 three"]);
});

test("the cursor is hidden while drawing and shown in the end", () => {
  const written: string[] = [];
  const stdout = new Writable({ decodeStrings: false, write: (text: string, _, done) => (written.push(text), done()) });
  openScreen({ ...processTerminal(), stdout }).end();
  expect(written).toEqual(["\u001B[?25l", "\u001B[?25h"]);
});
