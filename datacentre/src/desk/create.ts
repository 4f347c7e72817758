// New machines.

import { CloudError, type CreateRequest, type Machine } from "../cloud-api.ts";
import { beBorn, setOut } from "../life/machine-life.ts";
import { roomFor } from "../life/room.ts";
import { type CloudState, livingOf } from "../state/cloud-state.ts";
import { isKnown, type MachineRecord, machineView } from "../state/machine-record.ts";
import { occupy, release } from "../state/host.ts";
import { checkQuota, takenBy } from "../state/quota.ts";
import type { Tenant } from "../state/tenant.ts";
import { findImage, type Image } from "../state/images.ts";
import type { Asked } from "./asked.ts";
import { type Chosen, chosenSize, realmOf } from "./offers.ts";

const USER_DATA_BYTES_MAX = 16_384;

export function create(asked: Asked, request: CreateRequest): Machine {
  const same = findByToken(asked.cloud, asked.tenant, request);
  if (same !== null) return machineView(same);
  const [machine] = createAll(asked, [request]);
  if (machine === undefined) throw new Error("one request makes one machine");
  return machine;
}

/** All or none, as at EC2 and GCE; the turn of fate is the first one's. Tokens are not looked at. */
export function createAll(asked: Asked, requests: readonly CreateRequest[]): readonly Machine[] {
  const { cloud, turn } = asked;
  const reserved: Reservation[] = [];
  try {
    for (const request of requests) reserved.push(reserve(asked, request, reserved));
  } catch (error) {
    for (const reservation of reserved) giveBack(asked, reservation);
    throw error;
  }
  return reserved.map((birth, index) => {
    const machine = beBorn(cloud, birth);
    setOut(cloud, machine, index === 0 ? turn : null);
    return machineView(machine);
  });
}

type Reservation = Parameters<typeof beBorn>[1];

/** Takes quota and room, and gives them back when it throws. */
function reserve(asked: Asked, request: CreateRequest, before: readonly Reservation[]): Reservation {
  const { cloud, tenant } = asked;
  const { image, chosen } = checkRequest(asked, request);
  const { size, price } = chosen;
  if (cloud.settings.uniqueNames && isTaken(asked, request.name, before)) {
    throw new CloudError("name_taken", `A machine named ${request.name} exists already`, {
      about: { name: request.name },
    });
  }
  const { twoStep, quotaAt, roomAt } = cloud.settings;
  const takes = takenBy({ ...chosen, isSpot: false });
  if (quotaAt === "create") checkQuota(tenant.quota, { realm: request.realm, amounts: takes });
  const host = twoStep || roomAt === "late" ? null : roomFor(cloud, request.realm, size);
  if (host !== null) occupy(host, size);
  const isCounted = quotaAt !== "start";
  if (isCounted) tenant.quota.count.add(request.realm, takes);
  const { hourlyPrice } = price;
  return { tenant: tenant.name, request, size, imageId: image.id, hourlyPrice, takes, isCounted, host };
}

function giveBack({ tenant }: Asked, { host, size, isCounted, request, takes }: Reservation): void {
  if (host !== null) release(host, size);
  if (isCounted) tenant.quota.count.subtract(request.realm, takes);
}

function isTaken({ cloud, tenant }: Asked, name: string, before: readonly Reservation[]): boolean {
  const names = [...livingOf(cloud, tenant.name), ...before].map(({ request }) => request.name);
  return names.includes(name);
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
