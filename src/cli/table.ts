// Rows of text in columns, for terminals of any width and for pipes.

import { cut, oneLine, padded, widthOf, wrapped } from "./print.ts";

export interface Column<R> {
  readonly title: string;
  readonly of: (row: R) => string;
  readonly right?: true;
}

const GAP = "  ";
/** Below that a text is a ladder of words. */
const LAST_LEAST = 20;

/**
 * A table with a line of titles; columns with nothing in them are left out. No line is wider than `width`, which may be infinite.
 * Where there is no room for all, the last column is broken into several lines; where that is too little, columns stand below
 * their row with their titles, from the last one on. Nothing is lost: only a first column wider than the terminal is cut.
 */
export function table<R>(rows: readonly R[], all: readonly Column<R>[], width: number): string[] {
  const columns = all.filter((column) => rows.some((row) => column.of(row) !== ""));
  const cells = rows.map((row) => columns.map((column) => oneLine(column.of(row))));
  const widths = columns.map(({ title }, at) =>
    Math.max(...[title, ...cells.map((row) => row[at] ?? "")].map(widthOf)),
  );
  const beside = besideOf(widths, width);
  const lineOf = (texts: readonly string[]): string => {
    const placed = texts.slice(0, beside).map((text, at) => {
      const room = widths[at] ?? 0;
      if (columns[at]?.right === true) return " ".repeat(Math.max(0, room - widthOf(text))) + text;
      return at === beside - 1 ? text : padded(text, room);
    });
    return cut(placed.join(GAP).trimEnd(), width);
  };
  const linesOf = (row: readonly string[]): string[] => {
    if (beside < columns.length) return [lineOf(row), ...below(columns.slice(beside), row.slice(beside), width)];
    const before = startOf(widths, beside - 1);
    const [first = "", ...more] = wrapped(row.at(-1) ?? "", width - before);
    return [lineOf([...row.slice(0, -1), first]), ...more.map((text) => " ".repeat(before) + text)];
  };
  return [lineOf(columns.map(({ title }) => title)), ...cells.flatMap(linesOf)];
}

/** Where a column begins. */
function startOf(widths: readonly number[], column: number): number {
  return widths.slice(0, column).reduce((sum, each) => sum + each + GAP.length, 0);
}

/** How many columns stand beside each other. */
function besideOf(widths: readonly number[], width: number): number {
  const last = widths.length - 1;
  const least = Math.min(widths[last] ?? 0, LAST_LEAST);
  if (last <= 0 || startOf(widths, last) + least <= width) return widths.length;
  const tooWide = widths.findIndex((each, at) => startOf(widths, at) + each > width);
  return Math.max(1, tooWide === -1 ? last : tooWide);
}

/** What a row has no room for: each text behind its title, as many on a line as fit. */
function below(columns: readonly { readonly title: string }[], texts: readonly string[], width: number): string[] {
  const indent = GAP;
  const room = Math.max(1, width - indent.length);
  const lines: string[] = [];
  for (const [at, { title }] of columns.entries()) {
    const text = texts[at] ?? "";
    if (text === "" || text === "-") continue;
    const pair = `${title} ${text}`;
    const joined = `${lines.at(-1) ?? ""}${" "}${GAP}${pair}`;
    if (lines.length > 0 && widthOf(joined) <= room) lines[lines.length - 1] = joined;
    else lines.push(...wrapped(pair, room));
  }
  return lines.map((line) => indent + line);
}
