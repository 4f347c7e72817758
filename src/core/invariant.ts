/** Thrown for a bug of ours: the job that hits it stops and is parked with this error. Never for a fault or bad input. */
export class InvariantBroken extends Error {
  override readonly name = "InvariantBroken";
}

/** States what must hold; throws when it does not. */
export function invariant(holds: boolean, what: string): asserts holds {
  if (!holds) throw new InvariantBroken(what);
}
