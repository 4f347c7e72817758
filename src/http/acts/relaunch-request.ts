// The request that launches a deployment once more, made of what it was launched from.

import type { LaunchRequest, ParameterValue, RelaunchRequest } from "../../contract/deployment.ts";
import type { Deployment } from "../../core/deployment.ts";
import type { DeploymentId } from "../../core/ids.ts";
import { numbersIn } from "../../core/blueprint/numbers.ts";
import { invariant } from "../../core/invariant.ts";
import { openTexts } from "../../ports/sealing.ts";
import type { Reads } from "../../ports/store.ts";
import type { HttpDeps } from "../http-deps.ts";
import { parseSource, sourceOf } from "../blueprint/blueprint-source.ts";
import { Refused } from "../problem.ts";
import { dollars } from "../show/terms.ts";
import { type Asking, findToAct } from "./find.ts";

type Values = Readonly<Record<string, ParameterValue>>;

interface Former {
  readonly deployment: Deployment;
  readonly source: string;
  /** In the clear; none once it was deleted. */
  readonly secrets: Readonly<Record<string, string>>;
}

interface Formerly {
  /** Its id or its name. */
  readonly key: string;
  readonly by: Asking;
}

/** Throws not_found, or not_permitted. */
async function formerOf(tx: Reads, { secrets }: Pick<HttpDeps, "secrets">, of: Formerly): Promise<Former> {
  const { id } = await findToAct(tx, of.key, of.by);
  const [deployment, source] = [await tx.deployment(id), await tx.launchSource(id)];
  invariant(deployment !== null && source !== null, `deployment ${id} is there in part`);
  return { deployment, source, secrets: openTexts(secrets, (await tx.secretsOf([id])).get(id)) };
}

/** Throws not_found, or not_permitted. */
export function launchSourceOf({ store }: HttpDeps, of: Formerly): Promise<string> {
  return store.read(async (tx) => {
    const { id } = await findToAct(tx, of.key, of.by);
    const source = await tx.launchSource(id);
    invariant(source !== null, `deployment ${id} has no source`);
    return source;
  });
}

export interface Relaunching {
  readonly relaunchOf: DeploymentId;
  /** Numbers that members of its groups had: they have them again. */
  readonly present: ReadonlyMap<string, readonly number[]>;
  readonly request: LaunchRequest;
}

/** Throws not_found, not_in_this_state for one that was deleted, and what is wrong with another blueprint. */
export function relaunchRequestOf(
  deps: HttpDeps,
  by: Asking,
  { key, ...asked }: RelaunchRequest & { readonly key: string },
): Promise<Relaunching> {
  return deps.store.read(async (tx) => {
    const former = await formerOf(tx, deps, { key, by });
    const { id, name, pool, partial, blueprint, deletedAt } = former.deployment;
    if (deletedAt !== null) {
      throw new Refused("not_in_this_state", `Deployment ${name} (${id}) was deleted; launch its blueprint instead.`);
    }
    const isSame = asked.blueprint === undefined;
    const leaseMs = asked.leaseMs ?? (isSame ? (blueprint.policy.leaseMs ?? undefined) : undefined);
    // What was switched off for the former one is off for this one too.
    const { holdMs = isSame ? blueprint.policy.studyMs : undefined } = asked;
    const { quarantineMs = isSame ? blueprint.policy.quarantineMs : undefined } = asked;
    return {
      relaunchOf: id,
      present: numbersIn(blueprint.instances),
      request: {
        blueprint: asked.blueprint ?? { source: former.source },
        name,
        pool,
        parameters: { ...(await inherited(tx, former, asked.blueprint)), ...asked.parameters },
        partial: asked.partial ?? partial,
        ...(leaseMs === undefined ? {} : { leaseMs }),
        ...(holdMs === undefined ? {} : { holdMs }),
        ...(quarantineMs === undefined ? {} : { quarantineMs }),
        ...(isSame && blueprint.policy.maxHourlyMicros !== null
          ? { maxHourly: dollars(blueprint.policy.maxHourlyMicros) }
          : {}),
        ...(asked.anyway === undefined ? {} : { anyway: asked.anyway }),
      },
    };
  });
}

/**
 * Values as they were. Another blueprint takes along those that it declares, and no secret ones: it may tell them to whom the old one did not.
 */
async function inherited(
  tx: Reads,
  { deployment, secrets }: Former,
  blueprint: RelaunchRequest["blueprint"],
): Promise<Values> {
  const values = valuesOf(deployment);
  if (blueprint === undefined) return { ...values, ...secrets };
  const declared = new Set(parseSource(await sourceOf(tx, blueprint)).parameters.map(({ name }) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => declared.has(name)));
}

function valuesOf({ blueprint }: Deployment): Values {
  return Object.fromEntries(
    Object.entries(blueprint.parameters).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}
