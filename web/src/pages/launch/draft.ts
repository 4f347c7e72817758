// The launch form as people fill it in, and the request that it means.

import type { BlueprintOutline, Parameter } from "../../../../src/contract/blueprint.ts";
import type { BlueprintChoice, LaunchRequest, ParameterValue } from "../../../../src/contract/deployment.ts";
import { NAME_PATTERN, NAME_RULE } from "../../../../src/contract/name.ts";
import type { ProblemError } from "../../../../src/contract/problem.ts";
import { Failure } from "../../api.ts";

export interface Draft {
  readonly from: "stored" | "file";
  /** Name and version of a stored one; null is the newest. */
  readonly stored: string;
  readonly version: number | null;
  readonly source: string;
  readonly name: string;
  readonly pool: string;
  /** What was typed, by parameter; those never touched are left out and have their default. */
  readonly values: ReadonlyMap<string, string | boolean>;
  readonly partial: boolean;
  /** How long it runs, in hours, as it was typed; empty: as the blueprint says. */
  readonly lease: string;
  /** How long a failed attempt stays before it is undone, in minutes, as it was typed; 0: not at all; empty: as the blueprint says. */
  readonly hold: string;
  /** How long the machine that an attempt failed for is kept, in hours, as it was typed; likewise. */
  readonly quarantine: string;
}

/** A change of the form. */
export type DraftPart = Partial<Draft>;

export const HOUR_MS = 3_600_000;
export const MINUTE_MS = 60_000;

export const EMPTY: Draft = {
  from: "stored",
  stored: "",
  version: null,
  source: "",
  name: "",
  pool: "",
  values: new Map(),
  partial: false,
  lease: "",
  hold: "",
  quarantine: "",
};

/** Which blueprint is meant; null when none is chosen yet. */
export function choiceOf({ from, stored, version, source }: Draft): BlueprintChoice | null {
  if (from === "file") return source.trim() === "" ? null : { source };
  if (stored === "") return null;
  return version === null ? { name: stored } : { name: stored, version };
}

/** The request without its name, which a plan does not depend on; null as long as no blueprint is chosen. */
export function planOf(draft: Draft, outline: BlueprintOutline | null): LaunchRequest | null {
  const blueprint = choiceOf(draft);
  if (blueprint === null || outline === null) return null;
  const parameters = new Map<string, ParameterValue>();
  for (const parameter of outline.parameters) {
    const value = valueOf(parameter, draft.values.get(parameter.name));
    if (value !== undefined) parameters.set(parameter.name, value);
  }
  return {
    blueprint,
    ...(draft.pool === "" ? {} : { pool: draft.pool }),
    ...(parameters.size === 0 ? {} : { parameters: Object.fromEntries(parameters) }),
    ...(draft.partial ? { partial: true } : {}),
    ...(draft.lease === "" ? {} : { leaseMs: Math.round(Number(draft.lease) * HOUR_MS) }),
    ...(draft.hold === "" ? {} : { holdMs: msOrNone(draft.hold, MINUTE_MS) }),
    ...(draft.quarantine === "" ? {} : { quarantineMs: msOrNone(draft.quarantine, HOUR_MS) }),
  };
}

/** Null for 0, which switches off what the blueprint says. */
function msOrNone(typed: string, unitMs: number): number | null {
  return Number(typed) === 0 ? null : Math.round(Number(typed) * unitMs);
}

/** The server reads numbers and truth values from text; an emptied field means the default but where text may be empty. */
function valueOf(
  { type, choices, hasDefault }: Parameter,
  typed: string | boolean | undefined,
): ParameterValue | undefined {
  if (typed === "" && (type !== "string" || !hasDefault)) return undefined;
  // A box that is not ticked says no.
  if (typed === undefined && type === "boolean" && choices === null && !hasDefault) return false;
  return typed;
}

/** Parameters that a launch needs and that are still empty. */
export function emptyOf({ values }: Draft, { parameters }: BlueprintOutline): readonly string[] {
  return parameters
    .filter((one) => one.required && !one.hasDefault && valueOf(one, values.get(one.name)) === undefined)
    .map(({ name }) => name);
}

/** What is wrong with a name while it is typed; null for none, which means the blueprint's. */
export function nameMistake(name: string): string | null {
  return name === "" || NAME_PATTERN.test(name) ? null : NAME_RULE;
}

/** What the server says is wrong with a parameter. */
export function parameterMistake(errors: readonly ProblemError[], name: string): string | null {
  const found = errors.find(({ parameter }) => parameter === name);
  return found === undefined ? null : found.detail.replace(/^parameters\.\S+ /, "");
}

/** What is wrong with the launch apart from its parameters. */
export function otherMistakes(error: unknown, outline: BlueprintOutline): readonly string[] {
  if (!(error instanceof Failure)) return [];
  if (error.errors.length === 0) return [error.message];
  return error.errors
    .filter(({ parameter }) => !outline.parameters.some(({ name }) => name === parameter))
    .map(mistakeText);
}

export function mistakeText({ detail, line }: ProblemError): string {
  return line === undefined ? detail : `Line ${line}: ${detail}`;
}
