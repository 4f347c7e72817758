// An instance of EC2's in Slipway's words.

import type { Instance } from "@aws-sdk/client-ec2";
import type { Fault } from "../../core/fault.ts";
import type { Observed, ObservedState } from "../../core/machine.ts";
import { reasonFault, unreadableFault } from "./faults.ts";
import { handleIn } from "./keys.ts";
import { displayNameIn, nameIn, realmIn } from "./names.ts";

const STATES: ReadonlyMap<string, ObservedState> = new Map([
  ["pending", "pending"],
  ["running", "running"],
  ["stopping", "stopping"],
  ["stopped", "stopped"],
  ["shutting-down", "stopping"],
  // Shown for about an hour longer, without anything that it held.
  ["terminated", "gone"],
]);

/** Throws a fault for an instance without an id. */
export function observe(instance: Instance): Observed {
  const { InstanceId: id, State, Placement, PrivateIpAddress, PublicIpAddress } = instance;
  if (id === undefined || id === "") throw unreadableFault("an instance has no id");
  return {
    externalId: id,
    name: nameIn(instance) ?? displayNameIn(instance) ?? id,
    realm: realmIn(instance) ?? Placement?.AvailabilityZone ?? "",
    state: STATES.get(State?.Name ?? "") ?? "unknown",
    fault: faultOf(instance),
    privateAddress: PrivateIpAddress ?? null,
    publicAddress: PublicIpAddress ?? null,
    handle: handleIn(instance),
  };
}

/** EC2 keeps the reason of a former stop beside an instance that runs again. */
const ENDED: ReadonlySet<string> = new Set(["stopped", "shutting-down", "terminated"]);

function faultOf({ State, StateReason }: Instance): Fault | null {
  if (StateReason?.Code === undefined || !ENDED.has(State?.Name ?? "")) return null;
  return reasonFault({ code: StateReason.Code, message: StateReason.Message ?? StateReason.Code });
}
