// Names of the parts of a machine, where a cloud names them as we say.

import { createHash } from "node:crypto";

/** Follows from the machine's name and the kind alone, also where names may not be as long as that; never two machines' in common. */
export function partName(machine: string, kind: string, most: number | null): string {
  const name = `${machine}-${kind}`;
  if (most === null || name.length <= most) return name;
  const tail = `-${createHash("sha256").update(machine).digest("hex").slice(0, 16)}-${kind}`;
  return `${machine.slice(0, Math.max(0, most - tail.length))}${tail}`;
}
