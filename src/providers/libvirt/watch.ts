// The daemon's own announcements. Only a hint: whoever needs the truth lists.

import { pause } from "../../cloud-http/pause.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { readDomain } from "./calls.ts";
import { uuidOf } from "./names.ts";
import type { Session } from "./session.ts";

export interface Watched {
  readonly installation: string;
  readonly changed: () => void;
  /** Pause before it is listened again. */
  readonly reconnectMs: number;
}

/** Ends with the signal, and with nothing else. */
export async function watchDomains(session: Session, watched: Watched, signal: AbortSignal): Promise<void> {
  const { installation, changed, reconnectMs } = watched;
  while (!signal.aborted) {
    try {
      await session.listen(
        {
          // What happened while nobody listened was not announced.
          begun: changed,
          heard: (reader) => {
            reader.int();
            const { name, uuid } = readDomain(reader);
            if (uuidOf({ owner: installation, name }) === uuid) changed();
          },
        },
        signal,
      );
    } catch (error) {
      if (!signal.aborted && !(error instanceof ProviderFault)) throw error;
    }
    await pause(reconnectMs, signal).catch(() => undefined);
  }
}
