// A place for a machine, at its creation or its start.

import { CloudError } from "../cloud-api.ts";
import type { CloudState } from "../state/cloud-state.ts";
import { findRoom, type Host } from "../state/host.ts";
import type { MachineRecord } from "../state/machine-record.ts";

export function roomFor(cloud: CloudState, realmName: string, size: MachineRecord["size"]): Host {
  const hosts = cloud.realms.get(realmName)?.hosts ?? [];
  const host = findRoom(hosts, size, cloud.settings.placement);
  if (host === null) {
    throw new CloudError("insufficient_capacity", `There is no room for ${size.name} in ${realmName} at present`);
  }
  return host;
}
