// Repeatable numbers from a text: the same launch draws the same account and backs off by the same jitter, so a run can
// be replayed. Nothing here is meant to be unguessable.

/** FNV-1a with a final mix, as a fraction in [0, 1). */
export function fractionOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 0x1_0000_0000;
}
