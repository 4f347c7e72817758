// Where a tenant's machines can be put: what of it is there, and how a request says it.

import type { Where } from "../../core/blueprint/model.ts";
import type { CreateRequest } from "../../core/machine.ts";
import type { CreateRequest as Asked } from "../../../datacentre/src/cloud-api.ts";
import { asked } from "./faults.ts";
import type { Desk } from "./parts.ts";

/** What of it is not there, in words; null: all is. */
export async function lacks(
  desk: Desk,
  { where, realm }: { readonly where: Where; readonly realm: string },
  signal: AbortSignal,
): Promise<string | null> {
  const [things, { parts }] = await Promise.all([asked(desk.api.things(signal)), desk.traits(signal)]);
  const { networks = [], securityGroups = [], key, publicKey } = where;
  const here = things.networks.filter(({ realms }) => realms === null || realms.includes(realm));
  const missing = [
    ...networks.filter((name) => !isAmong(here, name)).map((name) => `no network ${name}`),
    ...securityGroups
      .filter((name) => !isAmong(things.securityGroups, name))
      .map((name) => `no security group ${name}`),
    ...(key === undefined || isAmong(things.sshKeys, key) ? [] : [`no ssh key ${key}`]),
    ...(publicKey === undefined || parts.keys ? [] : ["no ssh keys but those that the account has: name one"]),
  ];
  return missing.length === 0 ? null : `there is ${missing.join(", ")}`;
}

function isAmong(things: readonly { readonly id?: string; readonly name: string }[], wanted: string): boolean {
  return things.some(({ id, name }) => id === wanted || name === wanted);
}

/** One network is the machine's own; of several each has a port. */
export function placeOf(
  { where, group, spot }: CreateRequest,
  { key, hasPorts }: { readonly key: string | undefined; readonly hasPorts: boolean },
): Partial<Asked> {
  const { networks = [], securityGroups, publicAddress, hosts } = where;
  const [network] = networks;
  const sshKey = key ?? where.key;
  const most = spot?.maxHourlyMicros ?? null;
  return {
    ...(network === undefined ? {} : { network }),
    ...(networks.length < 2 || hasPorts ? {} : { parts: networks.map((one) => ({ kind: "port", network: one })) }),
    ...(securityGroups === undefined ? {} : { securityGroups }),
    ...(sshKey === undefined ? {} : { sshKey }),
    // True is what the cloud does anyway.
    ...(publicAddress === false ? { publicAddress } : {}),
    ...(hosts === undefined ? {} : { group: { name: group, hosts } }),
    ...(spot === null ? {} : { spot: most === null ? {} : { maxHourlyPrice: most / 1_000_000 } }),
  };
}
