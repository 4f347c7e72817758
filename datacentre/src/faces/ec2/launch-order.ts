// What RunInstances asks for.

import type { CreateRequest } from "../../cloud-api.ts";
import { type Given, type Tags, tagSpecifications } from "./parameters.ts";
import { AwsError, badValue } from "./refusals.ts";

export interface Order {
  readonly name: string;
  readonly image: string;
  readonly type: string;
  readonly least: number;
  readonly most: number;
  readonly zone: string | undefined;
  readonly tags: Readonly<Record<string, Tags>>;
  readonly userData: string | undefined;
  readonly keyName: string | undefined;
  readonly securityGroups: readonly string[];
  readonly volumes: readonly Volume[];
  readonly interfaces: readonly Interface[];
  readonly publicAddress: boolean | undefined;
  readonly spot: NonNullable<CreateRequest["spot"]> | undefined;
  readonly groupName: string | undefined;
  readonly token: string | undefined;
}

interface Volume {
  readonly isRoot: boolean;
  readonly sizeGib: number | undefined;
  readonly stays: boolean;
}

interface Interface {
  readonly id: string | undefined;
  readonly subnetId: string | undefined;
  readonly stays: boolean;
}

/** Whoever gives no Name tag has a nameless instance; the datacentre calls it this. */
const NAMELESS = "unnamed";

const IGNORED = [
  "Monitoring",
  "EbsOptimized",
  "CreditSpecification",
  "CpuOptions",
  "MetadataOptions",
  "EnclaveOptions",
  "PrivateDnsNameOptions",
  "MaintenanceOptions",
  "HibernationOptions",
  "InstanceInitiatedShutdownBehavior",
  "IamInstanceProfile",
  "CapacityReservationSpecification",
  "NetworkPerformanceOptions",
  "AdditionalInfo",
];

const LACKING = [
  "LaunchTemplate",
  "Ipv6AddressCount",
  "Ipv6Address",
  "EnablePrimaryIpv6",
  "KernelId",
  "RamdiskId",
  "PrivateIpAddress",
  "ElasticGpuSpecification",
  "ElasticInferenceAccelerator",
  "LicenseSpecification",
  "SecondaryInterface",
  "Operator",
];

export function readOrder(given: Given): Order {
  given.ignore(...IGNORED);
  given.lack(...LACKING);
  const tags = tagSpecifications(given, ["instance", "volume", "network-interface", "spot-instances-request"]);
  const name = tags["instance"]?.["Name"];
  const placement = given.under("Placement");
  placement.ignore("Tenancy", "Affinity", "SpreadDomain", "AvailabilityZoneId");
  placement.lack("HostId", "HostResourceGroupArn", "PartitionNumber", "GroupId");
  for (const flag of ["DisableApiTermination", "DisableApiStop"]) {
    if (given.flag(flag) === true) given.lack(flag);
  }
  const network = readNetwork(given);
  const counts = readCounts(given);
  if (counts.most > 1 && network.interfaces.some(({ id }) => id !== undefined)) {
    const text = "A network interface that exists can be that of one instance only";
    throw new AwsError(400, "InvalidParameterCombination", text);
  }
  return {
    name: name === undefined || name === "" ? NAMELESS : name,
    image: given.needed("ImageId"),
    type: given.needed("InstanceType"),
    ...counts,
    zone: placement.text("AvailabilityZone"),
    tags,
    userData: readUserData(given),
    keyName: given.text("KeyName"),
    volumes: readVolumes(given),
    ...network,
    spot: readMarket(given.under("InstanceMarketOptions")),
    groupName: placement.text("GroupName"),
    token: readToken(given),
  };
}

const COUNT_MOST = 1000;

function readCounts(given: Given): Pick<Order, "least" | "most"> {
  given.needed("MinCount");
  given.needed("MaxCount");
  const least = given.whole("MinCount") ?? 1;
  const most = given.whole("MaxCount") ?? 1;
  if (least < 1) throw badValue(`Value (${least}) for parameter minCount is invalid. Must be greater than 0.`);
  if (most > COUNT_MOST) throw badValue(`Value (${most}) for parameter maxCount is invalid. ${COUNT_MOST} at most.`);
  if (most >= least) return { least, most };
  throw new AwsError(400, "InvalidParameterCombination", "The minCount may not be greater than the maxCount");
}

function readUserData(given: Given): string | undefined {
  const written = given.text("UserData");
  if (written === undefined) return undefined;
  const compact = written.replace(/\s/g, "");
  const bytes = Buffer.from(compact, "base64");
  if (bytes.toString("base64").replace(/=+$/, "") !== compact.replace(/=+$/, "")) {
    throw new AwsError(400, "InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
  }
  return bytes.toString("utf8");
}

const ROOT_NAMES = ["/dev/xvda", "/dev/sda1"];

/** The root volume comes first, mapped or not. */
function readVolumes(given: Given): readonly Volume[] {
  const mapped = given.groups("BlockDeviceMapping").map((mapping) => {
    const isRoot = ROOT_NAMES.includes(mapping.needed("DeviceName"));
    mapping.ignore("NoDevice", "VirtualName");
    const ebs = mapping.under("Ebs");
    ebs.ignore("Iops", "VolumeType", "KmsKeyId", "Throughput", "Encrypted", "SnapshotId", "VolumeInitializationRate");
    const sizeGib = ebs.whole("VolumeSize");
    if (sizeGib !== undefined && sizeGib < 1) throw badValue(`Volume of ${sizeGib}GiB is too small; minimum is 1GiB.`);
    if (!isRoot && sizeGib === undefined) {
      throw new AwsError(400, "MissingParameter", "The request must contain the parameter size or snapshotId");
    }
    return { isRoot, sizeGib, stays: ebs.flag("DeleteOnTermination") === false };
  });
  const root = mapped.find(({ isRoot }) => isRoot) ?? { isRoot: true, sizeGib: undefined, stays: false };
  return [root, ...mapped.filter(({ isRoot }) => !isRoot)];
}

function readNetwork(given: Given): Pick<Order, "interfaces" | "securityGroups" | "publicAddress"> {
  const subnetId = given.text("SubnetId");
  const groups = [...given.list("SecurityGroupId"), ...given.list("SecurityGroup")];
  const specified = given.groups("NetworkInterface");
  if (specified.length === 0) {
    return {
      interfaces: [{ id: undefined, subnetId, stays: false }],
      securityGroups: groups,
      publicAddress: undefined,
    };
  }
  if (subnetId !== undefined || groups.length > 0) {
    const what = subnetId === undefined ? "security groups" : "subnet ID";
    const text = `Network interfaces and an instance-level ${what} may not be specified on the same request`;
    throw new AwsError(400, "InvalidParameterCombination", text);
  }
  const read = specified.map((each) => {
    each.ignore("DeviceIndex", "Description", "InterfaceType", "NetworkCardIndex", "EnaQueueCount");
    each.ignore("EnaSrdSpecification", "ConnectionTrackingSpecification");
    each.lack(
      "AssociateCarrierIpAddress",
      "Ipv4Prefix",
      "Ipv4PrefixCount",
      "Ipv6Prefix",
      "Ipv6PrefixCount",
      "PrimaryIpv6",
    );
    each.lack(
      "PrivateIpAddress",
      "PrivateIpAddresses",
      "Ipv6AddressCount",
      "Ipv6Addresses",
      "SecondaryPrivateIpAddressCount",
    );
    return {
      id: each.text("NetworkInterfaceId"),
      subnetId: each.text("SubnetId"),
      stays: each.flag("DeleteOnTermination") === false,
      groups: each.list("SecurityGroupId"),
      publicAddress: each.flag("AssociatePublicIpAddress"),
    };
  });
  const securityGroups = [...new Set(read.flatMap((each) => each.groups))];
  return {
    interfaces: read,
    securityGroups,
    publicAddress: read.find((each) => each.publicAddress !== undefined)?.publicAddress,
  };
}

function readMarket(options: Given): Order["spot"] {
  const type = options.text("MarketType");
  const spot = options.under("SpotOptions");
  spot.ignore("SpotInstanceType", "InstanceInterruptionBehavior", "ValidUntil", "BlockDurationMinutes");
  const price = spot.text("MaxPrice");
  if (type === undefined) return undefined;
  if (type !== "spot") throw badValue(`The market type '${type}' is not supported by this datacentre`);
  if (price === undefined) return {};
  const maxHourlyPrice = Number(price);
  if (price.trim() !== "" && maxHourlyPrice > 0) return { maxHourlyPrice };
  throw badValue(`Value (${price}) for parameter price is invalid. "${price}" is an invalid spot instance price`);
}

function readToken(given: Given): string | undefined {
  const token = given.text("ClientToken");
  if (token === undefined || token === "") return undefined;
  if (token.length <= 64) return token;
  throw badValue("The client token may have 64 characters at most");
}
