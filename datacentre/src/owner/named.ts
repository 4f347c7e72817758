// What the owner means by a name. Whatever is not there is a CloudError `not_found`.

import { CloudError } from "../cloud-api.ts";
import type { CloudState } from "../state/cloud-state.ts";
import type { Host } from "../state/host.ts";
import type { MachineRecord } from "../state/machine-record.ts";
import type { PartRecord } from "../state/part-record.ts";
import type { Realm } from "../state/realm.ts";
import type { SizeRow } from "../state/size-table.ts";
import type { Tenant } from "../state/tenant.ts";

/** Brings the cloud up to the clock: the owner does so before everything. */
export type Settled = () => CloudState;

export interface HostPlace {
  readonly realm: string;
  /** `REALM-host-1`, `REALM-host-2` … in the order of the settings. */
  readonly host: string;
}

export function machineNamed(cloud: CloudState, id: string): MachineRecord {
  return there(cloud.machines.get(id), `machine ${id}`);
}

export function partNamed(cloud: CloudState, id: string): PartRecord {
  return there(cloud.parts.get(id), `part ${id}`);
}

export function tenantNamed(cloud: CloudState, name: string): Tenant {
  return there(cloud.tenants.get(name), `tenant ${name}`);
}

export function realmNamed(cloud: CloudState, name: string): Realm {
  return there(cloud.realms.get(name), `realm ${name}`);
}

export function sizeNamed(cloud: CloudState, name: string): SizeRow {
  return there(cloud.sizes.get(name), `size ${name}`);
}

export function hostNamed(cloud: CloudState, { realm, host }: HostPlace): Host {
  const { hosts } = realmNamed(cloud, realm);
  return there(
    hosts.find(({ name }) => name === host),
    `host ${host} in ${realm}`,
  );
}

function there<T>(found: T | undefined, what: string): T {
  if (found === undefined) throw new CloudError("not_found", `No ${what}`);
  return found;
}
