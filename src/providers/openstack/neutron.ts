// What Neutron makes for a machine, and what it calls things by: https://docs.openstack.org/api-ref/network/v2/

import { descriptionOf, type Owned, type Part } from "./names.ts";
import {
  readFloatingAddress,
  readFloatingAddresses,
  readNetworkQuota,
  readNetworks,
  readPort,
  readPorts,
  readSecurityGroups,
} from "./schema.ts";
import type { Session } from "./session.ts";

const network = { service: "network" } as const;
const reading = { ...network, method: "GET" } as const;

/** A part that Neutron has. */
export type NetworkPart = Part & { readonly kind: "floatingip" | "port" };

export interface FoundPart extends Part {
  readonly description: string;
  /** Of a port, the server that has it. */
  readonly server: string | null;
}

export async function createPort(
  { ask }: Session,
  port: Owned & { readonly network: string; readonly securityGroups: readonly string[] },
  signal: AbortSignal,
): Promise<Part> {
  const groups = port.securityGroups.length === 0 ? {} : { security_groups: port.securityGroups };
  const wanted = { network_id: port.network, name: port.name, description: descriptionOf(port), ...groups };
  const asked = { ...network, method: "POST", path: "/v2.0/ports", body: { port: wanted }, read: readPort } as const;
  return { kind: "port", id: (await ask(asked, signal)).port.id };
}

export async function createFloatingAddress(
  { ask }: Session,
  address: Owned & { readonly network: string; readonly port: string },
  signal: AbortSignal,
): Promise<Part> {
  const wanted = {
    floating_network_id: address.network,
    port_id: address.port,
    description: descriptionOf(address),
  };
  const body = { floatingip: wanted };
  const asked = { ...network, method: "POST", path: "/v2.0/floatingips", body, read: readFloatingAddress } as const;
  return { kind: "floatingip", id: (await ask(asked, signal)).floatingip.id };
}

/** Throws a fault of class not_found where it is not there. */
export function deleteNetworkPart({ ask }: Session, { kind, id }: NetworkPart, signal: AbortSignal): Promise<void> {
  return ask({ ...network, method: "DELETE", path: pathOf({ kind, id }), read: () => undefined }, signal);
}

/** Throws a fault of class not_found where it is not there. */
export async function getNetworkPart({ ask }: Session, part: NetworkPart, signal: AbortSignal): Promise<FoundPart> {
  const path = pathOf(part);
  if (part.kind === "port") return portOf((await ask({ ...reading, path, read: readPort }, signal)).port);
  return addressOf((await ask({ ...reading, path, read: readFloatingAddress }, signal)).floatingip);
}

const pathOf = ({ kind, id }: NetworkPart): string => `/v2.0/${COLLECTIONS[kind]}/${encodeURIComponent(id)}`;

const COLLECTIONS: Readonly<Record<NetworkPart["kind"], string>> = { port: "ports", floatingip: "floatingips" };

/** All of one machine's, or of everybody in the project when nobody is named. */
export async function findNetworkParts(
  { ask }: Session,
  of: Owned | null,
  signal: AbortSignal,
): Promise<readonly FoundPart[]> {
  const only = of === null ? "" : `&description=${encodeURIComponent(descriptionOf(of))}`;
  const ports = `/v2.0/ports?fields=id&fields=description&fields=device_id${only}`;
  const addresses = `/v2.0/floatingips?fields=id&fields=description${only}`;
  const [found, leading] = await Promise.all([
    ask({ ...reading, path: ports, read: readPorts }, signal),
    ask({ ...reading, path: addresses, read: readFloatingAddresses }, signal),
  ]);
  return [...leading.floatingips.map(addressOf), ...found.ports.map(portOf)];
}

const portOf = (port: ReturnType<typeof readPort>["port"]): FoundPart => ({
  kind: "port",
  id: port.id,
  description: port.description ?? "",
  server: emptyAsNull(port.device_id),
});

const addressOf = (address: ReturnType<typeof readFloatingAddress>["floatingip"]): FoundPart => ({
  kind: "floatingip",
  id: address.id,
  description: address.description ?? "",
  server: null,
});

const emptyAsNull = (text: string | null | undefined): string | null =>
  text === undefined || text === "" ? null : text;

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** What a blueprint or an account calls by its name or id. */
export interface Called {
  readonly kind: "network" | "external network" | "security group";
  readonly name: string;
}

/** The ids of all that the project sees under that name or id. */
export async function idsCalled(
  { ask }: Session,
  { kind, name }: Called,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const query = `fields=id&fields=name&${UUID.test(name) ? "id" : "name"}=${encodeURIComponent(name)}`;
  if (kind === "security group") {
    const asked = { ...reading, path: `/v2.0/security-groups?${query}`, read: readSecurityGroups };
    return (await ask(asked, signal)).security_groups.map(({ id }) => id);
  }
  const only = kind === "network" ? "" : `&${encodeURIComponent("router:external")}=true`;
  const asked = { ...reading, path: `/v2.0/networks?${query}${only}`, read: readNetworks };
  return (await ask(asked, signal)).networks.map(({ id }) => id);
}

/** Null where Neutron does not tell how much of its quota is used. */
export async function readPortQuota(session: Session, signal: AbortSignal) {
  const project = await session.projectId(signal);
  const path = `/v2.0/quotas/${encodeURIComponent(project)}/details.json`;
  return (await session.ask({ ...reading, path, read: readNetworkQuota }, signal)).quota;
}
