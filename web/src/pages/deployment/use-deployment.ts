// The deployment of a page: its reply, its steps, and the two put together.

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { Deployment } from "../../../../src/contract/deployment.ts";
import { queries } from "../../queries.ts";
import { type Feed, feedOf, type FeedState } from "./feed.ts";
import { liveView } from "./live.ts";

/** While steps come in, the reply is asked for again this often: it brings deadlines, addresses, money and allowed actions. */
const REPLY_MS = 700;
/** Without any step: costs and tries of calls change all the same. */
const FLOOR_MS = 5_000;
const DELETING_MS = 1_000;

export interface Watched {
  readonly deployment: Deployment;
  readonly feed: FeedState;
  /** When the reply came in, by this machine's clock. */
  readonly repliedAt: number;
}

export interface Watching {
  readonly watched: Watched | null;
  readonly error: Error | null;
  readonly retry: () => void;
}

/** `key`: the deployment's id or name; its feed begins once the reply has told the id. */
export function useDeployment(key: string): Watching {
  const {
    data: reply,
    error,
    dataUpdatedAt,
    refetch,
  } = useQuery({
    ...queries.deployment(key),
    refetchInterval: ({ state }) => pauseAfter(state.data),
  });
  const feed = useFeed(reply?.id ?? null);
  useReplies(key, reply ?? null, feed.state);
  const { state, resume } = feed;
  const isBehind = reply !== undefined && state.connection.state === "closed" && reply.eventNo > state.last;
  useEffect(() => {
    if (isBehind) resume();
  }, [isBehind, resume]);
  const deployment = useMemo(() => (reply === undefined ? null : liveView(reply, state.events)), [reply, state]);
  const watched = useMemo(
    () => (deployment === null ? null : { deployment, feed: state, repliedAt: dataUpdatedAt }),
    [deployment, state, dataUpdatedAt],
  );
  return { watched, error, retry: () => void refetch() };
}

function pauseAfter(reply: Deployment | undefined): number | false {
  if (reply === undefined) return false;
  if (reply.deleteAskedAt !== null && reply.deletedAt === null) return DELETING_MS;
  // What has ended may still be deleted, or its rollback be asked for again, by somebody else.
  return reply.deletedAt === null ? FLOOR_MS : false;
}

const NOTHING: FeedState = {
  events: [],
  last: 0,
  connection: { state: "connecting" },
  heardAt: null,
  end: null,
};

function useFeed(id: string | null): { readonly state: FeedState; readonly resume: () => void } {
  const feed: Feed | null = useMemo(() => (id === null ? null : feedOf(id)), [id]);
  const subscribe = useCallback((listener: () => void) => feed?.subscribe(listener) ?? (() => {}), [feed]);
  const state = useSyncExternalStore(subscribe, () => feed?.state() ?? NOTHING);
  const resume = useCallback(() => feed?.resume(), [feed]);
  return { state, resume };
}

/** Asks for the reply again after steps it does not contain, at once for the first and then in measured pauses. */
function useReplies(key: string, reply: Deployment | null, { last, connection }: FeedState): void {
  const queryClient = useQueryClient();
  const askedAt = useRef(0);
  const [isDue, setDue] = useState(false);
  const isBehind = reply !== null && last > reply.eventNo && connection.state !== "lost";
  useEffect(() => {
    if (!isBehind || isDue) return;
    const waitMs = Math.max(0, askedAt.current + REPLY_MS - performance.now());
    const timer = window.setTimeout(() => setDue(true), waitMs);
    return () => window.clearTimeout(timer);
  }, [isBehind, isDue]);
  useEffect(() => {
    if (!isDue) return;
    askedAt.current = performance.now();
    void queryClient
      .invalidateQueries({ queryKey: queries.deployment(key).queryKey }, { cancelRefetch: false })
      .finally(() => setDue(false));
  }, [isDue, key, queryClient]);
}
