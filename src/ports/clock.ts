// Time inside one process. Decisions never use it: their `now` is the store's. This clock serves waits, time-outs, the freshness
// of a claim and the watch over the database's clock, and is virtual in simulation.

export interface Clock {
  /** Milliseconds on a clock that never jumps and goes on while the process is paused and the machine sleeps. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
