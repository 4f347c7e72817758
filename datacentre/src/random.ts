// Seeded randomness. Each purpose has a stream of its own, so that one more draw here moves nothing there.

/** The next number of its stream: 0 ≤ x < 1. */
export type Random = () => number;

/** Same seed, same stream (FNV-1a into splitmix32). */
export function randomOf(seed: string): Random {
  let state = 0x811c9dc5;
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 0x01000193);
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
