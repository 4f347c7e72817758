// What is there, and what becomes of it: one machine at a time.

import { type CloudDescription, CloudError, type ProbeAnswer, type ProbeTarget } from "../cloud-api.ts";
import { beginOperation } from "../life/course.ts";
import { boot } from "../life/machine-life.ts";
import { bootAgain, shutDown, takeAway } from "../life/orders.ts";
import { takePlace } from "../life/room.ts";
import { checkUp, downRealms, hasShown } from "../state/cloud-state.ts";
import { realmDown } from "../state/realm.ts";
import { isKnown, type MachineRecord, machineView, partialView } from "../state/machine-record.ts";
import { isFor } from "../state/size-table.ts";
import { usedOf } from "../state/quota.ts";
import { type Look, type MachineDetail, PART_KINDS } from "../tenant-api.ts";
import { mayAct } from "./actions.ts";
import type { Asked } from "./asked.ts";

const CONSOLE_BYTES_MAX = 65_536;

export function describe({ cloud, tenant }: Asked): CloudDescription {
  const { name, twoStep, visibilityMs, uniqueNames, tokens } = cloud.settings;
  const { limits } = tenant.quota;
  const used = usedOf(tenant.quota, null);
  const of = <T>(amounts: Readonly<Record<string, T>>, nothing: T) => ({
    instances: amounts["instances"] ?? nothing,
    cpu: amounts["cpu"] ?? nothing,
    memoryMib: amounts["memoryMib"] ?? nothing,
  });
  return {
    cloud: name,
    realms: [...cloud.realms.values()].map((realm) => ({
      name: realm.name,
      images: realm.images.map((image) => image.name),
    })),
    sizes: [...cloud.sizes.values()].filter((row) => isFor(row, tenant.name)).map(({ size }) => size),
    quota: { limit: of<number | null>(limits, null), used: of(used, 0) },
    traits: { twoStep, visibilityMs, uniqueNames, tokens: tokens !== "off" },
  };
}

export function start(asked: Asked, id: string): MachineDetail {
  const { cloud, turn } = asked;
  const machine = findMachine(asked, id);
  if (!mayAct(cloud, machine, "start")) return machineView(machine);
  takePlace(cloud, machine);
  beginOperation(cloud, machine, { kind: "start", correlation: asked.correlation });
  boot(cloud, machine, turn);
  return machineView(machine);
}

export function stop(asked: Asked, id: string): MachineDetail {
  const { cloud, turn } = asked;
  const machine = findMachine(asked, id);
  if (!mayAct(cloud, machine, "stop")) return machineView(machine);
  beginOperation(cloud, machine, { kind: "stop", correlation: asked.correlation });
  shutDown(cloud, machine, turn);
  return machineView(machine);
}

export function reboot(asked: Asked, id: string): MachineDetail {
  const { cloud, turn } = asked;
  const machine = findMachine(asked, id);
  mayAct(cloud, machine, "reboot");
  beginOperation(cloud, machine, { kind: "reboot", correlation: asked.correlation });
  bootAgain(cloud, machine, turn);
  return machineView(machine);
}

export function remove(asked: Asked, id: string): MachineDetail {
  const { cloud, turn } = asked;
  const machine = findMachine(asked, id);
  const isEnding = machine.isRemoving || !mayAct(cloud, machine, "remove");
  if (turn?.kind === "parts_left") machine.partsToLeave = turn.parts ?? PART_KINDS;
  if (!isEnding && turn?.kind !== "remove_ignored") {
    beginOperation(cloud, machine, { kind: "remove", correlation: asked.correlation });
    takeAway(cloud, machine, turn);
  }
  return machineView(machine);
}

export function get(asked: Asked, id: string): MachineDetail {
  return shownIn(asked, findKnown(asked, id));
}

/** As far as its realm answers. Throws `realm_down` where the cloud shows nothing then. */
function shownIn({ cloud }: Asked, machine: MachineRecord): MachineDetail {
  const { realm } = machine.request;
  if (!downRealms(cloud).includes(realm)) return machineView(machine);
  if (cloud.settings.downReads === "partial") return partialView(machine);
  throw realmDown([realm]);
}

/** Throws `not_found` where one that is missing fails the whole. */
export function getMany(asked: Asked, ids: readonly string[]): Look {
  const { lookMost, missingIds, downReads } = asked.cloud.settings;
  if (ids.length > lookMost) {
    throw new CloudError("invalid_request", `${ids.length} ids are too many for one look: ${lookMost} at most`);
  }
  const down = downRealms(asked.cloud);
  const found = ids.flatMap((id) => {
    if (missingIds === "fail") return [findKnown(asked, id)];
    return knownTo(asked, asked.cloud.machines.get(id)) ?? [];
  });
  const shown = found.filter(({ request }) => downReads === "partial" || !down.includes(request.realm));
  return { machines: shown.map((machine) => shownIn(asked, machine)), unreachableRealms: down };
}

export function readConsole(asked: Asked, id: string): string {
  const { cloud, turn } = asked;
  const { consoleDelayMs, hasConsole } = cloud.settings;
  const machine = findMachine(asked, id);
  if (!hasConsole) throw new CloudError("invalid_request", "This cloud shows no consoles");
  if (turn?.kind === "console_text") return turn.text;
  const now = cloud.agenda.now();
  const shown = machine.consoleLines.filter(({ at }) => at + consoleDelayMs <= now);
  return shown
    .map(({ line }) => line)
    .join("\n")
    .slice(-CONSOLE_BYTES_MAX);
}

export function probe(asked: Asked, id: string, target: ProbeTarget): ProbeAnswer {
  const machine = findKnown(asked, id);
  if (target.port < 1 || target.port > 65_535) throw new CloudError("invalid_request", `No port: ${target.port}`);
  const now = asked.cloud.agenda.now();
  const isListening = machine.state === "running" && machine.isListening && now >= machine.listeningAt;
  if (!isListening || asked.turn?.kind === "not_listening") return "closed";
  if (target.kind === "tcp") return "open";
  return asked.turn?.kind === "answers" ? asked.turn.status : machine.httpStatus;
}

/** One that may be acted upon. Throws `not_found` or `realm_down`. */
export function findMachine(asked: Asked, id: string): MachineRecord {
  const machine = findKnown(asked, id);
  checkUp(asked.cloud, machine.request.realm);
  return machine;
}

/** Throws `not_found`. */
function findKnown(asked: Asked, id: string): MachineRecord {
  const machine = knownTo(asked, asked.cloud.machines.get(id));
  if (machine === null) throw new CloudError("not_found", `No machine ${id}`, { about: { id } });
  return machine;
}

/** The tenant's own, that the cloud still answers for, and by now answers for. */
function knownTo({ cloud, tenant }: Asked, machine: MachineRecord | undefined): MachineRecord | null {
  if (machine?.tenant !== tenant.name || !hasShown(cloud, machine.createdAt)) return null;
  return isKnown(machine, cloud.agenda.now(), cloud.settings.lingerMs) ? machine : null;
}
