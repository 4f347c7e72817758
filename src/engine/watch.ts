// Clouds that announce changes by themselves: an announcement only pulls the account's next poll forward.

import { backoffMs } from "../core/world/backoff.ts";
import { redactText } from "../core/secrecy/redact.ts";
import type { AccountId } from "../core/ids.ts";
import { chainOf } from "../log.ts";
import type { Cloud } from "../ports/provider.ts";
import { StoreAway } from "../ports/store.ts";
import type { Clouds, Opened } from "./clouds.ts";
import type { EngineDeps } from "./engine-deps.ts";

/** Announcements come in bursts; one poll serves all that come within this time. */
const BURST_MS = 100;
const AGAIN_BACKOFF = { firstMs: 1_000, mostMs: 60_000 } as const;

export interface Watches {
  /** Watches this account through this session from now on, if the cloud can; the same session is watched once. */
  watch(opened: Opened): void;
  /** Ends that of an account that cannot be opened as it is set up now. */
  leave(id: AccountId): void;
  /** Ends those of accounts that are none of these: they were removed. */
  retain(ids: ReadonlySet<AccountId>): void;
  /** Resolves when all have ended. */
  ended(): Promise<void>;
}

type WatchDeps = EngineDeps & { readonly clouds: Pick<Clouds, "lend"> };

export function createWatches(deps: WatchDeps, stopping: AbortSignal): Watches {
  const watched = new Map<AccountId, { readonly cloud: Cloud; readonly over: AbortController }>();
  const running = new Set<Promise<void>>();
  const leave = (id: AccountId): void => {
    watched.get(id)?.over.abort();
    watched.delete(id);
  };
  stopping.addEventListener("abort", () => {
    for (const { over } of watched.values()) over.abort();
  });
  return {
    watch(opened) {
      const { account, cloud } = opened;
      const before = watched.get(account.id);
      if (cloud.watch === undefined || stopping.aborted || before?.cloud === cloud) return;
      before?.over.abort();
      const over = new AbortController();
      watched.set(account.id, { cloud, over });
      const changed = pullPoll(deps, opened, over.signal);
      const lent = deps.clouds.lend(opened);
      const run = keepWatching(deps, { opened, changed }, over.signal).finally(() => {
        lent[Symbol.dispose]();
        running.delete(run);
      });
      running.add(run);
    },
    leave,
    retain(ids) {
      for (const id of watched.keys()) if (!ids.has(id)) leave(id);
    },
    async ended() {
      await Promise.all(running);
    },
  };
}

async function keepWatching(
  deps: EngineDeps,
  { opened, changed }: { readonly opened: Opened; readonly changed: () => void },
  signal: AbortSignal,
): Promise<void> {
  const { clock, events } = deps;
  const { account, cloud } = opened;
  for (let failures = 1; !signal.aborted; failures += 1) {
    const startedAt = clock.monotonic();
    let error: string | null = null;
    try {
      await cloud.watch?.(deps.installation, changed, signal);
    } catch (thrown) {
      error = redactText(chainOf(thrown), opened.secrets);
    }
    if (signal.aborted) return;
    if (clock.monotonic() - startedAt > AGAIN_BACKOFF.mostMs) failures = 1;
    events.watchEnded(account.name, error, failures);
    await clock.sleep(backoffMs(AGAIN_BACKOFF, failures, { key: account.id, retryAfterMs: null }), signal);
  }
}

/**
 * A list at once, one more for what is announced meanwhile, and another when lists must show what was announced: a cloud may announce a
 * change before its lists know of it, and the next list would come by itself only much later.
 */
function pullPoll({ store, clock, events }: EngineDeps, { account, traits }: Opened, signal: AbortSignal): () => void {
  let isPulling = false;
  let isSettling = false;
  /** Since the last list was asked for. */
  let isNews = false;
  /** Since it was last waited for lists to show it. */
  let isAnnounced = false;
  const pull = async (): Promise<void> => {
    if (!signal.aborted) await store.write(async (tx) => tx.pollBy(account.id, await tx.now()));
  };
  const soon = async (): Promise<void> => {
    isPulling = true;
    try {
      while (isNews && !signal.aborted) {
        isNews = false;
        await pull();
        await clock.sleep(BURST_MS, signal);
      }
    } finally {
      isPulling = false;
    }
  };
  const settle = async (): Promise<void> => {
    isSettling = true;
    try {
      // What is announced while one list is waited for is served by the next.
      while (isAnnounced && !signal.aborted) {
        isAnnounced = false;
        await clock.sleep(BURST_MS + traits.visibilityMs, signal);
        await pull();
      }
    } finally {
      isSettling = false;
    }
  };
  // A hint that is lost costs a moment: the poll comes by itself.
  const lost = (error: unknown): void => {
    if (error instanceof StoreAway) events.workLost("watch", account.id, error);
    else events.workBroke("watch", account.id, error);
  };
  return () => {
    isNews = true;
    isAnnounced = true;
    if (!isPulling) soon().catch(lost);
    if (!isSettling) settle().catch(lost);
  };
}
