// Reading server-sent events: the parser of the wire form (WHATWG HTML, 9.2.6), and a reader that takes up a broken stream
// after the last event it has seen, so that nothing is lost and nothing comes twice.

import { HEARTBEAT_MS } from "../contract/event.ts";

export interface SseMessage {
  /** The last id the stream has named, this message's own if it has one; empty before the first. */
  readonly id: string;
  /** The kind of message; `message` when the stream names none. */
  readonly event: string;
  readonly data: string;
}

/** An incremental parser: feed it pieces of text cut anywhere, it returns the messages they complete. */
export function sseParser(lastId = ""): (piece: string) => SseMessage[] {
  let rest = "";
  let id = lastId;
  let event = "";
  let lines: string[] = [];

  const dispatch = (): SseMessage[] => {
    const message = { id, event: event === "" ? "message" : event, data: lines.join("\n") };
    const complete = lines.length > 0;
    event = "";
    lines = [];
    return complete ? [message] : [];
  };
  const field = (line: string): void => {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") lines.push(value);
    if (name === "event") event = value;
    if (name === "id" && !value.includes("\0")) id = value;
  };

  return (piece) => {
    rest += piece;
    const messages: SseMessage[] = [];
    for (let end = lineEnd(rest); end !== null; end = lineEnd(rest)) {
      const line = rest.slice(0, end.at);
      rest = rest.slice(end.next);
      if (line === "") messages.push(...dispatch());
      else field(line);
    }
    return messages;
  };
}

/** The end of the first whole line: a carriage return at the very end may be half of a CRLF, so it waits for what follows. */
function lineEnd(text: string): { at: number; next: number } | null {
  const at = text.search(/[\r\n]/);
  if (at === -1) return null;
  if (text[at] === "\n") return { at, next: at + 1 };
  if (at === text.length - 1) return null;
  return { at, next: text[at + 1] === "\n" ? at + 2 : at + 1 };
}

export interface Source {
  /** Opens the stream after the message `lastId` ("" for the start). */
  readonly open: (lastId: string, signal: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;
  /** An error that another try will not mend, such as a refused token. */
  readonly isFinal: (error: unknown) => boolean;
  /** Told when contact is lost, with the error, and when it is back, with null. */
  readonly onContact: (lost: unknown) => void;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const PAUSES_MS = [200, 500, 1_000, 2_000];
const PAUSE_MOST_MS = 4_000;
/** Tries in a row that bring nothing before the reader gives up: about five minutes. */
const TRIES_MOST = 75;
const pauseAfter = (tries: number): number => PAUSES_MS[tries] ?? PAUSE_MOST_MS;

/** A stream that is silent for longer is dead. */
const SILENCE_MS = 2 * HEARTBEAT_MS;

/**
 * All messages of a stream, over as many connections as it takes, until the caller stops reading or `signal` aborts. Throws the
 * last error when it is final or when contact is lost for good.
 */
export async function* follow(source: Source, from: string, signal: AbortSignal): AsyncGenerator<SseMessage> {
  let lastId = from;
  let tries = 0;
  const heard = (): void => {
    if (tries > 0) source.onContact(null);
    tries = 0;
  };
  while (!signal.aborted) {
    try {
      for await (const message of messagesOf(source, { lastId, heard }, signal)) {
        lastId = message.id;
        yield message;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (source.isFinal(error) || tries >= TRIES_MOST) throw error;
      source.onContact(error);
    }
    await source.pause(pauseAfter(tries), signal);
    tries += 1;
  }
}

/** Asks until there is an answer, as patiently as `follow`; undefined when `signal` aborts first. */
export async function persistently<T>(
  source: Omit<Source, "open">,
  ask: () => Promise<T>,
  signal: AbortSignal,
): Promise<T | undefined> {
  for (let tries = 0; !signal.aborted; tries += 1) {
    try {
      const answer = await ask();
      if (tries > 0) source.onContact(null);
      return answer;
    } catch (error) {
      if (source.isFinal(error) || tries >= TRIES_MOST) throw error;
      source.onContact(error);
    }
    await source.pause(pauseAfter(tries), signal);
  }
  return undefined;
}

/** The messages of one connection; `heard` is called for every sign of life. Throws when it breaks or falls silent. */
async function* messagesOf(
  source: Source,
  { lastId, heard }: { lastId: string; heard: () => void },
  signal: AbortSignal,
): AsyncGenerator<SseMessage> {
  const silence = new AbortController();
  const fallSilent = () => silence.abort(new Error(`nothing was heard for ${SILENCE_MS / 1000} s`));
  const timer = setTimeout(fallSilent, SILENCE_MS);
  const decoder = new TextDecoder();
  const parse = sseParser(lastId);
  try {
    for await (const bytes of await source.open(lastId, AbortSignal.any([signal, silence.signal]))) {
      timer.refresh();
      heard();
      yield* parse(decoder.decode(bytes, { stream: true }));
    }
  } finally {
    clearTimeout(timer);
  }
}
