// Finding what a path names, for those who may see it: the rest is not there for them.

import { meantBy, noSuch } from "../../contract/no-such.ts";
import type { Account, Pool } from "../../core/account.ts";
import type { DeploymentHead } from "../../core/deployment.ts";
import { allows, type Grant, grantText, mayActOn, poolsWith, roleIn } from "../../core/people/grants.ts";
import { type AccountId, deploymentId } from "../../core/ids.ts";
import type { Amount } from "../../core/market/amount.ts";
import type { QuotaUse, Reads, StoredBlueprint } from "../../ports/store.ts";
import type { Who } from "../auth.ts";
import { notFound, Refused } from "../problem.ts";

/** What of somebody is held against what they ask for. */
export type Asking = Pick<Who, "name" | "token" | "user" | "since" | "grants">;

/** What they lack: `needed` with no pool is over the whole installation. */
export function notPermitted({ token, user, grants }: Asking, needed: Grant): Refused {
  const whose = user === null ? `token ${token.name}` : `${user} with token ${token.name}`;
  const held = grants.length === 0 ? "none" : [...new Set(grants.map(grantText))].join(", ");
  const there = needed.pool === null ? "" : ` in pool ${needed.pool}`;
  const detail = `This needs the role ${needed.role}${there}; ${whose} has ${held}: use a token with that role, or ask an admin for it.`;
  return new Refused("not_permitted", detail);
}

/** Whether somebody may see what is in the pool. */
export const maySee = ({ grants }: Pick<Asking, "grants">, pool: string | null): boolean =>
  allows(grants, { role: "viewer", pool });

/** For lists: of which pools somebody sees deployments; nothing: of all. */
export function seenPools({ grants }: Pick<Asking, "grants">): { readonly pools?: readonly string[] } {
  const pools = poolsWith(grants, "viewer");
  return pools === null ? {} : { pools };
}

/** By id, deleted ones too; else by name. Throws not_found, or ambiguous_name with the ids. */
export async function findDeployment(tx: Reads, key: string, asking: Asking): Promise<DeploymentHead> {
  const byId = await tx.deploymentHead(deploymentId(key));
  if (byId !== null && maySee(asking, byId.pool)) return byId;
  const [named, ...others] = (await tx.deploymentsNamed(key)).filter(({ pool }) => maySee(asking, pool));
  if (named === undefined) throw notFound(`deployment ${key}`, meantBy(key, await newestNames(tx, asking)));
  if (others.length === 0) return named;
  const all = [named, ...others];
  const where = all.map(({ id, pool }) => `${id} in pool ${pool}`).join(", ");
  const detail = `Several deployments are called ${key}: ${where}. Use the id.`;
  throw new Refused("ambiguous_name", detail, { candidates: all.map(({ id }) => id) });
}

/** The same for who wants to do something with it. Throws not_permitted, too. */
export async function findToAct(tx: Reads, key: string, asking: Asking): Promise<DeploymentHead> {
  const found = await findDeployment(tx, key, asking);
  if (mayActOn(asking.grants, asking, found)) return found;
  if (!allows(asking.grants, { role: "launcher", pool: found.pool })) {
    throw notPermitted(asking, { role: "launcher", pool: found.pool });
  }
  const whom = found.createdBy === asking.name ? `another who had the name ${asking.name} before` : found.createdBy;
  const detail = `Deployment ${found.name} was launched by ${whom}; what others launched is for the role operator in pool ${found.pool}, and ${asking.name} has ${roleIn(asking.grants, found.pool)}.`;
  throw new Refused("not_permitted", detail);
}

/** Of so many that were launched last one may be meant. */
const NEWEST = 200;

async function newestNames(tx: Reads, asking: Asking): Promise<string[]> {
  const { rows } = await tx.deployments({ limit: NEWEST, ...seenPools(asking) });
  return rows.map(({ deployment }) => deployment.name);
}

export async function findAccount(tx: Reads, name: string): Promise<Account> {
  const account = await tx.accountNamed(name);
  if (account !== null) return account;
  throw notThere("account", name, [...(await accountNames(tx)).values()]);
}

export async function findPool(tx: Reads, name: string, asking: Asking): Promise<Pool> {
  return findNamed("pool", name, await poolsSeen(tx, asking));
}

/** Those that somebody sees. */
export async function poolsSeen(tx: Reads, asking: Asking): Promise<readonly Pool[]> {
  return (await tx.pools()).filter(({ name }) => maySee(asking, name));
}

/** The newest version, unless one is named. */
export async function findBlueprint(tx: Reads, name: string, version?: number): Promise<StoredBlueprint> {
  const stored = await tx.blueprint(name, version);
  if (stored !== null) return stored;
  const newest = version === undefined ? null : await tx.blueprint(name);
  if (newest !== null) {
    throw new Refused(
      "not_found",
      `There is no version ${version} of blueprint ${name}: its newest is ${newest.version}.`,
    );
  }
  throw notThere(
    "blueprint",
    name,
    (await tx.blueprints()).map((one) => one.name),
  );
}

/** Of a list that is short enough to be told. */
export function findNamed<T extends { readonly name: string }>(kind: string, name: string, all: readonly T[]): T {
  const found = all.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw notThere(
    kind,
    name,
    all.map((one) => one.name),
  );
}

/** What a path names and is not there. */
function notThere(kind: string, name: string, known: readonly string[]): Refused {
  const text = noSuch(kind, name, known);
  return new Refused("not_found", text.charAt(0).toUpperCase() + text.slice(1));
}

/** Names of accounts by id. */
export async function accountNames(tx: Reads): Promise<ReadonlyMap<AccountId, string>> {
  return new Map((await tx.accounts()).map(({ id, name }) => [id, name]));
}

/** What each of them holds, by name. */
export async function heldBy(tx: Reads, whose: QuotaUse["of"]): Promise<ReadonlyMap<string, Amount>> {
  return new Map((await tx.quotas()).flatMap(({ of, name, held }) => (of === whose ? [[name, held]] : [])));
}
