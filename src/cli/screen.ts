// Lines at the bottom of a terminal that are drawn over again in place, with text that stays above them.

import { widthOf } from "./print.ts";
import type { Terminal } from "./terminal.ts";

export interface Screen {
  /** Replaces the lines drawn last, which must have fitted on the terminal above the line of the cursor. */
  readonly draw: (lines: readonly string[]) => void;
  /** Prints lines that stay, above what is drawn next. */
  readonly above: (lines: readonly string[]) => void;
  /** Shows the cursor again; what was drawn stays. */
  readonly end: () => void;
}

const HIDE_CURSOR = "\u001B[?25l";
const SHOW_CURSOR = "\u001B[?25h";
// Line by line and not all at once: terminals keep a screen that is cleared whole in their scrollback.
const CLEAR_REST_OF_LINE = "\u001B[K";
const CLEAR_BELOW = "\u001B[J";
const up = (lines: number): string => (lines === 0 ? "" : `\u001B[${lines}A`);

export function openScreen({ stdout }: Terminal): Screen {
  let drawn: readonly string[] = [];
  // A window made narrower in the meantime has wrapped what was drawn.
  const height = () => {
    const columns = stdout.columns ?? 80;
    return drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
  };
  const replace = (lines: readonly string[]) => {
    // Cleared before it is written: behind a line as wide as the terminal the cursor stands on its last letter.
    const text = lines.map((line) => `${CLEAR_REST_OF_LINE}${line}\n`).join("");
    stdout.write(`\r${up(height())}${text}${CLEAR_BELOW}`);
  };
  stdout.write(HIDE_CURSOR);
  return {
    draw: (lines) => {
      replace(lines);
      drawn = lines;
    },
    above: (lines) => {
      replace([...lines, ...drawn]);
    },
    end: () => void stdout.write(SHOW_CURSOR),
  };
}
