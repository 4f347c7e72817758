// The engine's own announcements. Only a hint: whoever needs the truth lists.

import { setTimeout as wait } from "node:timers/promises";
import { OWNER_LABELS } from "../../core/machine.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Engine } from "./client.ts";

/** Changes of a container's state; the stream also has every command that anybody runs in one. */
const TELLING = ["create", "start", "die", "oom", "pause", "unpause", "destroy"];

export interface Watched {
  readonly installation: string;
  readonly changed: () => void;
  /** Pause before the stream is opened again. */
  readonly reconnectMs: number;
}

/** Ends with the signal, and with nothing else. */
export async function watchEngine(engine: Engine, watched: Watched, signal: AbortSignal): Promise<void> {
  const label = [`${OWNER_LABELS.installation}=${watched.installation}`];
  const filters = encodeURIComponent(JSON.stringify({ type: ["container"], label, event: TELLING }));
  while (!signal.aborted) {
    try {
      const announcements = await engine.follow({ method: "GET", path: `/events?filters=${filters}` }, signal);
      // What happened while nobody listened was not announced.
      watched.changed();
      for await (const _ of announcements) watched.changed();
    } catch (error) {
      if (!signal.aborted && !(error instanceof ProviderFault)) throw error;
    }
    await wait(watched.reconnectMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}
