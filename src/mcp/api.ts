// Slipway's API as the tools of agents ask it: with somebody's token, so that they may what that person may and no more.

import type { z } from "zod";

interface Asked<T> {
  readonly method?: "POST";
  readonly path: string;
  readonly body?: unknown;
  /** Makes a repetition harmless. */
  readonly idempotencyKey?: string;
  readonly reply: z.ZodType<T>;
}

export interface Api {
  /** Throws ToolRefused where the server says no, or cannot be reached. */
  readonly ask: <T>(asked: Asked<T>) => Promise<T>;
  /** The server's time, ms since 1970. */
  readonly now: () => number;
  /** Milliseconds on a clock that never jumps. */
  readonly monotonic: () => number;
  /** Resolves early when the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** What keeps a tool from doing what it was asked for, in one sentence for who asked. */
export class ToolRefused extends Error {
  override readonly name = "ToolRefused";
}

/** A path from its template, every value escaped. */
export function path(parts: TemplateStringsArray, ...values: readonly (string | number)[]): string {
  return String.raw({ raw: parts }, ...values.map((value) => encodeURIComponent(value)));
}
