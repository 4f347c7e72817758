// Settings and credentials of accounts, from NAME=VALUE options, as the provider's form has them.

import { secretProblem } from "../contract/account.ts";
import { pathOf } from "../contract/pointer.ts";
import { type ProviderField, ProviderList } from "../contract/provider.ts";
import { placeIn, type WhereSetting, withWhere } from "../contract/where.ts";
import { type Client, Refused } from "./client.ts";
import { badInput, Complaint } from "./complaint.ts";
import { oneLine } from "./print.ts";
import { openQuestions } from "./questions.ts";
import { isInteractive, type Terminal } from "./terminal.ts";
import { readFileText, readStdinText } from "./text-input.ts";

type Pairs = ReadonlyMap<string, string> | undefined;

/** What an account at this provider is asked for; nothing where the server knows no such provider, which it says itself. */
export async function fieldsOf(client: Client, provider: string): Promise<readonly ProviderField[]> {
  const { providers } = await client.ask({ path: "/v1/providers", reply: ProviderList });
  return providers.find(({ name }) => name === provider)?.fields ?? [];
}

/**
 * Settings by name. Where text is wanted a value is text, `@FILE` for text of several lines; elsewhere it is JSON where it reads as JSON
 * (`5`, `true`, `["a"]`), else text.
 */
export async function settingsOf(pairs: Pairs, fields: readonly ProviderField[]): Promise<Record<string, Json>> {
  const values: [string, Json][] = [];
  for (const [name, value] of pairs ?? []) {
    const field = fields.find((one) => one.name === name && one.of === "setting");
    values.push([name, isFile(field, value) ? await readFileText(value.slice(1)) : settingOf(value, field)]);
  }
  return Object.fromEntries(values);
}

/** The settings with the account's defaults of where machines are put. */
export function withDefaults<V>(
  settings: Readonly<Record<string, V>>,
  pairs: Pairs,
): Readonly<Record<string, V | WhereSetting>> {
  if (pairs === undefined) return settings;
  const { where: before, ...rest } = settings;
  const where = withWhere(before, pairs);
  return { ...rest, ...(where === undefined ? {} : { where }) };
}

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const isFile = (field: ProviderField | undefined, value: string): boolean =>
  field?.kind === "lines" && value.startsWith("@");

function settingOf(value: string, field: ProviderField | undefined): Json {
  const isText = field !== undefined && field.kind !== "amount" && field.kind !== "flag";
  if (isText && !/^".*"$/s.test(value)) return value;
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse returns nothing else
    return JSON.parse(value) as Json;
  } catch {
    return value;
  }
}

const SECRET = { secret: true, check: async (answer: string) => secretProblem(answer) } as const;

/** True when a person, or standard input, has to give one of them. */
export const areAsked = (pairs: Pairs): boolean => [...(pairs?.values() ?? [])].includes("-");

/** The secrets that an account cannot do without, as far as they can be typed and are not given: somebody at a terminal is asked for them. */
export function missingSecrets(pairs: Pairs, fields: readonly ProviderField[], terminal: Terminal): [string, string][] {
  if (!isInteractive(terminal)) return [];
  const missing = fields.filter(
    (field) =>
      field.of === "credential" && field.isRequired && field.kind !== "lines" && pairs?.has(field.name) !== true,
  );
  return missing.map(({ name }) => [name, "-"]);
}

/**
 * Credentials: a value of `-` is asked for without echo on a terminal, and elsewhere read from standard input (for one of them), so
 * that it is in no list of running programs. Text of several lines, such as a private key, comes from a file: `@FILE`.
 */
export async function credentialsOf(
  pairs: Pairs,
  fields: readonly ProviderField[],
  terminal: Terminal,
): Promise<Record<string, string>> {
  const asked = [...(pairs ?? [])].filter(([, value]) => value === "-").map(([name]) => name);
  if (asked.length > 1 && !isInteractive(terminal)) {
    throw badInput(
      `standard input has one value only, and ${asked.join(", ")} would each read it: run it on a terminal, which asks for each`,
    );
  }
  const credentials = new Map(pairs);
  for (const [name, value] of credentials) {
    const field = fields.find((one) => one.name === name && one.of === "credential");
    if (isFile(field, value)) credentials.set(name, await readFileText(value.slice(1)));
  }
  if (asked.length === 0) return Object.fromEntries(credentials);
  if (!isInteractive(terminal)) {
    const given = (await readStdinText(terminal)).replace(/\r?\n$/, "");
    if (given === "")
      throw badInput(`standard input is empty, and ${asked.join(", ")} is read from it: send its text there`);
    for (const name of asked) credentials.set(name, given);
    return Object.fromEntries(credentials);
  }
  using questions = openQuestions(terminal);
  for (const name of asked) credentials.set(name, await questions.ask(`${name} (not shown)`, SECRET));
  return Object.fromEntries(credentials);
}

/** The server's no to settings and credentials, each mistake by its option, with where those of the provider are listed. */
export function withFields(error: unknown, provider: string): unknown {
  if (!(error instanceof Refused)) return error;
  const { code, errors } = error.problem;
  const told = errors.map(({ pointer, detail }) => `${optionOf(pointer)}: ${oneLine(detail)}`);
  const isAbout = errors.some(({ pointer }) => /^\/(settings|credentials)\//.test(pointer));
  if (code !== "bad_account" && !isAbout) return error;
  if (errors.some(({ pointer }) => pointer.startsWith("/realms/"))) return error;
  const isUnknown = errors.some(({ pointer }) => pointer === "/provider");
  const remedy = isUnknown
    ? "those that there are: slipway provider ls"
    : `what an account there needs: slipway provider show ${provider}`;
  if (told.length < 2) return new Refused(error.exitCode, error.problem, [remedy]);
  const message = `what the account is given has ${told.length} mistakes`;
  return new Complaint(error.exitCode, message, { details: [...told, remedy], cause: error });
}

/** The option that gave what a pointer leads to. */
function optionOf(pointer: string): string {
  const [of, name, ...inside] = pathOf(pointer);
  if (name === undefined || (of !== "settings" && of !== "credentials")) return pathOf(pointer).join(".");
  const place = of === "settings" && name === "where" ? placeIn(inside) : null;
  if (place !== null) return `--where ${place}`;
  return `${of === "settings" ? "--set" : "--credential"} ${[name, ...inside].join(".")}`;
}
