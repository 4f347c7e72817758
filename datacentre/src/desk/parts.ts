// Parts of machines, each with an id of its own: ports, volumes and addresses.

import { CloudError } from "../cloud-api.ts";
import { attach, detach, endPart, makePart, moveToNetwork, resize } from "../life/part-life.ts";
import { checkUp, downRealms, hasShown } from "../state/cloud-state.ts";
import { carries } from "../state/fault-rules.ts";
import type { MachineRecord } from "../state/machine-record.ts";
import { type PartRecord, partTakes, partView } from "../state/part-record.ts";
import { checkQuota } from "../state/quota.ts";
import type { Part, PartPage, PartQuery, PartRequest } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";
import { checkName, keysOf, networkFor } from "./request-checks.ts";
import { checkAddresses, sshKeyOf } from "../state/things.ts";
import { afterOf, cursorAt } from "./cursor.ts";
import { findMachine } from "./machines.ts";
import { realmOf } from "./offers.ts";

export function createPart(asked: Asked, request: PartRequest): Part {
  const { cloud, tenant } = asked;
  const { kind, name, realm, labels = {}, stays = true } = request;
  checkName(asked, name);
  checkUp(cloud, realmOf(cloud, realm).name);
  const machine = request.machine === undefined ? null : machineFor(asked, request.machine, realm);
  const sizeGib = sizeOf(request);
  if (kind !== "port" && request.network !== undefined) {
    throw new CloudError("invalid_request", `A ${kind} is in no network`);
  }
  const network = kind === "port" ? networkFor(asked, request) : null;
  checkKey(asked, request);
  checkAddresses(network, 1);
  checkQuota(tenant.quota, { realm, amounts: partTakes(kind, sizeGib) });
  const own = { sizeGib, network, publicKey: request.publicKey?.trim() ?? null };
  return partView(makePart(cloud, { ...own, tenant: tenant.name, kind, name, realm, labels, stays, machine }, asked));
}

/** Throws `name_taken` for the name of a key that the tenant has. */
function checkKey({ cloud, tenant }: Asked, { kind, name, publicKey }: PartRequest): void {
  if ((kind === "key") !== (publicKey !== undefined)) {
    throw new CloudError("invalid_request", kind === "key" ? "A key has its text" : `A ${kind} has no public key`);
  }
  if (publicKey === undefined) return;
  if (!cloud.settings.parts.keys) throw new CloudError("invalid_request", "Keys are no parts here");
  sshKeyOf({ name, publicKey });
  if (keysOf(cloud, tenant).some((key) => key.name === name)) {
    throw new CloudError("name_taken", `An ssh key named ${name} exists already`, { about: { name } });
  }
}

function sizeOf({ kind, sizeGib }: PartRequest): number | null {
  if ((kind === "volume") === (sizeGib !== undefined)) return sizeGib ?? null;
  throw new CloudError("invalid_request", kind === "volume" ? "A volume has a size" : `A ${kind} has no size`);
}

export function getPart(asked: Asked, id: string): Part {
  return partView(findPart(asked, id));
}

export function listParts(asked: Asked, query: PartQuery): PartPage {
  const { parts, unreachableRealms } = seenParts(asked, query);
  const after = afterOf(query.cursor);
  const rest = parts.filter(({ ordinal }) => ordinal > after);
  const page = rest.slice(0, asked.cloud.settings.pageSize);
  const last = page.at(-1);
  return {
    parts: page.map(partView),
    next: last === undefined || rest.length === page.length ? null : cursorAt(last.ordinal),
    unreachableRealms,
  };
}

interface SeenParts {
  /** Oldest first. */
  readonly parts: readonly PartRecord[];
  readonly unreachableRealms: readonly string[];
}

/** All that a list would show, for faces that page and filter in their own ways. */
export function seenParts({ cloud, tenant, turn }: Asked, query: Omit<PartQuery, "cursor">): SeenParts {
  const unreachableRealms = [...new Set([...downRealms(cloud), ...(turn?.kind === "list_partial" ? turn.realms : [])])];
  const parts = [...cloud.parts.values()].filter(
    (part) =>
      turn?.kind !== "list_empty" &&
      part.tenant === tenant.name &&
      part.createdAt + cloud.settings.visibilityMs <= cloud.agenda.now() &&
      !unreachableRealms.includes(part.realm) &&
      isMeant(part, query),
  );
  return { parts, unreachableRealms };
}

function isMeant(part: PartRecord, { kind, name, machine, isLone, labels = {} }: PartQuery): boolean {
  return (
    (kind === undefined || part.kind === kind) &&
    (name === undefined || part.name === name) &&
    (machine === undefined || part.machine?.id === machine) &&
    (isLone === undefined || (part.machine === null) === isLone) &&
    carries(part.labels, labels)
  );
}

export function attachPart(asked: Asked, id: string, machineId: string): Part {
  const part = freePart(asked, id);
  attach(asked.cloud, part, machineFor(asked, machineId, part.realm));
  return partView(part);
}

function machineFor(asked: Asked, id: string, realm: string): MachineRecord {
  const machine = findMachine(asked, id);
  if (machine.goneAt !== null) throw new CloudError("wrong_state", `${id} is ${machine.state}`);
  if (machine.request.realm === realm) return machine;
  throw new CloudError("invalid_reference", `The machine ${id} is in ${machine.request.realm}, not in ${realm}`);
}

export function detachPart(asked: Asked, id: string): Part {
  const part = findPart(asked, id);
  detach(asked.cloud, part);
  return partView(part);
}

/** A port goes into another network. */
export function changeNetwork(asked: Asked, id: string, network: string): Part {
  const part = findPart(asked, id);
  const chosen = networkFor(asked, { realm: part.realm, network });
  if (chosen !== part.network) {
    checkAddresses(chosen, 1);
    moveToNetwork(part, chosen);
  }
  return partView(part);
}

/** A volume grows; none becomes smaller. */
export function enlargeVolume(asked: Asked, id: string, sizeGib: number): Part {
  const { cloud, tenant } = asked;
  const part = findPart(asked, id);
  const more = sizeGib - (part.sizeGib ?? 0);
  if (more < 0) throw new CloudError("invalid_request", `${id} has ${part.sizeGib} GiB already`);
  if (more > 0) {
    checkQuota(tenant.quota, { realm: part.realm, amounts: { volumeGib: more } });
    resize(cloud, part, sizeGib);
  }
  return partView(part);
}

export function removePart(asked: Asked, id: string): Part {
  const { cloud, turn } = asked;
  const part = findPart(asked, id);
  if (part.machine !== null) {
    throw new CloudError("in_use", `${id} is a part of ${part.machine.id}`, { about: { machine: part.machine.id } });
  }
  if (turn?.kind !== "remove_ignored") endPart(cloud, part, asked);
  return partView(part);
}

/** One that could become part of a machine. */
export function freePart(asked: Asked, id: string): PartRecord {
  const part = findPart(asked, id);
  if (part.machine !== null) throw new CloudError("in_use", `${id} is a part of ${part.machine.id}`);
  if (part.state !== "available") throw new CloudError("wrong_state", `${id} is ${part.state}`);
  return part;
}

function findPart({ cloud, tenant }: Asked, id: string): PartRecord {
  const part = cloud.parts.get(id);
  const isKnown = part?.tenant === tenant.name && hasShown(cloud, part.createdAt);
  if (part === undefined || !isKnown) throw new CloudError("not_found", `No part ${id}`);
  checkUp(cloud, part.realm);
  return part;
}
