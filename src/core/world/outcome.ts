// The faults within what came back from a call, wherever they are.

import type { Fault } from "../fault.ts";
import type { Observed } from "../machine.ts";
import type { CallOutcome } from "./record.ts";

/** True when the outcome carries words of the cloud or of a machine. */
export function hasText(outcome: CallOutcome): boolean {
  if (outcome.kind === "console") return outcome.text !== null;
  return outcome.kind === "fault" || sightsIn(outcome).some(({ fault }) => fault !== null);
}

function sightsIn(outcome: CallOutcome): readonly Observed[] {
  if (outcome.kind === "found") return outcome.observed;
  if (outcome.kind === "created") return [outcome.observed];
  return outcome.kind === "looked" && outcome.observed !== null ? [outcome.observed] : [];
}

/** The same outcome with each of its faults changed. */
export function changeFaults(outcome: CallOutcome, change: (fault: Fault) => Fault): CallOutcome {
  switch (outcome.kind) {
    case "created":
      return { ...outcome, observed: changeFault(outcome.observed, change) };
    case "looked":
      return { ...outcome, observed: outcome.observed === null ? null : changeFault(outcome.observed, change) };
    case "found":
      return { ...outcome, observed: outcome.observed.map((one) => changeFault(one, change)) };
    case "fault":
      return { ...outcome, fault: change(outcome.fault) };
    case "started":
    case "rebooted":
    case "console":
    case "destroyed":
    case "not_sent":
      return outcome;
  }
}

export function changeFault(observed: Observed, change: (fault: Fault) => Fault): Observed {
  return observed.fault === null ? observed : { ...observed, fault: change(observed.fault) };
}
