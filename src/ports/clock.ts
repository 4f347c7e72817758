// Time inside one process. Decisions never use it: their `now` is the database's. This clock serves waits, time-outs and the
// freshness of a claim, and is virtual in simulation.

export interface Clock {
  /** Milliseconds on a clock that never jumps and goes on while the process is paused. */
  monotonic(): number;
  /** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
