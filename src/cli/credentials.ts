// Settings and credentials of accounts, from NAME=VALUE options.

import { Refused } from "./client.ts";
import { badInput } from "./complaint.ts";
import { openQuestions } from "./questions.ts";
import { isInteractive, type Terminal } from "./terminal.ts";
import { readStdinText } from "./text-input.ts";

type Pairs = ReadonlyMap<string, string> | undefined;

/** A setting is JSON where it reads as JSON (`5`, `true`, `["a"]`, `"5"`), else text. */
export function settingsOf(pairs: Pairs): Record<string, ReturnType<typeof settingOf>> {
  return Object.fromEntries([...(pairs ?? [])].map(([name, value]) => [name, settingOf(value)]));
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

function settingOf(value: string): Json {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse returns nothing else
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

/** True when a person, or standard input, has to give one of them. */
export const areAsked = (pairs: Pairs): boolean => [...(pairs?.values() ?? [])].includes("-");

/**
 * Credentials: a value of `-` is asked for without echo on a terminal, and elsewhere read from standard input (for one of them), so
 * that it is in no list of running programs.
 */
export async function credentialsOf(pairs: Pairs, terminal: Terminal): Promise<Record<string, string>> {
  const asked = [...(pairs ?? [])].filter(([, value]) => value === "-").map(([name]) => name);
  if (asked.length > 1 && !isInteractive(terminal)) {
    throw badInput(`standard input has one value only, and ${asked.join(", ")} would each read it`);
  }
  const credentials = new Map(pairs);
  if (asked.length === 0) return Object.fromEntries(credentials);
  if (!isInteractive(terminal)) {
    const given = (await readStdinText(terminal)).replace(/\r?\n$/, "");
    if (given === "") throw badInput(`standard input is empty, and ${asked.join(", ")} is read from it`);
    for (const name of asked) credentials.set(name, given);
    return Object.fromEntries(credentials);
  }
  using questions = openQuestions(terminal);
  for (const name of asked) credentials.set(name, await questions.ask(`${name} (not shown)`, { secret: true }));
  return Object.fromEntries(credentials);
}

/** The server's no to settings and credentials, with where those of the provider are listed. */
export function withFields(error: unknown, provider: string): unknown {
  if (!(error instanceof Refused) || error.problem.code !== "bad_account") return error;
  if (error.problem.errors.some(({ pointer }) => pointer.startsWith("/realms/"))) return error;
  const isUnknown = error.problem.errors.some(({ pointer }) => pointer === "/provider");
  const remedy = isUnknown
    ? "those that there are: slipway provider ls"
    : `what an account there needs: slipway provider show ${provider}`;
  return new Refused(error.exitCode, error.problem, [remedy]);
}
