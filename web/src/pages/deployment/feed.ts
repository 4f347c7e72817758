// The steps of one deployment as they come in, shared by whatever shows them. What arrives is collected and handed on with a
// frame, so that two hundred steps a second are twenty changes of the page at most. A feed outlives its page for a moment:
// going from the summary to the details and back loads nothing again.

import type { Event, StreamEnd } from "../../../../src/contract/event.ts";
import { type Connection, follow as followStream } from "../../sse.ts";

export interface FeedState {
  /** All so far, in order; the list grows in place and every change comes with a new state. */
  readonly events: readonly Event[];
  /** Number of the last one; 0 for none. */
  readonly last: number;
  readonly connection: Connection;
  /** When the line last gave something or was opened, by this machine's clock; null before. */
  readonly heardAt: number | null;
  readonly end: StreamEnd | null;
}

export interface Feed {
  readonly state: () => FeedState;
  readonly subscribe: (listener: () => void) => () => void;
  /** Goes on after an end: something was asked of a deployment that was over. What was refused is left alone. */
  readonly resume: () => void;
}

export interface FeedParts {
  readonly follow: typeof followStream;
  /** Calls back soon, once; frames in a browser. */
  readonly soon: (flush: () => void) => void;
  readonly now: () => number;
  /** How long a feed nobody shows stays open. */
  readonly lingerMs: number;
}

const HIDDEN_MS = 500;
/** Between two changes of the page: sooner than people notice, and the rest of the time is left for their clicks. */
const PAUSE_MS = 50;
let changedAt = 0;

/** A step that comes alone is shown with the next frame. */
function withFrame(flush: () => void): void {
  // A page that nobody sees has no frames.
  if (document.hidden) return void window.setTimeout(flush, HIDDEN_MS);
  const change = (): void => {
    changedAt = performance.now();
    flush();
  };
  const waitMs = changedAt + PAUSE_MS - performance.now();
  if (waitMs <= 0) requestAnimationFrame(change);
  else window.setTimeout(() => requestAnimationFrame(change), waitMs);
}

const BROWSER: FeedParts = {
  follow: followStream,
  soon: withFrame,
  now: () => Date.now(),
  lingerMs: 10_000,
};

const feeds = new Map<string, Feed>();

export function feedOf(deployment: string): Feed {
  const known = feeds.get(deployment);
  if (known !== undefined) return known;
  const feed = createFeed(deployment, BROWSER, () => feeds.delete(deployment));
  feeds.set(deployment, feed);
  return feed;
}

/** Opens with the first subscriber; `onClosed` when it has none any more and its time is over. */
export function createFeed(deployment: string, parts: FeedParts, onClosed: () => void): Feed {
  const events: Event[] = [];
  const listeners = new Set<() => void>();
  let state: FeedState = { events, last: 0, connection: { state: "connecting" }, heardAt: null, end: null };
  let incoming: Event[] = [];
  let changes: Partial<FeedState> = {};
  let isScheduled = false;
  let line: AbortController | null = null;
  let closing: ReturnType<typeof setTimeout> | undefined;

  const flush = (): void => {
    isScheduled = false;
    for (const event of incoming) events.push(event);
    state = { ...state, ...changes, last: events.at(-1)?.no ?? 0 };
    incoming = [];
    changes = {};
    for (const listener of listeners) listener();
  };
  const note = (more: Partial<FeedState>): void => {
    changes = { ...changes, ...more };
    if (isScheduled) return;
    isScheduled = true;
    parts.soon(flush);
  };
  const open = (): void => {
    line = new AbortController();
    void parts.follow({
      deployment,
      after: incoming.at(-1)?.no ?? events.at(-1)?.no ?? 0,
      signal: line.signal,
      onEvents(fresh) {
        for (const event of fresh) incoming.push(event);
        note({ heardAt: parts.now() });
      },
      onEnd: (end) => note({ end }),
      onConnection(connection) {
        note(connection.state === "live" ? { connection, heardAt: parts.now() } : { connection });
      },
    });
  };
  const reopen = (): void => {
    line?.abort();
    state = { ...state, connection: { state: "connecting" }, end: null };
    open();
  };
  return {
    state: () => state,
    subscribe(listener) {
      clearTimeout(closing);
      // Whoever comes back may have signed in again meanwhile.
      const isNew = listeners.size === 0;
      listeners.add(listener);
      if (line === null) open();
      else if (isNew && refused(state.connection)) reopen();
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        closing = setTimeout(() => {
          line?.abort();
          onClosed();
        }, parts.lingerMs);
      };
    },
    resume() {
      if (state.connection.state === "closed" && !refused(state.connection)) reopen();
    },
  };
}

function refused(connection: Connection): boolean {
  return connection.state === "closed" && connection.failure !== null;
}
