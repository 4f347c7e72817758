// RunInstances: all or as many as there is room for.

import { CloudError, type CreateRequest, type PartChoice } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import { createAll } from "../../desk/create.ts";
import { checkRequest } from "../../desk/request-checks.ts";
import { machineView } from "../../state/machine-record.ts";
import type { MachineDetail } from "../../tenant-api.ts";
import { type Action, type Memory, memoryKey } from "./action.ts";
import { instanceView } from "./instance-view.ts";
import { type Order, readOrder } from "./launch-order.ts";
import { accountId, derivedId } from "./names.ts";
import { AwsError, badValue, notFound } from "./refusals.ts";
import { type Subnet, subnetNamed, subnetsOf } from "./subnets.ts";
import type { XmlFields } from "./xml.ts";

export const runInstances: Action = {
  operation: "create",
  read(given, memory) {
    const order = readOrder(given);
    const { zone, interfaces, tags, name } = order;
    const [subnetId] = interfaces.map((each) => each.subnetId);
    return {
      subject: {
        name,
        labels: tags["instance"] ?? {},
        ...(zone === undefined ? {} : { realm: zone }),
        ...(subnetId === undefined ? {} : { network: subnetId }),
      },
      check: (asked) => void checkRequest(asked, requestFor(asked, order, memory)),
      answer: (asked) => launch(asked, order, memory),
    };
  },
};

/** Throws where something that it names is not there. */
function requestFor(asked: Asked, order: Order, memory: Memory): CreateRequest {
  const { name, image, type, userData, keyName, securityGroups, tags, publicAddress, spot, token } = order;
  const subnet = subnetFor(asked, order);
  checkOffer(asked, order, subnet.zone);
  return {
    name,
    realm: subnet.zone,
    size: type,
    image,
    labels: tags["instance"] ?? {},
    parts: [...interfacesFor(asked, order), ...volumesFor(order)],
    ...(subnet.network === null ? {} : { network: subnet.network.id }),
    ...(securityGroups.length === 0 ? {} : { securityGroups }),
    ...(userData === undefined ? {} : { userData }),
    ...(keyName === undefined ? {} : { sshKey: keyName }),
    // Every instance has one unless told; true asks for nothing more, least of all for an address of its own.
    ...(publicAddress === false ? { publicAddress } : {}),
    ...(spot === undefined ? {} : { spot }),
    ...(token === undefined ? {} : { token }),
    ...groupFor(asked, order, memory),
  };
}

/** The one that is asked for; else the default one of the zone, or of the first zone that has the type. */
function subnetFor(asked: Asked, { interfaces, zone, type }: Order): Subnet {
  const wanted = interfaces.find(({ subnetId }) => subnetId !== undefined)?.subnetId;
  const existing = interfaces.find(({ id }) => id !== undefined)?.id;
  if (wanted !== undefined) {
    const subnet = subnetNamed(asked, wanted);
    if (zone === undefined || zone === subnet.zone) return subnet;
    throw badValue(`The subnet '${wanted}' is in ${subnet.zone}, not in ${zone}`);
  }
  const zones = [...asked.cloud.realms.keys()];
  if (zone !== undefined && !zones.includes(zone)) throw badValue(`Invalid availability zone: [${zone}]`);
  const prices = asked.cloud.sizes.get(type)?.prices;
  const own = existing === undefined ? undefined : asked.cloud.parts.get(existing)?.realm;
  const meant = zone ?? own ?? zones.find((name) => prices?.has(name) === true) ?? zones[0];
  const found = subnetsOf(asked).find((subnet) => subnet.zone === meant && subnet.isDefault);
  if (found === undefined) throw new AwsError(400, "MissingInput", `No default subnet for the zone ${meant}`);
  return found;
}

function checkOffer({ cloud }: Asked, { type, image }: Order, zone: string): void {
  const row = cloud.sizes.get(type);
  if (row === undefined) throw badValue(`Invalid value '${type}' for InstanceType.`);
  if (!row.prices.has(zone)) {
    const where = [...row.prices.keys()].join(", ");
    const text =
      `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}). ` +
      `Please retry your request by not specifying an Availability Zone or choosing ${where}.`;
    throw new AwsError(400, "Unsupported", text);
  }
  const isKnown = cloud.realms.get(zone)?.images.some(({ id }) => id === image) ?? false;
  if (isKnown || cloud.settings.imagesBy === "any") return;
  if (!/^ami-[0-9a-f]{8,17}$/.test(image)) {
    throw new AwsError(400, "InvalidAMIID.Malformed", `Invalid id: "${image}" (expecting "ami-...")`);
  }
  throw new AwsError(400, "InvalidAMIID.NotFound", `The image id '[${image}]' does not exist`);
}

function interfacesFor(asked: Asked, { interfaces, tags }: Order): readonly PartChoice[] {
  const labels = tags["network-interface"] ?? {};
  return interfaces.map(({ id, subnetId, stays }) => {
    if (id !== undefined) return { id };
    const network = subnetId === undefined ? null : subnetNamed(asked, subnetId).network;
    return { kind: "port", stays, labels, ...(network === null ? {} : { network: network.id }) };
  });
}

function volumesFor({ volumes, tags }: Order): readonly PartChoice[] {
  const labels = tags["volume"] ?? {};
  return volumes.map(({ sizeGib, stays }) => {
    return { kind: "volume", stays, labels, ...(sizeGib === undefined ? {} : { sizeGib }) };
  });
}

const HOSTS = { cluster: "compact", spread: "spread" } as const;

function groupFor({ tenant }: Asked, { groupName }: Order, memory: Memory): Pick<CreateRequest, "group"> {
  if (groupName === undefined || groupName === "") return {};
  const group = memory.placementGroups.get(memoryKey(tenant.name, groupName));
  if (group === undefined) throw notFound("placement", [groupName]);
  return { group: { name: groupName, hosts: HOSTS[group.strategy] } };
}

function launch(asked: Asked, order: Order, memory: Memory): XmlFields {
  const request = requestFor(asked, order, memory);
  const made = launchMost(asked, request, order);
  const records = made.flatMap(({ id }) => asked.cloud.machines.get(id) ?? []);
  const reservationId = derivedId("r", records[0]?.id ?? "");
  for (const [index, { id }] of records.entries()) if (index > 0) memory.launches.set(id, { reservationId, index });
  for (const id of memory.launches.keys()) if (!asked.cloud.machines.has(id)) memory.launches.delete(id);
  return {
    reservationId,
    ownerId: accountId(asked),
    groupSet: [],
    instancesSet: records.map((record) => instanceView(asked, { record, view: machineView(record) }, memory)),
  };
}

/** As many as there is room and quota for, from the most down to the least. */
function launchMost(asked: Asked, request: CreateRequest, { least, most }: Order): readonly MachineDetail[] {
  let refusal: unknown = null;
  for (let count = most; count >= least; count--) {
    try {
      return createAll(
        asked,
        Array.from({ length: count }, () => request),
      );
    } catch (error) {
      if (!(error instanceof CloudError) || !FEWER_HELP.has(error.code)) throw error;
      // That another count was asked for with this token may be this request's own doing, the last time that it came.
      refusal = error;
    }
  }
  throw refusal;
}

const FEWER_HELP: ReadonlySet<string> = new Set([
  "insufficient_capacity",
  "quota_exceeded",
  "no_free_address",
  "token_mismatch",
]);
