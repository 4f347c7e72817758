// The ends of sessions at clouds that nobody will use any more.

import type { Events } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { ProviderFault } from "../ports/provider.ts";
import { ask } from "./ask.ts";
import type { Opened } from "./clouds.ts";

/** Whoever calls through a session that was replaced has ended by then: calls have time-outs. */
const LAST_CALLS_MS = 120_000;
/** The end of a session is waited for no longer. */
const DISPOSE_MS = 10_000;
const NEVER = new AbortController().signal;

export interface SessionEnds {
  /** Once the last calls through it must have ended. */
  later(opened: Opened): void;
  /** These at once, and all that were to end later: nobody calls any more. */
  all(opened: readonly Opened[]): Promise<void>;
}

export function createSessionEnds({ clock, events }: { readonly clock: Clock; readonly events: Events }): SessionEnds {
  const closing = new AbortController();
  const ending = new Set<Promise<void>>();

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

  return {
    later(opened) {
      const after = async (): Promise<void> => {
        await clock.sleep(LAST_CALLS_MS, closing.signal);
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
