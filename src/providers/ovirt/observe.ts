// A virtual machine of the engine's in Slipway's words.

import { isIP } from "node:net";
import type { Fault } from "../../core/fault.ts";
import type { Observed, ObservedState } from "../../core/machine.ts";
import type { Detail } from "./desk.ts";
import { diskFault } from "./faults.ts";
import { handleOf, readComment } from "./names.ts";
import type { Nic, Vm } from "./schema.ts";

/**
 * What somebody has paused or hibernated is neither running nor stopped, and one whose host the engine has lost may be either. A `down`
 * that comes before `image_locked` is believed: the start that follows is refused for the lock, and waits.
 */
const STATES: ReadonlyMap<string, ObservedState> = new Map([
  ["image_locked", "pending"],
  ["wait_for_launch", "pending"],
  ["powering_up", "pending"],
  ["restoring_state", "pending"],
  ["up", "running"],
  ["migrating", "running"],
  ["reboot_in_progress", "running"],
  ["powering_down", "stopping"],
  ["saving_state", "stopping"],
  ["down", "stopped"],
]);

/** With a process at a host: what can be powered off. */
const POWERED = [
  "wait_for_launch",
  "powering_up",
  "up",
  "migrating",
  "reboot_in_progress",
  "powering_down",
  "paused",
  "suspended",
  "not_responding",
];

export const isPowered = ({ status }: Vm): boolean => POWERED.includes(status ?? "");

export const isDown = ({ status }: Vm): boolean => status === "down";

/** A start has been carried out: it runs, or is about to. */
export const isStarted = ({ status = "" }: Vm): boolean =>
  ["up", "migrating", "reboot_in_progress", "wait_for_launch", "powering_up", "restoring_state"].includes(status);

interface Known {
  /** Of machines that do not tell it themselves. */
  readonly realm: string;
  /** Null: not asked for. */
  readonly detail: Detail | null;
  /** In ms that only go forward. */
  readonly nowMs: number;
  /** Why it went down, as its events say; null: they do not, or somebody powered it off. */
  readonly ended: Fault | null;
}

/**
 * The engine calls a machine `up` some seconds before its guest agent tells an address, and who waits for the machine needs that. One that
 * has told none for so long has no agent.
 */
const AGENT_MS = 90_000;

function isAwaited({ detail, nowMs }: Pick<Known, "detail" | "nowMs">): boolean {
  if (detail === null || detail.address !== null || !detail.hasInterfaces) return false;
  return nowMs - detail.firstSeenMs < AGENT_MS;
}

export function observe(vm: Vm, { realm, detail, ended, nowMs }: Known): Observed {
  const { id, name, comment, status } = vm;
  const noted = readComment(comment);
  const isIllegal = status === undefined;
  const state = STATES.get(status ?? "") ?? "unknown";
  return {
    externalId: id,
    name: noted?.name ?? name,
    realm: noted?.realm ?? realm,
    state: isIllegal ? "error" : state === "running" && isAwaited({ detail, nowMs }) ? "pending" : state,
    fault: isIllegal ? ILLEGAL : ended,
    privateAddress: detail?.address ?? null,
    publicAddress: null,
    handle: noted === null || detail === null ? null : handleOf(noted, detail.disks),
  };
}

/** The engine has no word for it in this API, and leaves the status out. */
const ILLEGAL = diskFault(
  "illegal_image",
  "a disk of the machine is illegal: it was not made, or not removed, as it should be",
);

/** What a guest agent has reported of the interfaces that the engine itself knows, the first one's first, IPv4 before IPv6; null: nothing yet. */
export function addressIn(nics: readonly Nic[]): string | null {
  const ordered = nics.toSorted((a, b) => (a.name ?? "").localeCompare(b.name ?? "", "en", { numeric: true }));
  for (const { reported_devices: devices } of ordered) {
    const ips = (devices?.reported_device ?? []).flatMap(({ ips: reported }) => reported?.ip ?? []);
    const usable = ips.map(({ address = "" }) => address).filter(isUsable);
    const [first] = usable.toSorted((a, b) => isIP(a) - isIP(b));
    if (first !== undefined) return first;
  }
  return null;
}

/** Neither the guest's own, nor one that counts on its link alone. */
function isUsable(address: string): boolean {
  if (isIP(address) === 0) return false;
  return !/^(?:127\.|169\.254\.|0\.|::1$|::$|fe[89ab])/i.test(address);
}
