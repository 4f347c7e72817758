// A server as Nova shows it.

import type { Asked } from "../../desk/asked.ts";
import type { MachineRecord } from "../../state/machine-record.ts";
import type { MachineDetail } from "../../tenant-api.ts";
import { flavorLinks, flavorView } from "./flavors.ts";
import { isoTime, macOf, projectId, SERVICES, userId } from "./names.ts";
import type { Ask } from "./resource.ts";

export interface Shown {
  readonly record: MachineRecord;
  readonly view: MachineDetail;
}

interface Standing {
  readonly status: string;
  readonly vm_state: string;
  readonly task_state: string | null;
  readonly power_state: number;
}

const [NO_POWER, RUNNING, SHUT_DOWN] = [0, 1, 4];

const BUILD = { status: "BUILD", vm_state: "building", power_state: NO_POWER };
const ACTIVE = { status: "ACTIVE", vm_state: "active", power_state: RUNNING };
const SHUTOFF = { status: "SHUTOFF", vm_state: "stopped", power_state: SHUT_DOWN };

/** What breaks down is `ERROR`; what is asked to go is what it was, on its way. */
export function standingOf({ record, view }: Shown): Standing {
  switch (view.state) {
    case "pending":
      if (record.operation?.kind === "start") return { ...SHUTOFF, task_state: "powering-on" };
      return { ...BUILD, task_state: record.host === null ? "scheduling" : "spawning" };
    case "running":
      return asksAgain(record)
        ? { ...ACTIVE, status: "REBOOT", task_state: "rebooting" }
        : { ...ACTIVE, task_state: null };
    case "stopping":
      return { ...ACTIVE, task_state: record.isRemoving ? "deleting" : "powering-off" };
    case "stopped":
      return { ...SHUTOFF, task_state: null };
    case "error":
      return { status: "ERROR", vm_state: "error", power_state: NO_POWER, task_state: null };
    case "terminated":
      return { status: "DELETED", vm_state: "deleted", power_state: NO_POWER, task_state: null };
    case "unknown":
      return { status: "UNKNOWN", vm_state: "", power_state: NO_POWER, task_state: null };
  }
}

const asksAgain = ({ operation }: MachineRecord): boolean =>
  operation?.kind === "reboot" && operation.state === "running";

export function serverLinks(id: string, { address }: Pick<Ask, "address">): object {
  const href = `${address}${SERVICES.compute}/servers/${id}`;
  return {
    id,
    links: [
      { rel: "self", href },
      { rel: "bookmark", href: `${address}/compute/servers/${id}` },
    ],
  };
}

export const briefView = ({ record: { id, request } }: Shown, ask: Ask): object => ({
  ...serverLinks(id, ask),
  name: request.name,
});

/** All that Nova knows of one in a cell that does not answer. */
function partialView(asked: Asked, { record }: Shown, ask: Ask): object {
  const { id, createdAt, request } = record;
  return {
    ...serverLinks(id, ask),
    created: isoTime(createdAt),
    status: "UNKNOWN",
    tenant_id: projectId(asked.tenant.name),
    "OS-EXT-AZ:availability_zone": request.realm,
    "OS-EXT-STS:power_state": NO_POWER,
  };
}

export function detailView(asked: Asked, shown: Shown, ask: Ask): object {
  const { record, view } = shown;
  if (view.state === "unknown") return partialView(asked, shown, ask);
  const { id, request, createdAt, imageId, host } = record;
  const { status, vm_state, task_state, power_state } = standingOf(shown);
  return {
    ...serverLinks(id, ask),
    name: request.name,
    status,
    tenant_id: projectId(asked.tenant.name),
    user_id: userId(asked.tenant.name),
    metadata: request.labels ?? {},
    hostId: host === null ? "" : `${projectId(asked.tenant.name)}${host.name}`,
    image: { id: imageId, links: [] },
    flavor: ask.microversion >= 47 ? flavorView(record.size) : flavorLinks(record.size, ask),
    created: isoTime(createdAt),
    updated: isoTime(view.changedAt),
    addresses: addressesOf(shown),
    accessIPv4: "",
    accessIPv6: "",
    "OS-DCF:diskConfig": "MANUAL",
    ...(status === "ACTIVE" ? { progress: 0 } : {}),
    "OS-EXT-AZ:availability_zone": request.realm,
    config_drive: "",
    key_name: request.sshKey ?? null,
    "OS-SRV-USG:launched_at": vm_state === "active" ? isoTime(view.changedAt).slice(0, -1) : null,
    "OS-SRV-USG:terminated_at": null,
    ...(request.securityGroups === undefined ? {} : { security_groups: groupsOf(asked, request.securityGroups) }),
    "OS-EXT-STS:task_state": task_state,
    "OS-EXT-STS:vm_state": vm_state,
    "OS-EXT-STS:power_state": power_state,
    "os-extended-volumes:volumes_attached": [],
  };
}

const groupsOf = ({ cloud }: Asked, wanted: readonly string[]): readonly object[] =>
  wanted.map((one) => ({ name: cloud.things.securityGroups.find(({ id }) => id === one)?.name ?? one }));

type Address = Readonly<Record<string, string | number>>;

/** By the names of networks. A server that is still built has none. */
function addressesOf({ record, view }: Shown): Readonly<Record<string, readonly Address[]>> {
  const all = new Map<string, Address[]>();
  const add = (network: string, address: Address): unknown => all.set(network, [...(all.get(network) ?? []), address]);
  if (view.privateAddress === null) return {};
  const ports = record.parts.filter(({ kind }) => kind === "port");
  const mac = macOf(ports[0]?.id ?? record.id);
  const own = ports[0]?.network?.name ?? view.network ?? "private";
  add(own, addressView({ address: view.privateAddress, mac, type: "fixed" }));
  if (view.publicAddress !== null) add(own, addressView({ address: view.publicAddress, mac, type: "floating" }));
  for (const { id, network, address } of ports.slice(1)) {
    if (address !== null) add(network?.name ?? own, addressView({ address, mac: macOf(id), type: "fixed" }));
  }
  return Object.fromEntries(all);
}

function addressView({
  address,
  mac,
  type,
}: {
  readonly address: string;
  readonly mac: string;
  readonly type: string;
}) {
  return { version: 4, addr: address, "OS-EXT-IPS:type": type, "OS-EXT-IPS-MAC:mac_addr": mac };
}

/** Why it is in ERROR. Told of one server, not in lists. */
export function faultOf({ view }: Shown): object {
  if (view.fault === null || view.state !== "error") return {};
  const { code, text } = view.fault;
  const fault = {
    code: code.startsWith("quota") ? 413 : 500,
    created: isoTime(view.changedAt),
    message: saidOf(code, text),
  };
  return { fault };
}

function saidOf(code: string, text: string): string {
  if (code === "insufficient_capacity") return "No valid host was found. There are not enough hosts available.";
  return text;
}
