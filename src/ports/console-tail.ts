export const CONSOLE_BYTES_MAX = 64 * 1024;

/** The newest 64 KiB of a console's output, whole characters only. */
export function consoleTail(bytes: Uint8Array): string {
  let start = Math.max(0, bytes.length - CONSOLE_BYTES_MAX);
  // UTF-8: bytes 10xxxxxx continue a character whose beginning would be cut off. Output that is no UTF-8 must not lose more.
  for (let skipped = 0; start > 0 && skipped < 3 && ((bytes[start] ?? 0) & 0xc0) === 0x80; skipped += 1) start += 1;
  return new TextDecoder().decode(bytes.subarray(start));
}
