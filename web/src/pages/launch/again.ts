// An ended deployment launched once more from the form: blueprint and values as they were, until somebody changes them.

import type { Parameter } from "../../../../src/contract/blueprint.ts";
import type { Deployment, LaunchRequest, RelaunchRequest } from "../../../../src/contract/deployment.ts";
import { type Draft, EMPTY, HOUR_MS, MINUTE_MS } from "./draft.ts";

export interface Former {
  readonly deployment: Deployment;
  /** The text that it was launched from. */
  readonly source: string;
}

/** The form filled in as it was; secret values are not told to pages. */
export function draftAgain({ deployment, source }: Former): Draft {
  const { pool, parameters, partial, leaseMs, holdMs, quarantineMs } = deployment;
  const values = Object.entries(parameters).flatMap(([name, value]) =>
    value === null ? [] : [[name, typeof value === "boolean" ? value : String(value)] as const],
  );
  const lease = leaseMs === null ? "" : String(leaseMs / HOUR_MS);
  const hold = holdMs === null ? "" : String(holdMs / MINUTE_MS);
  const quarantine = quarantineMs === null ? "" : String(quarantineMs / HOUR_MS);
  return { ...EMPTY, from: "file", source, pool, values: new Map(values), partial, lease, hold, quarantine };
}

/** What is asked for. A blueprint that nobody changed is not sent: secret values go along with it alone. */
export function againOf(
  { source }: Former,
  draft: Draft,
  { blueprint, parameters, leaseMs, holdMs, quarantineMs }: LaunchRequest,
): RelaunchRequest {
  const isSame = draft.from === "file" && draft.source === source;
  return {
    ...(isSame ? {} : { blueprint }),
    ...(parameters === undefined ? {} : { parameters }),
    partial: draft.partial,
    ...(leaseMs === undefined ? {} : { leaseMs }),
    ...(holdMs === undefined ? {} : { holdMs }),
    ...(quarantineMs === undefined ? {} : { quarantineMs }),
  };
}

/** Secret parameters that nobody has to fill in: they are as they were. */
export function keptSecrets(
  { source }: Former,
  draft: Draft,
  outline: { readonly parameters: readonly Pick<Parameter, "name" | "secret">[] } | null,
): ReadonlySet<string> {
  if (outline === null || draft.from !== "file" || draft.source !== source) return new Set();
  return new Set(outline.parameters.filter(({ secret }) => secret).map(({ name }) => name));
}
