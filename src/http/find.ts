// Finding what a path names.

import type { Account } from "../core/account.ts";
import type { Deployment } from "../core/deployment.ts";
import { type AccountId, deploymentId } from "../core/ids.ts";
import type { Reads } from "../ports/store.ts";
import { notFound, Refused } from "./problem.ts";

/** By id, deleted ones too; else by name. Throws not_found, or ambiguous_name with the ids. */
export async function findDeployment(tx: Reads, key: string): Promise<Deployment> {
  const byId = await tx.deployment(deploymentId(key));
  if (byId !== null) return byId;
  const [named, ...others] = await tx.deploymentsNamed(key);
  if (named === undefined) throw notFound(`deployment ${key}`);
  if (others.length === 0) return named;
  const all = [named, ...others];
  const where = all.map(({ id, pool }) => `${id} in pool ${pool}`).join(", ");
  const detail = `Several deployments are called ${key}: ${where}. Use the id.`;
  throw new Refused("ambiguous_name", detail, { candidates: all.map(({ id }) => id) });
}

export async function findAccount(tx: Reads, name: string): Promise<Account> {
  const account = await tx.accountNamed(name);
  if (account === null) throw notFound(`account ${name}`);
  return account;
}

/** Names of accounts by id. */
export async function accountNames(tx: Reads): Promise<ReadonlyMap<AccountId, string>> {
  return new Map((await tx.accounts()).map(({ id, name }) => [id, name]));
}
