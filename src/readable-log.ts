// The log for whoever sits before it: a line of JSON becomes a line of text. Elsewhere it stays JSON, which programs read. A
// package for that (pino-pretty) brings thirteen others for what are a few lines here.

import { oneLine, type Paint, visible, wrapped } from "./cli/print.ts";

interface Destination {
  write(line: string): void;
}

const LEVELS: Readonly<Record<number, { readonly word: string; readonly colour: "dim" | "yellow" | "red" }>> = {
  20: { word: "debug", colour: "dim" },
  40: { word: "warning", colour: "yellow" },
  50: { word: "error", colour: "red" },
};
/** As wide as the time and the gap behind it. */
const INDENT = " ".repeat(10);

interface Screen {
  readonly print: (text: string) => void;
  readonly paint: Paint;
  /** How wide it is now. */
  readonly columns: () => number;
}

/** Takes lines of JSON as pino writes them, and prints them for people. */
export function readableLog(screen: Screen): Destination {
  return { write: (line) => screen.print(`${readableLines(line, screen).join("\n")}\n`) };
}

function readableLines(line: string, { paint, columns }: Screen): string[] {
  // What pino wrote is an object; its values are anybody's.
  const { level, time, msg, error, ...fields }: Record<string, unknown> = JSON.parse(line);
  const look = LEVELS[Number(level)];
  const clock = new Date(Number(time)).toTimeString().slice(0, 8);
  const pairs = Object.entries(fields).filter(([, value]) => value !== null);
  const facts = pairs.map(([name, value]) => `${name}=${textOf(value)}`).join(" ");
  const text = [look?.word, oneLine(String(msg)), facts].filter(Boolean).join("  ");
  const [first = "", ...more] = wrapped(text, columns() - INDENT.length);
  // A chain of errors has a line per call, which says more as it stands.
  const chain = typeof error === "string" ? error.split("\n").map((one) => INDENT + visible(one)) : [];
  const shown = look === undefined ? first : first.replace(look.word, paint(look.colour, look.word));
  return [`${paint("dim", clock)}  ${shown}`, ...more.map((one) => INDENT + one), ...chain];
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(textOf).join(",");
  if (isFault(value)) return quotedText(`${value.class}: ${value.text} [${value.code}]`);
  return quotedText(typeof value === "string" ? value : JSON.stringify(value));
}

function isFault(value: unknown): value is { readonly class: string; readonly code: string; readonly text: string } {
  return typeof value === "object" && value !== null && "class" in value && "code" in value && "text" in value;
}

/** In quotes where it would run into what follows. */
function quotedText(text: string): string {
  const clean = oneLine(text);
  return /^[^\s"=]+$/.test(clean) ? clean : `“${clean}”`;
}
