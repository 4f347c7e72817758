// Claims that are held while their calls go on. They are short, so that what a dead process held is soon somebody else's, and all of
// this process are renewed together by one statement.

import type { EndedClaim } from "../ports/claims.ts";
import { type Store, StoreAway } from "../ports/store.ts";
import type { Clock } from "../ports/clock.ts";
import type { Events } from "../log.ts";

/** How long a claim holds. */
export const CLAIM_MS = 15_000;
const RENEW_MS = 5_000;

/** The claims of one call. */
interface Lease extends Disposable {
  /**
   * Of its time what is left, measured on the monotonic clock of this process; not above 0: the rows may be somebody else's by now, or the
   * lease has ended.
   */
  leftMs(): number;
  /** These were given back: they are not renewed any more. */
  release(claims: readonly EndedClaim[]): void;
}

export interface Leases {
  /** `takenAt`: on the monotonic clock, before the claims were taken, so that their age is never measured too short. */
  hold(claims: readonly EndedClaim[], takenAt: number): Lease;
}

interface Held {
  claims: readonly EndedClaim[];
  expiresAt: number;
}

type LeaseDeps = { readonly store: Store; readonly clock: Clock; readonly events: Events };

/** `cut` ends the renewing: the process stops. */
export function createLeases({ store, clock, events }: LeaseDeps, cut: AbortSignal): Leases {
  const held = new Set<Held>();
  let isRenewing = false;

  async function renew(leases: readonly Held[]): Promise<void> {
    const claims = leases.flatMap((lease) => lease.claims.map((claim) => ({ lease, claim })));
    const askedAt = clock.monotonic();
    const renewed = await store.write((tx) =>
      tx.renewClaims(
        claims.map(({ claim }) => claim),
        CLAIM_MS,
      ),
    );
    // What was given back meanwhile was not lost.
    const isLost = ({ lease, claim }: (typeof claims)[number], at: number): boolean =>
      renewed[at] !== true && lease.claims.includes(claim);
    const lost = new Set(claims.filter(isLost).map(({ lease }) => lease));
    for (const lease of leases) {
      if (held.has(lease)) lease.expiresAt = lost.has(lease) ? askedAt : askedAt + CLAIM_MS;
    }
  }

  async function tryToRenew(leases: readonly Held[]): Promise<void> {
    if (leases.length === 0 || cut.aborted) return;
    try {
      await renew(leases);
    } catch (error) {
      // They hold for a while yet; what is written under one that does not is refused by its fence.
      if (!(error instanceof StoreAway)) events.workBroke("call", "claims", error);
    }
  }

  async function keepRenewing(): Promise<void> {
    isRenewing = true;
    while (held.size > 0 && !cut.aborted) {
      await clock.sleep(RENEW_MS, cut);
      await tryToRenew([...held]);
    }
    isRenewing = false;
  }

  return {
    hold(claims, takenAt) {
      const lease: Held = { claims, expiresAt: takenAt + CLAIM_MS };
      held.add(lease);
      if (!isRenewing) void keepRenewing();
      // Where this process stood still since it took them, the next round may come too late.
      if (lease.expiresAt - clock.monotonic() < CLAIM_MS - RENEW_MS) void tryToRenew([lease]);
      return {
        leftMs: () => lease.expiresAt - clock.monotonic(),
        release(given) {
          lease.claims = lease.claims.filter((claim) => !given.includes(claim));
        },
        [Symbol.dispose]() {
          held.delete(lease);
          lease.expiresAt = -Infinity;
        },
      };
    },
  };
}
