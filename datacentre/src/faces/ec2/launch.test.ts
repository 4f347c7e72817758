// RunInstances: what is made, how often, and what is refused before anything is.

import { describe, expect, test } from "vitest";
import { ec2Stages, imageNamed, nodeAt, subnetIn } from "./ec2.testsuite.ts";

const opened = ec2Stages();
const base64 = (text: string): string => Buffer.from(text).toString("base64");

const TAGGED = {
  "TagSpecification.1.ResourceType": "instance",
  "TagSpecification.1.Tag.1.Key": "Name",
  "TagSpecification.1.Tag.1.Value": 'we<b> & "co"',
  "TagSpecification.1.Tag.2.Key": "owner",
  "TagSpecification.1.Tag.2.Value": "me",
  "TagSpecification.2.ResourceType": "volume",
  "TagSpecification.2.Tag.1.Key": "owner",
  "TagSpecification.2.Tag.1.Value": "me",
};

describe("what is launched", () => {
  test("is told with everything that was asked for", async () => {
    const { call, order, operator } = await opened({ boot: { kind: "fixed", ms: 1000 } });
    const answer = await call("RunInstances", {
      ...order,
      ...TAGGED,
      SubnetId: subnetIn("us-east-1b"),
      "SecurityGroupId.1": "web",
      UserData: base64("#!/bin/sh\necho ü"),
      ClientToken: "t-1",
    });
    expect(answer.status).toBe(200);
    expect(answer.root).toBe("RunInstancesResponse");
    expect(answer.at("reservationId")).toMatch(/^r-0[0-9a-f]{16}$/);
    const instance = answer.at("instancesSet.0");
    expect(instance).toMatchObject({
      instanceId: expect.stringMatching(/^i-0[0-9a-f]{16}$/),
      imageId: order["ImageId"],
      instanceState: { code: "0", name: "pending" },
      instanceType: "t3.small",
      launchTime: "2026-01-01T00:00:00.000Z",
      placement: { availabilityZone: "us-east-1b" },
      subnetId: subnetIn("us-east-1b"),
      stateReason: { code: "pending", message: "pending" },
      clientToken: "t-1",
      groupSet: [{ groupName: "web" }],
      tagSet: [
        { key: "Name", value: 'we<b> & "co"' },
        { key: "owner", value: "me" },
      ],
    });
    const [machine] = operator.snapshot().machines;
    expect(machine).toMatchObject({ name: 'we<b> & "co"', realm: "us-east-1b", size: "t3.small" });
  });

  test("has its root volume and interface, which go with it; a volume may stay", async () => {
    const { call, launch, datacentre, operator } = await opened();
    const [id] = await launch({
      ...TAGGED,
      "BlockDeviceMapping.1.DeviceName": "/dev/sdf",
      "BlockDeviceMapping.1.Ebs.VolumeSize": 50,
      "BlockDeviceMapping.1.Ebs.DeleteOnTermination": false,
      "BlockDeviceMapping.2.DeviceName": "/dev/xvda",
      "BlockDeviceMapping.2.Ebs.VolumeSize": 30,
    });
    expect(operator.snapshot().parts.map(({ kind, sizeGib, labels }) => [kind, sizeGib, labels])).toEqual([
      ["port", null, {}],
      ["volume", 30, { owner: "me" }],
      ["volume", 50, { owner: "me" }],
    ]);
    const shown = (await call("DescribeInstances")).at("reservationSet.0.instancesSet.0");
    expect(nodeAt(shown, "blockDeviceMapping")).toMatchObject([
      { deviceName: "/dev/xvda", ebs: { deleteOnTermination: "true" } },
      { deviceName: "/dev/sdf", ebs: { deleteOnTermination: "false" } },
    ]);
    expect(nodeAt(shown, "networkInterfaceSet.0.privateIpAddress")).toBe(nodeAt(shown, "privateIpAddress"));
    await call("TerminateInstances", { "InstanceId.1": String(id) });
    await call("DescribeRegions");
    expect(datacentre.billing.partsAliveNow()).toHaveLength(1);
  });

  test("several in one launch share a reservation, and are launched all or none", async () => {
    const { call, order, refusal, datacentre } = await opened();
    const asked = { ...order, MinCount: 3, MaxCount: 3 };
    await call("RunInstances", asked);
    const reservation = (await call("DescribeInstances")).list("reservationSet");
    expect(reservation).toHaveLength(1);
    expect(nodeAt(reservation[0], "instancesSet.2.amiLaunchIndex")).toBe("2");
    expect(await refusal("RunInstances", { ...order, MinCount: 40, MaxCount: 40 })).toMatch(/^400 VcpuLimitExceeded: /);
    expect(datacentre.billing.aliveNow()).toHaveLength(3);
  });

  test("between a least and a most, as many as there is room for; asked again by the same token, those", async () => {
    const { launch, datacentre } = await opened();
    const asked = { MinCount: 2, MaxCount: 40, ClientToken: "many" };
    const first = await launch(asked);
    expect(first).toHaveLength(32);
    expect(await launch(asked)).toEqual(first);
    expect(datacentre.billing.aliveNow()).toHaveLength(32);
  });

  test("without a zone it lies in the first that has the type, and with one there", async () => {
    const { call, order } = await opened();
    const zoneOf = async (parameters: object) =>
      (await call("RunInstances", { ...order, ...parameters })).at("instancesSet.0.placement.availabilityZone");
    expect(await zoneOf({})).toBe("us-east-1a");
    expect(await zoneOf({ "Placement.AvailabilityZone": "us-east-1c" })).toBe("us-east-1c");
    const specified = {
      "NetworkInterface.1.DeviceIndex": 0,
      "NetworkInterface.1.SubnetId": subnetIn("us-east-1b"),
      "NetworkInterface.1.SecurityGroupId.1": "default",
      "NetworkInterface.1.AssociatePublicIpAddress": false,
    };
    expect(await zoneOf(specified)).toBe("us-east-1b");
    const all = (await call("DescribeInstances")).list("reservationSet");
    expect(all.map((each) => nodeAt(each, "instancesSet.0.ipAddress") !== undefined)).toEqual([true, true, false]);
  });

  test("as spot for less, which says so", async () => {
    const { call, order, refusal } = await opened();
    const spot = { ...order, "InstanceMarketOptions.MarketType": "spot" };
    const price = "InstanceMarketOptions.SpotOptions.MaxPrice";
    expect((await call("RunInstances", { ...spot, [price]: "0.02" })).at("instancesSet.0.instanceLifecycle")).toBe(
      "spot",
    );
    expect(await refusal("RunInstances", { ...spot, [price]: "0.001" })).toMatch(/^400 SpotMaxPriceTooLow: /);
    expect(await refusal("RunInstances", { ...spot, [price]: "cheap" })).toMatch(/^400 InvalidParameterValue: /);
  });
});

describe("a client token", () => {
  test("gives the same instance for the same request in any order, and refuses another", async () => {
    const { launch, refusal, order, datacentre } = await opened();
    const [first] = await launch({ ...TAGGED, ClientToken: "t" });
    const backwards = Object.fromEntries(Object.entries({ ...TAGGED, ClientToken: "t" }).toReversed());
    expect(await launch(backwards)).toEqual([first]);
    expect(await refusal("RunInstances", { ...order, ClientToken: "t" })).toMatch(/^400 IdempotentParameterMismatch: /);
    expect(datacentre.billing.aliveNow()).toHaveLength(1);
  });

  test("means something only within its zone", async () => {
    const { launch } = await opened();
    const [one] = await launch({ ClientToken: "t", SubnetId: subnetIn("us-east-1a") });
    const [other] = await launch({ ClientToken: "t", SubnetId: subnetIn("us-east-1b") });
    expect(one).not.toBe(other);
  });

  test("of an instance that is terminated is spent", async () => {
    const { launch, call, refusal, order } = await opened();
    const [id] = await launch({ ClientToken: "t" });
    await call("TerminateInstances", { "InstanceId.1": String(id) });
    const asked = { ...order, ClientToken: "t" };
    expect(await refusal("RunInstances", asked)).toMatch(/^400 IdempotentInstanceTerminated: /);
  });

  test("has 64 characters at most", async () => {
    const { refusal, order } = await opened();
    const asked = { ...order, ClientToken: "t".repeat(65) };
    expect(await refusal("RunInstances", asked)).toMatch(/^400 InvalidParameterValue: /);
  });
});

describe("what is refused before anything is made", () => {
  const wrong: readonly (readonly [string, Readonly<Record<string, string | number>>, string])[] = [
    [
      "a run that would be one",
      { DryRun: "true" },
      "412 DryRunOperation: Request would have succeeded, but DryRun flag is set.",
    ],
    [
      "a dry run of what can't be",
      { DryRun: "true", KeyName: "no" },
      "400 InvalidKeyPair.NotFound: The key pair 'no' does not exist",
    ],
    [
      "a subnet that is not there",
      { SubnetId: "subnet-0" },
      "400 InvalidSubnetID.NotFound: The subnet ID 'subnet-0' does not exist",
    ],
    [
      "a group that is not there",
      { "SecurityGroupId.1": "sg-0" },
      "400 InvalidGroup.NotFound: The security group 'sg-0' does not exist",
    ],
    [
      "an image that is not there",
      { ImageId: "ami-0123456789abcdef0" },
      "400 InvalidAMIID.NotFound: The image id '[ami-0123456789abcdef0]' does not exist",
    ],
    [
      "an id that is none",
      { ImageId: "debian-12" },
      '400 InvalidAMIID.Malformed: Invalid id: "debian-12" (expecting "ami-...")',
    ],
    [
      "a type that there is not",
      { InstanceType: "m1.tiny" },
      "400 InvalidParameterValue: Invalid value 'm1.tiny' for InstanceType.",
    ],
    [
      "a zone that there is not",
      { "Placement.AvailabilityZone": "us-east-1z" },
      "400 InvalidParameterValue: Invalid availability zone: [us-east-1z]",
    ],
    [
      "a type that is not there",
      { InstanceType: "g4dn.xlarge", SubnetId: subnetIn("us-east-1b") },
      "400 Unsupported: Your requested instance type (g4dn.xlarge) is not supported in your requested Availability Zone (us-east-1b). Please retry your request by not specifying an Availability Zone or choosing us-east-1a.",
    ],
    [
      "a limit of nothing",
      { InstanceType: "g4dn.xlarge" },
      "400 VcpuLimitExceeded: You have requested more vCPU capacity than your current vCPU limit of 0 allows for the instance bucket that the specified instance type belongs to.",
    ],
    [
      "another architecture",
      { ImageId: imageNamed("debian-12"), InstanceType: "m7g.large" },
      "400 InvalidParameterValue: The image ",
    ],
    [
      "user data that is no base64",
      { UserData: "§" },
      "400 InvalidUserData.Malformed: Invalid BASE64 encoding of user data.",
    ],
    [
      "user data that is too long",
      { UserData: base64("x".repeat(16_385)) },
      "400 InvalidParameterValue: User data is limited to 16384 bytes",
    ],
    [
      "no instance",
      { MinCount: 0 },
      "400 InvalidParameterValue: Value (0) for parameter minCount is invalid. Must be greater than 0.",
    ],
    ["fewer than the least", { MinCount: 2 }, "400 InvalidParameterCombination: "],
    [
      "a number that is none",
      { MaxCount: "many" },
      "400 InvalidParameterValue: Invalid value 'many' for MaxCount: must be an integer",
    ],
    [
      "a misspelt parameter",
      { InstanceTyp: "t3.small" },
      "400 UnknownParameter: The parameter InstanceTyp is not recognized",
    ],
    [
      "a misspelt parameter within",
      { "BlockDeviceMapping.1.DeviceName": "/dev/xvda", "BlockDeviceMapping.1.Ebs.Size": 8 },
      "400 UnknownParameter: The parameter BlockDeviceMapping.1.Ebs.Size is not recognized",
    ],
    ["a launch template", { "LaunchTemplate.LaunchTemplateName": "t" }, "400 UnsupportedOperation: "],
    [
      "tags of what it does not make",
      { "TagSpecification.1.ResourceType": "vpc" },
      "400 InvalidParameterValue: 'vpc' is not a valid taggable resource type for this operation.",
    ],
    [
      "a tag of Amazon's",
      { "TagSpecification.1.ResourceType": "instance", "TagSpecification.1.Tag.1.Key": "aws:x" },
      "400 InvalidParameterValue: ",
    ],
    ["a group of instances that is not there", { "Placement.GroupName": "g" }, "400 InvalidPlacementGroup.Unknown: "],
    [
      "both an interface and a subnet",
      { SubnetId: subnetIn("us-east-1a"), "NetworkInterface.1.DeviceIndex": 0 },
      "400 InvalidParameterCombination: ",
    ],
  ];

  test.each(wrong)("%s", async (_, parameters, expected) => {
    const { refusal, order, datacentre } = await opened();
    const told = await refusal("RunInstances", { ...order, ...parameters });
    expect(told.slice(0, expected.length)).toBe(expected);
    expect(datacentre.billing.entries()).toEqual([]);
  });

  test.each(["ImageId", "InstanceType", "MinCount", "MaxCount"])("a request without %s", async (name) => {
    const { refusal, order } = await opened();
    const rest = Object.fromEntries(Object.entries(order).filter(([key]) => key !== name));
    expect(await refusal("RunInstances", rest)).toBe(
      `400 MissingParameter: The request must contain the parameter ${name}`,
    );
  });

  test("no room on any host, as a server error; a subnet without addresses", async () => {
    const { refusal, order, operator } = await opened();
    const capacity = { cpu: 1, memoryMib: 1024, storageGib: 10 };
    for (const host of ["us-east-1a-host-1", "us-east-1a-host-2"])
      operator.setCapacity({ realm: "us-east-1a", host }, capacity);
    expect(await refusal("RunInstances", order)).toMatch(
      /^500 InsufficientInstanceCapacity: We currently do not have sufficient t3.small capacity in the Availability Zone you requested \(us-east-1a\)/,
    );
    operator.addNetwork({ name: "narrow", id: "subnet-0f0f0f0f", realms: ["us-east-1b"], addresses: 0 });
    const narrow = { ...order, SubnetId: "subnet-0f0f0f0f" };
    expect(await refusal("RunInstances", narrow)).toMatch(/^400 InsufficientFreeAddressesInSubnet: /);
  });
});

test("a script finds the zone of a launch by its subnet", async () => {
  const { refusal, launch, operator, order } = await opened();
  const zone = "us-east-1b";
  operator.addFaults([{ on: "create", when: { realm: zone }, do: { kind: "refuse", code: "insufficient_capacity" } }]);
  await launch({ SubnetId: subnetIn("us-east-1a") });
  expect(await refusal("RunInstances", { ...order, SubnetId: subnetIn(zone) })).toMatch(
    /^500 InsufficientInstanceCapacity/,
  );
});
