// How machines come, run, stop and go. Each change is billed at the time that it was due.

import type { BillingEntry } from "../billing.ts";
import { CloudError, type CreateRequest, type MachineState, type Size } from "../cloud-api.ts";
import type { CloudState } from "../state/cloud-state.ts";
import type { Amounts, PartKind } from "../tenant-api.ts";
import { drawMs } from "../time/distribution.ts";
import { leaveParts } from "./part-life.ts";
import { countOut, leaveRoom, recheckQuota, takePlace } from "./room.ts";
import type { Turn } from "../fault.ts";
import type { Host } from "../state/host.ts";
import type { MachineFault, MachineRecord } from "../state/machine-record.ts";

/** Stale lists may look back this far. */
const REMEMBER_DEAD_MS = 10 * 60_000;

export interface Birth {
  readonly tenant: string;
  readonly request: CreateRequest;
  readonly size: Size;
  readonly imageId: string;
  readonly hourlyPrice: number;
  readonly takes: Amounts;
  readonly isCounted: boolean;
  readonly host: Host | null;
}

/** A new machine, for which room and quota are taken already. */
export function beBorn(cloud: CloudState, birth: Birth): MachineRecord {
  const ordinal = ++cloud.made;
  const now = cloud.agenda.now();
  const machine: MachineRecord = {
    id: `${cloud.settings.name}-${String(ordinal).padStart(4, "0")}`,
    ordinal,
    tenant: birth.tenant,
    request: birth.request,
    size: birth.size,
    imageId: birth.imageId,
    hourlyPrice: birth.hourlyPrice,
    takes: birth.takes,
    isCounted: birth.isCounted,
    createdAt: now,
    state: "pending",
    history: [{ at: now, state: "pending" }],
    fault: null,
    host: birth.host,
    parts: [],
    partsToLeave: [],
    privateAddress: null,
    publicAddress: null,
    consoleLines: [],
    isImageReady: !cloud.settings.twoStep,
    isRemoving: false,
    isListening: true,
    listeningAt: now,
    death: null,
    goneAt: null,
    isVanished: false,
    course: 0,
  };
  cloud.machines.set(machine.id, machine);
  bill(cloud, machine, "born");
  return machine;
}

/** On its way to running, or on two-step clouds to stopped. The turn of fate, if it has one, is met on the way. */
export function setOut(cloud: CloudState, machine: MachineRecord, turn: Turn | null): void {
  const { twoStep, quotaAt, roomAt } = cloud.settings;
  const begin = (): void => (twoStep ? copyImage(cloud, machine, turn) : boot(cloud, machine, turn));
  if (quotaAt !== "late" && (roomAt !== "late" || twoStep)) return begin();
  const check = (): void => {
    try {
      if (quotaAt === "late") recheckQuota(cloud, machine);
      if (!twoStep) takePlace(cloud, machine);
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      return goDown(cloud, machine, { to: "error", fault: { code: error.code, text: error.message } });
    }
    begin();
  };
  later(cloud, machine, { afterMs: draw(cloud, machine, "scheduling"), act: check });
}

function copyImage(cloud: CloudState, machine: MachineRecord, turn: Turn | null): void {
  const copied = (): void => {
    machine.isImageReady = true;
    enter(cloud, machine, "stopped");
    bill(cloud, machine, "stopped");
  };
  travel(cloud, machine, { turn, durationMs: draw(cloud, machine, "imageCopy"), arrive: copied });
}

export function boot(cloud: CloudState, machine: MachineRecord, turn: Turn | null): void {
  machine.fault = null;
  if (machine.state !== "pending") enter(cloud, machine, "pending");
  machine.consoleLines.push("[    0.000000] Linux version 6.12.0 (datacentre)", "[    0.412077] Booting");
  travel(cloud, machine, {
    turn,
    durationMs: draw(cloud, machine, "boot"),
    arrive: () => run(cloud, machine),
  });
}

interface Course {
  readonly turn: Turn | null;
  readonly durationMs: number;
  readonly arrive: () => void;
}

function travel(cloud: CloudState, machine: MachineRecord, { turn, durationMs, arrive }: Course): void {
  let outcome = arrive;
  if (turn?.kind === "never_boot") return;
  if (turn?.kind === "boot_error") {
    const { code = "insufficient_capacity", text = "No valid host was found" } = turn;
    outcome = () => goDown(cloud, machine, { to: "error", fault: { code, text } });
  }
  if (turn?.kind === "part_fails") {
    const { part, code = "internal_error", text = `The ${part} could not be made` } = turn;
    outcome = () => goDown(cloud, machine, { to: "error", fault: { code, text } });
  }
  if (turn?.kind === "die") {
    const { afterMs, to, code = "internal_error", text = "The machine went down by itself" } = turn;
    machine.death = { afterMs, to, fault: { code, text } };
  }
  if (turn?.kind === "vanish") {
    cloud.agenda.plan(cloud.agenda.now() + turn.afterMs, () => vanish(cloud, machine));
  }
  if (turn?.kind === "not_listening") machine.isListening = false;
  later(cloud, machine, { afterMs: durationMs, act: outcome });
}

function run(cloud: CloudState, machine: MachineRecord): void {
  enter(cloud, machine, "running");
  takeAddresses(cloud, machine);
  machine.consoleLines.push(`[    1.903310] Address ${machine.privateAddress}`, `${machine.request.name} login:`);
  bill(cloud, machine, "running");
  machine.listeningAt = cloud.agenda.now() + draw(cloud, machine, "serviceDelay");
  const { death } = machine;
  if (death === null) return;
  machine.death = null;
  later(cloud, machine, { afterMs: death.afterMs, act: () => goDown(cloud, machine, death) });
}

function takeAddresses(cloud: CloudState, machine: MachineRecord): void {
  const { ordinal, parts, request } = machine;
  const network = Math.floor(cloud.randomFor("network")() * 250);
  const tail = `${Math.floor(ordinal / 250) % 250}.${(ordinal % 250) + 1}`;
  const by = (kind: PartKind): string | null => parts.find((part) => part.kind === kind)?.address ?? null;
  const isPublic = request.publicAddress !== false && !cloud.settings.parts.publicByPart;
  machine.privateAddress = by("port") ?? `10.${network}.${tail}`;
  machine.publicAddress = by("address") ?? (isPublic ? `198.18.${tail}` : null);
}

export interface Downfall {
  readonly to: "stopped" | "error" | "terminated";
  readonly fault: MachineFault | null;
}

/** Down at once, whatever it was doing. */
export function goDown(cloud: CloudState, machine: MachineRecord, { to, fault }: Downfall): void {
  machine.fault = fault;
  if (fault !== null) machine.consoleLines.push(`Kernel panic - not syncing: ${fault.text}`);
  if (to === "terminated") return end(cloud, machine);
  enter(cloud, machine, to);
  if (to === "stopped") bill(cloud, machine, "stopped");
  if (to === "stopped" && cloud.settings.twoStep) {
    leaveRoom(machine);
    if (cloud.settings.quotaAt === "start") countOut(cloud, machine);
  }
}

export function shutDown(cloud: CloudState, machine: MachineRecord): void {
  enter(cloud, machine, "stopping");
  later(cloud, machine, {
    afterMs: draw(cloud, machine, "stopping"),
    act: () => goDown(cloud, machine, { to: "stopped", fault: null }),
  });
}

export function takeAway(cloud: CloudState, machine: MachineRecord, durationMs: number | null): void {
  machine.isRemoving = true;
  enter(cloud, machine, "stopping");
  // No change of course keeps it from going, or one that breaks down meanwhile would stay for ever.
  const endsAt = cloud.agenda.now() + (durationMs ?? draw(cloud, machine, "removal"));
  cloud.agenda.plan(endsAt, () => {
    if (machine.goneAt === null) end(cloud, machine);
  });
}

/** Gone without a trace, as when somebody removes it by hand. */
export function vanish(cloud: CloudState, machine: MachineRecord): void {
  if (machine.goneAt === null) end(cloud, machine);
  machine.isVanished = true;
}

function end(cloud: CloudState, machine: MachineRecord): void {
  const now = cloud.agenda.now();
  enter(cloud, machine, "terminated");
  machine.goneAt = now;
  leaveRoom(machine);
  countOut(cloud, machine);
  leaveParts(cloud, machine);
  bill(cloud, machine, "gone");
  const forgetAt = now + Math.max(cloud.settings.lingerMs, REMEMBER_DEAD_MS);
  cloud.agenda.plan(forgetAt, () => cloud.machines.delete(machine.id));
}

function enter(cloud: CloudState, machine: MachineRecord, state: MachineState): void {
  machine.state = state;
  machine.course += 1;
  machine.history.push({ at: cloud.agenda.now(), state });
}

interface Planned {
  readonly afterMs: number;
  readonly act: () => void;
}

function later(cloud: CloudState, machine: MachineRecord, { afterMs, act }: Planned): void {
  const { course } = machine;
  cloud.agenda.plan(cloud.agenda.now() + afterMs, () => {
    if (machine.course === course) act();
  });
}

type Phase = "scheduling" | "imageCopy" | "boot" | "serviceDelay" | "stopping" | "removal";

/** Each machine has a stream per phase, so that its life does not move with the lives of others. */
function draw(cloud: CloudState, machine: MachineRecord, phase: Phase): number {
  return drawMs(cloud.settings[phase], cloud.randomFor(`machine/${machine.ordinal}/${phase}`));
}

function bill(cloud: CloudState, machine: MachineRecord, kind: BillingEntry["kind"]): void {
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
