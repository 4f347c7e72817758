// What the cloud does for each request of a tenant, without delays and faults: those are connection.ts.

import { type CloudDescription, CloudError, type CreateRequest, type Machine, type ProbeTarget } from "./cloud-api.ts";
import { type CloudState, livingOf } from "./cloud-state.ts";
import type { Turn } from "./fault.ts";
import { findRoom, type Host, occupy } from "./host.ts";
import { beBorn, boot, copyImage, shutDown, takeAway } from "./machine-life.ts";
import { isKnown, type MachineRecord, machineView } from "./machine-record.ts";
import { checkQuota, type Tenant, usedBy } from "./tenant.ts";

const USER_DATA_BYTES_MAX = 16_384;
const CONSOLE_BYTES_MAX = 65_536;

/** Who asks, and what turn it is to take. */
export interface Asked {
  readonly tenant: Tenant;
  readonly turn: Turn | null;
}

export function describe(cloud: CloudState, { tenant }: Asked): CloudDescription {
  const { name, sizes, twoStep, visibilityMs, uniqueNames, tokens } = cloud.settings;
  const held = livingOf(cloud, tenant.name).map(({ size }) => size);
  return {
    cloud: name,
    realms: [...cloud.realms.values()].map((realm) => ({ name: realm.name, images: realm.images })),
    sizes,
    quota: { limit: tenant.limit, used: usedBy(held) },
    traits: { twoStep, visibilityMs, uniqueNames, tokens: tokens !== "off" },
  };
}

export function create(cloud: CloudState, { tenant, turn }: Asked, request: CreateRequest): Machine {
  const same = findByToken(cloud, tenant, request);
  if (same !== null) return machineView(same);
  const { realm, size } = checkRequest(cloud, request);
  const held = livingOf(cloud, tenant.name);
  if (cloud.settings.uniqueNames && held.some((machine) => machine.request.name === request.name)) {
    throw new CloudError("name_taken", `A machine named ${request.name} exists already`);
  }
  checkQuota(
    tenant,
    held.map((machine) => machine.size),
    size,
  );
  const host = cloud.settings.twoStep ? null : roomFor(cloud, realm.name, size);
  const machine = beBorn(cloud, { tenant: tenant.name, request, size, host });
  if (cloud.settings.twoStep) copyImage(cloud, machine, turn);
  else boot(cloud, machine, turn);
  return machineView(machine);
}

export function start(cloud: CloudState, { tenant, turn }: Asked, id: string): Machine {
  const machine = findMachine(cloud, tenant, id);
  if (!machine.isImageReady && machine.state === "pending") {
    throw new CloudError("locked", `The image of ${id} is still being copied`);
  }
  if (machine.state === "pending" || machine.state === "running") return machineView(machine);
  if (machine.state !== "stopped") throw new CloudError("wrong_state", `${id} is ${machine.state}`);
  if (machine.host === null) {
    machine.host = roomFor(cloud, machine.request.realm, machine.size);
    occupy(machine.host, machine.size);
  }
  boot(cloud, machine, turn);
  return machineView(machine);
}

export function stop(cloud: CloudState, { tenant }: Asked, id: string): Machine {
  const machine = findMachine(cloud, tenant, id);
  if (!machine.isImageReady) throw new CloudError("locked", `The image of ${id} is still being copied`);
  if (machine.state === "error" || machine.state === "terminated") {
    throw new CloudError("wrong_state", `${id} is ${machine.state}`);
  }
  if (machine.state === "pending" || machine.state === "running") shutDown(cloud, machine);
  return machineView(machine);
}

export function remove(cloud: CloudState, { tenant, turn }: Asked, id: string): Machine {
  const machine = findMachine(cloud, tenant, id);
  const isEnding = machine.isRemoving || machine.goneAt !== null;
  if (!isEnding && turn?.kind !== "remove_ignored") {
    takeAway(cloud, machine, turn?.kind === "remove_slow" ? turn.ms : null);
  }
  return machineView(machine);
}

export function get(cloud: CloudState, { tenant }: Asked, id: string): Machine {
  return machineView(findMachine(cloud, tenant, id));
}

export function readConsole(cloud: CloudState, { tenant }: Asked, id: string): string {
  return findMachine(cloud, tenant, id).consoleLines.join("\n").slice(-CONSOLE_BYTES_MAX);
}

interface Probe {
  readonly id: string;
  readonly target: ProbeTarget;
}

export function probe(cloud: CloudState, { tenant, turn }: Asked, { id, target }: Probe): boolean {
  const machine = findMachine(cloud, tenant, id);
  if (target.port < 1 || target.port > 65_535) throw new CloudError("invalid_request", `No port: ${target.port}`);
  const answers = machine.state === "running" && machine.isListening && cloud.agenda.now() >= machine.listeningAt;
  return answers && turn?.kind !== "not_listening";
}

function findMachine(cloud: CloudState, tenant: Tenant, id: string): MachineRecord {
  const machine = cloud.machines.get(id);
  if (
    machine === undefined ||
    machine.tenant !== tenant.name ||
    !isKnown(machine, cloud.agenda.now(), cloud.settings.lingerMs)
  ) {
    throw new CloudError("not_found", `No machine ${id}`);
  }
  return machine;
}

function findByToken(cloud: CloudState, tenant: Tenant, request: CreateRequest): MachineRecord | null {
  const { tokens, lingerMs } = cloud.settings;
  if (request.token === undefined || tokens === "off") return null;
  for (const machine of cloud.machines.values()) {
    if (machine.tenant !== tenant.name || machine.request.token !== request.token) continue;
    if (!isKnown(machine, cloud.agenda.now(), lingerMs)) continue;
    if (tokens === "realm" && machine.request.realm !== request.realm) continue;
    if (bodyOf(machine.request) === bodyOf(request)) return machine;
    throw new CloudError("token_mismatch", `The token ${request.token} belongs to another request`);
  }
  return null;
}

function bodyOf({ name, realm, size, image, userData = "", labels = {} }: CreateRequest): string {
  return JSON.stringify([
    name,
    realm,
    size,
    image,
    userData,
    Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1)),
  ]);
}

function checkRequest(cloud: CloudState, request: CreateRequest) {
  if (request.name === "") throw new CloudError("invalid_request", "The name is empty");
  const realm = cloud.realms.get(request.realm);
  if (realm === undefined) throw new CloudError("invalid_realm", `No realm ${request.realm}`);
  const size = cloud.settings.sizes.find(({ name }) => name === request.size);
  if (size === undefined) throw new CloudError("invalid_size", `No size ${request.size}`);
  if (!realm.images.includes(request.image)) {
    throw new CloudError("image_not_found", `No image ${request.image} in ${request.realm}`);
  }
  if (new TextEncoder().encode(request.userData ?? "").length > USER_DATA_BYTES_MAX) {
    throw new CloudError("invalid_user_data", `User data may have ${USER_DATA_BYTES_MAX} bytes at most`);
  }
  return { realm, size };
}

function roomFor(cloud: CloudState, realmName: string, size: MachineRecord["size"]): Host {
  const hosts = cloud.realms.get(realmName)?.hosts ?? [];
  const host = findRoom(hosts, size, cloud.settings.placement);
  if (host === null) {
    throw new CloudError("insufficient_capacity", `There is no room for ${size.name} in ${realmName} at present`);
  }
  return host;
}
