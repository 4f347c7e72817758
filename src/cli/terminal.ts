// The outside of the command line: environment, streams, clock. Commands get it as a value, so that tests can stand in.

import type { Readable, Writable } from "node:stream";
import type { Environment } from "./connection.ts";
import { coloured, type Paint, plain, prose } from "./print.ts";

type Output = Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };

export interface Terminal {
  readonly env: Environment;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Output;
  readonly stderr: Output;
  /** The reader's clock, ms since 1970. */
  readonly now: () => number;
  /** Calls `act` again and again; returns a function that ends that. */
  readonly every: (ms: number, act: () => void) => () => void;
  /** Calls `act` on Ctrl-C or SIGTERM instead of ending the program; returns a function that ends that. */
  readonly onInterrupt: (act: () => void) => () => void;
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

export function processTerminal(): Terminal {
  const { env, stdin, stdout, stderr } = process;
  return {
    env,
    stdin,
    stdout,
    stderr,
    now: Date.now,
    every: (ms, act) => {
      const timer = setInterval(act, ms);
      return () => clearInterval(timer);
    },
    onInterrupt: (act) => {
      for (const signal of SIGNALS) process.on(signal, act);
      return () => {
        for (const signal of SIGNALS) process.off(signal, act);
      };
    },
  };
}

/** Somebody sits at both ends: questions may be asked. */
export function isInteractive({ stdin, stderr }: Terminal): boolean {
  return stdin.isTTY === true && stderr.isTTY === true;
}

/** What is redrawn needs a terminal that can move its cursor. */
export function isLive({ stdout, env }: Terminal): boolean {
  return stdout.isTTY === true && env["TERM"] !== "dumb";
}

/** Columns of a terminal; a pipe takes lines of any length. */
export function columnsOf({ stdout }: Terminal): number {
  return stdout.isTTY === true ? (stdout.columns ?? 80) : Number.POSITIVE_INFINITY;
}

/** NO_COLOR (no-color.org) counts when it is not empty. */
export function paintOf({ stdout, env }: Terminal): Paint {
  const wanted = stdout.isTTY === true && env["TERM"] !== "dumb" && !env["NO_COLOR"];
  return wanted ? coloured : plain;
}

export function say({ stdout }: Terminal, ...lines: readonly string[]): void {
  for (const line of lines) stdout.write(`${line}\n`);
}

/** Says sentences, wrapped where a terminal is narrower; spaces in front of one are its indentation. */
export function tell(terminal: Terminal, ...sentences: readonly string[]): void {
  const width = columnsOf(terminal);
  say(terminal, ...sentences.flatMap((sentence) => prose(sentence, width)));
}

/** Says sentences to whoever reads messages. */
export function remark({ stderr }: Pick<Terminal, "stderr">, ...sentences: readonly string[]): void {
  const width = stderr.isTTY === true ? (stderr.columns ?? 80) : Number.POSITIVE_INFINITY;
  for (const line of sentences.flatMap((sentence) => prose(sentence, width))) stderr.write(`${line}\n`);
}

const NAME = "slipway: ";

/** A message with what stands below it. What begins with a space is drawn, and stays as it is. */
export function warn({ stderr }: Pick<Terminal, "stderr">, message: string, details: readonly string[] = []): void {
  const width = stderr.isTTY === true ? (stderr.columns ?? 80) : Number.POSITIVE_INFINITY;
  const lines = details.flatMap((one) => (one.startsWith(" ") ? [`  ${one}`] : prose(`  ${one}`, width, 2)));
  for (const line of [...prose(NAME + message, width, NAME.length), ...lines]) stderr.write(`${line}\n`);
}
