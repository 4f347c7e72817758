// A container's logs come as frames of two streams in one: 1 byte stream, 3 bytes zero, 4 bytes length, then the payload
// (Docker Engine API, "Attach to a container", stream format). Order of arrival is kept.

import { CONSOLE_BYTES_MAX, consoleTail } from "../../ports/console-tail.ts";

const HEADER_BYTES = 8;
/** Four bytes more than are shown, so that a character at the edge is cut by consoleTail and not here. */
const KEPT_BYTES = CONSOLE_BYTES_MAX + 4;

/** Reads the frames to their end; keeps little more than the newest output in memory, however long a frame says it is. */
export async function readFrames(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const output = newest();
  let header: Uint8Array = new Uint8Array();
  let left = 0;
  for await (const chunk of chunks) {
    let rest = chunk;
    while (rest.length > 0) {
      const taken = rest.subarray(0, left === 0 ? HEADER_BYTES - header.length : left);
      rest = rest.subarray(taken.length);
      if (left > 0) {
        output.add(taken);
        left -= taken.length;
        continue;
      }
      header = Buffer.concat([header, taken]);
      if (header.length < HEADER_BYTES) break;
      left = new DataView(header.buffer, header.byteOffset).getUint32(4);
      header = new Uint8Array();
    }
  }
  return consoleTail(output.bytes());
}

/** The last bytes of all that is added. */
function newest() {
  let pieces: Uint8Array[] = [];
  let size = 0;
  const bytes = (): Buffer => Buffer.concat(pieces).subarray(-KEPT_BYTES);
  return {
    bytes,
    add(piece: Uint8Array): void {
      pieces.push(piece);
      size += piece.length;
      if (size <= 2 * KEPT_BYTES) return;
      pieces = [bytes()];
      size = KEPT_BYTES;
    },
  };
}
