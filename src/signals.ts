// How the servers are asked to end.

const EXIT_CODES = [
  ["SIGTERM", 143],
  ["SIGINT", 130],
] as const;

/** A process manager may send the same signal twice (npm does); only a later one means impatience. */
const ECHO_MS = 500;

const endsAtOnce = (_signal: NodeJS.Signals, number: number): void => process.exit(128 + number);

/**
 * Until `nextSignal` every signal ends the process at once: a start that is cut short loses nothing. So it is anyway, but for the first process of a
 * container: the kernel sends that one nothing that it does not listen for.
 */
export function endAtSignals(): void {
  if (process.pid !== 1) return;
  for (const [signal] of EXIT_CODES) process.on(signal, endsAtOnce);
}

/** Resolves with the first signal that asks for the end; a second one ends the process at once. */
export function nextSignal(): Promise<string> {
  return new Promise((resolve) => {
    let firstAt: number | null = null;
    for (const [signal, code] of EXIT_CODES) {
      process.off(signal, endsAtOnce);
      process.on(signal, () => {
        if (firstAt !== null && performance.now() - firstAt > ECHO_MS) process.exit(code);
        firstAt ??= performance.now();
        resolve(signal);
      });
    }
  });
}
