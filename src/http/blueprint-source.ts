// From what a request says about a blueprint to one that can be launched, or to a problem that lists every mistake.

import type { CheckedBlueprint } from "../contract/blueprint.ts";
import type { BlueprintChoice, ParameterValue } from "../contract/deployment.ts";
import type { ProblemError } from "../contract/problem.ts";
import type { Account } from "../core/account.ts";
import type { Blueprint } from "../core/blueprint/blueprint.ts";
import { type Mistake, mistakeAt, quoted } from "../core/blueprint/mistake.ts";
import type { HardwareProfile, ResolvedBlueprint } from "../core/blueprint/model.ts";
import { didYouMean } from "../core/blueprint/nearest.ts";
import { resolveBlueprint, unknownProfiles } from "../core/blueprint/resolve.ts";
import type { Reads } from "../ports/store.ts";
import type { HttpDeps } from "./deps.ts";
import { reportImages } from "./images.ts";
import { notFound, Refused } from "./problem.ts";
import { showOutline } from "./show-blueprint.ts";
import { readBlueprint } from "./yaml.ts";

/** Throws bad_blueprint with all mistakes. */
export function parseSource(source: string): Blueprint {
  const parsed = readBlueprint(source);
  if ("mistakes" in parsed) throw badBlueprint(parsed.mistakes);
  return parsed.ok;
}

/** The text that is meant. Throws not_found. */
export async function sourceOf(tx: Reads, choice: BlueprintChoice): Promise<string> {
  if ("source" in choice) return choice.source;
  const { name, version } = choice;
  const stored = await tx.blueprint(name, version);
  if (stored === null)
    throw notFound(version === undefined ? `blueprint ${name}` : `version ${version} of blueprint ${name}`);
  return stored.source;
}

export interface ResolvedSource {
  readonly blueprint: ResolvedBlueprint;
  /** Values of secret parameters, in the clear. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** Throws bad_blueprint with all mistakes. */
export function resolveSource(
  source: string,
  parameters: Readonly<Record<string, ParameterValue>>,
  profiles: readonly HardwareProfile[],
): ResolvedSource {
  const resolved = resolveBlueprint(parseSource(source), { parameters, profiles });
  if ("mistakes" in resolved) throw badBlueprint(resolved.mistakes, parameterOf);
  return { blueprint: resolved.ok, secrets: resolved.secrets };
}

/** A blueprint before it has parameters, held against what the server knows. Throws bad_blueprint with all mistakes. */
export async function checkSource(
  deps: Pick<HttpDeps, "store" | "clock" | "closing">,
  source: string,
): Promise<CheckedBlueprint> {
  const blueprint = parseSource(source);
  const accounts = await deps.store.read(async (tx) => {
    await refuseUnknownProfiles(tx, source);
    return tx.accounts();
  });
  const known = accounts.filter(({ offersAt }) => offersAt !== null);
  const warnings = known.length === 0 ? [] : await imagesNowhere(deps, blueprint, known);
  return { ...showOutline(blueprint), warnings, checkedAt: known.map(({ name }) => name) };
}

/** Throws bad_blueprint with all mistakes. */
export async function refuseUnknownProfiles(tx: Reads, source: string): Promise<void> {
  const unknown = unknownProfiles(parseSource(source), await tx.profiles());
  if (unknown.length > 0) throw badBlueprint(unknown);
}

/** Images that are written out and that no account offers at present. */
async function imagesNowhere(
  deps: Pick<HttpDeps, "store" | "clock" | "closing">,
  { groups }: Blueprint,
  accounts: readonly Account[],
): Promise<ProblemError[]> {
  const written = groups.flatMap(({ images }) => images.flatMap((one) => (one.kind === "known" ? [one] : [])));
  const report = await reportImages(deps, accounts, [...new Set(written.map(({ value }) => value))]);
  return written.flatMap(({ value, spot }) => {
    if (report.of(value) !== "nowhere") return [];
    const remedy = didYouMean(value, report.names, "name one that exists, or map it: slipway account set --image");
    const says = `names the image ${quoted(value)}, which no account offers at present: ${remedy}`;
    return [errorOf(mistakeAt(spot, { code: "bad_value", says }))];
  });
}

/** Of a mistake in resolving: the parameter whose value it is about; see resolveBlueprint. */
function parameterOf({ pointer }: Mistake): string | undefined {
  const [, name] = /^\/parameters\/([^/]+)$/.exec(pointer) ?? [];
  return name?.replaceAll("~1", "/").replaceAll("~0", "~");
}

function badBlueprint(mistakes: readonly Mistake[], about: typeof parameterOf = () => undefined): Refused {
  const [first] = mistakes;
  const more = mistakes.length > 1 ? ` (and ${mistakes.length - 1} more)` : "";
  const place = first === undefined || about(first) !== undefined ? "" : `Line ${first.line}: `;
  const detail = first === undefined ? "It cannot be read." : `${place}${first.text}${more}`;
  const errors = mistakes.map((mistake) => {
    const parameter = about(mistake);
    return parameter === undefined ? errorOf(mistake) : { ...errorOf(mistake), parameter };
  });
  return new Refused("bad_blueprint", detail, { errors });
}

function errorOf({ pointer, line, column, text, hint }: Mistake): ProblemError {
  return { pointer, line, column, detail: hint === undefined ? text : `${text} ${hint}` };
}
