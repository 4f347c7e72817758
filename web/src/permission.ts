import { useQuery } from "@tanstack/react-query";
import type { Resource } from "../../src/contract/operation.ts";
import { queries } from "./queries.ts";

/** True when whoever is signed in may change such things: by the server's word, the page knows no roles. */
export function useMayChange(resource: Resource): boolean {
  return useQuery(queries.about).data?.may.includes(resource) ?? false;
}
