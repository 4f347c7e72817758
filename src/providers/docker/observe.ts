// A container in Slipway's words.

import type { Observed, ObservedState } from "../../core/machine.ts";
import { exitFault, startFault } from "./faults.ts";
import { REALM } from "./offers.ts";
import type { Container, InspectedContainer } from "./schema.ts";

/**
 * `created` is a machine that waits for its start. `dead` is one whose removal failed half-way: it can only be removed again.
 * `stopped` is Podman's word for one that has just ended, before it is `exited`. A paused one is neither running nor stopped, and only the person who paused it knows why.
 */
const STATES: ReadonlyMap<string, ObservedState> = new Map([
  ["created", "stopped"],
  ["restarting", "pending"],
  ["running", "running"],
  ["paused", "unknown"],
  ["removing", "stopping"],
  ["exited", "stopped"],
  ["stopped", "stopped"],
  ["dead", "error"],
]);

/** States whose reason only an inspection shows. */
const TOLD_BY_INSPECTION: readonly string[] = ["created", "exited", "stopped", "dead"];

export function needsInspection(container: Container): boolean {
  return TOLD_BY_INSPECTION.includes(container.status);
}

/** `hostAddress`: where ports published by the engine's host are reached. */
export function observeContainer(container: Container, hostAddress: string): Observed {
  const isReached = container.isPublished || container.isOnHostNetwork;
  return {
    externalId: container.id,
    name: container.name,
    realm: REALM,
    state: STATES.get(container.status) ?? "unknown",
    fault: null,
    privateAddress: container.addresses[0] ?? null,
    publicAddress: isReached ? hostAddress : null,
    handle: null,
  };
}

export function observeInspected(container: InspectedContainer, hostAddress: string): Observed {
  return { ...observeContainer(container, hostAddress), fault: faultOf(container) };
}

function faultOf(container: InspectedContainer): Observed["fault"] {
  if (!TOLD_BY_INSPECTION.includes(container.status)) return null;
  if (container.error !== "") return startFault(container.error);
  return container.status === "created" ? null : exitFault(container);
}
