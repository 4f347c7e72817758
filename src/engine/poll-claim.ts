// The claim of one poll. It is short and made to last while the poll goes on, so that an account whose process has died is soon looked at by
// another one, however long a poll of it may take.

import type { ClaimedPoll } from "../ports/claims.ts";
import type { Store } from "../ports/store.ts";
import type { EngineDeps } from "./engine-deps.ts";
import type { Window } from "./offers.ts";
import { type Patience, patientStore } from "./patience.ts";

/** How long the claim of a poll holds. */
export const POLL_CLAIM_MS = 15_000;
const RENEW_MS = 5_000;
/** Of what a poll asks, so much may take as long before it has written something. */
const ASK_MS = 50_000;

export interface HeldPoll {
  readonly window: Window;
  readonly patience: Patience;
  /** Its transactions are begun anew while the database is away and the claim holds. */
  readonly store: Store;
  /** From then on the claim runs out by itself. Resolves when nothing makes it last any more. */
  release(): Promise<void>;
}

type HoldDeps = EngineDeps & { readonly cut: AbortSignal };

/** `claimedAt`: on the monotonic clock. */
export function holdPoll(deps: HoldDeps, claim: ClaimedPoll, claimedAt: number): HeldPoll {
  const { store, clock, cut } = deps;
  let expiresAt = claimedAt + POLL_CLAIM_MS;
  let askUntil = claimedAt + ASK_MS;
  const patience: Patience = {
    clock,
    cut,
    key: claim.account.id,
    get expiresAt() {
      return expiresAt;
    },
  };
  const patient = patientStore(store, patience);

  async function renewBy(by: Store, act: Parameters<Window["write"]>[0]): Promise<boolean> {
    const renewedAt = clock.monotonic();
    const isHeld = await by.write(async (tx) => {
      if (!(await tx.renewPoll(claim, POLL_CLAIM_MS))) return false;
      await act?.(tx);
      return true;
    });
    expiresAt = isHeld ? renewedAt + POLL_CLAIM_MS : renewedAt;
    return isHeld;
  }

  const released = new AbortController();
  /** A renewal that is on its way. */
  let renewing: Promise<unknown> = Promise.resolve();
  async function keepRenewing(): Promise<void> {
    const over = AbortSignal.any([released.signal, cut]);
    for (;;) {
      await clock.sleep(RENEW_MS, over);
      if (over.aborted || clock.monotonic() >= expiresAt) return;
      // It holds for a while yet, and what is written under one that does not is refused by its fence.
      renewing = renewBy(store, undefined).catch(() => false);
      await renewing;
    }
  }
  void keepRenewing();

  return {
    patience,
    store: patient,
    window: {
      claim,
      // Never ahead of the database's clock: what is known since then must not count as older than the list.
      databaseNow: () => claim.now + Math.floor(clock.monotonic() - claimedAt),
      leftMs() {
        const now = clock.monotonic();
        return now < expiresAt ? askUntil - now : 0;
      },
      async write(act) {
        const begunAt = clock.monotonic();
        const isHeld = await renewBy(patient, act);
        if (isHeld) askUntil = begunAt + ASK_MS;
        return isHeld;
      },
    },
    async release() {
      released.abort();
      await renewing;
    },
  };
}
