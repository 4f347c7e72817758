// Mistakes that the server finds in a launch: in the blueprint's text, shown with their lines, or in a parameter's value, shown
// with the argument that gave it.

import { stat } from "node:fs/promises";
import { type LaunchRequest } from "../contract/deployment.ts";
import { Plan } from "../contract/plan.ts";
import type { ProblemError } from "../contract/problem.ts";
import type { BlueprintSource } from "./blueprint-file.ts";
import { type Client, placeOf, Refused } from "./client.ts";
import { Complaint, EXIT } from "./complaint.ts";
import type { FromFile } from "./parameter-files.ts";
import { cut, oneLine } from "./print.ts";

/** What the command line gave of a launch, or of an update. */
export interface GivenParameters {
  readonly name?: string | undefined;
  readonly pool?: string | undefined;
  readonly set?: ReadonlyMap<string, string>;
  readonly setFile?: ReadonlyMap<string, string>;
  /** Of files of parameters: what neither of the others gives. */
  readonly fromFiles?: ReadonlyMap<string, FromFile>;
  /** How many members groups are to have, as `web=3` says it. */
  readonly counts?: ReadonlyMap<string, string>;
  /** Members that go. */
  readonly remove?: readonly string[];
  /** What it is given for; a launch when left out. */
  readonly purpose?: "launch" | "update";
}

/** What `act` returns. Throws a Complaint for the mistakes that the server finds. */
export async function withMistakes<T>(
  source: BlueprintSource,
  act: () => Promise<T>,
  given: GivenParameters = {},
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { code, errors } = error.problem;
    if (code === "not_found" && "name" in source.choice) throw await nowhere(source.label, error);
    if (errors.every(({ line }) => line === undefined)) throw optionMistake(error, given) ?? error;
    const { message, details } = mistakesText(source, errors, given);
    const remedy = code === "not_offered" ? NOT_OFFERED : [];
    throw new Complaint(error.exitCode, message, { details: [...details, ...remedy], cause: error });
  }
}

/** With the options in place of the request's fields; null when it is about something else. */
function optionMistake(error: Refused, given: GivenParameters): Complaint | null {
  const { errors } = error.problem;
  const told = errors.flatMap(({ pointer, detail }) => {
    const argument = argumentAt(pointer, given);
    if (argument !== null) return [{ text: `${argument}: ${detail}`, remedies: [] }];
    const field = OPTIONS.find((one) => pointer === `/${one}`);
    if (field === undefined) return [];
    if (given[field] !== undefined) return [{ text: `--${field}: ${detail}`, remedies: [] }];
    return [{ text: detail, remedies: [`to name it: --${field} ${field.toUpperCase()}`] }];
  });
  const [first, ...more] = told.map(({ text }) => text);
  if (first === undefined || told.length < errors.length) return null;
  const remedies = told.flatMap((one) => one.remedies);
  return new Complaint(error.exitCode, first, { details: [...more, ...remedies], cause: error });
}

const OPTIONS = ["name", "pool"] as const;

/** What `scale` was given for a field of the request: "web=3"; null: it is none of those. */
function argumentAt(pointer: string, { counts, remove }: GivenParameters): string | null {
  const [, field, group = ""] = pointer.split("/");
  const count = field === "counts" ? counts?.get(group) : undefined;
  if (count !== undefined) return `${group}=${count}`;
  return field === "remove" && remove !== undefined ? "--remove" : null;
}

/** What a launch would be refused for, of what a plan tells, but for values that are still to be given; null: nothing. */
export function planMistakes(
  source: BlueprintSource,
  { mistakes, notOffered }: Pick<Plan, "mistakes" | "notOffered">,
  given: GivenParameters,
): Complaint | null {
  // What is wrong with the blueprint itself no answer mends.
  const isGiven = ({ parameter }: ProblemError) =>
    parameter === undefined || [given.set, given.setFile, given.fromFiles].some((map) => map?.has(parameter) === true);
  const wrong = mistakes.filter(isGiven);
  if (wrong.length + notOffered.length === 0) return null;
  const { message, details } = mistakesText(source, [...wrong, ...notOffered], given);
  return new Complaint(EXIT.badInput, message, { details: wrong.length > 0 ? details : [...details, ...NOT_OFFERED] });
}

const NOT_OFFERED = [
  "an image that is there by now is found after a minute at most",
  "a size that is there by now, after an hour at most, and at once with: slipway account check NAME",
  "to launch it all the same: slipway launch --anyway",
];

/** A headline and what stands below it. */
function mistakesText(
  source: BlueprintSource,
  errors: readonly ProblemError[],
  given: GivenParameters,
): { readonly message: string; readonly details: readonly string[] } {
  const lines = "source" in source.choice ? source.choice.source.split(/\r\n?|\n/) : [];
  const told = errors.map((mistake) => valueMistake(mistake, given) ?? textMistake(mistake, lines));
  const [first, ...more] = told;
  if (first !== undefined && first.title !== null && more.length === 0) {
    return { message: first.title, details: first.below };
  }
  const subject = told.every(({ title }) => title !== null)
    ? `the parameters of ${source.label} have`
    : `${source.label} has`;
  const count = more.length === 0 ? "a mistake" : `${errors.length} mistakes`;
  const details = told.flatMap(({ title, below }) => (title === null ? below : [title, ...below]));
  return { message: `${subject} ${count}`, details };
}

/** What is neither a file nor a stored blueprint: whoever wrote it may have meant either. */
async function nowhere(label: string, error: Refused): Promise<Complaint> {
  const near = await nearFile(label);
  const details = [near ?? "those that are stored: slipway blueprint ls"];
  const stored = error.message.charAt(0).toLowerCase() + error.message.slice(1);
  return new Complaint(error.exitCode, `there is no file ${label} here, and ${stored}`, { details, cause: error });
}

const ENDINGS = [".yaml", ".yml", ".json"] as const;

/** Where only the ending was left out, a question that says so; null elsewhere. */
async function nearFile(label: string): Promise<string | null> {
  for (const ending of ENDINGS) {
    const isThere = await stat(label + ending).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isThere) return `did you mean the file ${label}${ending}?`;
  }
  return null;
}

interface Told {
  /** Null: it needs the source's name above it. */
  readonly title: string | null;
  readonly below: readonly string[];
}

function textMistake(mistake: ProblemError, lines: readonly string[]): Told {
  const { parameter } = mistake;
  // A default that does not do where it is used.
  const remedy = parameter === undefined ? [] : [`another value would mend it: ${howToGive(parameter)}`];
  return { title: null, below: [placeOf(mistake), ...quotedLine(mistake, lines), ...remedy] };
}

/** Null when the mistake is not about a value of this command line. */
function valueMistake(
  { parameter, detail }: ProblemError,
  { set, setFile, fromFiles, purpose = "launch" }: GivenParameters,
): Told | null {
  if (parameter === undefined) return null;
  const own = `parameters.${parameter} `;
  const isOwn = detail.startsWith(own);
  // Blueprints are read alike for both.
  const said = detail.replace("give one for the launch", `give one for the ${purpose}`);
  const text = oneLine(isOwn ? said.slice(own.length) : `: ${said}`);
  const toldBy = (option: string): Told => ({ title: `${option}${isOwn ? " " : ""}${text}`, below: [] });
  if (set?.has(parameter) === true) return toldBy(`--set ${parameter}`);
  const file = setFile?.get(parameter);
  if (file !== undefined) return toldBy(`--set-file ${parameter}=${file}`);
  const other = fromFiles?.get(parameter);
  if (other !== undefined) return toldBy(`--param-file ${other.file}: ${parameter}`);
  return isOwn ? { ...toldBy(`parameter ${parameter}`), below: [howToGive(parameter)] } : null;
}

function howToGive(parameter: string): string {
  return `give it with --set ${parameter}=VALUE, or --set-file ${parameter}=FILE when it is secret or long`;
}

const SHOWN_MOST = 100;

/** The line of the mistake with a caret under its column; a long line is cut around the caret. */
function quotedLine({ line, column = 1 }: ProblemError, lines: readonly string[]): string[] {
  const whole = line === undefined ? undefined : lines[line - 1];
  if (whole === undefined || whole.trim() === "") return [];
  const from = Math.max(0, column - SHOWN_MOST);
  const shown = Array.from(whole.slice(from), (letter) => (oneLine(letter) === "" ? " " : letter)).join("");
  const gutter = `    ${line} | `;
  return [
    gutter + cut(shown.trimEnd(), SHOWN_MOST + 20),
    `${" ".repeat(gutter.length - 2)}| ${" ".repeat(column - 1 - from)}^`,
  ];
}

/** What the server has against the value of one parameter; null: nothing. */
export async function wrongValue(client: Client, body: LaunchRequest, parameter: string): Promise<string | null> {
  const { mistakes } = await planned(client, body);
  const mistake = mistakes.find((one) => one.parameter === parameter);
  if (mistake === undefined) return null;
  const own = `parameters.${parameter} `;
  return oneLine(mistake.detail.startsWith(own) ? mistake.detail.slice(own.length) : mistake.detail).replace(/\.$/, "");
}

const VALUES_WRONG: ReadonlySet<string> = new Set(["bad_blueprint", "bad_parameter"]);

/** A plan, or what keeps it from being made. */
export async function planned(client: Client, body: LaunchRequest): Promise<Pick<Plan, "mistakes" | "notOffered">> {
  return (
    client
      .ask({ method: "POST", path: "/v1/plan", body: { ...body, keep: false }, reply: Plan })
      // It may need values that are still to be asked for.
      .catch((error: unknown) => {
        if (!(error instanceof Refused)) throw error;
        if (!VALUES_WRONG.has(error.problem.code)) throw optionMistake(error, body) ?? error;
        return { mistakes: error.problem.errors, notOffered: [] };
      })
  );
}
