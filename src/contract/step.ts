// What an instance is at, in the words that command line and page share.

import type { Instance, Machine } from "./deployment.ts";

const STEP_TEXTS = { create: "asking the cloud", boot: "booting", start: "starting" } as const;

/** The step under way, in a word or two; empty: none. */
export function stepWord(
  { step, readiness }: Pick<Instance, "step" | "readiness">,
  machine: Pick<Machine, "state"> | undefined,
): string {
  if (step === null) return "";
  if (step !== "ready") return machine?.state === "in_doubt" ? "no clear answer, looking for it" : STEP_TEXTS[step];
  switch (readiness.kind) {
    case "provider":
      return "not ready yet";
    case "tcp":
      return `waiting for port ${readiness.port}`;
    case "http":
      return `waiting for http port ${readiness.port}${readiness.path}`;
    case "callback":
      return "waiting for its call";
  }
}
