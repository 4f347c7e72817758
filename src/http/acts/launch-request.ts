// A launch as it is written down: one row, its instances and its first event, in one transaction, once per Idempotency-Key.

import { createHash, randomInt } from "node:crypto";
import { noSuch } from "../../contract/no-such.ts";
import type { LaunchRequest } from "../../contract/deployment.ts";
import type { Pool } from "../../core/account.ts";
import type { ResolvedBlueprint } from "../../core/blueprint/model.ts";
import { type DeploymentId, deploymentId } from "../../core/ids.ts";
import type { Deployment } from "../../core/deployment.ts";
import { allows } from "../../core/people/grants.ts";
import { invariant } from "../../core/invariant.ts";
import { newDeployment } from "../../core/people/new-deployment.ts";
import { askSuccession } from "../../core/people/relaunch.ts";
import { keptTrace, parseTraceHeaders, type TraceHeaders } from "../../core/traceparent.ts";
import { sealTexts } from "../../ports/sealing.ts";
import { type NewDeployment, type Reads, StoreConflict, type Tx } from "../../ports/store.ts";
import {
  type PlannedSource,
  planSource,
  type ResolvedSource,
  resolveSource,
  sourceOf,
} from "../blueprint/blueprint-source.ts";
import type { HttpDeps } from "../http-deps.ts";
import { type Asking, maySee, notPermitted, poolsSeen } from "./find.ts";
import { capped, held } from "../blueprint/capped.ts";
import { leased } from "../blueprint/leased.ts";
import { quarantined } from "../blueprint/quarantined.ts";
import { type PoolAsked, refuseNotOffered } from "../blueprint/offered.ts";
import { badField, Refused, refusedBy } from "../problem.ts";
import { marketIn, refuseOverQuota } from "./launch-question.ts";
import { appliedBefore, noSuchPlan } from "./plan-refusals.ts";
import { writeWaves } from "./waves.ts";

export interface LaunchAsked {
  readonly request: LaunchRequest;
  readonly by: Asking;
  /** Of who asks and their Idempotency-Key, with a digest of what was asked; null: none was sent. */
  readonly key: NewDeployment["requestKey"];
  /** The one that it launches once more; null: none. */
  readonly relaunchOf: DeploymentId | null;
  /** Numbers that members of groups had in that one; none: they count from 1. */
  readonly present?: ReadonlyMap<string, readonly number[]>;
  /** Headers of the request. */
  readonly sender: TraceHeaders;
  /** The plan that it carries out, with the seed of its draws; null: none. */
  readonly plan: {
    readonly id: string;
    readonly seed: number;
    /** Throws plan_changed unless this is the blueprint that was planned. */
    readonly refuseOther: (prepared: Pick<PlannedSource, "blueprint" | "written">) => void;
  } | null;
}

export interface Launched {
  readonly id: DeploymentId;
  /** False when the same request had made it before. */
  readonly isNew: boolean;
}

interface Prepared extends ResolvedSource, PoolAsked {
  readonly source: string;
}

/** What a launch is about, read and checked. Throws for whatever is wrong with the request: nothing is written then. */
async function prepare(deps: HttpDeps, { request, by, plan, present }: LaunchAsked): Promise<Prepared> {
  const { market, ...prepared } = await deps.store.read(async (tx) => {
    const { pool, source, given } = await read(tx, request, by);
    if (!allows(by.grants, { role: "launcher", pool: pool.name })) {
      throw notPermitted(by, { role: "launcher", pool: pool.name });
    }
    const resolved = resolveSource(source, present === undefined ? given : { ...given, present });
    await refuseEmptyPool(tx, pool);
    const blueprint = asAsked(resolved.blueprint, request, pool);
    const market = await marketIn(tx, pool.name, by);
    return { ...resolved, blueprint, source, pool: pool.name, profiles: given.profiles, market };
  });
  if (request.anyway !== true) await refuseNotOffered(deps, prepared, market.accounts);
  const asked = { blueprint: prepared.blueprint, market, by: by.name, seed: plan?.seed ?? 0 };
  await deps.store.read((tx) => refuseOverQuota(tx, asked));
  return prepared;
}

/** What a plan is about. Throws for what keeps it from being made. */
export async function preparePlan(tx: Reads, request: LaunchRequest, by: Asking): Promise<PlannedSource & PoolAsked> {
  const { pool, source, given } = await read(tx, request, by);
  const planned = planSource(source, given);
  const blueprint = asAsked(planned.blueprint, request, pool);
  return { ...planned, blueprint, pool: pool.name, profiles: given.profiles };
}

/** With what whoever launches says in place of the blueprint, as far as the pool allows it. */
function asAsked(blueprint: ResolvedBlueprint, request: LaunchRequest, pool: Pool): ResolvedBlueprint {
  const wished = { ...request, pool };
  return quarantined(held(capped(leased(blueprint, wished), request), request), wished);
}

async function read(tx: Reads, request: LaunchRequest, by: Asking) {
  const pool = poolOf(await poolsSeen(tx, by), request.pool);
  const source = await sourceOf(tx, request.blueprint);
  return { pool, source, given: { parameters: request.parameters ?? {}, profiles: await tx.profiles() } };
}

function poolOf(pools: readonly Pool[], given: string | undefined): Pool {
  const names = pools.map(({ name }) => name);
  const known = names.length === 0 ? "there is none yet" : `there are ${names.join(", ")}`;
  const [only] = pools;
  const usual = pools.find(({ name }) => name === (given ?? "default"));
  if (usual !== undefined) return usual;
  if (given !== undefined) throw badField("/pool", noSuch("pool", given, names), "bad_pool");
  if (only !== undefined && pools.length === 1) return only;
  throw badField("/pool", `say which pool; ${known}`, "bad_pool");
}

/** A pool whose accounts are all busy is a launch that fails with their reasons; one without accounts is a mistake of whoever asks. */
async function refuseEmptyPool(tx: Reads, { name, members }: Pool): Promise<void> {
  if (members.length > 0) return;
  const accounts = await tx.accounts();
  const put = `put one in with \`slipway pool set ${name} --member NAME\``;
  const add = `add one with \`slipway account add NAME --provider PROVIDER --pool ${name}\``;
  const remedy = `${accounts.length > 0 ? put : add}, or choose another pool`;
  throw badField("/pool", `pool ${name} has no account: ${remedy}`, "bad_pool");
}

/** How often names and keys that others take at the same moment are tried around. */
const TRIES_MOST = 8;

export async function launch(deps: HttpDeps, asked: LaunchAsked): Promise<Launched> {
  const { store, secrets } = deps;
  const requestKey = asked.key;
  // Before anything is checked: what was right when it was launched may be wrong by now.
  const earlier = requestKey === null ? null : await store.write((tx) => earlierOf(tx, requestKey, asked.by));
  if (earlier !== null) return earlier;
  const prepared = await prepare(deps, asked);
  // What was read before may have been changed since, and this is what will be written.
  asked.plan?.refuseOther(prepared);
  const sealed = Object.keys(prepared.secrets).length === 0 ? null : sealTexts(secrets, prepared.secrets);
  const insert = async (tx: Tx): Promise<Launched> => {
    const before = await earlierOf(tx, requestKey, asked.by);
    if (before !== null) return before;
    const name = asked.request.name ?? (await freeName(tx, prepared));
    const row = rowOf(asked, { prepared, name, now: await tx.now() });
    if (asked.relaunchOf !== null) await leaveName(tx, row.deployment);
    await tx.insertDeployment({ ...row, secrets: sealed, requestKey });
    if (asked.plan !== null) await takePlan(tx, asked.plan.id, row.deployment.id);
    return { id: row.deployment.id, isNew: true };
  };
  for (let tries = 1; ; tries += 1) {
    try {
      return await store.write(insert);
    } catch (error) {
      if (!(error instanceof StoreConflict)) throw error;
      if (error.what === "deployment" && asked.request.name !== undefined)
        throw nameTaken(asked.request.name, prepared.pool);
      if (tries === TRIES_MOST) throw error;
    }
  }
}

/** Throws plan_applied when another has carried it out meanwhile. */
async function takePlan(tx: Tx, id: string, by: DeploymentId): Promise<void> {
  if (await tx.applyPlan(id, by)) return;
  const plan = await tx.plan(id);
  if (plan === null) throw noSuchPlan(id);
  throw appliedBefore(plan);
}

/** The same for the same request, in whatever order its fields came. Others' keys are theirs: nobody meets them by chance or by guessing. */
export function requestKeyOf(key: string | undefined, request: object, by: Asking): NewDeployment["requestKey"] {
  return key === undefined ? null : { key: digestOf({ by: by.name, key }), digest: digestOf(request) };
}

export function digestOf(request: object): string {
  const text = JSON.stringify(request, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(text).digest("hex");
}

/** What the same request has launched. Throws key_reused for a key that stands for another one, or for what this token does not see. */
export async function earlierOf(tx: Tx, requestKey: NewDeployment["requestKey"], by: Asking): Promise<Launched | null> {
  const known = requestKey === null ? null : await tx.requestKey(requestKey.key);
  if (known === null) return null;
  if (!maySee(by, (await tx.deploymentHead(known.deployment))?.pool ?? null)) {
    const detail = `This Idempotency-Key was used for a launch in a pool that token ${by.token.name} does not see; use a new key for a new request.`;
    throw new Refused("key_reused", detail);
  }
  if (known.digest === requestKey?.digest) return { id: known.deployment, isNew: false };
  const detail = `This Idempotency-Key was used for another launch, ${known.deployment}; use a new key for a new request.`;
  throw new Refused("key_reused", detail);
}

/** From the one that has it, which must have ended. */
async function leaveName(tx: Tx, { id, name, pool, createdBy: by }: Deployment): Promise<void> {
  const [head] = await tx.deploymentsNamed(name, pool);
  if (head === undefined) return;
  const { now, ids } = await tx.lock([head.id]);
  const [snapshot] = await tx.snapshots(ids);
  invariant(snapshot !== undefined, `deployment ${head.id} has no snapshot`);
  const asked = askSuccession(snapshot, { by, now, successor: id });
  if ("refused" in asked) throw refusedBy(asked.refused);
  await writeWaves(tx, asked.changes);
}

function nameTaken(name: string, pool: string): Refused {
  const detail = `deployment ${name} exists already in pool ${pool}; take another name, or delete it first`;
  return badField("/name", detail, "name_taken");
}

/** The blueprint's name, with a number behind it when it is taken. */
async function freeName(tx: Reads, { blueprint, pool }: Prepared): Promise<string> {
  for (let number = 1; number < 20; number += 1) {
    const name = number === 1 ? blueprint.name : numbered(blueprint.name, String(number));
    if ((await tx.deploymentsNamed(name, pool)).length === 0) return name;
  }
  return numbered(blueprint.name, drawn(4));
}

function numbered(name: string, suffix: string): string {
  return `${name.slice(0, 62 - suffix.length)}-${suffix}`;
}

const SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789";

function drawn(count: number): string {
  return Array.from({ length: count }, () => SIGNS.charAt(randomInt(SIGNS.length))).join("");
}

function rowOf(
  { request, by: { name: by }, relaunchOf, plan, sender }: LaunchAsked,
  of: { readonly prepared: Prepared; readonly name: string; readonly now: number },
): Omit<NewDeployment, "secrets" | "requestKey"> {
  const { now, name, prepared } = of;
  const { pool, blueprint, source } = prepared;
  const parent = parseTraceHeaders(sender);
  const traceparent = parent === null ? null : keptTrace(parent);
  const drawnFor = { id: deploymentId(drawn(12)), seed: plan?.seed ?? randomInt(2 ** 31) };
  return {
    ...newDeployment({
      ...drawnFor,
      name,
      pool,
      blueprint,
      partial: request.partial ?? false,
      relaunchOf,
      traceparent,
      by,
      now,
    }),
    source,
  };
}
