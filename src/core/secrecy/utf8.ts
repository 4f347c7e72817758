/** How many bytes a text has in UTF-8, as clouds count it. Half of a surrogate pair counts as what encoders put in its place. */
export function utf8Bytes(text: string): number {
  const whole = text.toWellFormed();
  let bytes = 0;
  for (let at = 0; at < whole.length; at += 1) bytes += bytesOf(whole.charCodeAt(at));
  return bytes;
}

function bytesOf(unit: number): number {
  if (unit < 0x80) return 1;
  if (unit < 0x800) return 2;
  // Two units make a character of four bytes.
  const isOfPair = unit >= 0xd800 && unit < 0xe000;
  return isOfPair ? 2 : 3;
}
