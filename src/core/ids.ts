// Branded identifiers. A brand costs nothing at run time and stops a deployment's id being passed where an account's is
// meant. The casts below are the only ones: each function is the parser of its kind.

declare const brand: unique symbol;
type Branded<B extends string> = string & { readonly [brand]: B };

export type DeploymentId = Branded<"DeploymentId">;
export type MachineId = Branded<"MachineId">;
export type AccountId = Branded<"AccountId">;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parser of this brand
export const deploymentId = (text: string): DeploymentId => text as DeploymentId;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parser of this brand
export const accountId = (text: string): AccountId => text as AccountId;
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parser of this brand
export const machineId = (text: string): MachineId => text as MachineId;

/**
 * The one name of a machine: primary key in the ledger, idempotency key, and its name at the cloud. It is made of
 * what it is for, so writing the same intent twice collides instead of asking twice. At most 63 characters (the
 * shortest limit among the clouds): `sw-` + 12 + `-a99-` + 32 + `-t99`.
 */
export function machineIdOf(of: {
  deployment: DeploymentId;
  attempt: number;
  instance: string;
  tryNo: number;
}): MachineId {
  return machineId(`sw-${of.deployment}-a${of.attempt}-${of.instance}-t${of.tryNo}`);
}

/** What a machine's name says of whom it was asked for; null for a name that was not made by {@link machineIdOf}. */
export function askedFor(
  name: string,
): { readonly deployment: DeploymentId; readonly attempt: number; readonly instance: string } | null {
  const [, deployment, attempt, instance] = /^sw-([a-z0-9]{12})-a(\d{1,2})-(.+)-t\d{1,2}$/.exec(name) ?? [];
  if (deployment === undefined || instance === undefined) return null;
  return { deployment: deploymentId(deployment), attempt: Number(attempt), instance };
}

/** The one name of a group of an attempt, for clouds that put its machines on hosts together or apart. */
export function groupIdOf(of: { deployment: DeploymentId; attempt: number; group: string }): string {
  return `sw-${of.deployment}-a${of.attempt}-${of.group}`;
}

/** Longest instance name that keeps {@link machineIdOf} within 63 characters. */
export const INSTANCE_NAME_MAX = 32;
