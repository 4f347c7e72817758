import { Writable } from "node:stream";
import { processTerminal } from "./terminal.ts";

/**
 * A terminal that knows what a screen uses: text that wraps, line ends, going up, clearing, and scrolling. As on a real one the cursor
 * waits on the last letter of a full line, cannot go above the top, and reaches nothing that has scrolled away.
 */
export function emulator(columns: number, height = 24) {
  const rows: string[] = [""];
  let row = 0;
  let column = 0;
  const top = () => Math.max(0, rows.length - height);
  const down = () => {
    row += 1;
    if (row === rows.length) rows.push("");
  };
  const put = (letter: string) => {
    if (column === columns) {
      down();
      column = 0;
    }
    rows[row] = `${(rows[row] ?? "").padEnd(column).slice(0, column)}${letter}${(rows[row] ?? "").slice(column + 1)}`;
    column += 1;
  };
  /** Where clearing begins. */
  const from = () => Math.min(column, columns - 1);
  const control: Record<string, (count: number) => void> = {
    A: (count) => void (row = Math.max(top(), row - count)),
    K: () => void (rows[row] = (rows[row] ?? "").slice(0, from())),
    J: () => {
      rows[row] = (rows[row] ?? "").slice(0, from());
      for (let below = row + 1; below < rows.length; below += 1) rows[below] = "";
    },
  };
  const stdout = new Writable({
    decodeStrings: false,
    write(text: string, _, done) {
      for (const [token, count, name] of text.matchAll(/\p{Cc}\[\??(\d*)([A-Za-z])|[^]/gu)) {
        if (name !== undefined) control[name]?.(Number(count === "" ? 1 : count));
        else if (token === "\r") column = 0;
        else if (token === "\n") {
          down();
          column = 0;
        } else put(token);
      }
      done();
    },
  });
  return {
    /** All that was ever printed, scrolled away or not. */
    rows,
    terminal: { ...processTerminal(), stdout: Object.assign(stdout, { columns, rows: height }) },
  };
}
