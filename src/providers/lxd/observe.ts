// A machine of LXD's in Slipway's words.

import { isIP } from "node:net";
import type { Handle, Observed, ObservedState } from "../../core/machine.ts";
import type { Run } from "./desk.ts";
import { STOPPED } from "./faults.ts";
import { idOf } from "./names.ts";
import { REALM } from "./offers.ts";
import type { Instance, Interface } from "./schema.ts";

/**
 * `Error` is what LXD says while a start is failing, and of machines whose cluster member does not answer; what somebody has frozen is neither
 * running nor stopped. A machine reads Running as soon as its start has begun.
 */
const STATES: ReadonlyMap<string, ObservedState> = new Map([
  ["Starting", "pending"],
  ["Running", "running"],
  ["Ready", "running"],
  ["Stopping", "stopping"],
  ["Aborting", "stopping"],
  ["Stopped", "stopped"],
]);

export const isUp = ({ status }: Instance): boolean => STATES.get(status) === "running";

export const isStopped = ({ status }: Instance): boolean => STATES.get(status) === "stopped";

const NEVER = "1971";

/** LXD writes it down when a start was carried out; before that it is a date of 1970, or none. */
const wasStarted = ({ last_used_at: at }: Instance): boolean => at >= NEVER;

/** It is on a network of which it may get an address. */
export const hasInterfaces = ({ expanded_devices: devices }: Instance): boolean =>
  Object.values(devices).some(({ type }) => type === "nic");

/** A guest that has no address so long after its start gets none. */
const ADDRESS_MS = 60_000;

interface Known {
  /** Null: it does not run, or was not asked. */
  readonly run: Run | null;
  /** In ms that only go forward. */
  readonly nowMs: number;
  /** Its create is still under way. */
  readonly isBeingMade: boolean;
  readonly handle: Handle | null;
}

export function observe(instance: Instance, { run, nowMs, isBeingMade, handle }: Known): Observed {
  const state = STATES.get(instance.status) ?? "unknown";
  const isAwaited =
    run !== null && run.address === null && hasInterfaces(instance) && nowMs - run.firstSeenMs < ADDRESS_MS;
  return {
    externalId: idOf(instance),
    name: instance.name,
    realm: REALM,
    state: isBeingMade || (state === "running" && isAwaited) ? "pending" : state,
    fault: state === "stopped" && wasStarted(instance) && !isBeingMade ? STOPPED : null,
    privateAddress: run?.address ?? null,
    publicAddress: null,
    handle,
  };
}

/** The first of its interfaces that has one, IPv4 before IPv6; null: none yet. */
export function addressIn(network: Readonly<Record<string, Interface>>): string | null {
  const names = Object.keys(network).toSorted((a, b) => a.localeCompare(b, "en", { numeric: true }));
  for (const name of names) {
    const { type = "", addresses } = network[name] ?? {};
    const usable = (addresses ?? []).filter(({ scope, address }) => scope === "global" && isIP(address) !== 0);
    const [first] = usable.toSorted((a, b) => isIP(a.address) - isIP(b.address));
    if (type !== "loopback" && first !== undefined) return first.address;
  }
  return null;
}
