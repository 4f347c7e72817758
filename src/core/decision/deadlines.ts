// Which step an instance is in and when it must be through. Nothing waits for ever.

import { countedFrom, type DeploymentHead, type Instance } from "../deployment.ts";
import type { Machine } from "../machine.ts";

export const STEPS = ["create", "boot", "start", "ready"] as const;
type Step = (typeof STEPS)[number];

export interface StepDeadline {
  readonly step: Step;
  /** When the step began and when it must be through, ms since 1970. */
  readonly from: number;
  readonly at: number;
  /** What did not happen, for "… within N s". */
  readonly text: string;
}

const TEXTS: Readonly<Record<Step, string>> = {
  create: "the cloud did not confirm the machine",
  boot: "the machine did not come up",
  start: "the machine did not start",
  ready: "the machine was not ready",
};

/** The step under way on the way up, on this machine; null when the instance waits for nothing of its own. */
export function stepOf(
  deployment: Pick<DeploymentHead, "blueprint" | "resumedAt">,
  instance: Instance,
  machine: Machine | null,
): StepDeadline | null {
  if (machine === null) return null;
  const under = (step: Step, since: number): StepDeadline => {
    const from = countedFrom(deployment, since);
    return { step, from, at: from + deployment.blueprint.policy.deadlines[`${step}Ms`], text: TEXTS[step] };
  };
  switch (instance.state) {
    case "pending":
      if (machine.madeAt === null) return under("create", instance.since);
      return under("boot", Math.max(machine.madeAt, instance.since));
    case "stopped":
      // One that ran before stopped by itself: it waits for a person, not for a step.
      return instance.runningAt === null ? under("start", Math.max(machine.startAskedAt ?? 0, instance.since)) : null;
    case "running":
      // One that was ready and fails its live check waits for its repair, or for its own recovery.
      return instance.readyAt === null && instance.deadSince === null ? under("ready", instance.since) : null;
    case "new":
    case "shutting_down":
    case "create_failed":
    case "error":
    case "vanished":
      return null;
  }
}
