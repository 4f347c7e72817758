// A reader of a deployment's stream of server-sent events, as a page is one.

import { Event, STREAM_EVENTS, StreamEnd } from "../../src/contract/event.ts";
import type { ServerStage } from "./server.ts";

export interface Read {
  readonly steps: readonly Event[];
  /** Null: the line broke off, or the reader left. */
  readonly end: StreamEnd | null;
}

export interface Reading {
  readonly deployment: string;
  /** Last-Event-ID; null for a page that is opened. */
  readonly lastId: number | null;
  /** The reader leaves when this is so of what it has; to the end when left out. */
  readonly enough?: (steps: readonly Event[]) => boolean;
  /** The reader leaves then, too. */
  readonly signal?: AbortSignal;
}

/** Reads until it is enough, the stream's end or the connection's; a server that is not there counts as nothing read. */
export async function readStream(
  { url, token }: Pick<ServerStage, "url" | "token">,
  { deployment, lastId, enough = () => false, signal }: Reading,
): Promise<Read> {
  const steps: Event[] = [];
  const left = new AbortController();
  const over = signal === undefined ? left.signal : AbortSignal.any([left.signal, signal]);
  try {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: "text/event-stream",
      ...(lastId === null ? {} : { "last-event-id": String(lastId) }),
    };
    const reply = await fetch(`${url}/v1/deployments/${deployment}/stream`, { headers, signal: over });
    if (!reply.ok) throw new Error(`the stream was refused with ${reply.status}`);
    for await (const message of messages(reply)) {
      if (message.event === STREAM_EVENTS.end) return { steps, end: StreamEnd.parse(JSON.parse(message.data)) };
      if (message.event !== STREAM_EVENTS.step) continue;
      const step = Event.parse(JSON.parse(message.data));
      if (message.id !== String(step.no)) throw new Error(`step ${step.no} came with the id ${message.id}`);
      steps.push(step);
      if (enough(steps)) return { steps, end: null };
    }
  } catch (error) {
    // What fetch throws for a connection that fails or breaks off.
    if (!(error instanceof TypeError) && !over.aborted) throw error;
  } finally {
    left.abort();
  }
  return { steps, end: null };
}

/** Waits for the next time that the deployment moves, for `mostMs` at most; at once where there is nothing to listen to. */
export async function untilMoved(
  server: Pick<ServerStage, "url" | "token">,
  { deployment, lastId }: Pick<Reading, "deployment" | "lastId">,
  mostMs: number,
): Promise<void> {
  const enough = (steps: readonly Event[]): boolean => steps.at(-1)?.kind === "deployment_moved";
  await readStream(server, { deployment, lastId, enough, signal: AbortSignal.timeout(mostMs) }).catch(() => undefined);
}

async function* messages(reply: Response): AsyncGenerator<{ event: string; id: string; data: string }> {
  let text = "";
  for await (const chunk of reply.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + chunk).split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1] ?? "";
      yield { event: field("event"), id: field("id"), data: field("data") };
    }
  }
}
