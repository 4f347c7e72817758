// A container's logs come as frames of two streams in one: 1 byte stream, 3 bytes zero, 4 bytes length, then the payload
// (Docker Engine API, "Attach to a container", stream format). Order of arrival is kept.

import { CONSOLE_BYTES_MAX, consoleTail } from "../../ports/console-tail.ts";

const HEADER_BYTES = 8;

/** Reads the frames to their end; keeps no more than the newest output in memory. */
export async function readFrames(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  let pending: Uint8Array = new Uint8Array();
  let output: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    pending = Buffer.concat([pending, chunk]);
    const payloads: Uint8Array[] = [];
    for (let size = frameSize(pending); size !== null; size = frameSize(pending)) {
      payloads.push(pending.subarray(HEADER_BYTES, size));
      pending = pending.subarray(size);
    }
    // Four bytes more than are shown, so that a character at the edge is cut by consoleTail and not here.
    output = Buffer.concat([output, ...payloads]).subarray(-CONSOLE_BYTES_MAX - 4);
  }
  return consoleTail(output);
}

/** Bytes of the first frame with its header; null until it is there whole. */
function frameSize(pending: Uint8Array): number | null {
  if (pending.length < HEADER_BYTES) return null;
  const size = HEADER_BYTES + new DataView(pending.buffer, pending.byteOffset).getUint32(4);
  return pending.length < size ? null : size;
}
