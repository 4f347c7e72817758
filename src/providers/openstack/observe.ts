// A server of Nova's in Slipway's words.

import type { Fault } from "../../core/fault.ts";
import type { Observed, ObservedState } from "../../core/machine.ts";
import { serverFault } from "./faults.ts";
import { handleOf, nameIn, ownerOf, type Part, readKeyName, realmIn, type Whose } from "./names.ts";
import type { Server } from "./schema.ts";

/**
 * What somebody has paused, shelved or put into rescue is neither running nor stopped, and only that person knows why; what is being
 * resized or moved will be again what it was.
 */
const STATES: ReadonlyMap<string, ObservedState> = new Map([
  ["BUILD", "pending"],
  ["ACTIVE", "running"],
  ["VERIFY_RESIZE", "running"],
  ["REBOOT", "pending"],
  ["HARD_REBOOT", "pending"],
  ["SHUTOFF", "stopped"],
  ["ERROR", "error"],
  ["SOFT_DELETED", "stopping"],
  // Its end is written down, and its resources are about to be given back: only when Nova knows it no more is that done.
  ["DELETED", "stopping"],
]);

/** What Nova is about to do with it, where that counts for more than its status. */
const TASKS: ReadonlyMap<string, ObservedState> = new Map([
  ["deleting", "stopping"],
  ["soft-deleting", "stopping"],
  ["powering-on", "pending"],
]);

/** `parts`: those that are known to be made for it, but for its key and volume, which the server tells itself. */
export function observe(server: Server, parts: readonly Part[] = []): Observed {
  const { id, metadata = {}, name = "", status, fault } = server;
  const ownName = nameIn(metadata) ?? name;
  const owner = ownerOf(metadata);
  const own = owner === null ? [] : [...keyOf(server, { owner, name: ownName }), ...volumesOf(server)];
  // A volume that is not attached any more is somebody else's now.
  const others = parts.filter(({ kind }) => kind !== "volume");
  const zone = server["OS-EXT-AZ:availability_zone"];
  return {
    externalId: id,
    name: ownName,
    realm: realmIn(metadata) ?? (zone === undefined || zone === null || zone === "" ? NO_ZONE : zone),
    state: stateOf(status, server["OS-EXT-STS:task_state"] ?? ""),
    fault: faultOf(status, fault),
    ...addressesOf(server),
    handle: handleOf(owner, [...others, ...own]),
  };
}

/** The key that was brought for it. */
function keyOf({ key_name: id }: Server, { owner, name }: Whose): readonly Part[] {
  if (id === undefined || id === null) return [];
  const whose = readKeyName(id);
  return whose?.owner === owner && whose.name === name ? [{ kind: "key", id }] : [];
}

/** Those that go with it: the one it boots from, and whatever somebody has attached in the same way. */
function volumesOf({ "os-extended-volumes:volumes_attached": attached = [] }: Server): readonly Part[] {
  const going = attached.filter((one) => one.delete_on_termination === true);
  return going.map(({ id }) => ({ kind: "volume", id }));
}

/** Of servers that somebody else has made and that no host has taken yet, and of keys that are all there is of a machine. */
export const NO_ZONE = "nova";

function stateOf(status: string, task: string): ObservedState {
  return TASKS.get(task) ?? STATES.get(status) ?? "unknown";
}

function faultOf(status: string, fault: Server["fault"]): Fault | null {
  if (status !== "ERROR") return null;
  return serverFault(fault ?? { code: 0, message: "the server is in ERROR, and Nova does not tell why" });
}

/** Lists lack the reason of a server that never got to a host. */
export const isUnexplained = ({ status, fault }: Server): boolean => status === "ERROR" && fault === undefined;

function addressesOf(server: Server): Pick<Observed, "privateAddress" | "publicAddress"> {
  const all = Object.values(server.addresses ?? {})
    .flat()
    .toSorted((a, b) => a.version - b.version);
  const [floating] = all.filter((one) => one["OS-EXT-IPS:type"] === "floating");
  const [fixed] = all.filter((one) => one["OS-EXT-IPS:type"] !== "floating");
  const access = [server.accessIPv4, server.accessIPv6].find((text) => text !== undefined && text !== "");
  return { privateAddress: fixed?.addr ?? null, publicAddress: floating?.addr ?? access ?? null };
}
