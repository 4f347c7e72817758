// How a machine is known again. Deltacloud has no labels that all clouds keep: all that it passes on is a name, so installation and machine
// both stand in it. Whoever gives an instance such a name makes it Slipway's.

import type { Handle } from "../../core/machine.ts";

/** Of which installation a machine is, and its own name. */
export interface Whose {
  readonly owner: string;
  readonly name: string;
}

/** Neither of the two has the mark that is between them. Each cloud behind Deltacloud takes these characters, and XML needs no escapes for them. */
const NAME = /^(?<name>[A-Za-z0-9.-]+)_(?<owner>[A-Za-z0-9.-]+)$/;

export const cloudName = ({ owner, name }: Whose): string => `${name}_${owner}`;

/** Null for what is none of anybody's machines. */
export function whoseIs(text: string): Whose | null {
  const { owner, name } = NAME.exec(text)?.groups ?? {};
  return owner === undefined || name === undefined ? null : { owner, name };
}

export const handleOf = ({ owner }: Pick<Whose, "owner">): Handle => ({ owner });

/** Null of a machine of which only the id is known. */
export function ownerIn(handle: Handle | null): string | null {
  const owner = handle?.["owner"];
  return typeof owner === "string" ? owner : null;
}
