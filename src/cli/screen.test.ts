import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { openScreen } from "./screen.ts";
import { processTerminal } from "./terminal.ts";

/** A terminal of so many columns that knows what a screen uses: text that wraps, line ends, going up, clearing. */
function emulator(columns: number) {
  const rows: string[] = [""];
  let row = 0;
  let column = 0;
  const put = (letter: string) => {
    if (column === columns) {
      row += 1;
      column = 0;
    }
    rows[row] = `${(rows[row] ?? "").padEnd(column).slice(0, column)}${letter}${(rows[row] ?? "").slice(column + 1)}`;
    column += 1;
  };
  const control: Record<string, (count: number) => void> = {
    A: (count) => void (row = Math.max(0, row - count)),
    K: () => void (rows[row] = (rows[row] ?? "").slice(0, column)),
    J: () => void rows.splice(row, Infinity, (rows[row] ?? "").slice(0, column)),
  };
  const stdout = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      for (const [token, count, name] of text.matchAll(/\p{Cc}\[\??(\d*)([A-Za-z])|[^]/gu)) {
        if (name !== undefined) control[name]?.(Number(count === "" ? 1 : count));
        else if (token === "\r") column = 0;
        else if (token === "\n") [row, column] = [row + 1, 0];
        else put(token);
      }
      done();
    },
  });
  return {
    rows,
    terminal: { ...processTerminal(), stdout: Object.assign(stdout, { columns }) },
  };
}

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

test("the cursor is hidden while drawing and shown in the end", () => {
  const written: string[] = [];
  const stdout = new Writable({ decodeStrings: false, write: (text: string, _, done) => (written.push(text), done()) });
  openScreen({ ...processTerminal(), stdout }).end();
  expect(written).toEqual(["\u001B[?25l", "\u001B[?25h"]);
});
