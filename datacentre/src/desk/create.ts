// A new machine.

import { CloudError, type CreateRequest, type Machine } from "../cloud-api.ts";
import { beBorn, boot, copyImage } from "../life/machine-life.ts";
import { type CloudState, livingOf } from "../state/cloud-state.ts";
import { isKnown, type MachineRecord, machineView } from "../state/machine-record.ts";
import { checkQuota, type Tenant } from "../state/tenant.ts";
import { findImage, type Image } from "../state/images.ts";
import type { Asked } from "./asked.ts";
import { type Chosen, chosenSize, realmOf } from "./offers.ts";
import { roomFor } from "./room.ts";

const USER_DATA_BYTES_MAX = 16_384;

export function create(asked: Asked, request: CreateRequest): Machine {
  const { cloud, tenant, turn } = asked;
  const same = findByToken(cloud, tenant, request);
  if (same !== null) return machineView(same);
  const { image, chosen } = checkRequest(asked, request);
  const { size } = chosen;
  const held = livingOf(cloud, tenant.name);
  if (cloud.settings.uniqueNames && held.some((machine) => machine.request.name === request.name)) {
    throw new CloudError("name_taken", `A machine named ${request.name} exists already`);
  }
  checkQuota(
    tenant,
    held.map((machine) => machine.size),
    size,
  );
  const host = cloud.settings.twoStep ? null : roomFor(cloud, request.realm, size);
  const machine = beBorn(cloud, {
    tenant: tenant.name,
    request,
    size,
    imageId: image.id,
    hourlyPrice: chosen.price.hourlyPrice,
    host,
  });
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

function checkRequest(asked: Asked, request: CreateRequest): { readonly image: Image; readonly chosen: Chosen } {
  if (request.name === "") throw new CloudError("invalid_request", "The name is empty");
  const realm = realmOf(asked.cloud, request.realm);
  const chosen = chosenSize(asked, request);
  const image = findImage(realm, request.image, asked.cloud.settings.imagesBy);
  if (image.architecture !== null && image.architecture !== chosen.size.architecture) {
    const text = `The image ${image.id} is made for ${image.architecture}, the size ${chosen.size.name} is ${chosen.size.architecture}`;
    throw new CloudError("invalid_request", text);
  }
  if (new TextEncoder().encode(request.userData ?? "").length > USER_DATA_BYTES_MAX) {
    throw new CloudError("invalid_user_data", `User data may have ${USER_DATA_BYTES_MAX} bytes at most`);
  }
  return { image, chosen };
}
