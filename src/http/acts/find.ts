// Finding what a path names.

import type { Account } from "../../core/account.ts";
import { namesHint } from "../../core/blueprint/mistake.ts";
import { nearest } from "../../core/blueprint/nearest.ts";
import type { DeploymentHead } from "../../core/deployment.ts";
import { type AccountId, deploymentId } from "../../core/ids.ts";
import type { Reads } from "../../ports/store.ts";
import { notFound, Refused } from "../problem.ts";

/** By id, deleted ones too; else by name. Throws not_found, or ambiguous_name with the ids. */
export async function findDeployment(tx: Reads, key: string): Promise<DeploymentHead> {
  const byId = await tx.deploymentHead(deploymentId(key));
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
  if (account !== null) return account;
  const text = noAccount(name, [...(await accountNames(tx)).values()]);
  throw new Refused("not_found", text.charAt(0).toUpperCase() + text.slice(1));
}

/** For whoever named an account that is not there: which one may be meant, and which there are. */
export function noAccount(name: string, known: readonly string[]): string {
  if (known.length === 0) return `there is no account ${name}, and no other yet.`;
  const names = known.toSorted((a, b) => (a < b ? -1 : 1));
  const meant = nearest(name, names);
  const end = meant === null ? "." : `: did you mean "${meant}"?`;
  return `there is no account ${name}${end} ${namesHint("Accounts", names)}`;
}

/** Names of accounts by id. */
export async function accountNames(tx: Reads): Promise<ReadonlyMap<AccountId, string>> {
  return new Map((await tx.accounts()).map(({ id, name }) => [id, name]));
}

/** For whoever named a pool that is not there: which one may be meant, and which there are. */
export function noPool(name: string, known: readonly string[]): string {
  if (known.length === 0) return `there is no pool ${name}; there is none yet`;
  const meant = nearest(name, known);
  return `there is no pool ${name}${meant === null ? ";" : `: did you mean "${meant}"?`} ${known.length === 1 ? "there is" : "there are"} ${known.join(", ")}`;
}
