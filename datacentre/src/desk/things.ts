// Networks, security groups and ssh keys that the tenant may name.

import { CloudError } from "../cloud-api.ts";
import { sshKeyOf } from "../state/things.ts";
import type { SshKeyRequest, SshKeyView, ThingsView } from "../tenant-api.ts";
import type { Asked } from "./asked.ts";

export function things({ cloud, tenant }: Asked): ThingsView {
  const { networks, securityGroups } = cloud.things;
  return {
    networks: networks
      .filter(({ tenants }) => tenants?.includes(tenant.name) ?? true)
      .map(({ id, name, realms, addresses, taken }) => {
        return { id, name, realms, freeAddresses: addresses === null ? null : addresses - taken };
      }),
    securityGroups: securityGroups.map(({ id, name }) => ({ id, name })),
    sshKeys: tenant.sshKeys.map((key) => ({ ...key })),
  };
}

/** Throws `name_taken`, whether the key is the same or not. */
export function importKey(asked: Asked, request: SshKeyRequest): SshKeyView {
  const { sshKeys } = asked.tenant;
  if (request.name === "") throw new CloudError("invalid_request", "The name is empty");
  if (sshKeys.some(({ name }) => name === request.name)) {
    throw new CloudError("name_taken", `An ssh key named ${request.name} exists already`, {
      about: { name: request.name },
    });
  }
  const key = sshKeyOf(request);
  sshKeys.push(key);
  return key;
}

export function removeKey({ tenant }: Asked, name: string): null {
  const at = tenant.sshKeys.findIndex((key) => key.name === name);
  if (at === -1) throw new CloudError("not_found", `No ssh key ${name}`);
  tenant.sshKeys.splice(at, 1);
  return null;
}
