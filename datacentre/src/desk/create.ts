// New machines.

import { CloudError, type CreateRequest } from "../cloud-api.ts";
import { beginOperation } from "../life/course.ts";
import { beBorn, type Birth, setOut } from "../life/machine-life.ts";
import { roomFor } from "../life/room.ts";
import { checkUp, type CloudState, livingOf } from "../state/cloud-state.ts";
import { isKnown, type MachineRecord, machineView } from "../state/machine-record.ts";
import { occupy, release } from "../state/host.ts";
import { checkQuota, summed, takenBy } from "../state/quota.ts";
import type { Tenant } from "../state/tenant.ts";
import type { MachineDetail } from "../tenant-api.ts";
import { findImage, type Image } from "../state/images.ts";
import type { Asked } from "./asked.ts";
import { fitParts, type PartPlan, planParts } from "./part-plan.ts";
import { type Chosen, chosenSize, realmOf } from "./offers.ts";

const USER_DATA_BYTES_MAX = 16_384;

export function create(asked: Asked, request: CreateRequest): MachineDetail {
  const same = findByToken(asked.cloud, asked.tenant, request);
  if (same !== null) return machineView(same);
  const [machine] = createAll(asked, [request]);
  if (machine === undefined) throw new Error("one request makes one machine");
  return machine;
}

/** All or none, as at EC2 and GCE; the turn of fate is the first one's. Tokens are not looked at. */
export function createAll(asked: Asked, requests: readonly CreateRequest[]): readonly MachineDetail[] {
  const { cloud, tenant, turn } = asked;
  const reserved: Reservation[] = [];
  try {
    for (const request of requests) reserved.push(reserve(asked, request, reserved));
  } catch (error) {
    for (const reservation of reserved) giveBack(asked, reservation);
    throw error;
  }
  return reserved.map(({ birth, parts }, index) => {
    const own = index === 0 ? turn : null;
    const machine = beBorn(cloud, birth);
    // Counted until now for the others of this request; from now on each counts for itself.
    tenant.quota.count.subtract(birth.request.realm, parts.takes);
    fitParts({ ...asked, turn: own }, machine, parts);
    beginOperation(cloud, machine, { kind: "create", correlation: asked.correlation });
    setOut(cloud, machine, own);
    return machineView(machine);
  });
}

interface Reservation {
  readonly birth: Birth;
  readonly parts: PartPlan;
}

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
  const parts = planParts(asked, request, size);
  const takes = takenBy({ ...chosen, isSpot: false });
  checkQuota(tenant.quota, {
    realm: request.realm,
    amounts: quotaAt === "create" ? summed([takes, parts.takes]) : parts.takes,
  });
  const host = twoStep || roomAt === "late" ? null : roomFor(cloud, request.realm, size);
  if (host !== null) occupy(host, size);
  const isCounted = quotaAt !== "start";
  if (isCounted) tenant.quota.count.add(request.realm, takes);
  tenant.quota.count.add(request.realm, parts.takes);
  const { hourlyPrice } = price;
  const birth = { tenant: tenant.name, request, size, imageId: image.id, hourlyPrice, takes, isCounted, host };
  return { birth, parts };
}

function giveBack({ tenant }: Asked, { birth, parts }: Reservation): void {
  const { host, size, isCounted, request, takes } = birth;
  tenant.quota.count.subtract(request.realm, parts.takes);
  if (host !== null) release(host, size);
  if (isCounted) tenant.quota.count.subtract(request.realm, takes);
}

function isTaken({ cloud, tenant }: Asked, name: string, before: readonly Reservation[]): boolean {
  const names = [...livingOf(cloud, tenant.name), ...before.map(({ birth }) => birth)].map(
    ({ request }) => request.name,
  );
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

/** The same for requests that ask for the same, in whatever order. */
function bodyOf({ userData = "", labels = {}, ...given }: CreateRequest): string {
  const rest = { ...given, token: null };
  const sorted = (record: object) => Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([userData, sorted(labels), sorted(rest)]);
}

function checkRequest(asked: Asked, request: CreateRequest): { readonly image: Image; readonly chosen: Chosen } {
  if (request.name === "") throw new CloudError("invalid_request", "The name is empty");
  const realm = realmOf(asked.cloud, request.realm);
  checkUp(asked.cloud, realm.name);
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
