// The stream of a deployment's steps: like EventSource, but it says how the connection is, notices a line that fell silent,
// and hands on what came together in one piece, so that a burst is one change of the page.

import type { Event, HEARTBEAT_MS, STREAM_EVENTS, StreamEnd } from "../../src/contract/event.ts";
import { learnClock } from "./clock.ts";
import { type Failure, failureFrom, failureOf, path, unreachable } from "./api.ts";

const STEP: (typeof STREAM_EVENTS)["step"] = "step";
const END: (typeof STREAM_EVENTS)["end"] = "end";
const HEARTBEAT: typeof HEARTBEAT_MS = 15_000;
const SILENCE_MS = 2 * HEARTBEAT;
const RETRY_LEAST_MS = 500;
const RETRY_MOST_MS = 10_000;

export type Connection =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  /** `retryAt`: ms since 1970 on this machine's clock. */
  | { readonly state: "lost"; readonly failure: Failure; readonly retryAt: number }
  /** The stream came to its end, or the server refused it for good. */
  | { readonly state: "closed"; readonly failure: Failure | null };

export interface Follow {
  readonly deployment: string;
  /** Number of the last event known; 0 for all. */
  readonly after: number;
  /** Gets events in order, none twice, as many as came together. */
  readonly onEvents: (events: readonly Event[]) => void;
  readonly onEnd: (end: StreamEnd) => void;
  readonly onConnection: (connection: Connection) => void;
  readonly signal: AbortSignal;
}

/** Follows until the stream's end, a refusal, or the signal; after a lost connection it goes on after the last event. */
export async function follow(given: Follow): Promise<void> {
  const { signal, onConnection } = given;
  let after = given.after;
  let failures = 0;
  const onEvents = (events: readonly Event[]): void => {
    const fresh = events.filter(({ no }) => no > after);
    after = fresh.at(-1)?.no ?? after;
    if (fresh.length > 0) given.onEvents(fresh);
  };
  const onLive = (): void => {
    failures = 0;
    onConnection({ state: "live" });
  };
  onConnection({ state: "connecting" });
  while (!signal.aborted) {
    const outcome = await once({ ...given, after, onEvents, onLive });
    if (signal.aborted) return;
    if (outcome === "end") return onConnection({ state: "closed", failure: null });
    if (!isPassing(outcome)) return onConnection({ state: "closed", failure: outcome });
    const waitMs = Math.min(RETRY_MOST_MS, RETRY_LEAST_MS * 2 ** failures) * (0.75 + Math.random() / 2);
    failures += 1;
    onConnection({ state: "lost", failure: outcome, retryAt: Date.now() + waitMs });
    await patience(waitMs, signal);
  }
}

function isPassing({ code }: Failure): boolean {
  return code === "unreachable" || code === "unavailable" || code === "garbled" || code === "internal";
}

type Once = Follow & { readonly onLive: () => void };

/** One connection, until it ends; why. */
async function once({ deployment, after, signal, onEvents, onEnd, onLive }: Once): Promise<"end" | Failure> {
  const broken = new AbortController();
  const lose = (): void => broken.abort();
  window.addEventListener("offline", lose, { signal: broken.signal });
  let silence = window.setTimeout(lose, SILENCE_MS);
  try {
    const reply = await fetch(path`/v1/deployments/${deployment}/stream`, {
      headers: { Accept: "text/event-stream", "Last-Event-ID": String(after) },
      signal: AbortSignal.any([signal, broken.signal]),
    });
    learnClock(reply);
    if (!reply.ok || reply.body === null) return await failureOf(reply);
    onLive();
    const frames = framesOf();
    for await (const text of reply.body.pipeThrough(new TextDecoderStream())) {
      window.clearTimeout(silence);
      silence = window.setTimeout(lose, SILENCE_MS);
      const { steps, end } = frames(text);
      if (steps.length > 0) onEvents(steps);
      if (end === null) continue;
      onEnd(end);
      return "end";
    }
    return unreachable();
  } catch (error) {
    // fetch rejects with a TypeError, an aborted read with a DOMException: both are a line that broke.
    return error instanceof TypeError || error instanceof DOMException ? unreachable() : failureFrom(error);
  } finally {
    window.clearTimeout(silence);
    broken.abort();
  }
}

/** Reads pieces of a stream; each call gives what the piece completed. */
export function framesOf(): (text: string) => { readonly steps: Event[]; readonly end: StreamEnd | null } {
  let rest = "";
  return (text) => {
    const frames = (rest + text).split("\n\n");
    rest = frames.pop() ?? "";
    const steps: Event[] = [];
    let end: StreamEnd | null = null;
    for (const frame of frames) {
      const lines = frame.split("\n");
      const field = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const event = field("event");
      if (event === STEP) steps.push(JSON.parse(field("data") ?? ""));
      if (event === END) end = JSON.parse(field("data") ?? "");
    }
    return { steps, end };
  };
}

/** Waits, but not longer than until the browser is back online or the page is looked at again. */
async function patience(ms: number, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = window.setTimeout(resolve, ms);
  window.addEventListener("online", () => resolve(), { signal: over.signal });
  document.addEventListener("visibilitychange", () => document.hidden || resolve(), { signal: over.signal });
  signal.addEventListener("abort", () => resolve(), { signal: over.signal });
  await promise;
  window.clearTimeout(timer);
  over.abort();
}
