// What an update asks for: the deployment as it is, against a blueprint with its values.

import type { BlueprintChoice, ParameterValue } from "../../contract/deployment.ts";
import type { ProblemError } from "../../contract/problem.ts";
import type { UpdateRequest } from "../../contract/update.ts";
import { cannotUpdate } from "../../core/change/begin.ts";
import type { UpdateQuestion } from "../../core/change/plan.ts";
import type { Blueprint } from "../../core/blueprint/blueprint.ts";
import type { LaunchPolicy, ResolvedBlueprint } from "../../core/blueprint/model.ts";
import { numbersIn } from "../../core/blueprint/numbers.ts";
import { planBlueprint } from "../../core/blueprint/resolve.ts";
import { invariant } from "../../core/invariant.ts";
import { noSuchInstance } from "../../core/people/requests.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import { emptyMarket, type Market } from "../../core/market/market.ts";
import type { PlanRow } from "../../ports/plans.ts";
import { openTexts } from "../../ports/sealing.ts";
import { PUBLIC_URL, type Reads } from "../../ports/store.ts";
import { parseSource, planSource, resolveSource, sourceOf } from "../blueprint/blueprint-source.ts";
import { counted } from "../blueprint/counted.ts";
import { leased } from "../blueprint/leased.ts";
import { readBlueprint } from "../blueprint/yaml.ts";
import type { HttpDeps } from "../http-deps.ts";
import { chosenMembers } from "./chosen-members.ts";
import { refuseMoved } from "./plan-refusals.ts";
import { Refused, refusedBy } from "../problem.ts";

export interface Questioned {
  readonly question: UpdateQuestion;
  readonly written: Blueprint;
  readonly source: string;
  /** Values of secret parameters, in the clear. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Parameters without a value, which only user data uses: a plan does without. */
  readonly spared: readonly ProblemError[];
}

export interface UpdateAsked {
  readonly snapshot: Snapshot;
  readonly present: string;
  /** Asked last: who carries it out locks accounts, pool and users with that, and others wait. */
  readonly market: () => Promise<Market | null>;
  readonly request: UpdateRequest;
  /** To be carried out: every parameter has a value. */
  readonly isWhole: boolean;
  /** What is to be carried out as it was shown; null: none is. */
  readonly plan: PlanRow | null;
}

/** Throws not_in_this_state where there is nothing to update, plan_changed where it has moved on, no_such_instance for one that is not there, and what is wrong with the blueprint. */
export async function questionOf(
  tx: Reads,
  deps: Pick<HttpDeps, "secrets">,
  { snapshot, present, market, request, isWhole, plan }: UpdateAsked,
): Promise<Questioned> {
  const { deployment } = snapshot;
  const { id, pool } = deployment;
  const cannot = cannotUpdate(snapshot);
  if (cannot !== null) throw refusedBy(cannot.refused);
  // What it names may be gone since.
  if (plan !== null) refuseMoved(plan, deployment);
  refuseStrangers(snapshot, request.allowReplace ?? []);
  const chosen = chosenMembers(deployment.blueprint, request);
  const source = counted(await sourceMeant(tx, present, request.blueprint), chosen.counts, {
    isUnseen: isWhole && plan === null,
  });
  const secrets = openTexts(deps.secrets, (await tx.secretsOf([id])).get(id));
  const profiles = await tx.profiles();
  const written = parseSource(source);
  const parameters = { ...inherited(written, deployment.blueprint, secrets), ...request.parameters };
  const given = { parameters, profiles, present: chosen.present };
  const planned = planSource(source, given);
  const own = planBlueprint(readable(present), {
    profiles,
    parameters: inherited(readable(present), deployment.blueprint, secrets),
    present: numbersIn(deployment.blueprint.instances),
  });
  const kept = keptPolicy(planned.blueprint.policy, deployment.blueprint.policy, "ok" in own ? own.ok.policy : null);
  const resolved = isWhole ? resolveSource(source, given) : null;
  const wanted = { ...(resolved ?? planned).blueprint, policy: kept };
  // The lease that it has runs on, whatever its pool allows by now.
  const after = kept.leaseMs === deployment.blueprint.policy.leaseMs ? wanted : await bound(tx, wanted, pool);
  const callbackBase = (await tx.setting(PUBLIC_URL)) ?? "";
  const question = {
    snapshot,
    after,
    allowReplace: request.allowReplace ?? [],
    changedSecrets: changedSecrets(written, parameters, secrets),
    market: (await market()) ?? emptyMarket(pool),
    now: await tx.now(),
    callbackBase,
  };
  return { question, written, source, spared: planned.spared, secrets: resolved?.secrets ?? {} };
}

/** Whoever allows what is not there means another. */
function refuseStrangers(snapshot: Snapshot, allowed: readonly string[]): void {
  const stranger = allowed.find((name) => !snapshot.instances.some((one) => one.name === name));
  if (stranger === undefined) return;
  const no = noSuchInstance(snapshot, stranger);
  if ("refused" in no) throw refusedBy(no.refused);
}

async function bound(tx: Reads, blueprint: ResolvedBlueprint, name: string): Promise<ResolvedBlueprint> {
  const pool = (await tx.pools()).find((one) => one.name === name);
  invariant(pool !== undefined, `there is no pool ${name}`);
  return leased(blueprint, { pool });
}

const sourceMeant = async (tx: Reads, present: string, choice: BlueprintChoice | undefined): Promise<string> =>
  choice === undefined ? present : sourceOf(tx, choice);

/** It was launched from it. */
function readable(present: string): Blueprint {
  const parsed = readBlueprint(present);
  if ("ok" in parsed) return parsed.ok;
  throw new Refused("bad_blueprint", "The deployment's own blueprint cannot be read by this version any more.");
}

/** A cap, a lease, a hold and a quarantine that whoever launched gave beside the blueprint stay. `own`: what the blueprint alone said; null: not known any more. */
function keptPolicy(after: LaunchPolicy, has: LaunchPolicy, own: LaunchPolicy | null): LaunchPolicy {
  const isCapped = has.maxHourlyMicros !== null && has.maxHourlyMicros !== own?.maxHourlyMicros;
  const cap = Math.min(after.maxHourlyMicros ?? Infinity, has.maxHourlyMicros ?? Infinity);
  return {
    ...after,
    maxHourlyMicros: isCapped ? cap : after.maxHourlyMicros,
    leaseMs: has.leaseMs === own?.leaseMs ? after.leaseMs : has.leaseMs,
    studyMs: has.studyMs === own?.studyMs ? after.studyMs : has.studyMs,
    quarantineMs: has.quarantineMs === own?.quarantineMs ? after.quarantineMs : has.quarantineMs,
  };
}

type Values = Readonly<Record<string, ParameterValue>>;

/** As they are, of those that the blueprint declares: a secret one stays with a name that is secret as well. */
function inherited({ parameters }: Blueprint, blueprint: ResolvedBlueprint, secrets: Values): Values {
  const known = new Map(Object.entries(blueprint.parameters));
  const kept = new Map(Object.entries(secrets));
  const values = parameters.flatMap(({ name, secret }) => {
    const value = (secret ? kept : known).get(name) ?? null;
    return value === null ? [] : [[name, value] as const];
  });
  return Object.fromEntries(values);
}

function changedSecrets({ parameters }: Blueprint, given: Values, secrets: Values): ReadonlySet<string> {
  const [now, before] = [new Map(Object.entries(given)), new Map(Object.entries(secrets))];
  const secret = parameters.filter((one) => one.secret).map(({ name }) => name);
  return new Set(secret.filter((name) => now.has(name) && String(now.get(name)) !== before.get(name)));
}
