// What a tool of agents is.

import type { z } from "zod";
import type { Api } from "./api.ts";

/** What agents may do beside reading. */
export interface Terms {
  /** Launch and stop. */
  readonly changes: boolean;
  /** Dollars per hour that all that its user has launched may cost at the most; null: nothing is launched. */
  readonly maxHourly: number | null;
}

/** How far a long answer has come. `text` is for people; of what users wrote it is data as any result is. */
export type Progress = (done: number, of: number, text: string) => Promise<void>;

export interface Call<I> {
  readonly api: Api;
  readonly terms: Terms;
  readonly input: I;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** `destructive`: what it ends does not come back. */
  readonly kind: "read" | "launch" | "destructive";
  readonly run: (call: Call<unknown>) => Promise<unknown>;
}

/** A tool from its parts: input and result are what the schemas say. */
export function tool<I, O>(parts: {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: Tool["kind"];
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  readonly run: (call: Call<I>) => Promise<O>;
}): Tool {
  const { input, output, run } = parts;
  return { ...parts, run: async (call) => output.parse(await run({ ...call, input: input.parse(call.input) })) };
}
