// Commands that take several names: each is asked for by itself, and one that is refused does not keep the others.

import { Complaint, EXIT } from "./complaint.ts";

export interface Several<T> {
  readonly done: readonly T[];
  /** All that was refused, as one; null when nothing was. */
  readonly refused: Complaint | null;
}

/** What `act` returned for each of them, in their order. Throws when the server is not there, or accepts nothing. */
export async function several<N, T>(wanted: readonly N[], act: (one: N) => Promise<T>): Promise<Several<T>> {
  const done: T[] = [];
  const refused: Complaint[] = [];
  for (const one of wanted) {
    try {
      done.push(await act(one));
    } catch (error) {
      if (!(error instanceof Complaint) || error.exitCode === EXIT.noAccess) throw error;
      refused.push(error);
    }
  }
  return { done, refused: together(refused) };
}

/** The same for names, of which one that is given twice counts once. Throws what was refused. */
export async function forEach(names: readonly string[], act: (name: string) => Promise<void>): Promise<void> {
  const { refused } = await several([...new Set(names)], act);
  if (refused !== null) throw refused;
}

function together([first, ...others]: readonly Complaint[]): Complaint | null {
  if (first === undefined) return null;
  const details = [...first.details, ...others.flatMap((other) => [other.message, ...other.details])];
  return new Complaint(first.exitCode, first.message, { details, cause: first.cause });
}
