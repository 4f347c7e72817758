// What all streams of this server share: one look per second at everything that is watched, which finds what a lost wake-up missed,
// and one read for all who ask for the same events at the same moment. However many pages are open, the database is asked as if it were
// one of each deployment.

import type { StreamEnd } from "../../contract/event.ts";
import type { DeploymentEvent } from "../../core/story/event.ts";
import type { DeploymentId } from "../../core/ids.ts";
import type { Access } from "../../ports/store.ts";
import { type Pass, whoIs } from "../auth.ts";
import { maySee } from "../acts/find.ts";
import type { HttpDeps } from "../http-deps.ts";
import { isFinal } from "../show/deployment.ts";

/** How long a lost wake-up may go unnoticed. */
export const FLOOR_MS = 1_000;
const ROWS_AT_ONCE = 200;

/** Events after a cursor; `end` once the deployment is final. */
interface Sight {
  readonly events: readonly DeploymentEvent[];
  /** Those before it are not kept any more. */
  readonly oldest: number;
  readonly end: StreamEnd | null;
  readonly access: Access;
}

/** Someone who waits; the cursor and the pass are looked at again each time. */
interface Waiting {
  readonly deployment: DeploymentId;
  readonly pool: string;
  readonly pass: Pass;
  readonly cursor: () => number;
  readonly wake: () => void;
}

export interface Lookout {
  /** Of one moment after the call. */
  read(deployment: DeploymentId, after: number): Promise<Sight>;
  /** Wakes at each commit with events of the deployment, and when a look finds events or that the pass counts no more. Returns a function that ends it. */
  watch(waiting: Waiting): () => void;
}

/** Whether a pass still lets somebody see what is in the pool. */
export function isLetIn(access: Access, { pass, pool }: Pick<Waiting, "pass" | "pool">): boolean {
  const who = whoIs(access, pass);
  return who !== null && maySee(who, pool);
}

export function createLookout(deps: Pick<HttpDeps, "store" | "wakes" | "clock" | "closing">): Lookout {
  const everyone = new Set<Waiting>();
  const asked = new Map<string, Promise<Sight>>();
  let left = new AbortController();

  async function lookAround(signal: AbortSignal): Promise<void> {
    for (;;) {
      await deps.clock.sleep(FLOOR_MS, signal);
      if (signal.aborted) return;
      const seen = await glance(deps, new Set([...everyone].map(({ deployment }) => deployment))).catch(() => null);
      for (const waiting of everyone) {
        // Without an answer each reads for itself, and its reader is told by the line that breaks off.
        const { deployment, cursor } = waiting;
        const isOut = seen !== null && !isLetIn(seen.access, waiting);
        const isMissed = seen === null || isOut || (seen.last.get(deployment) ?? 0) > cursor();
        if (isMissed) waiting.wake();
      }
    }
  }

  return {
    read(deployment, after) {
      const key = `${deployment} ${after}`;
      const known = asked.get(key);
      if (known !== undefined) return known;
      // Whoever joins must see what was there when they asked, so the read begins when nobody can join any more.
      const sight = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
        asked.delete(key);
        return readSight(deps, deployment, after);
      });
      asked.set(key, sight);
      return sight;
    },
    watch(waiting) {
      const deafen = deps.wakes.on(waiting.deployment, waiting.wake);
      everyone.add(waiting);
      if (everyone.size === 1) {
        left = new AbortController();
        void lookAround(AbortSignal.any([left.signal, deps.closing]));
      }
      return () => {
        deafen();
        everyone.delete(waiting);
        if (everyone.size === 0) left.abort();
      };
    },
  };
}

async function glance({ store }: Pick<HttpDeps, "store">, ids: ReadonlySet<DeploymentId>) {
  return store.read(async (tx) => ({
    access: await tx.access(),
    last: await tx.lastEvents([...ids]),
  }));
}

/** The deployment's row is read first: later events are above its number. */
async function readSight({ store }: Pick<HttpDeps, "store">, id: DeploymentId, after: number): Promise<Sight> {
  return store.read(async (tx) => {
    const access = await tx.access();
    const deployment = await tx.deploymentHead(id);
    const events = await tx.events(id, after, ROWS_AT_ONCE);
    const end: StreamEnd | null =
      deployment === null || !isFinal(deployment)
        ? null
        : { state: deployment.state, last: deployment.eventNo, deleted: deployment.deletedAt !== null };
    const oldest = (await tx.kept(id))?.stepsFrom ?? 1;
    return { events, oldest, end, access };
  });
}
