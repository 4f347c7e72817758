// One clock for the page: the server's, as far as its replies have told, ticking once for all who show it.

import { useSyncExternalStore } from "react";
import type { TIME_HEADER } from "../../src/contract/terms.ts";

const TIME: typeof TIME_HEADER = "Slipway-Time";
/** Replies are on their way for a while; a smaller difference than this is noise. */
const NOISE_MS = 2_000;
let aheadMs = 0;

/** Learns the server's time from a reply. What is noise changes nothing: a clock that jumps to and fro stands still and leaps. */
export function learnClock(reply: Response): void {
  const time = Date.parse(reply.headers.get(TIME) ?? "");
  if (Number.isNaN(time)) return;
  const difference = time - Date.now();
  if (Math.abs(difference - aheadMs) >= NOISE_MS) aheadMs = difference;
}

/** The server's time, ms since 1970. */
function serverNow(): number {
  return Date.now() + aheadMs;
}

/** The server's time at a moment of this machine's clock. */
export function serverTime(local: number): number {
  return local + aheadMs;
}

const TICK_MS = 1_000;
const listeners = new Set<() => void>();
let timer: number | null = null;
let ticked = serverNow();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(() => {
    ticked = serverNow();
    for (const one of listeners) one();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0 || timer === null) return;
    window.clearInterval(timer);
    timer = null;
  };
}

/** The server's time, renewed each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => (timer === null ? (ticked = roundedNow()) : ticked));
}

/** Stable between two looks of one render, as React asks of a snapshot. */
function roundedNow(): number {
  return Math.floor(serverNow() / TICK_MS) * TICK_MS;
}
