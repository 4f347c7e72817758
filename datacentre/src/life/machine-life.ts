// How machines come to be and to run.

import { CloudError, type CreateRequest, type Size } from "../cloud-api.ts";
import type { Turn } from "../fault.ts";
import type { CloudState } from "../state/cloud-state.ts";
import type { Host } from "../state/host.ts";
import { idOf } from "../state/ids.ts";
import type { MachineRecord } from "../state/machine-record.ts";
import type { Network } from "../state/things.ts";
import type { Amounts, PartKind } from "../tenant-api.ts";
import { bill, draw, enter, later, lateFault, show, tell } from "./course.ts";
import { failLate, goDown, vanish } from "./downfall.ts";
import { recheckQuota, takePlace } from "./room.ts";

export interface Birth {
  readonly tenant: string;
  readonly request: CreateRequest;
  readonly size: Size;
  readonly imageId: string;
  readonly hourlyPrice: number;
  readonly network: Network | null;
  readonly holdsAddress: boolean;
  readonly takes: Amounts;
  readonly isCounted: boolean;
  readonly host: Host | null;
}

/** A new machine, for which room and quota are taken already. */
export function beBorn(cloud: CloudState, birth: Birth): MachineRecord {
  const ordinal = ++cloud.made;
  const now = cloud.agenda.now();
  const machine: MachineRecord = {
    id: idOf(cloud, "machine", ordinal),
    ordinal,
    tenant: birth.tenant,
    request: birth.request,
    size: birth.size,
    imageId: birth.imageId,
    hourlyPrice: birth.hourlyPrice,
    network: birth.network,
    holdsAddress: birth.holdsAddress,
    takes: birth.takes,
    isCounted: birth.isCounted,
    createdAt: now,
    state: "pending",
    history: [{ at: now, state: "pending" }],
    fault: null,
    host: birth.host,
    operation: null,
    parts: [],
    partsToLeave: [],
    privateAddress: null,
    publicAddress: null,
    consoleLines: [],
    isImageReady: !cloud.settings.twoStep,
    isRemoving: false,
    isListening: true,
    httpStatus: 200,
    listeningAt: now,
    death: null,
    goneAt: null,
    isVanished: false,
    course: 0,
  };
  cloud.machines.set(machine.id, machine);
  bill(cloud, machine, "born");
  tell(cloud, machine);
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
      return failLate(cloud, machine, { fault: { code: error.code, text: error.message } });
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
  showBoot(cloud, machine);
  travel(cloud, machine, {
    turn,
    durationMs: draw(cloud, machine, "boot"),
    arrive: () => run(cloud, machine),
  });
}

export function showBoot(cloud: CloudState, machine: MachineRecord): void {
  show(cloud, machine, "[    0.000000] Linux version 6.12.0 (datacentre)", "[    0.412077] Booting");
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
    outcome = () => failLate(cloud, machine, { fault: { code, text } });
  }
  if (turn?.kind === "part_fails") {
    const { part, code = "internal_error", text = `The ${part} could not be made` } = turn;
    outcome = () => failLate(cloud, machine, { fault: { code, text } });
  }
  if (turn?.kind === "operation_fails") {
    return later(cloud, machine, {
      afterMs: turn.afterMs ?? durationMs,
      act: () =>
        failLate(cloud, machine, { fault: lateFault(turn), shown: turn.shown, reason: turn.reason ?? "operation" }),
    });
  }
  if (turn?.kind === "die") {
    const { afterMs, to, code = "internal_error", text = "The machine went down by itself" } = turn;
    machine.death = { afterMs, to, fault: { code, text } };
  }
  if (turn?.kind === "vanish") {
    cloud.agenda.plan(cloud.agenda.now() + turn.afterMs, () => vanish(cloud, machine));
  }
  if (turn?.kind === "not_listening") machine.isListening = false;
  if (turn?.kind === "answers") machine.httpStatus = turn.status;
  later(cloud, machine, { afterMs: durationMs, act: outcome });
}

function run(cloud: CloudState, machine: MachineRecord): void {
  enter(cloud, machine, "running");
  takeAddresses(cloud, machine);
  show(cloud, machine, `[    1.903310] Address ${machine.privateAddress}`, `${machine.request.name} login:`);
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
