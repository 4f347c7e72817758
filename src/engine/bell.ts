/** Wakes one waiter. A ring while nobody waits is kept for the next wait, so none is lost; two rings count as one. */
export interface Bell {
  ring(): void;
  /** Resolves at the next ring, or at once when it rang since the last wait, or after `ms`. */
  wait(ms?: number): Promise<void>;
}

export function createBell(sleep: (ms: number, signal: AbortSignal) => Promise<void>): Bell {
  let rung = false;
  let wake = (): void => {};
  return {
    ring() {
      rung = true;
      wake();
    },
    async wait(ms) {
      if (!rung) {
        const awake = new AbortController();
        const ring = new Promise<void>((resolve) => {
          wake = resolve;
        });
        await (ms === undefined ? ring : Promise.race([ring, sleep(ms, awake.signal)]));
        // With a reason, for without one an error with its stack is made for nobody.
        awake.abort("awake");
      }
      rung = false;
    },
  };
}
