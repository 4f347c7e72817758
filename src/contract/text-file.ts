// Text as it is taken from files and streams, by the command line and by the page: UTF-8, without the mark that some editors put
// before it. Decoders would put U+FFFD where bytes make no sense, and a machine would get that.

/** What completes "FILE …" for bytes that are no text. */
export interface NoText {
  readonly wrong: string;
}

export function textFrom(bytes: Uint8Array): { readonly text: string } | NoText {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch {
    return { wrong: `is not UTF-8 text: ${placeIn(bytes)}` };
  }
}

function placeIn(bytes: Uint8Array): string {
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return "it begins as UTF-16 does";
  const offset = offsetOf(bytes);
  const byte = (bytes[offset] ?? 0).toString(16).toUpperCase().padStart(2, "0");
  return `the byte 0x${byte} at offset ${offset} does not fit`;
}

/** Where the first sequence begins that is no character: behind all that the longest readable beginning has whole. */
function offsetOf(bytes: Uint8Array): number {
  let readable = 0;
  let broken = bytes.length + 1;
  while (broken - readable > 1) {
    const middle = Math.floor((readable + broken) / 2);
    if (wholeBytesOf(bytes.subarray(0, middle)) === null) broken = middle;
    else readable = middle;
  }
  return wholeBytesOf(bytes.subarray(0, readable)) ?? 0;
}

/** How many bytes make whole characters, what is unfinished at the end left out; null when something is broken before it. */
function wholeBytesOf(bytes: Uint8Array): number | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true });
    return new TextEncoder().encode(text).length;
  } catch {
    return null;
  }
}
