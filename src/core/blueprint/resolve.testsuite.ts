// Blueprints from their text to what is resolved, for tests.

import { readBlueprint } from "../../http/blueprint/yaml.ts";
import type { Blueprint } from "./blueprint.ts";
import type { HardwareProfile } from "./model.ts";
import { type Resolved, resolveBlueprint } from "./resolve.ts";

const profile = (name: string, cpu: number): HardwareProfile => ({
  name,
  cpu,
  memoryMib: cpu * 1024,
  storageGib: 10,
  architecture: "x86_64",
  accelerators: 0,
  acceleratorKind: null,
});
export const SMALL = profile("small", 1);
const MEDIUM = profile("medium", 2);
export const PROFILES = [SMALL, MEDIUM];

export function parsed(source: string): Blueprint {
  const read = readBlueprint(source);
  if ("mistakes" in read) throw new Error(read.mistakes.map(({ text }) => text).join("\n"));
  return read.ok;
}

export function resolved(source: string, parameters: Record<string, unknown> = {}, profiles = PROFILES): Resolved {
  return resolveBlueprint(parsed(source), { parameters, profiles });
}

export function ok(source: string, parameters: Record<string, unknown> = {}) {
  const outcome = resolved(source, parameters);
  if ("mistakes" in outcome) throw new Error(outcome.mistakes.map(({ text }) => text).join("\n"));
  return outcome;
}

export function told(outcome: Resolved): readonly string[] {
  if ("ok" in outcome) return [];
  return outcome.mistakes.map(({ line, column, code, pointer, text, hint }) =>
    [`${line}:${column} ${code} ${pointer}`, text, ...(hint === undefined ? [] : [hint])].join(" | "),
  );
}

export const head = "slipway: 1\nname: shop\n";
export const web = (more: string): string =>
  `${head}instances:\n  web: { image: debian-12, profile: small, ${more} }\n`;
export const withParameter = (declaration: string, more = ""): string =>
  `${head}parameters:\n  a: { ${declaration} }\ninstances:\n  web: { image: debian-12, profile: small${more} }\n`;
