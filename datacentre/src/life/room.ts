// A place for a machine and its share of the quota: taken at its creation, some time after, or at its start.

import { CloudError, type CreateRequest, type Size } from "../cloud-api.ts";
import type { CloudState } from "../state/cloud-state.ts";
import { findRoom, type Group, type Host, occupy, release } from "../state/host.ts";
import type { MachineRecord } from "../state/machine-record.ts";
import { checkQuota, summed } from "../state/quota.ts";
import type { Tenant } from "../state/tenant.ts";

interface Placed {
  readonly tenant: string;
  readonly request: CreateRequest;
  readonly size: Size;
  readonly host: Host | null;
}

/** `others` are those that are to come with it. Throws `insufficient_capacity`. */
export function roomFor(cloud: CloudState, wanted: Omit<Placed, "host">, others: readonly Placed[] = []): Host {
  const { request, size } = wanted;
  const { realm } = request;
  const hosts = cloud.realms.get(realm)?.hosts ?? [];
  const group = groupOf(wanted, () => [...cloud.machines.values(), ...others]);
  const host = findRoom(hosts, size, { placement: cloud.settings.placement, group });
  if (host === null) {
    const apart = group === null || group.peers.length === 0 ? "" : ` ${NEAR[group.hosts]} the others of its group`;
    const text = `There is no room for ${size.name}${apart} in ${realm} at present`;
    throw new CloudError("insufficient_capacity", text, { about: { realm, size: size.name } });
  }
  return host;
}

const NEAR = { spread: "apart from", compact: "beside" } as const;

function groupOf({ tenant, request }: Omit<Placed, "host">, all: () => readonly Placed[]): Group | null {
  const { group, realm } = request;
  if (group === undefined) return null;
  const peers = all().flatMap((other) => {
    const isPeer = other.tenant === tenant && other.request.realm === realm && other.request.group?.name === group.name;
    return isPeer && other.host !== null ? [other.host] : [];
  });
  return { hosts: group.hosts, peers };
}

/** Throws `insufficient_capacity`; changes nothing where it has a place already. */
function takeRoom(cloud: CloudState, machine: MachineRecord): void {
  if (machine.host !== null) return;
  machine.host = roomFor(cloud, machine);
  occupy(machine.host, machine.size);
}

export function leaveRoom(machine: MachineRecord): void {
  if (machine.host !== null) release(machine.host, machine.size);
  machine.host = null;
}

/** Its share of the quota, and its place on a host; both or none. Throws what is wanting. */
export function takePlace(cloud: CloudState, machine: MachineRecord): void {
  const { request, takes, isCounted } = machine;
  if (!isCounted) checkQuota(ownerOf(cloud, machine).quota, { realm: request.realm, amounts: takes });
  takeRoom(cloud, machine);
  countIn(cloud, machine);
}

function countIn(cloud: CloudState, machine: MachineRecord): void {
  if (machine.isCounted) return;
  ownerOf(cloud, machine).quota.count.add(machine.request.realm, machine.takes);
  machine.isCounted = true;
}

export function countOut(cloud: CloudState, machine: MachineRecord): void {
  if (!machine.isCounted) return;
  ownerOf(cloud, machine).quota.count.subtract(machine.request.realm, machine.takes);
  machine.isCounted = false;
}

/** Looks again at what was accepted: what is too much is the younger. Throws `quota_exceeded` or `quota_zero`. */
export function recheckQuota(cloud: CloudState, machine: MachineRecord): void {
  const { tenant, ordinal, request, takes } = machine;
  const { quota } = ownerOf(cloud, machine);
  const older = [...cloud.machines.values()].filter(
    (other) => other.tenant === tenant && other.isCounted && other.ordinal < ordinal,
  );
  const used = (realm: string | null) => {
    const counted = realm === null ? older : older.filter((other) => other.request.realm === realm);
    return summed([...counted.map((other) => other.takes), quota.others.of(realm)]);
  };
  checkQuota(quota, { realm: request.realm, amounts: takes, used });
}

function ownerOf(cloud: CloudState, machine: MachineRecord): Tenant {
  const tenant = cloud.tenants.get(machine.tenant);
  if (tenant === undefined) throw new Error(`the machine ${machine.id} belongs to nobody`);
  return tenant;
}
