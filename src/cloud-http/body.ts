// The body of an answer, decoded, and never more of it than asked for: a few megabytes on the wire may be gigabytes in memory, and an
// answer need not end at all.

import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream";
import type { Transform } from "node:stream";
import { createBrotliDecompress, createGunzip, createInflate, createZstdDecompress } from "node:zlib";
import { UnreadableAnswer } from "./read.ts";

const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ["gzip", createGunzip],
  ["x-gzip", createGunzip],
  ["deflate", createInflate],
  ["br", createBrotliDecompress],
  ["zstd", createZstdDecompress],
]);

/** What is sent as `accept-encoding`; what a cloud sends without having been asked is decoded too. */
export const ACCEPTED = "gzip";

/** The whole body. Throws UnreadableAnswer when it is larger, and reads no further then. */
export async function readBody(message: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of chunksOf(message, most)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The body's beginning, as far as it can be read; what comes after that is not waited for. */
export async function readStart(message: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of chunksOf(message, Infinity)) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= most) break;
    }
  } catch (error) {
    if (!(error instanceof UnreadableAnswer)) throw error;
  }
  return Buffer.concat(chunks).subarray(0, most);
}

/** Pieces of the body as they come, decoded, `most` bytes of it in all and as many on the wire. */
export async function* chunksOf(message: IncomingMessage, most: number): AsyncGenerator<Buffer> {
  const encoding = (message.headers["content-encoding"] ?? "identity").trim().toLowerCase();
  const raw = wire(bounded(message, most));
  if (encoding === "identity" || encoding === "") return yield* raw.pieces;
  const decoder = DECODERS.get(encoding);
  if (decoder === undefined) {
    message.destroy();
    throw new UnreadableAnswer("body", `is encoded as ${encoding.slice(0, 40)}`);
  }
  const decoded = pipeline(raw.pieces, decoder(), () => undefined);
  try {
    yield* bounded(decoded, most);
  } catch (error) {
    if (error === raw.error() || error instanceof UnreadableAnswer) throw error;
    // Nothing at all is an empty body to everybody but a decoder.
    if (raw.isEmpty()) return;
    throw new UnreadableAnswer("body", `is not what ${encoding} makes`);
  }
}

/** Tells afterwards what came over the wire: an error of its own is none of the decoder's. */
function wire(message: AsyncIterable<Buffer>) {
  let failed: unknown = null;
  let empty = true;
  async function* told(): AsyncGenerator<Buffer> {
    try {
      for await (const piece of message) {
        empty = false;
        yield piece;
      }
    } catch (error) {
      failed = error;
      throw error;
    }
  }
  return { pieces: told(), error: () => failed, isEmpty: () => empty };
}

async function* bounded(pieces: AsyncIterable<unknown>, most: number): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const piece of pieces) {
    if (!(piece instanceof Uint8Array)) throw new TypeError("a body without an encoding of text comes as bytes");
    size += piece.length;
    if (size > most) throw new UnreadableAnswer("body", `is larger than ${most} bytes`);
    yield Buffer.from(piece.buffer, piece.byteOffset, piece.length);
  }
}
