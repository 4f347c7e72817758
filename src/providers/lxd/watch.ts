// LXD's own announcements. Only a hint: whoever needs the truth lists.

import { setTimeout as wait } from "node:timers/promises";
import { UnreadableAnswer } from "../../cloud-http/read.ts";
import { ProviderFault } from "../../ports/provider.ts";
import { readAnnouncement } from "./schema.ts";
import type { Session } from "./session.ts";

export interface Watched {
  readonly changed: () => void;
  /** Pause before the stream is opened again. */
  readonly reconnectMs: number;
}

/** Ends with the signal, and with nothing else. */
export async function watchLxd(
  session: Session,
  { changed, reconnectMs }: Watched,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      await listen(session, changed, signal);
    } catch (error) {
      if (!signal.aborted && !(error instanceof ProviderFault)) throw error;
    }
    await wait(reconnectMs, undefined, { signal, ref: false }).catch(() => undefined);
  }
}

async function listen(session: Session, changed: () => void, signal: AbortSignal): Promise<void> {
  const announcements = await session.announcements(signal);
  // What happened while nobody listened was not announced.
  changed();
  for await (const text of announcements) {
    if (isOfOurs(text)) changed();
  }
}

/** Names of all that Slipway asks for begin so; what somebody does with a machine's files or devices is no change of it. */
const CHANGE = /^instance-(?:created|started|stopped|shutdown|restarted|paused|resumed|deleted|renamed)$/;
const OURS = /\/instances\/sw-[^/?]*(?:\?|$)/;

function isOfOurs(text: string): boolean {
  try {
    const { type, metadata } = readAnnouncement(JSON.parse(text));
    return type === "lifecycle" && CHANGE.test(metadata?.action ?? "") && OURS.test(metadata?.source ?? "");
  } catch (error) {
    if (error instanceof UnreadableAnswer || error instanceof SyntaxError) return false;
    throw error;
  }
}
