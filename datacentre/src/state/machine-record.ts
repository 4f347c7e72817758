// A machine as the cloud itself knows it, and what it shows of it.

import type { CloudErrorCode, CreateRequest, MachineState, Size } from "../cloud-api.ts";
import type { Amounts, MachineDetail, PartKind } from "../tenant-api.ts";
import type { Host } from "./host.ts";
import type { OperationRecord } from "./operations.ts";
import type { Network } from "./things.ts";
import type { PartRecord } from "./part-record.ts";

export interface MachineFault {
  readonly code: CloudErrorCode;
  readonly text: string;
}

/** What is bound to happen once it runs. */
interface Death {
  readonly afterMs: number;
  readonly to: "stopped" | "error" | "terminated";
  readonly fault: MachineFault;
}

export interface MachineRecord {
  readonly id: string;
  /** Age in its cloud: 1 is the oldest. */
  readonly ordinal: number;
  readonly tenant: string;
  readonly request: CreateRequest;
  readonly size: Size;
  readonly imageId: string;
  readonly network: Network | null;
  /** Whether one of its addresses is the machine's own, not a port's. */
  readonly holdsAddress: boolean;
  /** Of quota, while it is counted. */
  readonly takes: Amounts;
  isCounted: boolean;
  /** What an hour of it costs, from birth to end. */
  readonly hourlyPrice: number;
  readonly createdAt: number;
  state: MachineState;
  /** Oldest first: what a stale list shows. */
  readonly history: { readonly at: number; readonly state: MachineState }[];
  fault: MachineFault | null;
  /** Where its room is taken; null while it takes none. */
  host: Host | null;
  /** The latest on it. */
  operation: OperationRecord | null;
  readonly parts: PartRecord[];
  /** Kinds of parts that stay behind, whatever was asked for. */
  partsToLeave: readonly PartKind[];
  privateAddress: string | null;
  publicAddress: string | null;
  readonly consoleLines: { readonly at: number; readonly line: string }[];
  /** Two-step clouds: the image is copied, so that it may be started. */
  isImageReady: boolean;
  isRemoving: boolean;
  isListening: boolean;
  /** What its services answer HTTP with. */
  httpStatus: number;
  listeningAt: number;
  death: Death | null;
  goneAt: number | null;
  /** Gone without a trace: not shown as terminated. */
  isVanished: boolean;
  /** Goes up with every change of course; what was planned for an older course does not happen. */
  course: number;
}

export function machineView(machine: MachineRecord): MachineDetail {
  const { id, request, imageId, state, fault, privateAddress, publicAddress, createdAt } = machine;
  const { name, realm, size, image, labels = {} } = request;
  const parts = machine.parts.map((part) => part.id);
  const operation = machine.operation?.id ?? null;
  const { goneAt } = machine;
  const changedAt = machine.history.at(-1)?.at ?? createdAt;
  return {
    id,
    name,
    realm,
    size,
    image,
    imageId,
    labels,
    state,
    fault,
    privateAddress,
    publicAddress,
    parts,
    network: machine.network?.name ?? null,
    securityGroups: request.securityGroups ?? [],
    sshKey: request.sshKey ?? null,
    isSpot: request.spot !== undefined,
    operation,
    createdAt,
    changedAt,
    goneAt,
  };
}

/** All that is told of a machine whose realm does not answer. */
export function partialView(machine: MachineRecord): MachineDetail {
  const { id, createdAt, request } = machine;
  const untold = { name: "", size: "", image: "", imageId: "", labels: {}, parts: [], operation: null };
  const unnamed = { network: null, securityGroups: [], sshKey: null, isSpot: false };
  const nothing = { fault: null, privateAddress: null, publicAddress: null };
  return {
    id,
    realm: request.realm,
    createdAt,
    changedAt: createdAt,
    goneAt: null,
    state: "unknown",
    ...untold,
    ...unnamed,
    ...nothing,
  };
}

/** As it was at an earlier time; only the state is remembered. */
export function machineViewAt(machine: MachineRecord, at: number): MachineDetail {
  const then = machine.history.findLast((entry) => entry.at <= at);
  return { ...machineView(machine), state: then?.state ?? machine.state };
}

/** Whether the cloud still answers for it: it lives, or lingers as terminated. */
export function isKnown(machine: MachineRecord, at: number, lingerMs: number): boolean {
  if (machine.goneAt === null || at < machine.goneAt) return true;
  return !machine.isVanished && at < machine.goneAt + lingerMs;
}
