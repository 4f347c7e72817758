// The steps that every machine's life is made of: from state to state, each billed and told at the time that it was due.

import type { BillingEntry } from "../billing.ts";
import type { MachineState } from "../cloud-api.ts";
import type { Turn } from "../fault.ts";
import type { CloudState } from "../state/cloud-state.ts";
import type { MachineFault, MachineRecord } from "../state/machine-record.ts";
import type { OperationKind } from "../tenant-api.ts";
import { drawMs } from "../time/distribution.ts";

interface BegunOperation {
  readonly kind: OperationKind;
  readonly correlation: string | null;
}

/** From now on this is what happens to it; whatever else was under way is overtaken. */
export function beginOperation(cloud: CloudState, machine: MachineRecord, begun: BegunOperation): void {
  const { kind, correlation } = begun;
  cloud.operations.end(machine.operation, { code: "wrong_state", text: `Overtaken by another request: ${kind}` });
  const { id, tenant, request } = machine;
  const { name, realm } = request;
  machine.operation = cloud.operations.begin({ tenant, kind, target: id, name, realm, correlation });
}

/** The states in which an operation has come to its end, well or not. */
function settleOperation(cloud: CloudState, machine: MachineRecord): void {
  const { operation, state } = machine;
  if (operation === null || operation.state !== "running") return;
  const aim = operation.kind === "create" && cloud.settings.twoStep ? "stopped" : AIM[operation.kind];
  if (state === aim) return cloud.operations.end(operation, null);
  // What is being removed may break down on its way, and goes all the same.
  if (state === "pending" || state === "stopping" || operation.kind === "remove") return;
  // One that is shown as stopped while it boots again has its end of its own.
  if (operation.kind === "reboot" && state === "stopped") return;
  const fault = machine.fault ?? { code: "internal_error", text: `It is ${state}` };
  cloud.operations.end(operation, fault);
}

const AIM: Readonly<Partial<Record<OperationKind, MachineState>>> = {
  create: "running",
  start: "running",
  stop: "stopped",
  remove: "terminated",
};

export function enter(cloud: CloudState, machine: MachineRecord, state: MachineState): void {
  machine.state = state;
  machine.course += 1;
  machine.history.push({ at: cloud.agenda.now(), state });
  tell(cloud, machine);
  settleOperation(cloud, machine);
}

interface Planned {
  readonly afterMs: number;
  readonly act: () => void;
}

export function later(cloud: CloudState, machine: MachineRecord, { afterMs, act }: Planned): void {
  const { course } = machine;
  cloud.agenda.plan(cloud.agenda.now() + afterMs, () => {
    if (machine.course === course) act();
  });
}

type Phase = "scheduling" | "imageCopy" | "boot" | "serviceDelay" | "stopping" | "removal";

/** Each machine has a stream per phase, so that its life does not move with the lives of others. */
export function draw(cloud: CloudState, machine: MachineRecord, phase: Phase): number {
  return drawMs(cloud.settings[phase], cloud.randomFor(`machine/${machine.ordinal}/${phase}`));
}

export function bill(cloud: CloudState, machine: MachineRecord, kind: BillingEntry["kind"]): void {
  const { name, realm, labels = {} } = machine.request;
  cloud.ledger.append({
    at: cloud.agenda.now(),
    cloud: cloud.settings.name,
    tenant: machine.tenant,
    machineId: machine.id,
    name,
    labels,
    kind,
    realm,
    size: machine.size.name,
    hourlyPrice: machine.hourlyPrice,
  });
}

/** Of what fails after it was accepted. */
export function lateFault(turn: Turn & { readonly kind: "operation_fails" }): MachineFault {
  const { code = "internal_error", text = "It failed after it had been accepted" } = turn;
  return { code, text };
}

/** Those who listen hear of its state. */
export function tell(cloud: CloudState, { id, tenant, request, state }: MachineRecord): void {
  const { name, realm, labels = {} } = request;
  cloud.changes.add({ at: cloud.agenda.now(), tenant, what: "machine", id, name, realm, labels, state });
}

/** On its console. */
export function show(cloud: CloudState, machine: MachineRecord, ...lines: readonly string[]): void {
  const at = cloud.agenda.now();
  machine.consoleLines.push(...lines.map((line) => ({ at, line })));
}
