// New machines.

import { CloudError, type CreateRequest } from "../cloud-api.ts";
import { beginOperation } from "../life/course.ts";
import { beBorn, type Birth, setOut } from "../life/machine-life.ts";
import { roomFor } from "../life/room.ts";
import { occupy, release } from "../state/host.ts";
import { type MachineRecord, machineView } from "../state/machine-record.ts";
import { checkQuota, summed, takenBy } from "../state/quota.ts";
import { checkAddresses } from "../state/things.ts";
import type { MachineDetail } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";
import { checkNeeded, fitParts, type PartPlan, planParts, portsOf } from "./part-plan.ts";
import { checkRequest } from "./request-checks.ts";

export function create(asked: Asked, request: CreateRequest): MachineDetail {
  checkNeeded(asked, request);
  return createFor(asked, request);
}

/** With whatever parts the cloud needs, made along where they are not named. */
export function createFor(asked: Asked, request: CreateRequest): MachineDetail {
  const [machine] = createAll(asked, [request]);
  if (machine === undefined) throw new Error("one request makes one machine");
  return machine;
}

/** All or none, as at EC2 and GCE. The token of the first is that of all; the turn of fate is the first one's. */
export function createAll(asked: Asked, requests: readonly CreateRequest[]): readonly MachineDetail[] {
  const { cloud, tenant } = asked;
  const [first] = requests;
  if (first?.token === undefined) return makeAll(asked, requests).map(machineView);
  const body = JSON.stringify(requests.map(bodyOf));
  const use = { tenant: tenant.name, realm: first.realm, token: first.token, body };
  const now = cloud.agenda.now();
  const same = cloud.creationTokens.find(use, now);
  if (same !== null) return same.map(machineView);
  const machines = makeAll(asked, requests);
  cloud.creationTokens.remember(use, machines, now);
  return machines.map(machineView);
}

function makeAll(asked: Asked, requests: readonly CreateRequest[]): readonly MachineRecord[] {
  const { cloud, turn } = asked;
  const reserved: Reservation[] = [];
  try {
    for (const request of requests) reserved.push(reserve(asked, request, reserved));
  } catch (error) {
    for (const reservation of reserved) giveBack(asked, reservation);
    throw error;
  }
  return reserved.map((reservation, index) => {
    const { birth, parts } = reservation;
    const own = index === 0 ? turn : null;
    const machine = beBorn(cloud, birth);
    giveBackParts(asked, reservation);
    fitParts({ ...asked, turn: own }, machine, parts);
    beginOperation(cloud, machine, { kind: "create", correlation: asked.correlation });
    setOut(cloud, machine, own);
    return machine;
  });
}

interface Reservation {
  readonly birth: Birth;
  readonly parts: PartPlan;
}

/** Takes quota, room and addresses; takes none when it throws. */
function reserve(asked: Asked, request: CreateRequest, before: readonly Reservation[]): Reservation {
  const { cloud, tenant } = asked;
  const { image, chosen, network, hourlyPrice } = checkRequest(asked, request);
  const { size } = chosen;
  if (cloud.settings.uniqueNames && isTaken(asked, request.name, before)) {
    throw new CloudError("name_taken", `A machine named ${request.name} exists already`, {
      about: { name: request.name },
    });
  }
  const { twoStep, quotaAt, roomAt } = cloud.settings;
  const parts = planParts(asked, request, size);
  const ports = portsOf(parts);
  const holdsAddress = !ports.has;
  checkAddresses(network, ports.made + (holdsAddress ? 1 : 0));
  const takes = takenBy({ ...chosen, isSpot: request.spot !== undefined });
  checkQuota(tenant.quota, {
    realm: request.realm,
    amounts: quotaAt === "create" ? summed([takes, parts.takes]) : parts.takes,
  });
  const isPlaced = !twoStep && roomAt === "create";
  const born = before.map(({ birth }) => birth);
  const host = isPlaced ? roomFor(cloud, { tenant: tenant.name, request, size }, born) : null;
  if (host !== null) occupy(host, size);
  const isCounted = quotaAt !== "start";
  if (isCounted) tenant.quota.count.add(request.realm, takes);
  tenant.quota.count.add(request.realm, parts.takes);
  if (network !== null) network.taken += ports.made + (holdsAddress ? 1 : 0);
  const taken = { takes, isCounted, host, network, holdsAddress };
  return { birth: { tenant: tenant.name, request, size, imageId: image.id, hourlyPrice, ...taken }, parts };
}

function giveBack(asked: Asked, reservation: Reservation): void {
  const { host, size, isCounted, request, takes, network, holdsAddress } = reservation.birth;
  giveBackParts(asked, reservation);
  if (holdsAddress && network !== null) network.taken -= 1;
  if (host !== null) release(host, size);
  if (isCounted) asked.tenant.quota.count.subtract(request.realm, takes);
}

/** Taken for the others of the same request; what is made counts for itself. */
function giveBackParts({ tenant }: Asked, { birth, parts }: Reservation): void {
  tenant.quota.count.subtract(birth.request.realm, parts.takes);
  if (birth.network !== null) birth.network.taken -= portsOf(parts).made;
}

function isTaken({ cloud, tenant }: Asked, name: string, before: readonly Reservation[]): boolean {
  for (const machine of cloud.machines.values()) {
    if (machine.tenant === tenant.name && machine.goneAt === null && machine.request.name === name) return true;
  }
  return before.some(({ birth }) => birth.request.name === name);
}

/** The same for requests that ask for the same, in whatever order. */
function bodyOf({ userData = "", labels = {}, ...given }: CreateRequest): string {
  const rest = { ...given, token: null };
  const sorted = (record: object) => Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([userData, sorted(labels), sorted(rest)]);
}
