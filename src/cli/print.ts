// How things look as text: columns, money, times. Texts of clouds are shown to people's terminals: control characters are
// taken out of everything that comes from elsewhere.

import { stripVTControlCharacters, styleText } from "node:util";
import { type Sum, sumText } from "../contract/price.ts";

export type Colour = "green" | "red" | "yellow" | "cyan" | "dim" | "bold";
/** Colours a text, or leaves it as it is where colours are not wanted. Colour never is the only sign. */
export type Paint = (colour: Colour, text: string) => string;

export const plain: Paint = (_, text) => text;
export const coloured: Paint = (colour, text) => styleText(colour, text, { validateStream: false });

/** `$0.1200`; from ten dollars on with cents only. */
export function money(dollars: number): string {
  return `$${dollars.toFixed(dollars >= 10 ? 2 : 4)}`;
}

/** `$0.1200 per hour`; where no price is known, that. */
export const hourlyText = (sum: Sum): string => sumText(sum, (dollars) => `${money(dollars)} per hour`);

interface Owing {
  readonly total: number;
  readonly perHour: number;
  readonly unpriced: number;
}

/** `$0.0120 so far, $0.1200 per hour`. */
export const owingText = ({ total, perHour, unpriced }: Owing): string =>
  sumText({ dollars: perHour, unpriced }, (dollars) => `${money(total)} so far, ${money(dollars)} per hour`);

/** `512 MiB`, `1.5 GiB`, `2 TiB`. */
export function memory(mib: number): string {
  if (mib >= 1024 * 1024) return `${Number((mib / 1024 / 1024).toFixed(1))} TiB`;
  return mib < 1024 ? `${mib} MiB` : `${Number((mib / 1024).toFixed(1))} GiB`;
}

const UNITS = [
  { ms: 86_400_000, name: "d", of: "h" },
  { ms: 3_600_000, name: "h", of: "min" },
  { ms: 60_000, name: "min", of: "s" },
] as const;
const PART_MS = { h: 3_600_000, min: 60_000, s: 1_000 } as const;

/** `8 s`, `1 min 05 s`, `2 h 03 min`, `3 d 04 h`. */
export function duration(ms: number): string {
  const whole = Math.max(0, ms);
  const unit = UNITS.find((one) => whole >= one.ms);
  if (unit === undefined) return `${Math.floor(whole / 1000)} s`;
  const part = Math.floor((whole % unit.ms) / PART_MS[unit.of]);
  return `${Math.floor(whole / unit.ms)} ${unit.name} ${String(part).padStart(2, "0")} ${unit.of}`;
}

/** A limit rather than a measurement: `10 min`, without the zeros of the smaller unit. */
export function limit(ms: number): string {
  return duration(ms).replace(/(?<= \S+) 00 \S+$/, "");
}

/** `12 s ago`, `in 3 min 00 s`, `now`. */
export function relative(at: number, now: number): string {
  const ms = at - now;
  if (Math.abs(ms) < 1000) return "now";
  return ms > 0 ? `in ${duration(ms)}` : `${duration(-ms)} ago`;
}

/** Of what comes next: what is due already comes now, also when it has not come yet. */
export const relativeDue = (at: number, now: number): string => relative(Math.max(at, now), now);

/** How long a cloud that throttles is still left alone, as `3 min 00 s`; null when it is not. */
export function pauseLeft(until: string | null, now: number): string | null {
  const leftMs = until === null ? 0 : Date.parse(until) - now;
  return leftMs <= 0 ? null : duration(leftMs + 999);
}

/** Time of day as the reader's clock shows it: `14:03:07`. */
export function clockTime(at: number): string {
  return new Date(at).toTimeString().slice(0, 8);
}

const LISTED_MOST = 6;

/** `a, b, c`; of many the first, and how many more: `a, b, c, d, e and 45 more`. */
export function listed(names: readonly string[]): string {
  if (names.length <= LISTED_MOST) return names.join(", ");
  return `${names.slice(0, LISTED_MOST - 1).join(", ")} and ${names.length - LISTED_MOST + 1} more`;
}

/** The cloud's name of a machine in a table; the 64 digits of a container are cut as `docker ps` cuts them. */
export function shortId(id: string): string {
  return /^[0-9a-f]{64}$/.test(id) ? id.slice(0, 12) : id;
}

/** One printable line: escape sequences, line breaks and other control characters of foreign texts are taken out. */
export function oneLine(text: string): string {
  return visible(stripVTControlCharacters(text).replaceAll(/\s+/g, " ")).trim();
}

/** A line as it stands, without what could drive the terminal. */
export function visible(line: string): string {
  return stripVTControlCharacters(line)
    .replaceAll("\t", "    ")
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, "");
}

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NONE = /^\p{Mark}/u;
const letters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** Letters that take one column for certain: counting them needs no look at each. */
const NARROW = /^[ -~\u00a0-\u02ff–…●○◐◒■✗↺→]*$/;

/** Columns that a text takes on a terminal; colours take none. */
export function widthOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of letters.segment(stripVTControlCharacters(text))) {
    if (NONE.test(segment)) continue;
    width += WIDE.test(segment) ? 2 : 1;
  }
  return width;
}

export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** The text without colours, cut to `width` columns; `…` stands for what was cut. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let left = width - 1;
  let kept = "";
  for (const { segment } of letters.segment(stripVTControlCharacters(text))) {
    left -= widthOf(segment);
    if (left < 0) break;
    kept += segment;
  }
  return width < 1 ? "" : `${kept}…`;
}

const NOTE_MOST = 100;

/** As much of a text as a list needs; the whole is told where one thing is shown. */
export const note = (text: string): string => cut(oneLine(text), NOTE_MOST);

/** Where the whole of what a list has cut is told; nothing where nothing was. */
export function wholeNotes(texts: readonly (string | null)[], command: string): string[] {
  const isCut = texts.some((text) => text !== null && note(text) !== oneLine(text));
  return isCut ? [`A text that ends with … is told whole by: ${command}`] : [];
}

/** A name cut to `width` columns in its middle: its end, often a number, tells it from others. */
export function cutName(name: string, width: number): string {
  const end = name.slice(-Math.floor(width / 3));
  return widthOf(name) <= width ? name : cut(name.slice(0, -end.length), width - widthOf(end)) + end;
}

/** Breaks a text at spaces into lines of at most `width` columns; a longer word is broken where the line ends. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((one) => pieces(one, width))) {
    if (line !== "" && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** To be pasted: what stands in backquotes, and a command at the end of a sentence. */
const COMMAND = /`[^`]+`|(?<=(?:^|: |\bsee |\buse )(?:\S+=\S+ )?)slipway [a-z][^;)]*/g;

/**
 * Prose as lines of at most `width` columns, each below the first indented by `hang`. A word that is longer, and a command to be pasted,
 * stays whole: terminals wrap it so that it can be copied.
 */
export function prose(text: string, width: number, hang = 0): string[] {
  const lead = / */.exec(text)?.[0] ?? "";
  const bound = text.trimStart().replaceAll(COMMAND, (command) => command.replaceAll(" ", "\0"));
  const lines: string[] = [];
  let line = lead;
  let isFresh = true;
  for (const word of bound.split(" ")) {
    if (!isFresh && widthOf(line) + 1 + widthOf(word) > width) {
      lines.push(line);
      line = " ".repeat(lead.length + hang) + word;
    } else {
      line = isFresh ? line + word : `${line} ${word}`;
    }
    isFresh = false;
  }
  return [...lines, line].map((one) => one.trimEnd().replaceAll("\0", " "));
}

function pieces(word: string, width: number): string[] {
  if (widthOf(word) <= width) return [word];
  const found: string[] = [];
  let piece = "";
  for (const { segment } of letters.segment(word)) {
    if (piece !== "" && widthOf(piece) + widthOf(segment) > width) {
      found.push(piece);
      piece = "";
    }
    piece += segment;
  }
  return [...found, piece];
}
