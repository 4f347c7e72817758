// Server-sent events of one deployment. Every stream reads rows after its own cursor, so nothing is lost or doubled whatever
// wake-ups do: they only make it look sooner.

import { HEARTBEAT_MS, STREAM_EVENTS, type StreamEnd } from "../contract/event.ts";
import { isFinal } from "./show-deployment.ts";
import type { DeploymentId } from "../core/ids.ts";
import { StoreAway } from "../ports/store.ts";
import type { HttpDeps } from "./deps.ts";
import { showEvent } from "./show-event.ts";

/** How long a lost wake-up may go unnoticed. */
const FLOOR_MS = 1_000;
const ROWS_AT_ONCE = 200;

export interface StreamFrom {
  readonly deployment: DeploymentId;
  /** Number of the last event that the reader has. */
  readonly after: number;
  /** Hash of the reader's token. */
  readonly token: string;
}

/** The stream as bytes; ends with the reader, its token, the server, or after the `end` of a deployment in a final state. */
export function streamOf(deps: HttpDeps, from: StreamFrom): ReadableStream<Uint8Array> {
  const left = new AbortController();
  const chunks = chunksOf(deps, from, AbortSignal.any([left.signal, deps.closing]));
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      try {
        const { done, value } = await chunks.next();
        // Nobody takes anything from a stream that was cancelled meanwhile.
        if (left.signal.aborted) return;
        if (done === true) controller.close();
        else controller.enqueue(encoder.encode(value));
      } catch (error) {
        // The reader sees the line break off and comes back with its last id.
        if (!left.signal.aborted) controller.error(error);
        if (!(error instanceof StoreAway)) deps.events.streamBroke(from.deployment, error);
      }
    },
    cancel() {
      left.abort();
    },
  });
}

async function* chunksOf(deps: HttpDeps, from: StreamFrom, signal: AbortSignal): AsyncGenerator<string> {
  yield `retry: ${FLOOR_MS}\n\n`;
  using bell = bellFor(deps, from.deployment, signal);
  let cursor = from.after;
  let silentSince = deps.clock.monotonic();
  while (!signal.aborted) {
    bell.arm();
    const { events, end, isWelcome } = await read(deps, { ...from, after: cursor });
    // Whoever comes back is told why.
    if (!isWelcome) return;
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
    await bell.wait(FLOOR_MS);
    if (deps.clock.monotonic() - silentSince < HEARTBEAT_MS) continue;
    yield ": still here\n\n";
    silentSince = deps.clock.monotonic();
  }
}

/** Events after the cursor; `end` once the deployment is final. Its row is read first: later events are above its number. */
async function read(deps: HttpDeps, { deployment: id, after, token }: StreamFrom) {
  return deps.store.read(async (tx) => {
    const isWelcome = (await tx.tokens()).some(({ hash }) => hash === token);
    const deployment = await tx.deployment(id);
    const events = await tx.events(id, after, ROWS_AT_ONCE);
    const end: StreamEnd | null =
      deployment === null || !isFinal(deployment)
        ? null
        : { state: deployment.state, last: deployment.eventNo, deleted: deployment.deletedAt !== null };
    return { events, end, isWelcome };
  });
}

/** Rings at wake-ups since it was armed, at the end of the signal, or after the given time. */
function bellFor({ wakes, clock }: HttpDeps, deployment: DeploymentId, signal: AbortSignal) {
  let rung = new AbortController();
  const end = wakes.on(deployment, () => rung.abort());
  return {
    arm(): void {
      rung = new AbortController();
    },
    wait: (ms: number): Promise<void> => clock.sleep(ms, AbortSignal.any([rung.signal, signal])),
    [Symbol.dispose]: end,
  };
}
