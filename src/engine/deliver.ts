// Tells webhooks what is due: claims lanes, has each letter carried outside of any transaction, and writes how it went while the claim is
// its own. Rung by new events and by time; whoever misses a ring looks again within a second.

import { backoffMs } from "../core/world/backoff.ts";
import { KEPT_MS } from "../core/story/delivery.ts";
import type { Events } from "../log.ts";
import type { Clock } from "../ports/clock.ts";
import { type Store, StoreAway } from "../ports/store.ts";
import type { Courier, Letter } from "../ports/webhooks.ts";
import { createBell } from "./bell.ts";
import { patiently } from "./patience.ts";

/** Letters on their way at the same time, in one process. */
const BOUND = 16;
/** A try takes 15 s at most. */
const CLAIM_MS = 60_000;
/** Then others of the same webhook have their turn. */
const CHAIN_MOST = 50;
/** Then others have their turn as well: who takes everything, but late, would keep its place for many minutes. */
export const CHAIN_MS = 15_000;
const FLOOR_MS = 1_000;
/** Between two looks: what is written in a busy moment is told together. */
const GAP_MS = 20;
const STUMBLE = { firstMs: 100, mostMs: 5_000 } as const;
const PRUNE_EVERY_MS = 10 * 60_000;
const PRUNED_MOST = 500;

export interface DeliveryDeps {
  readonly store: Store;
  readonly clock: Clock;
  readonly events: Events;
  readonly courier: Courier;
  /** Unguessable text, fresh each time. */
  readonly nonce: () => string;
}

export interface Deliveries {
  /** Begins nothing new, and resolves when what is on its way has been answered. */
  stop(): Promise<void>;
}

export async function startDeliveries(deps: DeliveryDeps): Promise<Deliveries> {
  const { store, clock } = deps;
  const stopping = new AbortController();
  const bell = createBell((ms, signal) => clock.sleep(ms, signal));
  stopping.signal.addEventListener("abort", () => bell.ring(), { once: true });
  const unlisten = await store.onEvents(() => bell.ring());
  const running = new Set<Promise<void>>();
  const start = (letter: Letter): void => {
    const done = carryOn(deps, letter, stopping.signal).finally(() => {
      running.delete(done);
      bell.ring();
    });
    running.add(done);
  };
  const pumping = (async () => {
    let failures = 0;
    while (!stopping.signal.aborted) {
      try {
        const restMs = await take(deps, BOUND - running.size, start);
        failures = 0;
        await clock.sleep(GAP_MS, stopping.signal);
        await bell.wait(restMs);
      } catch (error) {
        failures += 1;
        await stumble(deps, { error, failures, signal: stopping.signal });
      }
    }
  })();
  const pruning = keepPruning(deps, stopping.signal);
  return {
    async stop() {
      stopping.abort();
      await Promise.all([pumping, pruning, unlisten()]);
      await Promise.all(running);
    },
  };
}

/** Starts what is due; returns how long nothing else is, a second at most. */
async function take({ store, nonce }: DeliveryDeps, free: number, start: (letter: Letter) => void): Promise<number> {
  const { now, at } = await store.read((tx) => tx.nextDelivery());
  if (at === null) return FLOOR_MS;
  if (at > now) return Math.min(FLOOR_MS, at - now);
  if (free <= 0) return FLOOR_MS;
  const letters = await store.write((tx) => tx.claimLetters(free, { claim: nonce(), claimMs: CLAIM_MS }));
  for (const letter of letters) start(letter);
  // What is due and was not taken waits for one of its webhook to end, which rings; or others have it.
  return FLOOR_MS;
}

/** One letter after the other, for as long as they are taken and it is its turn. Never rejects. */
async function carryOn(deps: DeliveryDeps, first: Letter, stopping: AbortSignal): Promise<void> {
  const { store, clock, events, courier } = deps;
  let letter: Letter | null = first;
  const begunAt = clock.monotonic();
  try {
    for (let n = 1; letter !== null; n += 1) {
      const expiresAt: number = clock.monotonic() + CLAIM_MS;
      const sent: Letter = letter;
      const answer = await courier.carry(sent);
      const goesOn = n < CHAIN_MOST && clock.monotonic() - begunAt < CHAIN_MS && !stopping.aborted;
      const chain = goesOn ? { claimMs: CLAIM_MS } : null;
      const patience = { clock, expiresAt, key: sent.claim, cut: stopping };
      const settled = await patiently(patience, () => store.write((tx) => tx.settleLetter(sent, answer, chain)));
      const line = { webhook: sent.webhook.name, deployment: sent.deployment.id, no: sent.event.no };
      events.webhookTried(line, { ...answer, isDead: settled?.isDead ?? false });
      letter = settled?.next ?? null;
    }
  } catch (error) {
    if (error instanceof StoreAway) events.workLost("webhooks", first.deployment.id, error);
    else events.workBroke("webhooks", first.deployment.id, error);
  }
}

interface Stumble {
  readonly error: unknown;
  readonly failures: number;
  readonly signal: AbortSignal;
}

async function stumble({ clock, events }: DeliveryDeps, { error, failures, signal }: Stumble): Promise<void> {
  const pauseMs = backoffMs(STUMBLE, failures, { key: "webhooks", retryAfterMs: null });
  if (error instanceof StoreAway) events.pumpWaits("webhooks", error, pauseMs);
  else events.pumpStumbled("webhooks", error, pauseMs);
  await clock.sleep(pauseMs, signal);
}

async function keepPruning(deps: DeliveryDeps, signal: AbortSignal): Promise<void> {
  const { store, clock } = deps;
  while (!signal.aborted) {
    try {
      const of = { limit: PRUNED_MOST, keptMs: KEPT_MS };
      const taken = await store.write((tx) => tx.pruneDeliveries(of));
      await clock.sleep(taken >= PRUNED_MOST ? GAP_MS : PRUNE_EVERY_MS, signal);
    } catch (error) {
      await stumble(deps, { error, failures: 7, signal });
    }
  }
}
