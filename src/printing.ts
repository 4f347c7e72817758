// What a server prints: its log on standard output, and words for people on standard error.

import { columnsOf, paintOf, processTerminal } from "./cli/terminal.ts";
import type { Config } from "./config.ts";
import { type Events, eventsTo } from "./log.ts";
import type { Meters } from "./ports/meters.ts";
import type { Spans } from "./ports/spans.ts";
import { readableLog } from "./readable-log.ts";
import { sinkTo } from "./sink.ts";

/** Somebody sits before it. Elsewhere all that a server prints is its log, a JSON object per line. */
export const isTerminal = process.stdout.isTTY === true;

/** `told`: who is told besides the log. */
export function logOf({ logLevel }: Config, told: { meters?: Meters; spans?: Spans } = {}): Events {
  if (!isTerminal) return eventsTo(logLevel, sinkTo(process.stdout.fd, lossLine), told);
  const out = sinkTo(process.stdout.fd, lossText);
  const terminal = processTerminal();
  const print = (text: string): void => out.write(text);
  const readable = readableLog({ print, paint: paintOf(terminal), columns: () => columnsOf(terminal) });
  return eventsTo(logLevel, readable, told);
}

export function tell(events: Events, how: "noticed" | "warned", line: string): void {
  if (isTerminal) say(line);
  else events[how](line);
}

const lossText = (lines: number): string => `${lines} lines could not be written here`;

/** As pino writes a warning. */
function lossLine(lines: number): string {
  return JSON.stringify({ level: 40, time: Date.now(), lines, msg: "lines of this log could not be written" });
}

const forPeople = sinkTo(process.stderr.fd, lossText);

/** For people: why it could not start, and on a terminal what goes on. */
export function say(line: string): void {
  forPeople.write(`slipway: ${line}\n`);
}

/** A server without accounts is somebody's first. */
export function sayWhatNow(url: string): void {
  const slipway = import.meta.filename.endsWith(".ts") ? "bin/slipway" : "slipway";
  const lines = [
    `${slipway} account add --help          add a cloud, such as a Docker engine`,
    `${slipway} launch BLUEPRINT --watch    launch a blueprint and watch`,
    `${slipway} token add ME --role admin   sign in at ${url}`,
  ];
  forPeople.write(`What now, in another terminal:\n${lines.map((line) => `  ${line}\n`).join("")}`);
}
