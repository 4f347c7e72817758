// A token that a cloud gives for a login and that lasts for a while: one login for all who ask at the same time, a new token before the
// old one ends, and another try where the cloud takes it no longer.

import { ProviderFault } from "../ports/provider.ts";

interface Token {
  readonly text: string;
  /** From the moment at which it was asked for. */
  readonly livesMs: number;
}

export interface TokenKeeper {
  /**
   * Runs `act` with a token that is valid as far as anybody here knows. Where the cloud refuses that one, `act` is run once more with a
   * new one, and only when the refusal says that nothing was done. Rejects as `act` does, with the fault of the login (effect `none`:
   * `act` was not run), or the signal's reason.
   */
  use<T>(act: (token: string) => Promise<T>, signal: AbortSignal): Promise<T>;
}

export interface KeeperForm {
  /** Gets a token. Must end by itself; its signal never aborts for one caller, since others wait as well. */
  readonly login: () => Promise<Token>;
  /** Milliseconds that only go forward. */
  readonly now?: () => number;
}

/** Renewed by whoever comes when this part of its life is over. */
const FRESH = 0.8;
/** Left alone for so long when an early renewal failed: the old token still serves. */
const RENEW_PAUSE_MS = 10_000;
/** What a cloud says beyond this is not believed. */
const LIFE_MOST_MS = 24 * 60 * 60_000;

interface Kept {
  readonly text: string;
  renewAt: number;
  readonly endsAt: number;
}

export function keepToken({ login, now = () => performance.now() }: KeeperForm): TokenKeeper {
  let kept: Kept | null = null;
  let underWay: Promise<Kept> | null = null;

  async function renewed(): Promise<Kept> {
    const askedAt = now();
    const { text, livesMs } = await login();
    const life = Number.isFinite(livesMs) ? Math.min(Math.max(0, livesMs), LIFE_MOST_MS) : 0;
    kept = { text, renewAt: askedAt + life * FRESH, endsAt: askedAt + life };
    return kept;
  }

  function renew(): Promise<Kept> {
    underWay ??= renewed().finally(() => {
      underWay = null;
    });
    return underWay;
  }

  async function current(signal: AbortSignal): Promise<Kept> {
    if (kept !== null && now() < kept.endsAt) {
      if (now() >= kept.renewAt) renewEarly(kept);
      return kept;
    }
    return unlessAborted(renew(), signal).catch(asNothingDone);
  }

  function renewEarly(old: Kept): void {
    old.renewAt = now() + RENEW_PAUSE_MS;
    // Nobody waits for it, and the old one serves until it ends: then the login's fault is somebody's.
    renew().catch(() => undefined);
  }

  return {
    async use(act, signal) {
      signal.throwIfAborted();
      const first = await current(signal);
      try {
        return await act(first.text);
      } catch (error) {
        if (!isRefused(error)) throw error;
        signal.throwIfAborted();
        // Another caller may have got a new one meanwhile.
        if (kept === first) kept = null;
        return act((await current(signal)).text);
      }
    },
  };
}

function isRefused(error: unknown): boolean {
  return error instanceof ProviderFault && error.fault.class === "auth" && error.fault.effect === "none";
}

function asNothingDone(error: unknown): never {
  if (!(error instanceof ProviderFault)) throw error;
  throw new ProviderFault({ ...error.fault, effect: "none" }, { cause: error });
}

/** The caller's own end; what was waited for goes on for the others. */
function unlessAborted<T>(asked: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const stop = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  return Promise.race([asked, aborted.promise]).finally(() => signal.removeEventListener("abort", stop));
}
