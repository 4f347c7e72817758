// Finding what a path names.

import { meantBy, noSuch } from "../../contract/no-such.ts";
import type { Account, Pool } from "../../core/account.ts";
import type { DeploymentHead } from "../../core/deployment.ts";
import { type AccountId, deploymentId } from "../../core/ids.ts";
import type { Reads, StoredBlueprint } from "../../ports/store.ts";
import { notFound, Refused } from "../problem.ts";

/** By id, deleted ones too; else by name. Throws not_found, or ambiguous_name with the ids. */
export async function findDeployment(tx: Reads, key: string): Promise<DeploymentHead> {
  const byId = await tx.deploymentHead(deploymentId(key));
  if (byId !== null) return byId;
  const [named, ...others] = await tx.deploymentsNamed(key);
  if (named === undefined) throw notFound(`deployment ${key}`, meantBy(key, await newestNames(tx)));
  if (others.length === 0) return named;
  const all = [named, ...others];
  const where = all.map(({ id, pool }) => `${id} in pool ${pool}`).join(", ");
  const detail = `Several deployments are called ${key}: ${where}. Use the id.`;
  throw new Refused("ambiguous_name", detail, { candidates: all.map(({ id }) => id) });
}

/** Of so many that were launched last one may be meant. */
const NEWEST = 200;

async function newestNames(tx: Reads): Promise<string[]> {
  return (await tx.deployments({ limit: NEWEST })).rows.map(({ deployment }) => deployment.name);
}

export async function findAccount(tx: Reads, name: string): Promise<Account> {
  const account = await tx.accountNamed(name);
  if (account !== null) return account;
  throw notThere("account", name, [...(await accountNames(tx)).values()]);
}

export async function findPool(tx: Reads, name: string): Promise<Pool> {
  return findNamed("pool", name, await tx.pools());
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
