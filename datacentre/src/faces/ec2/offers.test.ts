// What the region has to offer, what requests may name, and what is left of instances.

import { describe, expect, test } from "vitest";
import { plainCloud } from "../../presets.ts";
import { ec2Stages, imageNamed, type Node, nodeAt, subnetIn, textAt } from "./ec2.testsuite.ts";

const opened = ec2Stages();

const filter = (name: string, value: string) => ({ "Filter.1.Name": name, "Filter.1.Value.1": value });
const pick = (nodes: readonly Node[], name: string) => nodes.map((node) => nodeAt(node, name));

describe("places", () => {
  test("regions and zones", async () => {
    const { call, refusal } = await opened();
    expect(pick((await call("DescribeRegions")).list("regionInfo"), "regionName")).toEqual(["us-east-1"]);
    const zones = (await call("DescribeAvailabilityZones")).list("availabilityZoneInfo");
    expect(pick(zones, "zoneName")).toEqual(["us-east-1a", "us-east-1b", "us-east-1c"]);
    expect(zones[0]).toMatchObject({ zoneState: "available", regionName: "us-east-1", zoneId: "use1-az1" });
    expect(await refusal("DescribeAvailabilityZones", { "ZoneName.1": "us-east-1z" })).toBe(
      "400 InvalidParameterValue: Invalid availability zone: [us-east-1z]",
    );
    expect(await refusal("DescribeRegions", { "RegionName.1": "moon-1" })).toMatch(/^400 InvalidParameterValue/);
  });

  test("subnets, each in a zone, with the addresses that are free", async () => {
    const { call, launch, refusal } = await opened();
    await launch({ SubnetId: subnetIn("us-east-1b") });
    const [subnet] = (await call("DescribeSubnets", filter("availability-zone", "us-east-1b"))).list("subnetSet");
    const vpcId = (await call("DescribeVpcs")).at("vpcSet.0.vpcId");
    expect(subnet).toMatchObject({
      subnetId: subnetIn("us-east-1b"),
      vpcId,
      availableIpAddressCount: "4090",
      defaultForAz: "true",
      tagSet: [{ key: "Name", value: "default-us-east-1b" }],
    });
    expect((await call("DescribeSubnets", filter("default-for-az", "true"))).list("subnetSet")).toHaveLength(3);
    expect((await call("DescribeVpcs", filter("is-default", "false"))).list("vpcSet")).toEqual([]);
    expect(await refusal("DescribeSubnets", { "SubnetId.1": "subnet-0" })).toMatch(/^400 InvalidSubnetID.NotFound/);
    expect(await refusal("DescribeVpcs", { "VpcId.1": "vpc-0" })).toMatch(/^400 InvalidVpcID.NotFound/);
  });

  test("security groups", async () => {
    const { call, refusal } = await opened();
    const groups = (await call("DescribeSecurityGroups", filter("group-name", "w*"))).list("securityGroupInfo");
    expect(pick(groups, "groupName")).toEqual(["web"]);
    const byId = await call("DescribeSecurityGroups", { "GroupId.1": textAt(groups[0], "groupId") });
    expect(byId.at("securityGroupInfo.0.groupName")).toBe("web");
    expect(await refusal("DescribeSecurityGroups", { "GroupId.1": "sg-0" })).toBe(
      "400 InvalidGroup.NotFound: The security group 'sg-0' does not exist",
    );
  });
});

describe("types", () => {
  test("in pages, with what they have", async () => {
    const { call, refusal } = await opened();
    const first = await call("DescribeInstanceTypes", { MaxResults: 5 });
    expect(first.list("instanceTypeSet")).toHaveLength(5);
    const rest = await call("DescribeInstanceTypes", { NextToken: first.text("nextToken") });
    const all = [...first.list("instanceTypeSet"), ...rest.list("instanceTypeSet")];
    expect(all).toHaveLength(12);
    expect(all.find((type) => nodeAt(type, "instanceType") === "g4dn.xlarge")).toMatchObject({
      vCpuInfo: { defaultVCpus: "4" },
      memoryInfo: { sizeInMiB: "16384" },
      processorInfo: { supportedArchitectures: ["x86_64"] },
      supportedUsageClasses: ["on-demand", "spot"],
      gpuInfo: { gpus: [{ name: "T4", count: "1" }] },
    });
    const arm = await call("DescribeInstanceTypes", filter("processor-info.supported-architecture", "arm64"));
    expect(pick(arm.list("instanceTypeSet"), "instanceType")).toEqual(["t4g.small", "m7g.large"]);
    expect(await refusal("DescribeInstanceTypes", { "InstanceType.1": "x9.huge" })).toBe(
      "400 InvalidInstanceType: The following supplied instance types do not exist: [x9.huge]",
    );
  });

  test("where each is offered, also while its zone does not answer", async () => {
    const { call, operator } = await opened();
    const where = async (type: string) => {
      const asked = { LocationType: "availability-zone", ...filter("instance-type", type) };
      return pick((await call("DescribeInstanceTypeOfferings", asked)).list("instanceTypeOfferingSet"), "location");
    };
    expect(await where("g4dn.xlarge")).toEqual(["us-east-1a"]);
    operator.setOffer({ size: "t3.small", realm: "us-east-1b" }, { isOffered: false });
    operator.setRealmDown("us-east-1a", true);
    expect(await where("t3.small")).toEqual(["us-east-1a", "us-east-1c"]);
    const regional = await call("DescribeInstanceTypeOfferings", filter("instance-type", "t3.small"));
    expect(pick(regional.list("instanceTypeOfferingSet"), "location")).toEqual(["us-east-1"]);
  });

  test("what they cost as spot, by zone", async () => {
    const { call, operator } = await opened();
    operator.setOffer({ size: "t3.micro", realm: "us-east-1b" }, { spotPrice: 0.005 });
    operator.setOffer({ size: "t3.micro", realm: "us-east-1c" }, { spotPrice: null });
    const asked = { "InstanceType.1": "t3.micro", "ProductDescription.1": "Linux/UNIX" };
    const prices = (await call("DescribeSpotPriceHistory", asked)).list("spotPriceHistorySet");
    expect(prices.map((each) => [nodeAt(each, "availabilityZone"), nodeAt(each, "spotPrice")])).toEqual([
      ["us-east-1a", "0.003100"],
      ["us-east-1b", "0.005000"],
    ]);
    const windows = { ...asked, "ProductDescription.1": "Windows" };
    expect((await call("DescribeSpotPriceHistory", windows)).list("spotPriceHistorySet")).toEqual([]);
  });
});

describe("images", () => {
  test("by name, owner, tag and id; the newest is the last one added", async () => {
    const { call, refusal, operator } = await opened();
    const names = async (parameters: Readonly<Record<string, string>>) =>
      pick((await call("DescribeImages", parameters)).list("imagesSet"), "name");
    expect(await names({ "Owner.1": "self" })).toEqual(["debian-12", "postgres-16", "nginx-1"]);
    expect(await names({ "Owner.1": "amazon", ...filter("name", "al2023-ami-*-x86_64") })).toHaveLength(1);
    expect(await names(filter("tag:Name", "postgres-*"))).toEqual(["postgres-16"]);
    operator.addImage("us-east-1a", { name: "debian-12", id: "ami-0f0f0f0f0f0f0f0f0", tags: { Name: "debian-12" } });
    const both = (await call("DescribeImages", filter("name", "debian-12"))).list("imagesSet");
    const dates = pick(both, "creationDate").map(String);
    expect(pick(both, "imageId")).toEqual([imageNamed("debian-12"), "ami-0f0f0f0f0f0f0f0f0"]);
    expect(dates).toEqual(dates.toSorted());
    expect(await names({ "ImageId.1": imageNamed("nginx-1") })).toEqual(["nginx-1"]);
    expect(await refusal("DescribeImages", { "ImageId.1": "ami-0" })).toMatch(/^400 InvalidAMIID.NotFound/);
  });
});

describe("key pairs", () => {
  const ED25519 = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL9fQ4u8n2oQ4mN1xQ0Zf3rC6u5cJ8vW2yT7sBkHdGpE ops@example.org";
  const material = (text: string): string => Buffer.from(text).toString("base64");

  test("are imported once, shown with their tags, used, and deleted as often as one likes", async () => {
    const { call, launch, refusal } = await opened();
    const key = {
      KeyName: "ops",
      PublicKeyMaterial: material(ED25519),
      "TagSpecification.1.ResourceType": "key-pair",
      "TagSpecification.1.Tag.1.Key": "owner",
      "TagSpecification.1.Tag.1.Value": "me",
    };
    const made = await call("ImportKeyPair", key);
    expect(made.at("keyPairId")).toMatch(/^key-0/);
    expect(await refusal("ImportKeyPair", key)).toBe("400 InvalidKeyPair.Duplicate: The keypair already exists");
    const [shown] = (await call("DescribeKeyPairs", filter("tag:owner", "me"))).list("keySet");
    expect(shown).toMatchObject({ keyName: "ops", keyType: "ed25519", tagSet: [{ key: "owner", value: "me" }] });
    await launch({ KeyName: "ops" });
    expect((await call("DescribeInstances")).at("reservationSet.0.instancesSet.0.keyName")).toBe("ops");
    expect((await call("DeleteKeyPair", { KeyPairId: made.text("keyPairId") })).at("return")).toBe("true");
    expect((await call("DeleteKeyPair", { KeyName: "ops" })).at("return")).toBe("true");
    expect(await refusal("DescribeKeyPairs", { "KeyName.1": "ops" })).toBe(
      "400 InvalidKeyPair.NotFound: The key pair 'ops' does not exist",
    );
  });

  test("of no kind that Amazon takes", async () => {
    const { refusal } = await opened();
    for (const text of ["nonsense", "ecdsa-sha2-nistp256 AAAA"]) {
      expect(await refusal("ImportKeyPair", { KeyName: "k", PublicKeyMaterial: material(text) })).toMatch(
        /^400 InvalidKey.Format: /,
      );
    }
  });
});

test("placement groups say how instances lie, and last as long as they are used", async () => {
  const { call, launch, refusal, order } = await opened();
  const group = { GroupName: "apart", Strategy: "spread" };
  expect((await call("CreatePlacementGroup", group)).at("placementGroup.strategy")).toBe("spread");
  expect(await refusal("CreatePlacementGroup", group)).toMatch(/^400 InvalidPlacementGroup.Duplicate: /);
  const within = { "Placement.GroupName": "apart" };
  const [first = "", second = ""] = [...(await launch(within)), ...(await launch(within))];
  expect(await refusal("RunInstances", { ...order, ...within })).toMatch(/^500 InsufficientInstanceCapacity: /);
  expect(await refusal("DeletePlacementGroup", { GroupName: "apart" })).toMatch(/^400 InvalidPlacementGroup.InUse: /);
  await call("TerminateInstances", { "InstanceId.1": first, "InstanceId.2": second });
  await call("DescribeInstances");
  expect((await call("DeletePlacementGroup", { GroupName: "apart" })).at("return")).toBe("true");
  expect((await call("DescribePlacementGroups")).list("placementGroupSet")).toEqual([]);
});

test("account attributes: no limit of instances where there is none", async () => {
  const { call, operator, refusal } = await opened();
  const limit = { "AttributeName.1": "max-instances" };
  expect((await call("DescribeAccountAttributes", limit)).list("accountAttributeSet")).toEqual([]);
  const odd = { "AttributeName.1": "constructor" };
  expect(await refusal("DescribeAccountAttributes", odd)).toMatch(/^400 InvalidParameterValue: /);
  operator.setQuota("AKIAEASTDATACENTRE", { instances: 20 });
  expect((await call("DescribeAccountAttributes", limit)).list("accountAttributeSet")).toEqual([
    { attributeName: "max-instances", attributeValueSet: [{ attributeValue: "20" }] },
  ]);
});

describe("what hangs on instances", () => {
  test("volumes are found by instance and tag, and deleted when they are alone", async () => {
    const { call, launch, refusal, datacentre } = await opened();
    const volume = {
      "BlockDeviceMapping.1.DeviceName": "/dev/xvda",
      "BlockDeviceMapping.1.Ebs.DeleteOnTermination": false,
      "TagSpecification.1.ResourceType": "volume",
      "TagSpecification.1.Tag.1.Key": "owner",
      "TagSpecification.1.Tag.1.Value": "me",
    };
    const [id = ""] = await launch(volume);
    await launch();
    const [shown] = (await call("DescribeVolumes", filter("attachment.instance-id", id))).list("volumeSet");
    const volumeId = textAt(shown, "volumeId");
    expect(shown).toMatchObject({
      status: "in-use",
      size: "8",
      attachmentSet: [{ device: "/dev/xvda", instanceId: id }],
    });
    expect(await refusal("DeleteVolume", { VolumeId: volumeId })).toBe(
      `400 VolumeInUse: Volume ${volumeId} is currently attached to ${id}`,
    );
    await call("TerminateInstances", { "InstanceId.1": id });
    const left = (await call("DescribeVolumes", filter("tag:owner", "me"))).list("volumeSet");
    expect(pick(left, "status")).toEqual(["available"]);
    const tags = (await call("DescribeTags", filter("resource-type", "volume"))).list("tagSet");
    expect(tags).toEqual([{ resourceId: volumeId, resourceType: "volume", key: "owner", value: "me" }]);
    expect((await call("DeleteVolume", { VolumeId: volumeId })).at("return")).toBe("true");
    expect(await refusal("DescribeVolumes", { "VolumeId.1": volumeId })).toMatch(/^400 InvalidVolume.NotFound: /);
    expect(await refusal("DeleteVolume", { VolumeId: volumeId })).toMatch(/^400 InvalidVolume.NotFound: /);
    expect(datacentre.billing.partsAliveNow().map(({ part }) => part)).toEqual(["port", "volume"]);
  });

  test("interfaces made before, and the addresses of instances", async () => {
    const { call, launch, refusal, order } = await opened();
    const made = await call("CreateNetworkInterface", { SubnetId: subnetIn("us-east-1c") });
    const eni = made.text("networkInterface.networkInterfaceId");
    const within = { "NetworkInterface.1.DeviceIndex": 0, "NetworkInterface.1.NetworkInterfaceId": eni };
    expect(await refusal("RunInstances", { ...order, ...within, MaxCount: 2 })).toMatch(/InvalidParameterCombination/);
    const [id = ""] = await launch(within);
    expect((await call("DescribeInstances")).at("reservationSet.0.instancesSet.0.subnetId")).toBe(
      subnetIn("us-east-1c"),
    );
    expect(await refusal("DeleteNetworkInterface", { NetworkInterfaceId: eni })).toMatch(
      /InvalidNetworkInterface.InUse/,
    );
    await call("TerminateInstances", { "InstanceId.1": id });
    const [shown] = (await call("DescribeNetworkInterfaces", filter("status", "available"))).list(
      "networkInterfaceSet",
    );
    expect(nodeAt(shown, "networkInterfaceId")).toBe(eni);
    expect((await call("DeleteNetworkInterface", { NetworkInterfaceId: eni })).at("return")).toBe("true");
  });

  test("volumes by themselves, and addresses of others", async () => {
    const { call, operator } = await opened();
    const volume = await call("CreateVolume", { AvailabilityZone: "us-east-1a", Size: 5 });
    expect(volume.at("size")).toBe("5");
    const { id } = operator.plantPart("AKIAEASTDATACENTRE", { kind: "address", name: "ip", realm: "us-east-1a" });
    expect((await call("DescribeAddresses")).at("addressesSet.0.allocationId")).toBe(id);
    expect((await call("ReleaseAddress", { AllocationId: id })).at("return")).toBe("true");
    expect((await call("DescribeAddresses")).list("addressesSet")).toEqual([]);
  });
});

test("any cloud can be spoken to: without networks, groups and ids of Amazon's", async () => {
  const { name, realms, sizes, tenants } = plainCloud({ name: "us-east-1" });
  const { call, refusal } = await opened({
    ids: "counted",
    name,
    realms,
    sizes,
    tenants: tenants.map((tenant) => ({ ...tenant, name: "AKIAEASTDATACENTRE", key: "east-key" })),
    networks: [],
    securityGroups: [],
    imagesBy: "any",
  });
  const [subnet] = (await call("DescribeSubnets")).list("subnetSet");
  expect(subnet).toMatchObject({ subnetId: "subnet-plain-a", availabilityZone: "plain-a" });
  const order = { ImageId: "debian-12", InstanceType: "small", MinCount: 1, MaxCount: 1, SubnetId: "subnet-plain-a" };
  expect((await call("RunInstances", order)).at("instancesSet.0.instanceId")).toBe("us-east-1-0001");
  expect((await call("DescribeInstances", { "InstanceId.1": "us-east-1-0001" })).status).toBe(200);
  expect(await refusal("DescribeInstances", { "InstanceId.1": "us-east-1-0002" })).toMatch(
    /InvalidInstanceID.Malformed/,
  );
});
