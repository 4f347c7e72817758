// From what a request says about a blueprint to one that can be launched, or to a problem that lists every mistake.

import type { CheckedBlueprint } from "../../contract/blueprint.ts";
import type { BlueprintChoice, ParameterValue } from "../../contract/deployment.ts";
import type { ProblemError } from "../../contract/problem.ts";
import type { Blueprint } from "../../core/blueprint/blueprint.ts";
import { strayNumbers } from "../../core/blueprint/check-instances.ts";
import { inOrder } from "../../core/blueprint/mistake.ts";
import type { HardwareProfile, ResolvedBlueprint } from "../../core/blueprint/model.ts";
import { planBlueprint, resolveBlueprint, unknownProfiles } from "../../core/blueprint/resolve.ts";
import type { Reads } from "../../ports/store.ts";
import type { HttpDeps } from "../http-deps.ts";
import { errorOf, parameterOf, refusedFor } from "./mistakes.ts";
import { checkOffers } from "./offered.ts";
import { findBlueprint } from "../acts/find.ts";
import { showOutline } from "../show/blueprint.ts";
import { readBlueprint } from "./yaml.ts";

/** Throws bad_blueprint with all mistakes; beside others also those in names of hardware profiles, where `profiles` is known. */
export function parseSource(source: string, profiles: readonly HardwareProfile[] | null = null): Blueprint {
  const parsed = readBlueprint(source);
  if ("ok" in parsed) return parsed.ok;
  const unknown = profiles === null ? [] : unknownProfiles(parsed, profiles);
  throw refusedFor("bad_blueprint", inOrder([...parsed.mistakes, ...unknown]));
}

/** The text that is meant. Throws not_found. */
export async function sourceOf(tx: Reads, choice: BlueprintChoice): Promise<string> {
  if ("source" in choice) return choice.source;
  const { name, version } = choice;
  return (await findBlueprint(tx, name, version)).source;
}

interface Given {
  readonly parameters: Readonly<Record<string, ParameterValue>>;
  readonly profiles: readonly HardwareProfile[];
  /** Numbers that members of groups have already. */
  readonly present?: ReadonlyMap<string, readonly number[]>;
}

export interface ResolvedSource {
  readonly written: Blueprint;
  readonly blueprint: ResolvedBlueprint;
  /** Values of secret parameters, in the clear. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Throws bad_blueprint with all mistakes. */
export function resolveSource(source: string, given: Given): ResolvedSource {
  const written = parseSource(source, given.profiles);
  const resolved = resolveBlueprint(written, given);
  if ("mistakes" in resolved) throw refusedFor("bad_blueprint", resolved.mistakes, parameterOf);
  return { written, blueprint: resolved.ok, secrets: resolved.secrets };
}

export interface PlannedSource {
  readonly written: Blueprint;
  readonly blueprint: ResolvedBlueprint;
  /** What a launch would be refused for. */
  readonly spared: readonly ProblemError[];
}

/** Without the parameters that only user data uses. Throws bad_blueprint with all other mistakes. */
export function planSource(source: string, given: Given): PlannedSource {
  const written = parseSource(source, given.profiles);
  const planned = planBlueprint(written, given);
  if ("mistakes" in planned) throw refusedFor("bad_blueprint", planned.mistakes, parameterOf);
  return { written, blueprint: planned.ok, spared: planned.spared.map((mistake) => errorOf(mistake, parameterOf)) };
}

/** A blueprint before it has parameters, held against what the server knows. Throws bad_blueprint with all mistakes. */
export async function checkSource(
  deps: Pick<HttpDeps, "store" | "clock" | "closing">,
  source: string,
  of: Numbering,
): Promise<CheckedBlueprint> {
  const profiles = await deps.store.read((tx) => tx.profiles());
  const blueprint = parseKnown(source, profiles, of);
  const { warnings, checkedAt } = await checkOffers(deps, blueprint, profiles);
  return { ...showOutline(blueprint), warnings: [...warnings], checkedAt: [...checkedAt] };
}

/** Whether members may have other numbers than from 1 on, as in a deployment that is updated or launched once more. */
interface Numbering {
  readonly keepsNumbers: boolean;
}

/** Throws bad_blueprint with all mistakes that there are before there are parameters. */
export function parseKnown(
  source: string,
  profiles: readonly HardwareProfile[],
  { keepsNumbers }: Numbering,
): Blueprint {
  const blueprint = parseSource(source, profiles);
  const mistakes = [...unknownProfiles(blueprint, profiles), ...(keepsNumbers ? [] : strayNumbers(blueprint))];
  if (mistakes.length > 0) throw refusedFor("bad_blueprint", mistakes);
  return blueprint;
}
