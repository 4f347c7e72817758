// A new machine.

import { CloudError, type CreateRequest, type Machine } from "../cloud-api.ts";
import { beBorn, boot, copyImage } from "../life/machine-life.ts";
import { type CloudState, livingOf } from "../state/cloud-state.ts";
import { isKnown, type MachineRecord, machineView } from "../state/machine-record.ts";
import { checkQuota, type Tenant } from "../state/tenant.ts";
import type { Asked } from "./asked.ts";
import { roomFor } from "./room.ts";

const USER_DATA_BYTES_MAX = 16_384;

export function create({ cloud, tenant, turn }: Asked, request: CreateRequest): Machine {
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
