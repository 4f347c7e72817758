// A part of a machine as the cloud itself knows it, and what it shows of it.

import type { Amounts, Part, PartKind, PartState } from "../tenant-api.ts";
import type { MachineFault, MachineRecord } from "./machine-record.ts";
import type { Network } from "./things.ts";
import type { OperationRecord } from "./operations.ts";

export interface PartRecord {
  readonly id: string;
  /** Age in its cloud: 1 is the oldest. */
  readonly ordinal: number;
  readonly tenant: string;
  readonly kind: PartKind;
  readonly name: string;
  readonly realm: string;
  readonly labels: Readonly<Record<string, string>>;
  sizeGib: number | null;
  /** Of ports, where the cloud has networks. */
  network: Network | null;
  readonly address: string | null;
  readonly publicKey: string | null;
  /** Whether it stays when its machine goes. */
  readonly stays: boolean;
  takes: Amounts;
  hourlyPrice: number;
  readonly createdAt: number;
  state: PartState;
  fault: MachineFault | null;
  machine: MachineRecord | null;
  /** The latest on it. */
  operation: OperationRecord | null;
}

export function partView(part: PartRecord): Part {
  const { id, kind, name, realm, labels, sizeGib, address, publicKey, stays, createdAt, state, fault } = part;
  const machine = part.machine?.id ?? null;
  const network = part.network?.name ?? null;
  const operation = part.operation?.id ?? null;
  return {
    id,
    kind,
    name,
    realm,
    labels,
    sizeGib,
    network,
    address,
    publicKey,
    stays,
    createdAt,
    state,
    fault,
    machine,
    operation,
  };
}

export function partTakes(kind: PartKind, sizeGib: number | null): Amounts {
  switch (kind) {
    case "port":
      return { ports: 1 };
    case "volume":
      return { volumes: 1, volumeGib: sizeGib ?? 0 };
    case "address":
      return { addresses: 1 };
    case "key":
      return { keys: 1 };
  }
}
