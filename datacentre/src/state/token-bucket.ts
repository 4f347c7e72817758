// Throttling: `burst` calls at once, then `perSecond`. The level is computed from the time that has passed.

export interface TokenBucket {
  /** Takes one token; or takes none and returns the milliseconds until there is one. 0: taken. */
  take(now: number): number;
}

export interface Throttle {
  readonly burst: number;
  readonly perSecond: number;
}

// Who waits exactly as long as told must find a token, whatever the division left behind.
const ALMOST_ONE = 1 - 1e-6;

export function createTokenBucket({ burst, perSecond }: Throttle, startAt: number): TokenBucket {
  let level = burst;
  let levelAt = startAt;
  return {
    take(now) {
      level = Math.min(burst, level + ((now - levelAt) / 1000) * perSecond);
      levelAt = now;
      if (level < ALMOST_ONE) return Math.ceil(((1 - level) / perSecond) * 1000);
      level -= 1;
      return 0;
    },
  };
}
