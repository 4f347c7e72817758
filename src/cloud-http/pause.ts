// Waiting between looks at what a cloud takes a while for.

import { setTimeout } from "node:timers/promises";

/** Rejects with the signal's reason. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await setTimeout(ms, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/**
 * Lets timers that are due go first: a process that stood still hears the answers that came meanwhile before its own deadlines, and would send
 * what follows from them too late. For what makes something. Rejects with the signal's reason.
 */
export const deadlinesFirst = (signal: AbortSignal): Promise<void> => pause(0, signal);
