// What is kept of the server's replies, under which key, and how soon it is asked for again.

import { keepPreviousData, QueryCache, QueryClient, queryOptions } from "@tanstack/react-query";
import { api, type DeploymentFilter, Failure } from "./api.ts";

/** How soon a list that people look at is asked for again. */
export const LIST_MS = 5_000;

export const queries = {
  about: queryOptions({ queryKey: ["about"], queryFn: () => api.about(), staleTime: Infinity }),
  deployments: (filter: DeploymentFilter) =>
    queryOptions({
      queryKey: ["deployments", filter],
      queryFn: ({ signal }) => api.deployments(filter, signal),
      refetchInterval: LIST_MS,
      placeholderData: keepPreviousData,
    }),
  deployment: (id: string) => queryOptions({ queryKey: ["deployment", id], queryFn: () => api.deployment(id) }),
  /** The text of this revision: the one in force, as long as that is it. */
  launchedFrom: (id: string, revision: number) =>
    queryOptions({
      queryKey: ["launched-from", id, revision],
      queryFn: () => api.launchedFrom(id),
      staleTime: Infinity,
    }),
  evidence: (machine: string) =>
    queryOptions({ queryKey: ["evidence", machine], queryFn: () => api.evidence(machine), staleTime: Infinity }),
  blueprints: queryOptions({ queryKey: ["blueprints"], queryFn: () => api.blueprints(), refetchInterval: LIST_MS }),
  blueprint: (name: string, version?: number) =>
    queryOptions({ queryKey: ["blueprint", name, version ?? null], queryFn: () => api.blueprint(name, version) }),
  blueprintVersions: (name: string) =>
    queryOptions({ queryKey: ["blueprint-versions", name], queryFn: () => api.blueprintVersions(name) }),
  accounts: queryOptions({ queryKey: ["accounts"], queryFn: () => api.accounts(), refetchInterval: LIST_MS }),
  account: (name: string) =>
    queryOptions({ queryKey: ["account", name], queryFn: () => api.account(name), refetchInterval: LIST_MS }),
  usage: (name: string) =>
    queryOptions({ queryKey: ["usage", name], queryFn: () => api.usage(name), refetchInterval: LIST_MS }),
  providers: queryOptions({ queryKey: ["providers"], queryFn: () => api.providers(), staleTime: Infinity }),
  blocks: queryOptions({ queryKey: ["blocks"], queryFn: () => api.blocks(), refetchInterval: LIST_MS }),
  pools: queryOptions({ queryKey: ["pools"], queryFn: () => api.pools(), refetchInterval: LIST_MS }),
  profiles: queryOptions({ queryKey: ["profiles"], queryFn: () => api.profiles() }),
  hold: queryOptions({ queryKey: ["hold"], queryFn: () => api.hold() }),
  debt: queryOptions({ queryKey: ["debt"], queryFn: () => api.debt(), refetchInterval: LIST_MS }),
  audit: (filter: { by?: string; cursor?: string }) =>
    queryOptions({ queryKey: ["audit", filter], queryFn: () => api.audit(filter), placeholderData: keepPreviousData }),
  identities: queryOptions({ queryKey: ["identities"], queryFn: () => api.identities(), staleTime: Infinity }),
  users: queryOptions({ queryKey: ["users"], queryFn: () => api.users(), refetchInterval: LIST_MS }),
  groups: queryOptions({ queryKey: ["groups"], queryFn: () => api.groups() }),
  webhooks: queryOptions({ queryKey: ["webhooks"], queryFn: () => api.webhooks(), refetchInterval: LIST_MS }),
  webhookDeliveries: (name: string) =>
    queryOptions({
      queryKey: ["webhook-deliveries", name],
      queryFn: () => api.webhookDeliveries(name),
      refetchInterval: LIST_MS,
    }),
  tokens: queryOptions({ queryKey: ["tokens"], queryFn: () => api.tokens(), refetchInterval: LIST_MS }),
};

const PASSING = new Set<Failure["code"]>(["unreachable", "unavailable", "garbled"]);
const TRIES_MOST = 3;

/** Asks again for what may pass; a session that ended is told to `onSignedOut`. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const watch = (error: Error): void => {
    if (error instanceof Failure && error.code === "not_authenticated") onSignedOut();
  };
  return new QueryClient({
    queryCache: new QueryCache({
      // Whether there is a session is what `about` itself is asked for, by the guard of the pages.
      onError: (error, { queryKey }) => {
        if (queryKey[0] !== queries.about.queryKey[0]) watch(error);
      },
    }),
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < TRIES_MOST && error instanceof Failure && PASSING.has(error.code),
        networkMode: "always",
      },
      mutations: { onError: watch, networkMode: "always" },
    },
  });
}
