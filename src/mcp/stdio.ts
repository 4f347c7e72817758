// Agents over standard input and output: one process for one agent, which ends with it.

import type { Readable, Writable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { agentServer, type AgentsOptions } from "./agents.ts";

/** How long answers under way may take once the input has ended. */
const ANSWERS_MS = 1_000;

/** Serves until the input ends, or the signal of the options aborts. Nothing but the protocol is written to the output. */
export async function serveOnStdio(
  options: AgentsOptions,
  { input, output }: { readonly input: Readable; readonly output: Writable },
): Promise<void> {
  const over = Promise.withResolvers<void>();
  const end = () => over.resolve();
  input.once("end", end);
  input.once("close", end);
  options.closing.addEventListener("abort", end, { once: true });
  const server = agentServer(options);
  const transport = new StdioServerTransport(input, output);
  await server.connect(transport);
  const answered = watchAnswers(transport);
  await over.promise;
  const given = new AbortController();
  await Promise.race([answered(), pause(ANSWERS_MS, undefined, { signal: given.signal }).catch(() => undefined)]);
  given.abort();
  await server.close();
}

/** Returns what resolves when all that was asked so far has its answer. */
function watchAnswers(transport: Transport): () => Promise<void> {
  const open = new Set<string | number>();
  let isDone = () => {};
  const { onmessage } = transport;
  const send = transport.send.bind(transport);
  transport.onmessage = (message, extra) => {
    if ("method" in message && "id" in message) open.add(message.id);
    onmessage?.(message, extra);
  };
  transport.send = async (message, sendOptions) => {
    await send(message, sendOptions);
    if (!("method" in message) && message.id !== undefined) open.delete(message.id);
    if (open.size === 0) isDone();
  };
  return () =>
    new Promise((resolve) => {
      isDone = resolve;
      if (open.size === 0) resolve();
    });
}
