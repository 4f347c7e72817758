// Grants on the command line: `operator@web`, or `viewer` for everywhere.

import { type Grant, ROLES } from "../contract/access.ts";
import { oneOf } from "./arguments.ts";
import { badInput } from "./complaint.ts";

export const GRANT_OPTION = [
  "--grant <role[@pool]>",
  `a role in a pool, or without one everywhere; ${ROLES.join(", ")}, each with what the one before may do (may come several times)`,
  (given: string, before: readonly Grant[] = []): readonly Grant[] => [...before, grantFrom(given)],
] as const;

function grantFrom(given: string): Grant {
  const [role = "", pool, ...more] = given.split("@");
  if (pool === "" || more.length > 0) throw badInput(`--grant ${given}: must be a role, or ROLE@POOL`);
  return { role: oneOf("--grant", ROLES)(role), pool: pool ?? null };
}

export const grantText = ({ role, pool }: Grant): string => (pool === null ? role : `${role}@${pool}`);

export const grantsText = (grants: readonly Grant[]): string =>
  grants.length === 0 ? "nothing" : grants.map(grantText).join(", ");
