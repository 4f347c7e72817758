// Values given on the command line: NAME=VALUE pairs, values from files, and questions for what is missing.

import type { Parameter } from "../contract/blueprint.ts";
import type { BlueprintSource } from "./blueprint-file.ts";
import { checkedBlueprint } from "./checked-blueprint.ts";
import type { Client } from "./client.ts";
import { badInput } from "./complaint.ts";
import type { GivenParameters } from "./mistakes.ts";
import { oneLine } from "./print.ts";
import { openQuestions } from "./questions.ts";
import { isInteractive, type Terminal } from "./terminal.ts";
import { readFileText, readStdinText } from "./text-input.ts";

/** For commander: collects `--set a=1 --set b=2` into a map; a name may come once. */
export function collectPair(option: string, form = "NAME=VALUE") {
  return (given: string, before: ReadonlyMap<string, string> = new Map()): Map<string, string> => {
    const equals = given.indexOf("=");
    if (equals < 1) throw badInput(`${option} ${given}: must be ${form}`);
    const name = given.slice(0, equals);
    if (before.has(name)) throw badInput(`${option}: ${name} is given twice: give it once`);
    return new Map([...before, [name, given.slice(equals + 1)]]);
  };
}

export interface Asking {
  readonly terminal: Terminal;
  readonly client: Client;
  /** Which of those without a value are asked for. */
  readonly asksFor: (parameter: Parameter) => boolean;
  /** Comes before the first question: nobody is asked for what would be in vain. */
  readonly beforehand: (values: Record<string, string>) => Promise<unknown>;
  /** What is wrong with the value of this parameter, of those that are given so far; null when nothing is. */
  readonly check: (parameter: string, values: Record<string, string>) => Promise<string | null>;
}

/**
 * The values of a launch: what was given, and on a terminal what a person answers for required ones that were not. Secrets are asked
 * for without echo. The server turns text into the type that the blueprint declares.
 */
export async function parametersOf(
  given: GivenParameters,
  source: BlueprintSource,
  at: Asking,
): Promise<Record<string, string>> {
  const values = await givenValues(given, at.terminal);
  // With the blueprint on standard input nobody is there to answer.
  if (!isInteractive(at.terminal) || source.label === "standard input") return Object.fromEntries(values);
  using questions = openQuestions(at.terminal);
  const outline = await questions.unlessLeft(checkedBlueprint(source, at.client));
  const open = outline.parameters.filter((one) => isOpen(one) && !values.has(one.name) && at.asksFor(one));
  if (open.length > 0) await questions.unlessLeft(at.beforehand(Object.fromEntries(values)));
  for (const parameter of open) {
    const { name, secret } = parameter;
    const check = (answer: string) => at.check(name, { ...Object.fromEntries(values), [name]: answer });
    values.set(name, await questions.ask(messageOf(parameter), { secret, check }));
  }
  return Object.fromEntries(values);
}

/** What the command line and its files say. */
export async function givenValues(
  { set, setFile, fromFiles }: GivenParameters,
  terminal: Terminal,
): Promise<Map<string, string>> {
  const values = new Map([...(fromFiles ?? [])].map(([name, { value }]) => [name, value]));
  for (const [name, value] of set ?? []) values.set(name, value);
  for (const [name, file] of setFile ?? []) {
    if (set?.has(name)) throw badInput(`${name} is given by --set and by --set-file: give it once`);
    values.set(name, await fileValue(file, terminal));
  }
  return values;
}

const isOpen = ({ required, hasDefault }: Parameter): boolean => required && !hasDefault;

function messageOf({ name, description, secret, choices }: Parameter): string {
  const about = description === null ? "" : `, ${oneLine(description)}`;
  const choice = choices === null ? "" : ` (${choices.join(", ")})`;
  return `${name}${about}${choice}${secret ? " (not shown)" : ""}`;
}

/** The content of `@FILE` or `FILE` (`-`: standard input) without the line break at its end, which editors put there. */
async function fileValue(given: string, terminal: Terminal): Promise<string> {
  const file = given.replace(/^@/, "");
  const content = file === "-" ? await readStdinText(terminal) : await readFileText(file);
  return content.replace(/\r?\n$/, "");
}
