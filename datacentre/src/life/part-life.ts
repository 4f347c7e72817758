// How parts of machines come and go: by themselves, or with their machine.

import type { PartEntry } from "../billing.ts";
import type { Turn } from "../fault.ts";
import type { CloudState } from "../state/cloud-state.ts";
import { idOf } from "../state/ids.ts";
import type { MachineRecord } from "../state/machine-record.ts";
import { type PartRecord, partTakes } from "../state/part-record.ts";
import type { Network } from "../state/things.ts";
import type { PartKind, PartState } from "../tenant-api.ts";
import { drawMs } from "../time/distribution.ts";

export interface PartBirth {
  readonly tenant: string;
  readonly kind: PartKind;
  readonly name: string;
  readonly realm: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly sizeGib: number | null;
  /** Of ports: an address of it is taken. */
  readonly network: Network | null;
  /** Of keys. */
  readonly publicKey: string | null;
  readonly stays: boolean;
  readonly machine: MachineRecord | null;
}

interface Making {
  readonly turn: Turn | null;
  readonly correlation: string | null;
}

/** A new part, whose quota has been checked. */
export function makePart(cloud: CloudState, birth: PartBirth, { turn, correlation }: Making): PartRecord {
  const { tenant, kind, sizeGib, name, realm } = birth;
  const ordinal = ++cloud.partsMade;
  const { prices, making } = cloud.settings.parts;
  const part: PartRecord = {
    ...birth,
    id: idOf(cloud, kind, ordinal),
    ordinal,
    address: addressOf(kind, ordinal),
    takes: partTakes(kind, sizeGib),
    hourlyPrice: kind === "volume" ? prices.volumeGib * (sizeGib ?? 0) : prices[kind],
    createdAt: cloud.agenda.now(),
    state: "making",
    fault: null,
    machine: null,
    operation: null,
  };
  part.operation = cloud.operations.begin({ tenant, kind: "createPart", target: part.id, name, realm, correlation });
  cloud.parts.set(part.id, part);
  if (part.network !== null) part.network.taken += 1;
  cloud.tenants.get(tenant)?.quota.count.add(part.realm, part.takes);
  bill(cloud, part, "born");
  tell(cloud, part, part.state);
  if (birth.machine !== null) join(part, birth.machine);
  const usual = drawMs(making, cloud.randomFor(`part/${ordinal}/making`));
  const afterMs = turn?.kind === "operation_fails" ? (turn.afterMs ?? usual) : usual;
  cloud.agenda.plan(cloud.agenda.now() + afterMs, () => {
    if (part.state === "making") arrive(cloud, part, turn);
  });
  return part;
}

function arrive(cloud: CloudState, part: PartRecord, turn: Turn | null): void {
  if (turn?.kind !== "make_error" && turn?.kind !== "operation_fails") {
    settle(cloud, part);
    return cloud.operations.end(part.operation, null);
  }
  const { code = "internal_error", text = "It could not be made" } = turn;
  const fault = { code, text };
  cloud.operations.end(part.operation, fault);
  turnTo(cloud, part, "error");
  if (turn.kind === "make_error" || turn.reason === "machine") part.fault = fault;
  if (turn.kind === "operation_fails" && turn.shown === "nothing") losePart(cloud, part);
}

function settle(cloud: CloudState, part: PartRecord): void {
  turnTo(cloud, part, part.machine === null ? "available" : "attached");
}

function turnTo(cloud: CloudState, part: PartRecord, state: PartState): void {
  part.state = state;
  tell(cloud, part, state);
}

function tell(cloud: CloudState, { id, tenant, name, realm, labels }: PartRecord, state: PartState | "gone"): void {
  cloud.changes.add({ at: cloud.agenda.now(), tenant, what: "part", id, name, realm, labels, state });
}

export function attach(cloud: CloudState, part: PartRecord, machine: MachineRecord): void {
  join(part, machine);
  if (part.state === "available") settle(cloud, part);
}

function join(part: PartRecord, machine: MachineRecord): void {
  part.machine = machine;
  machine.parts.push(part);
  if (part.kind === "address" && machine.state === "running") machine.publicAddress = part.address;
}

export function detach(cloud: CloudState, part: PartRecord): void {
  const { machine } = part;
  if (machine === null) return;
  machine.parts.splice(machine.parts.indexOf(part), 1);
  part.machine = null;
  if (part.kind === "address" && machine.publicAddress === part.address) machine.publicAddress = null;
  if (part.state === "attached") settle(cloud, part);
}

/** A port in another network from now on. */
export function moveToNetwork(part: PartRecord, network: Network | null): void {
  if (part.network !== null) part.network.taken -= 1;
  part.network = network;
  if (network !== null) network.taken += 1;
}

/** A volume of another size from now on, at the price of that. */
export function resize(cloud: CloudState, part: PartRecord, sizeGib: number): void {
  const count = cloud.tenants.get(part.tenant)?.quota.count;
  count?.subtract(part.realm, part.takes);
  bill(cloud, part, "gone");
  part.sizeGib = sizeGib;
  part.takes = partTakes(part.kind, sizeGib);
  part.hourlyPrice = cloud.settings.parts.prices.volumeGib * sizeGib;
  count?.add(part.realm, part.takes);
  bill(cloud, part, "born");
}

/** Asks for the end. */
export function endPart(cloud: CloudState, part: PartRecord, { turn, correlation }: Making): void {
  if (part.state === "removing") return;
  const before = part.state;
  turnTo(cloud, part, "removing");
  const { tenant, id, name, realm, ordinal } = part;
  cloud.operations.end(part.operation, { code: "wrong_state", text: "Overtaken by its removal" });
  part.operation = cloud.operations.begin({ tenant, kind: "removePart", target: id, name, realm, correlation });
  if (turn?.kind === "operation_fails") {
    const { code = "internal_error", text = "It could not be removed", afterMs = 0 } = turn;
    return cloud.agenda.plan(cloud.agenda.now() + afterMs, () => {
      turnTo(cloud, part, before);
      cloud.operations.end(part.operation, { code, text });
    });
  }
  const usual = (): number => drawMs(cloud.settings.parts.removal, cloud.randomFor(`part/${ordinal}/removal`));
  const durationMs = turn?.kind === "remove_slow" ? turn.ms : usual();
  cloud.agenda.plan(cloud.agenda.now() + durationMs, () => losePart(cloud, part));
}

/** Gone at once. */
export function losePart(cloud: CloudState, part: PartRecord): void {
  if (!cloud.parts.delete(part.id)) return;
  detach(cloud, part);
  if (part.network !== null) part.network.taken -= 1;
  cloud.operations.end(part.operation, null);
  cloud.tenants.get(part.tenant)?.quota.count.subtract(part.realm, part.takes);
  bill(cloud, part, "gone");
  tell(cloud, part, "gone");
}

/** When its machine goes: some go along, some are left behind. */
export function leaveParts(cloud: CloudState, machine: MachineRecord): void {
  for (const part of machine.parts.slice()) {
    detach(cloud, part);
    if (!part.stays && !machine.partsToLeave.includes(part.kind))
      endPart(cloud, part, { turn: null, correlation: null });
  }
}

function addressOf(kind: PartKind, ordinal: number): string | null {
  const tail = `${Math.floor(ordinal / 250) % 250}.${(ordinal % 250) + 1}`;
  if (kind === "port") return `10.251.${tail}`;
  return kind === "address" ? `198.19.${tail}` : null;
}

function bill(cloud: CloudState, part: PartRecord, kind: PartEntry["kind"]): void {
  const { id, name, labels, realm, tenant, hourlyPrice } = part;
  cloud.ledger.appendPart({
    at: cloud.agenda.now(),
    cloud: cloud.settings.name,
    tenant,
    partId: id,
    part: part.kind,
    name,
    labels,
    kind,
    realm,
    hourlyPrice,
  });
}
