// Work that waits for the world, with an end.

import type { Clock } from "../ports/clock.ts";

/** The work did not end in time; whether it took effect is not known. */
export class Overdue extends Error {
  override readonly name = "Overdue";
}

/** The work was cut short because this process stops; whether it took effect is not known. */
export class CutShort extends Error {
  override readonly name = "CutShort";
  constructor() {
    super("this process stops");
  }
}

/**
 * Runs `act` for at most `ms`, or until `cut` aborts; then aborts its signal and throws Overdue or CutShort at once, whether `act`
 * honours the signal or not.
 */
export async function within<T>(
  limit: { readonly clock: Clock; readonly ms: number; readonly cut: AbortSignal },
  act: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, ms, cut } = limit;
  const over = new AbortController();
  const ended = new AbortController();
  const stop = (): void => over.abort(new CutShort());
  if (cut.aborted) throw new CutShort();
  cut.addEventListener("abort", stop, { once: true });
  void clock.sleep(ms, ended.signal).then(() => {
    if (!ended.signal.aborted) over.abort(new Overdue(`no answer within ${ms} ms`));
  });
  try {
    return await Promise.race([rejectionOf(over.signal), act(over.signal)]);
  } catch (error) {
    // However a provider dresses the abort up, it is the abort.
    if (over.signal.aborted) throw over.signal.reason;
    throw error;
  } finally {
    // With a reason, for without one an error with its stack is made for nobody.
    ended.abort("ended");
    cut.removeEventListener("abort", stop);
  }
}

function rejectionOf(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener("abort", fail, { once: true });
  });
}
