// A launch as it is written down: one row, its instances and its first event, in one transaction, once per Idempotency-Key.

import { createHash, randomInt } from "node:crypto";
import { noSuch } from "../../contract/no-such.ts";
import type { LaunchRequest } from "../../contract/deployment.ts";
import type { Pool } from "../../core/account.ts";
import { type DeploymentId, deploymentId } from "../../core/ids.ts";
import type { Deployment } from "../../core/deployment.ts";
import { invariant } from "../../core/invariant.ts";
import { newDeployment } from "../../core/people/new-deployment.ts";
import { askSuccession } from "../../core/people/relaunch.ts";
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
import { leased } from "../blueprint/leased.ts";
import { type PoolAsked, refuseNotOffered } from "../blueprint/offered.ts";
import { badField, Refused, refusedBy } from "../problem.ts";
import { writeWaves } from "./waves.ts";

export interface LaunchAsked {
  readonly request: LaunchRequest;
  readonly by: string;
  /** Idempotency-Key of the request with a digest of what was asked, if it has one. */
  readonly key: NewDeployment["requestKey"];
  /** The one that it launches once more; null: none. */
  readonly relaunchOf: DeploymentId | null;
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
async function prepare(deps: HttpDeps, request: LaunchRequest): Promise<Prepared> {
  const prepared = await deps.store.read(async (tx) => {
    const { pool, source, given } = await read(tx, request);
    const resolved = resolveSource(source, given);
    await refuseEmptyPool(tx, pool);
    const blueprint = leased(resolved.blueprint, { ...request, pool });
    return { ...resolved, blueprint, source, pool: pool.name, profiles: given.profiles };
  });
  if (request.anyway !== true) await refuseNotOffered(deps, prepared);
  return prepared;
}

/** What a plan is about. Throws for what keeps it from being made. */
export async function preparePlan(tx: Reads, request: LaunchRequest): Promise<PlannedSource & PoolAsked> {
  const { pool, source, given } = await read(tx, request);
  const planned = planSource(source, given);
  const blueprint = leased(planned.blueprint, { ...request, pool });
  return { ...planned, blueprint, pool: pool.name, profiles: given.profiles };
}

async function read(tx: Reads, request: LaunchRequest) {
  const pool = await poolOf(tx, request.pool);
  const source = await sourceOf(tx, request.blueprint);
  return { pool, source, given: { parameters: request.parameters ?? {}, profiles: await tx.profiles() } };
}

async function poolOf(tx: Reads, given: string | undefined): Promise<Pool> {
  const pools = await tx.pools();
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
  const earlier = requestKey === null ? null : await store.write((tx) => earlierOf(tx, requestKey));
  if (earlier !== null) return earlier;
  const prepared = await prepare(deps, asked.request);
  const sealed = Object.keys(prepared.secrets).length === 0 ? null : sealTexts(secrets, prepared.secrets);
  const insert = async (tx: Tx): Promise<Launched> => {
    const before = await earlierOf(tx, requestKey);
    if (before !== null) return before;
    const name = asked.request.name ?? (await freeName(tx, prepared));
    const row = rowOf(asked, { prepared, name, now: await tx.now() });
    if (asked.relaunchOf !== null) await leaveName(tx, row.deployment);
    await tx.insertDeployment({ ...row, secrets: sealed, requestKey });
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

/** The same for the same request, in whatever order its fields came. */
export function requestKeyOf(key: string | undefined, request: object): NewDeployment["requestKey"] {
  return key === undefined ? null : { key, digest: digestOf(request) };
}

function digestOf(request: object): string {
  const text = JSON.stringify(request, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash("sha256").update(text).digest("hex");
}

async function earlierOf(tx: Tx, requestKey: NewDeployment["requestKey"]): Promise<Launched | null> {
  const known = requestKey === null ? null : await tx.requestKey(requestKey.key);
  if (known === null) return null;
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
  { request, by, relaunchOf }: LaunchAsked,
  of: { readonly prepared: Prepared; readonly name: string; readonly now: number },
): Omit<NewDeployment, "secrets" | "requestKey"> {
  const { now, name, prepared } = of;
  const { pool, blueprint, source } = prepared;
  const drawnFor = { id: deploymentId(drawn(12)), seed: randomInt(2 ** 31) };
  return {
    ...newDeployment({ ...drawnFor, name, pool, blueprint, partial: request.partial ?? false, relaunchOf, by, now }),
    source,
  };
}
