// A stream of messages that a cloud sends over a WebSocket, for as long as somebody reads. Only for hints: what is sent while nobody
// listens is lost.

import { on, once } from "node:events";
import { WebSocket } from "ws";
import { connect, NotConnected } from "./connect.ts";
import { lineFault } from "./faults.ts";
import type { Way } from "./way.ts";

/** One message; what is longer ends the stream. */
const MESSAGE_BYTES_MOST = 1024 * 1024;

/**
 * Opens the stream; its messages come as text. `path` stands behind the way's address. The stream ends when the cloud ends it. Opening and reading
 * reject with a ProviderFault, or the signal's reason.
 */
export async function messages(way: Way, path: string, signal: AbortSignal): Promise<AsyncIterable<string>> {
  try {
    const socket = await connect(way, signal);
    const { address, limits } = way;
    // The line is there already, secured where it has to be.
    const stream = new WebSocket(
      `ws://${address?.host ?? "localhost"}${address?.pathname.replace(/\/+$/, "") ?? ""}${path}`,
      {
        createConnection: () => socket,
        headers: { "user-agent": "slipway" },
        handshakeTimeout: limits.connectMs,
        maxPayload: MESSAGE_BYTES_MOST,
        perMessageDeflate: false,
      },
    );
    const end = (): void => stream.terminate();
    signal.addEventListener("abort", end, { once: true });
    stream.on("close", () => signal.removeEventListener("abort", end));
    // Whoever waits hears of it below; what comes after that is nobody's.
    stream.on("error", () => undefined);
    // From the beginning, for the first message may come together with the answer.
    const coming = on(stream, "message", { signal, close: ["close"] });
    await once(stream, "open", { signal });
    return texts(way, { coming, end }, signal);
  } catch (error) {
    throw asFault(way, error, signal);
  }
}

async function* texts(
  way: Way,
  { coming, end }: { readonly coming: AsyncIterable<readonly unknown[]>; readonly end: () => void },
  signal: AbortSignal,
): AsyncGenerator<string> {
  try {
    for await (const [message] of coming) yield String(message);
  } catch (error) {
    throw asFault(way, error, signal);
  } finally {
    end();
  }
}

/** Nothing is ever asked for by it, so that nothing can have been done. */
function asFault({ name, remedies }: Way, error: unknown, signal: AbortSignal): unknown {
  signal.throwIfAborted();
  const why = error instanceof NotConnected ? error.why : error;
  return why instanceof Error ? lineFault(why, { name, effect: "none", remedies }) : error;
}
