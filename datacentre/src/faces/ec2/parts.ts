// What hangs on instances, or is left of them: volumes, network interfaces, addresses, and the tags of everything.

import type { Asked } from "../../desk/asked.ts";
import { seen } from "../../desk/lists.ts";
import { createPart, removePart, seenParts } from "../../desk/parts.ts";
import type { PartRecord } from "../../state/part-record.ts";
import type { PartKind, PartState } from "../../tenant-api.ts";
import type { Action } from "./action.ts";
import { type Facets, filtered, readFilters } from "./filters.ts";
import { deviceName, groupSet, partsOf } from "./instance-view.ts";
import { accountId, derivedId, isoTime, tagSet, vpcId } from "./names.ts";
import { pageInOrder, pageOf, readPaging } from "./pages.ts";
import { type Tags, tagSpecifications } from "./parameters.ts";
import { AwsError, badValue, notFound, notWhole } from "./refusals.ts";
import { subnetIdOf, subnetNamed } from "./subnets.ts";
import type { XmlFields } from "./xml.ts";

/** Throws Unavailable where a list would not be whole. */
function allParts(asked: Asked, kind: PartKind): readonly PartRecord[] {
  const { parts, unreachableRealms } = seenParts(asked, { kind });
  if (unreachableRealms.length > 0) throw notWhole(unreachableRealms);
  return parts;
}

interface Listing {
  readonly kind: "volume" | "port" | "address";
  readonly action: string;
  /** Parameter with the ids that are asked for, and field with what is found. */
  readonly ids: string;
  readonly set: string;
  readonly facets: (asked: Asked) => Facets<PartRecord>;
  readonly view: (asked: Asked, part: PartRecord) => XmlFields;
}

function describing({ kind, action, ids: parameter, set, facets, view }: Listing): Action {
  return {
    operation: "listParts",
    read(given) {
      const ids = given.list(parameter);
      const filters = readFilters(given);
      given.ignore("IncludeManagedResources");
      if (kind === "address") given.lack("PublicIp");
      const paging = readPaging(given, { action, least: 5, most: 1000 });
      return {
        answer(asked) {
          const all = allParts(asked, kind);
          const unknown = ids.filter((id) => all.every((part) => part.id !== id));
          if (unknown.length > 0) throw notFound(kind, unknown);
          const wanted = all.filter(({ id }) => ids.length === 0 || ids.includes(id));
          const fitting = filtered(wanted, filters, { facets: facets(asked), tagsOf: ({ labels }) => labels });
          const { rows, nextToken } = pageOf(fitting, paging, ({ ordinal }) => ordinal);
          return { [set]: rows.map((part) => view(asked, part)), nextToken };
        },
      };
    },
  };
}

function deleting(kind: Listing["kind"], parameter: string): Action {
  return {
    operation: "removePart",
    read(given) {
      const id = given.needed(parameter);
      given.ignore("NetworkBorderGroup");
      const check = ({ cloud, tenant }: Asked): void => {
        const part = cloud.parts.get(id);
        if (part?.kind !== kind || part.tenant !== tenant.name) throw notFound(kind, [id]);
        if (part.machine !== null) throw inUse(part, part.machine.id);
      };
      return {
        subject: { id },
        check,
        answer(asked) {
          check(asked);
          removePart(asked, id);
          return { return: true };
        },
      };
    },
  };
}

function inUse({ kind, id }: PartRecord, machine: string): AwsError {
  if (kind === "volume") return new AwsError(400, "VolumeInUse", `Volume ${id} is currently attached to ${machine}`);
  if (kind === "address") return new AwsError(400, "InvalidIPAddress.InUse", `Address ${id} is in use.`);
  return new AwsError(400, "InvalidNetworkInterface.InUse", `Network interface '${id}' is currently in use.`);
}

const VOLUME_STATES: Readonly<Record<PartState, string>> = {
  making: "creating",
  available: "available",
  attached: "in-use",
  removing: "deleting",
  error: "error",
};

export const describeVolumes = describing({
  kind: "volume",
  action: "DescribeVolumes",
  ids: "VolumeId",
  set: "volumeSet",
  facets: () => ({
    "volume-id": ({ id }) => id,
    status: ({ state }) => VOLUME_STATES[state],
    size: ({ sizeGib }) => sizeGib,
    "availability-zone": ({ realm }) => realm,
    "attachment.instance-id": ({ machine }) => machine?.id ?? null,
    "attachment.delete-on-termination": ({ machine, stays }) => (machine === null ? null : !stays),
    "volume-type": () => "gp3",
  }),
  view: (_, part) => volumeView(part),
});

function volumeView(part: PartRecord): XmlFields {
  const { id, sizeGib, realm, state, machine, createdAt, stays, labels } = part;
  const attachment =
    machine === null
      ? null
      : {
          volumeId: id,
          instanceId: machine.id,
          device: deviceName(partsOf(machine, "volume").indexOf(part)),
          status: "attached",
          attachTime: isoTime(createdAt),
          deleteOnTermination: !stays,
        };
  return {
    volumeId: id,
    size: sizeGib,
    snapshotId: "",
    availabilityZone: realm,
    status: VOLUME_STATES[state],
    createTime: isoTime(createdAt),
    attachmentSet: attachment === null ? [] : [attachment],
    tagSet: tagSet(labels),
    volumeType: "gp3",
    encrypted: false,
    multiAttachEnabled: false,
  };
}

export const createVolume: Action = {
  operation: "createPart",
  read(given) {
    const zone = given.needed("AvailabilityZone");
    const sizeGib = given.whole("Size") ?? 8;
    const labels = tagSpecifications(given, ["volume"])["volume"] ?? {};
    given.ignore("VolumeType", "Encrypted", "Iops", "KmsKeyId", "Throughput", "ClientToken");
    if (sizeGib < 1) throw badValue(`Volume of ${sizeGib}GiB is too small; minimum is 1GiB.`);
    const name = nameIn(labels);
    return {
      subject: { part: "volume", name, realm: zone, labels },
      answer(asked) {
        if (!asked.cloud.realms.has(zone)) throw badValue(`The zone '${zone}' does not exist.`);
        const { id } = createPart(asked, { kind: "volume", name, realm: zone, labels, sizeGib });
        const part = asked.cloud.parts.get(id);
        return part === undefined ? {} : volumeView(part);
      },
    };
  },
};

export const deleteVolume = deleting("volume", "VolumeId");

function nameIn(labels: Tags): string {
  const { Name = "" } = labels;
  return Name === "" ? "unnamed" : Name;
}

const INTERFACE_STATES: Readonly<Record<PartState, string>> = {
  making: "pending",
  available: "available",
  attached: "in-use",
  removing: "detaching",
  error: "available",
};

export const describeNetworkInterfaces = describing({
  kind: "port",
  action: "DescribeNetworkInterfaces",
  ids: "NetworkInterfaceId",
  set: "networkInterfaceSet",
  facets: (asked) => ({
    "network-interface-id": ({ id }) => id,
    status: ({ state }) => INTERFACE_STATES[state],
    "availability-zone": ({ realm }) => realm,
    "attachment.instance-id": ({ machine }) => machine?.id ?? null,
    "subnet-id": ({ network, realm }) => subnetIdOf(network, realm),
    "vpc-id": () => vpcId(asked),
    "private-ip-address": ({ address }) => address,
    "addresses.private-ip-address": ({ address }) => address,
  }),
  view: interfaceView,
});

function interfaceView(asked: Asked, part: PartRecord): XmlFields {
  const { id, realm, state, machine, createdAt, stays, labels, address, network } = part;
  const attachment =
    machine === null
      ? null
      : {
          attachmentId: derivedId("eni-attach", id),
          instanceId: machine.id,
          instanceOwnerId: accountId(asked),
          deviceIndex: partsOf(machine, "port").indexOf(part),
          status: "attached",
          attachTime: isoTime(createdAt),
          deleteOnTermination: !stays,
        };
  return {
    networkInterfaceId: id,
    subnetId: subnetIdOf(network, realm),
    vpcId: vpcId(asked),
    availabilityZone: realm,
    description: "",
    ownerId: accountId(asked),
    requesterManaged: false,
    status: INTERFACE_STATES[state],
    privateIpAddress: address,
    sourceDestCheck: true,
    groupSet: machine === null ? [] : groupSet(asked, machine),
    attachment,
    tagSet: tagSet(labels),
    interfaceType: "interface",
  };
}

export const createNetworkInterface: Action = {
  operation: "createPart",
  read(given) {
    const subnetId = given.needed("SubnetId");
    const labels = tagSpecifications(given, ["network-interface"])["network-interface"] ?? {};
    given.ignore("Description", "SecurityGroupId", "InterfaceType", "ClientToken");
    const name = nameIn(labels);
    return {
      subject: { part: "port", name, labels, network: subnetId },
      answer(asked) {
        const { zone, network } = subnetNamed(asked, subnetId);
        const wanted = {
          kind: "port",
          name,
          realm: zone,
          labels,
          ...(network === null ? {} : { network: network.id }),
        } as const;
        const part = asked.cloud.parts.get(createPart(asked, wanted).id);
        return part === undefined ? {} : { networkInterface: interfaceView(asked, part) };
      },
    };
  },
};

export const deleteNetworkInterface = deleting("port", "NetworkInterfaceId");

export const describeAddresses = describing({
  kind: "address",
  action: "DescribeAddresses",
  ids: "AllocationId",
  set: "addressesSet",
  facets: () => ({
    "allocation-id": ({ id }) => id,
    "public-ip": ({ address }) => address,
    "instance-id": ({ machine }) => machine?.id ?? null,
    domain: () => "vpc",
  }),
  view: (_, { id, address, machine, labels }) => ({
    publicIp: address,
    allocationId: id,
    domain: "vpc",
    instanceId: machine?.id,
    associationId: machine === null ? null : derivedId("eipassoc", id),
    tagSet: tagSet(labels),
  }),
});

export const releaseAddress = deleting("address", "AllocationId");

interface Tagged {
  readonly id: string;
  readonly type: string;
  readonly key: string;
  readonly value: string;
}

const TAG_FACETS: Facets<Tagged> = {
  "resource-id": ({ id }) => id,
  "resource-type": ({ type }) => type,
  key: ({ key }) => key,
  value: ({ value }) => value,
};

export const describeTags: Action = {
  operation: "list",
  read(given) {
    const filters = readFilters(given);
    const paging = readPaging(given, { action: "DescribeTags", least: 5, most: 1000 });
    return {
      answer(asked) {
        const { machines, unreachableRealms } = seen(asked, {});
        if (unreachableRealms.length > 0) throw notWhole(unreachableRealms);
        const all: Tagged[] = [
          ...machines.flatMap(({ id, request }) => tagged(id, "instance", request.labels ?? {})),
          ...allParts(asked, "volume").flatMap(({ id, labels }) => tagged(id, "volume", labels)),
          ...allParts(asked, "port").flatMap(({ id, labels }) => tagged(id, "network-interface", labels)),
        ];
        const { rows, nextToken } = pageInOrder(filtered(all, filters, { facets: TAG_FACETS }), paging);
        const set = rows.map(({ id, type, key, value }) => ({ resourceId: id, resourceType: type, key, value }));
        return { tagSet: set, nextToken };
      },
    };
  },
};

function tagged(id: string, type: string, tags: Tags): readonly Tagged[] {
  return Object.entries(tags).map(([key, value]) => ({ id, type, key, value }));
}
