// An instance as the API shows it.

import type { Asked } from "../../desk/asked.ts";
import type { MachineRecord } from "../../state/machine-record.ts";
import type { PartRecord } from "../../state/part-record.ts";
import type { MachineDetail } from "../../tenant-api.ts";
import type { Memory } from "./action.ts";
import { accountId, derivedId, isoTime, tagSet, vpcId } from "./names.ts";
import { reasonOf } from "./refusals.ts";
import { subnetIdOf } from "./subnets.ts";
import type { XmlFields } from "./xml.ts";

/** A machine, and what is told of it: an older state, where a list lags. */
export interface Shown {
  readonly record: MachineRecord;
  readonly view: MachineDetail;
}

const STATES = {
  pending: 0,
  running: 16,
  "shutting-down": 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;
type StateName = keyof typeof STATES;

/** EC2 has no state for what broke down: it is stopped, and says why. */
export function stateName({ record, view }: Shown): StateName {
  if (view.state === "stopping") return record.isRemoving ? "shutting-down" : "stopping";
  if (view.state === "error" || view.state === "unknown") return "stopped";
  return view.state;
}

export function stateField(shown: Shown): { readonly code: number; readonly name: StateName } {
  const name = stateName(shown);
  return { code: STATES[name], name };
}

/** Why it is not running. */
export function stateReason(shown: Shown): { readonly code: string; readonly message: string } | null {
  const { record, view } = shown;
  const name = stateName(shown);
  if (name === "running") return null;
  if (name === "pending") return { code: "pending", message: "pending" };
  if (view.fault === null) {
    const code = "Client.UserInitiatedShutdown";
    return { code, message: `${code}: User initiated shutdown` };
  }
  const isTakenBack = record.request.spot !== undefined && record.history.some(({ state }) => state === "running");
  if (isTakenBack && view.fault.code === "insufficient_capacity") {
    const code = "Server.SpotInstanceTermination";
    return { code, message: `${code}: ${view.fault.text}` };
  }
  return reasonOf(view.fault);
}

type GroupField = Readonly<Record<"groupId" | "groupName", string>>;

export function groupSet({ cloud }: Asked, { request }: MachineRecord): readonly GroupField[] {
  const all = cloud.things.securityGroups;
  const named = request.securityGroups ?? [];
  const own = named.length > 0 ? named : all.filter(({ name }) => name === "default").map(({ id }) => id);
  return own.map((wanted) => {
    const group = all.find(({ id }) => id === wanted) ?? all.find(({ name }) => name === wanted);
    return { groupId: group?.id ?? wanted, groupName: group?.name ?? wanted };
  });
}

/** Those of one launch share it. */
export function reservationIdOf({ record }: Shown, { launches }: Memory): string {
  return launches.get(record.id)?.reservationId ?? derivedId("r", record.id);
}

export function partsOf({ parts }: MachineRecord, kind: PartRecord["kind"]): readonly PartRecord[] {
  return parts.filter((part) => part.kind === kind);
}

/** Known from birth, as at EC2; the datacentre tells it when the machine runs. */
export function privateAddressOf({ record, view }: Shown): string | null {
  if (view.state === "terminated") return null;
  return view.privateAddress ?? partsOf(record, "port")[0]?.address ?? null;
}

export function publicAddressOf(shown: Shown): string | null {
  return stateName(shown) === "running" ? shown.view.publicAddress : null;
}

const ROOT_DEVICE = "/dev/xvda";
const MORE_DEVICES = "fghijklmnop";

export function deviceName(index: number): string {
  return index === 0 ? ROOT_DEVICE : `/dev/sd${MORE_DEVICES[index - 1] ?? `p${index}`}`;
}

export function instanceView(asked: Asked, shown: Shown, memory: Memory): XmlFields {
  const { record, view } = shown;
  const { request, createdAt, size } = record;
  const zone = request.realm;
  const isLive = view.state !== "terminated";
  const privateAddress = privateAddressOf(shown);
  const publicAddress = publicAddressOf(shown);
  const subnetId = subnetIdOf(networkOf(record), zone);
  return {
    instanceId: record.id,
    imageId: record.imageId,
    instanceState: stateField(shown),
    privateDnsName: dnsName("ip", privateAddress, "ec2.internal"),
    dnsName: dnsName("ec2", publicAddress, "compute-1.amazonaws.com"),
    reason: stateReason(shown)?.message === "pending" ? "" : (stateReason(shown)?.message ?? ""),
    keyName: request.sshKey,
    amiLaunchIndex: memory.launches.get(record.id)?.index ?? 0,
    productCodes: [],
    instanceType: size.name,
    launchTime: isoTime(createdAt),
    placement: { availabilityZone: zone, groupName: request.group?.name ?? "", tenancy: "default" },
    monitoring: { state: "disabled" },
    ...(isLive ? { subnetId, vpcId: vpcId(asked) } : {}),
    privateIpAddress: privateAddress,
    ipAddress: publicAddress,
    sourceDestCheck: isLive ? true : null,
    groupSet: isLive ? groupSet(asked, record) : [],
    stateReason: stateReason(shown),
    architecture: size.architecture,
    rootDeviceType: "ebs",
    rootDeviceName: ROOT_DEVICE,
    blockDeviceMapping: isLive ? partsOf(record, "volume").map(deviceView) : [],
    virtualizationType: "hvm",
    clientToken: request.token ?? "",
    tagSet: tagSet(request.labels ?? {}),
    hypervisor: "xen",
    ...(request.spot === undefined
      ? {}
      : { instanceLifecycle: "spot", spotInstanceRequestId: derivedId("sir", record.id) }),
    networkInterfaceSet: isLive
      ? partsOf(record, "port").map((part, index) => interfaceView(asked, part, { shown, index }))
      : [],
    ebsOptimized: false,
    enaSupport: true,
    cpuOptions: { coreCount: size.cpu, threadsPerCore: 1 },
    platformDetails: "Linux/UNIX",
    usageOperation: "RunInstances",
  };
}

/** Of its first interface, else its own. */
export function networkOf(record: MachineRecord): MachineRecord["network"] {
  return partsOf(record, "port")[0]?.network ?? record.network;
}

function deviceView(part: PartRecord, index: number): XmlFields {
  const { id: volumeId, createdAt, stays } = part;
  const ebs = { volumeId, status: "attached", attachTime: isoTime(createdAt), deleteOnTermination: !stays };
  return { deviceName: deviceName(index), ebs };
}

interface Fitted {
  readonly shown: Shown;
  readonly index: number;
}

/** As an instance shows it. */
function interfaceView(asked: Asked, part: PartRecord, { shown, index }: Fitted): XmlFields {
  const { record } = shown;
  const publicAddress = index === 0 ? publicAddressOf(shown) : null;
  return {
    networkInterfaceId: part.id,
    subnetId: subnetIdOf(part.network, part.realm),
    vpcId: vpcId(asked),
    ownerId: accountId(asked),
    status: "in-use",
    privateIpAddress: part.address,
    sourceDestCheck: true,
    groupSet: groupSet(asked, record),
    attachment: {
      attachmentId: derivedId("eni-attach", part.id),
      deviceIndex: index,
      status: "attached",
      attachTime: isoTime(part.createdAt),
      deleteOnTermination: !part.stays,
    },
    association: publicAddress === null ? null : { publicIp: publicAddress, ipOwnerId: "amazon" },
  };
}

function dnsName(kind: string, address: string | null, domain: string): string {
  return address === null ? "" : `${kind}-${address.replaceAll(".", "-")}.${domain}`;
}
