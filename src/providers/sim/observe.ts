// A machine of the datacentre in Slipway's words. Some clouds tell why a machine failed only in the operation that made it.

import { orNull } from "../../cloud-http/faults.ts";
import type { Fault } from "../../core/fault.ts";
import type { KnownMachine, Observed, ObservedState } from "../../core/machine.ts";
import type { MachineState } from "../../../datacentre/src/cloud-api.ts";
import type { TenantCloud } from "./client.ts";
import { asked, machineFault } from "./faults.ts";
import { type Desk, handleOf, ownerOf } from "./parts.ts";
import type { SimMachine } from "./schema.ts";

const OBSERVED: ReadonlyMap<string, ObservedState> = new Map<MachineState, ObservedState>([
  ["pending", "pending"],
  ["running", "running"],
  ["stopped", "stopped"],
  ["stopping", "stopping"],
  ["error", "error"],
  ["terminated", "gone"],
]);

export function observe(machine: SimMachine): Observed {
  const { id, name, realm, state, fault, privateAddress, publicAddress, operation, labels, parts } = machine;
  return {
    externalId: id,
    name,
    realm,
    state: OBSERVED.get(state) ?? "unknown",
    fault: fault === null ? null : machineFault(fault),
    privateAddress,
    publicAddress,
    handle: handleOf({ owner: ownerOf(labels), operation, parts }),
  };
}

/** States that somebody should be told the reason of. */
const FAILED: ReadonlySet<MachineState> = new Set<MachineState>(["error", "terminated"]);

/** On machines that should have none, where a public address is a part. */
export const NO_PUBLIC_ADDRESS = { "slipway-public-address": "none" } as const;

const wantsAddress = ({ labels }: SimMachine): boolean =>
  Object.entries(NO_PUBLIC_ADDRESS).every(([label, value]) => labels[label] !== value);

/**
 * What is seen of it, with a reason where its operation has one. Where a public address is a part, one that runs without is not what was
 * asked for: whoever made it ended before its address was made.
 */
export async function explained(desk: Desk, machine: SimMachine, signal: AbortSignal): Promise<Observed> {
  const { api } = desk;
  const observed = observe(machine);
  const { fault, state, operation, publicAddress } = machine;
  if (
    state === "running" &&
    publicAddress === null &&
    wantsAddress(machine) &&
    (await desk.traits(signal)).parts.publicByPart
  ) {
    return { ...observed, state: "error", fault: observed.fault ?? NO_ADDRESS };
  }
  if (fault !== null || !FAILED.has(state) || operation === null) return observed;
  return { ...observed, fault: await failureOf(api, operation, signal) };
}

const NO_ADDRESS: Fault = {
  class: "transient",
  scope: "realm",
  effect: "made",
  code: "no_address",
  text: "the machine runs without its public address, which was never made or has gone",
  retryAfterMs: null,
  requestId: null,
};

/** Of a machine that is not there: gone, with the reason why it never came to be; null where there is none. */
export async function explainedAbsence(
  api: TenantCloud,
  { name, realm, externalId, handle, isLeaving }: KnownMachine,
  signal: AbortSignal,
): Promise<Observed | null> {
  const operation = handle?.["operation"];
  if (isLeaving || typeof operation !== "string") return null;
  const fault = await failureOf(api, operation, signal);
  if (fault === null) return null;
  return { externalId, name, realm, state: "gone", fault, privateAddress: null, publicAddress: null, handle: null };
}

/** Null where it has not failed, or is forgotten. */
export async function failureOf(api: TenantCloud, operation: string, signal: AbortSignal): Promise<Fault | null> {
  const { fault = null } = (await orNull(asked(api.getOperation(operation, signal)))) ?? {};
  return fault === null ? null : machineFault(fault);
}
