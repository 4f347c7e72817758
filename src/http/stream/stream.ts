// Server-sent events of one deployment. Every stream reads rows after its own cursor, so nothing is lost or doubled whatever
// wake-ups do: they only make it look sooner.

import { HEARTBEAT_MS, STREAM_EVENTS, type StreamGone } from "../../contract/event.ts";
import type { DeploymentId } from "../../core/ids.ts";
import { StoreAway } from "../../ports/store.ts";
import type { Pass } from "../auth.ts";
import type { HttpDeps } from "../http-deps.ts";
import { createLookout, FLOOR_MS, isLetIn, type Lookout } from "./lookout.ts";
import { showEvent } from "../show/event.ts";

export interface StreamFrom {
  readonly deployment: DeploymentId;
  readonly pool: string;
  /** Number of the last event that the reader has. */
  readonly after: number;
  readonly pass: Pass;
}

/**
 * Streams that share a lookout. Each is bytes; it ends with the reader, its pass, the server, or after the `end` of a deployment in a
 * final state. It begins once its first read has succeeded: rejects when that fails, while the reply can still say so.
 */
export function openStreams(deps: HttpDeps): (from: StreamFrom) => Promise<ReadableStream<Uint8Array>> {
  const lookout = createLookout(deps);
  return (from) => streamOf(deps, lookout, from);
}

async function streamOf(deps: HttpDeps, lookout: Lookout, from: StreamFrom): Promise<ReadableStream<Uint8Array>> {
  const left = new AbortController();
  const chunks = chunksOf(deps, lookout, { from, signal: AbortSignal.any([left.signal, deps.closing]) });
  const encoder = new TextEncoder();
  const first = await chunks.next();
  return new ReadableStream({
    start(controller) {
      if (first.done === true) controller.close();
      else controller.enqueue(encoder.encode(first.value));
    },
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        // Nobody takes anything from a stream that was cancelled meanwhile.
        if (left.signal.aborted) return;
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        // The reader finds no `end` and comes back with its last id. An error here would be written into the stream as text.
        if (!left.signal.aborted) controller.close();
        if (!(error instanceof StoreAway)) deps.events.streamBroke(from.deployment, error);
      }
    },
    cancel() {
      left.abort();
    },
  });
}

async function* chunksOf(
  deps: HttpDeps,
  lookout: Lookout,
  { from, signal }: { readonly from: StreamFrom; readonly signal: AbortSignal },
): AsyncGenerator<string> {
  let isBegun = false;
  let cursor = from.after;
  using bell = bellFor(deps, lookout, { from, cursor: () => cursor, signal });
  let silentSince = deps.clock.monotonic();
  while (!signal.aborted) {
    bell.arm();
    const { events, oldest, end, access } = await lookout.read(from.deployment, cursor);
    // Whoever comes back is told why.
    if (!isLetIn(access, from)) return;
    // What was there before the reader came did not wait for anybody.
    if (isBegun) for (const { at } of events) deps.events.stepTold(access.now - at);
    if (!isBegun) yield `retry: ${FLOOR_MS}\n\n`;
    isBegun = true;
    if (cursor + 1 < oldest) {
      yield `event: ${STREAM_EVENTS.gone}\nid: ${oldest - 1}\ndata: ${JSON.stringify({ oldest } satisfies StreamGone)}\n\n`;
      cursor = oldest - 1;
    }
    for (const event of events) {
      yield `event: ${STREAM_EVENTS.step}\nid: ${event.no}\ndata: ${JSON.stringify(showEvent(event))}\n\n`;
      cursor = event.no;
    }
    if (end !== null && cursor >= end.last) {
      yield `event: ${STREAM_EVENTS.end}\ndata: ${JSON.stringify(end)}\n\n`;
      return;
    }
    if (events.length > 0) {
      silentSince = deps.clock.monotonic();
      continue;
    }
    for (;;) {
      await bell.wait(silentSince + HEARTBEAT_MS - deps.clock.monotonic());
      if (bell.hasRung() || signal.aborted) break;
      yield ": still here\n\n";
      silentSince = deps.clock.monotonic();
    }
  }
}

/** Rings at wake-ups since it was armed, at the end of the signal, or after the given time. */
function bellFor(
  { clock }: HttpDeps,
  lookout: Lookout,
  reader: { readonly from: StreamFrom; readonly cursor: () => number; readonly signal: AbortSignal },
) {
  const { from, cursor, signal } = reader;
  let rung = new AbortController();
  const end = lookout.watch({ ...from, cursor, wake: () => rung.abort() });
  return {
    arm(): void {
      rung = new AbortController();
    },
    hasRung: (): boolean => rung.signal.aborted,
    wait: (ms: number): Promise<void> => clock.sleep(ms, AbortSignal.any([rung.signal, signal])),
    [Symbol.dispose]: end,
  };
}
