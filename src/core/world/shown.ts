// How a cloud shows a machine, as one number.

import type { Observed } from "../machine.ts";

/**
 * The sign of all that a comparison with the ledger goes by: the same for the same, and for anything else another one, but for one time in 2 to the
 * power of 53. It keeps out chance and no ill will; a cloud that means ill may show whatever it likes.
 */
export function shownSign({ externalId, state, fault, privateAddress, publicAddress, handle }: Observed): number {
  return signOf(JSON.stringify([externalId, state, fault !== null, privateAddress, publicAddress, handle]));
}

/** Two hashes beside each other, each of which takes in every letter and is mixed into the other at the end. */
function signOf(text: string): number {
  let [a, b] = [0x243f6a88, 0x13198a2e];
  for (let at = 0; at < text.length; at += 1) {
    const letter = text.charCodeAt(at);
    a = Math.imul((a ^ letter) + at, 0x2c1b3c6d);
    a ^= a >>> 15;
    b = Math.imul(b ^ letter, 0x297a2d39);
    b ^= b >>> 13;
  }
  a = mixed(a ^ (b >>> 7));
  b = mixed(b ^ (a >>> 5));
  return (a >>> 0) * 2 ** 21 + (b >>> 11);
}

function mixed(hash: number): number {
  const once = Math.imul(hash ^ (hash >>> 16), 0x21f0aaad);
  const twice = Math.imul(once ^ (once >>> 15), 0x735a2d97);
  return twice ^ (twice >>> 15);
}
