// Networks, security groups and ssh keys: things with names, which requests refer to.

import { createHash } from "node:crypto";
import { CloudError } from "../cloud-api.ts";
import type { CompleteCloud } from "../settings.ts";

export interface Network {
  readonly id: string;
  readonly name: string;
  /** Null: in all, for all. */
  readonly realms: readonly string[] | null;
  readonly tenants: readonly string[] | null;
  /** Null: without an end. */
  readonly addresses: number | null;
  taken: number;
}

export interface SecurityGroup {
  readonly id: string;
  readonly name: string;
}

export interface SshKey {
  readonly name: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

export interface Things {
  readonly networks: Network[];
  readonly securityGroups: SecurityGroup[];
}

export function createThings({ networks, securityGroups }: CompleteCloud): Things {
  return { networks: networks.map(networkOf), securityGroups: securityGroups.map(securityGroupOf) };
}

export function networkOf(settings: CompleteCloud["networks"][number]): Network {
  const { name, id = name, realms = null, tenants = null, addresses = null } = settings;
  return { id, name, realms, tenants, addresses, taken: 0 };
}

export function securityGroupOf({ name, id = name }: CompleteCloud["securityGroups"][number]): SecurityGroup {
  return { id, name };
}

const PUBLIC_KEY = /^(?:ssh-\S+|ecdsa-\S+|sk-\S+) ([A-Za-z0-9+/]+=*)(?: .*)?$/;

/** Throws `invalid_request` for what is no public key as OpenSSH writes them. */
export function sshKeyOf({ name, publicKey }: { readonly name: string; readonly publicKey: string }): SshKey {
  const [, encoded] = PUBLIC_KEY.exec(publicKey.trim()) ?? [];
  if (encoded === undefined) throw new CloudError("invalid_request", `${name} is no public key as OpenSSH writes them`);
  const digest = createHash("sha256").update(Buffer.from(encoded, "base64")).digest("base64");
  return { name, publicKey: publicKey.trim(), fingerprint: `SHA256:${digest.replace(/=+$/, "")}` };
}

export function isIn({ realms, tenants }: Network, realm: string, tenant: string): boolean {
  return (realms?.includes(realm) ?? true) && (tenants?.includes(tenant) ?? true);
}

/** By id or name. Throws `invalid_reference`. */
export function named<T extends { readonly name: string; readonly id?: string }>(
  things: readonly T[],
  kind: string,
  wanted: string,
): T {
  const found = things.find(({ id }) => id === wanted) ?? things.find(({ name }) => name === wanted);
  if (found !== undefined) return found;
  throw new CloudError("invalid_reference", `No ${kind} ${wanted}`, { about: { kind, name: wanted } });
}

/** Throws `no_free_address`. */
export function checkAddresses(network: Network | null, count: number): void {
  if (network === null || network.addresses === null || network.taken + count <= network.addresses) return;
  const { name, addresses } = network;
  throw new CloudError("no_free_address", `All ${addresses} addresses of the network ${name} are taken`, {
    about: { network: name, addresses },
  });
}
