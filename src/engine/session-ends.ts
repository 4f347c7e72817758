// The ends of sessions at clouds that were replaced, or whose account was removed: each when the last who uses it has ended.

import type { Events } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { type Cloud, ProviderFault } from "../ports/provider.ts";
import { ask } from "./ask.ts";
import type { Opened } from "./clouds.ts";

/** Not longer: a list takes ten minutes at most, and a watch is moved to the new session by the next poll. */
const LAST_USE_MS = 30 * 60_000;
/** The end of a session is waited for no longer. */
const DISPOSE_MS = 10_000;
const NEVER = new AbortController().signal;

export interface SessionEnds {
  /** Counts one who uses it; what is returned counts it off, once. */
  use(opened: Opened): () => void;
  /** As soon as nobody uses it any more. */
  later(opened: Opened): void;
  /** These at once, and all that were to end later: nobody calls any more. */
  all(opened: readonly Opened[]): Promise<void>;
}

interface Uses {
  count: number;
  /** Called when there is none left; set once the session is to end. */
  whenIdle: (() => void) | null;
}

export function createSessionEnds({ clock, events }: { readonly clock: Clock; readonly events: Events }): SessionEnds {
  const closing = new AbortController();
  const ending = new Set<Promise<void>>();
  const inUse = new Map<Cloud, Uses>();

  async function dispose(opened: Opened): Promise<void> {
    const asking = { clock, events, cut: NEVER, opened, ms: DISPOSE_MS, what: "close", effect: "none" } as const;
    try {
      await ask(asking, async () => opened.cloud[Symbol.asyncDispose]());
    } catch (error) {
      if (!(error instanceof ProviderFault)) throw error;
      // It runs out at the cloud by itself.
      events.sessionNotEnded(opened.account.name, error.fault);
    }
  }

  /** Resolves when nobody uses it, when that has taken too long, or when all end. */
  async function idle({ cloud }: Opened): Promise<void> {
    const uses = inUse.get(cloud);
    if (uses === undefined) return;
    const over = new AbortController();
    uses.whenIdle = () => over.abort("idle");
    await clock.sleep(LAST_USE_MS, AbortSignal.any([over.signal, closing.signal]));
  }

  return {
    use({ cloud }) {
      const uses = inUse.get(cloud) ?? { count: 0, whenIdle: null };
      inUse.set(cloud, uses);
      uses.count += 1;
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        uses.count -= 1;
        if (uses.count > 0) return;
        inUse.delete(cloud);
        uses.whenIdle?.();
      };
    },
    later(opened) {
      const after = async (): Promise<void> => {
        await idle(opened);
        await dispose(opened);
        ending.delete(done);
      };
      const done: Promise<void> = after();
      ending.add(done);
    },
    async all(opened) {
      closing.abort();
      await Promise.all([...ending, ...opened.map(dispose)]);
    },
  };
}
