import { useQuery } from "@tanstack/react-query";
import type { Grant } from "../../src/contract/access.ts";
import type { Resource } from "../../src/contract/operation.ts";
import { queries } from "./queries.ts";

/** True when whoever is signed in may change such things: by the server's word, the page knows no roles. */
export function useMayChange(resource: Resource): boolean {
  return useQuery(queries.about).data?.may.includes(resource) ?? false;
}

/** True when whoever is signed in sees every pool, and so what spans them: accounts and what they refuse. */
export function useSeesAll(): boolean {
  return useQuery(queries.about).data?.grants.some(({ pool }) => pool === null) ?? true;
}

/** As in "viewer, operator in web". */
export const grantsText = (grants: readonly Grant[]): string =>
  grants.map(({ role, pool }) => (pool === null ? role : `${role} in ${pool}`)).join(", ");
