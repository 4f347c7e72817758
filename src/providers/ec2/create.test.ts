import { expect, onTestFinished, test, vi } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import type { CreateRequest } from "../../core/machine.ts";
import { calm, keepNothing, readyRequest } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  answer,
  BEFORE,
  cut,
  type Exchange,
  IMAGE,
  images,
  INSTANCE,
  made,
  openReplayed,
  refusal,
  SUBNET,
  subnets,
  ZONE,
} from "./cloud-replay.testsuite.ts";

const placement = { realm: ZONE, size: "m7i.large", image: IMAGE };
const ready = (given: Partial<CreateRequest> = {}): CreateRequest => readyRequest({ placement }, given);

const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJPTxf/LnJvRlzd+Usu1MLABQoMzVbBM0eYxNk1YiwID ops@example.org";

const groups = (...ids: readonly string[]): Exchange =>
  answer(
    "DescribeSecurityGroups",
    `<securityGroupInfo>${ids.map((id) => `<item><groupId>${id}</groupId><groupName>web</groupName></item>`).join("")}</securityGroupInfo>`,
  );
const keys = (...names: readonly string[]): Exchange =>
  answer(
    "DescribeKeyPairs",
    `<keySet>${names.map((name) => `<item><keyName>${name}</keyName></item>`).join("")}</keySet>`,
  );

/** The tags of the first kind of thing that is tagged. */
function tagsIn(body: URLSearchParams): Record<string, string> {
  const pairs = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((no) => `TagSpecification.1.Tag.${no}`);
  return Object.fromEntries(
    pairs.flatMap((at) => (body.has(`${at}.Key`) ? [[body.get(`${at}.Key`), body.get(`${at}.Value`)]] : [])),
  );
}

test("one request asks for one machine, with its tags, token, disks and user data in it", async () => {
  const request = ready({ userData: "#!/bin/sh\necho ü\n", storageGib: 40 });
  await using opened = await openReplayed([...BEFORE, made(request.name)]);
  const seen = await opened.cloud.create(request, keepNothing, calm());
  expect(seen).toMatchObject({ externalId: INSTANCE, name: request.name, realm: ZONE, state: "pending", fault: null });
  const body = opened.asked.at(-1)?.body ?? new URLSearchParams();
  expect(Object.fromEntries(body)).toMatchObject({
    Action: "RunInstances",
    ImageId: IMAGE,
    InstanceType: "m7i.large",
    MinCount: "1",
    MaxCount: "1",
    "Placement.AvailabilityZone": ZONE,
    "NetworkInterface.1.DeviceIndex": "0",
    "NetworkInterface.1.SubnetId": SUBNET,
    "NetworkInterface.1.DeleteOnTermination": "true",
    "BlockDeviceMapping.1.DeviceName": "/dev/xvda",
    "BlockDeviceMapping.1.Ebs.VolumeSize": "40",
    "BlockDeviceMapping.1.Ebs.DeleteOnTermination": "true",
    // Its image would leave this one behind.
    "BlockDeviceMapping.2.DeviceName": "/dev/sdb",
    "BlockDeviceMapping.2.Ebs.DeleteOnTermination": "true",
    "TagSpecification.1.ResourceType": "instance",
    "TagSpecification.2.ResourceType": "network-interface",
    "TagSpecification.3.ResourceType": "volume",
    UserData: "IyEvYmluL3NoCmVjaG8gw7wK",
  });
  expect(tagsIn(body)).toEqual({
    ...request.labels,
    "slipway-machine": request.name,
    "slipway-realm": ZONE,
    Name: request.name,
  });
  expect(body.get("ClientToken")).toMatch(/^[0-9a-f]{64}$/);
  expect(body.has("BlockDeviceMapping.3.DeviceName")).toBe(false);
  expect(body.has("KeyName")).toBe(false);
  expect(opened.asked[0]?.headers.authorization).toContain("AKIAIOSFODNN7EXAMPLE");
});

test("an account's instance profile, tags and metadata tokens are its machines', and its own tags stay Slipway's", async () => {
  const settings = {
    instanceProfile: "shop-machines",
    tags: "cost-center = 4711",
    metadataTokens: "required",
    where: { "*": { publicKey: PUBLIC_KEY } },
  };
  const request = ready();
  await using opened = await openReplayed([...BEFORE, answer("ImportKeyPair"), made(request.name)], settings);
  await opened.cloud.create(request, keepNothing, calm());
  const body = opened.asked.at(-1)?.body ?? new URLSearchParams();
  expect(Object.fromEntries(body)).toMatchObject({
    "IamInstanceProfile.Name": "shop-machines",
    "MetadataOptions.HttpTokens": "required",
  });
  expect(tagsIn(body)).toMatchObject({ ...request.labels, "cost-center": "4711", "slipway-machine": request.name });
  expect(tagsIn(opened.asked.at(-2)?.body ?? body)).toMatchObject({ "cost-center": "4711" });
});

test("a create that is asked again goes out under the same token, and for another offer under another", async () => {
  const request = ready();
  const other = { ...request, size: "m7i.xlarge" };
  await using opened = await openReplayed([...BEFORE, cut("RunInstances"), made(request.name), made(request.name)]);
  const first = await faultOf(opened.cloud.create(request, keepNothing, calm()));
  expect(first.effect).toBe("unknown");
  await opened.cloud.create(request, keepNothing, calm());
  await opened.cloud.create(other, keepNothing, calm());
  const tokens = opened.asked.filter(({ path }) => path === "/RunInstances").map(({ body }) => body.get("ClientToken"));
  expect(tokens[1]).toBe(tokens[0]);
  expect(tokens[2]).not.toBe(tokens[0]);
});

test("a full zone is asked once, though it answers with a 5xx, whatever the environment says of tries", async () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("AWS_MAX_ATTEMPTS", "5");
  vi.stubEnv("AWS_RETRY_MODE", "adaptive");
  const full = refusal("RunInstances", { status: 500, code: "InsufficientInstanceCapacity" });
  await using opened = await openReplayed([...BEFORE, full]);
  await faultOf(opened.cloud.create(ready(), keepNothing, calm()));
  expect(opened.asked.filter(({ path }) => path === "/RunInstances")).toHaveLength(1);
});

test("a spot machine has its price, and ends when it is taken away", async () => {
  const request = ready({ size: "m7i.large/spot", spot: { maxHourlyMicros: 51_200 } });
  await using opened = await openReplayed([...BEFORE, made(request.name)]);
  await opened.cloud.create(request, keepNothing, calm());
  expect(Object.fromEntries(opened.asked.at(-1)?.body ?? [])).toMatchObject({
    InstanceType: "m7i.large",
    "InstanceMarketOptions.MarketType": "spot",
    "InstanceMarketOptions.SpotOptions.MaxPrice": "0.051200",
    "InstanceMarketOptions.SpotOptions.InstanceInterruptionBehavior": "terminate",
    "InstanceMarketOptions.SpotOptions.SpotInstanceType": "one-time",
    "TagSpecification.4.ResourceType": "spot-instances-request",
  });
});

const WHERE = {
  [ZONE]: { networks: ["shop", "subnet-0b"] },
  "*": { securityGroups: ["web"], key: "ops", publicAddress: false },
};
const NETWORKS: readonly Exchange[] = [subnets({ id: "subnet-0b" }), subnets({ id: SUBNET, name: "shop" })];

test("networks, groups, key and public address are the account's, behind the blueprint's", async () => {
  const request = ready({ where: { key: "dev" } });
  const script = [images({ id: IMAGE }), ...NETWORKS, groups("sg-1"), keys("dev"), made(request.name)];
  await using opened = await openReplayed(script, { where: WHERE });
  await opened.cloud.create(request, keepNothing, calm());
  expect(Object.fromEntries(opened.asked.at(-1)?.body ?? [])).toMatchObject({
    "NetworkInterface.1.SubnetId": SUBNET,
    "NetworkInterface.1.SecurityGroupId.1": "sg-1",
    "NetworkInterface.2.DeviceIndex": "1",
    "NetworkInterface.2.SubnetId": "subnet-0b",
    "NetworkInterface.2.DeleteOnTermination": "true",
    KeyName: "dev",
  });
  // Of several it may not be said.
  expect(opened.asked.at(-1)?.body.has("NetworkInterface.1.AssociatePublicIpAddress")).toBe(false);
});

test.each([true, false])("a machine of one network has a public address or none: %s", async (publicAddress) => {
  const request = ready({ where: { publicAddress } });
  await using opened = await openReplayed([...BEFORE, made(request.name)]);
  await opened.cloud.create(request, keepNothing, calm());
  expect(opened.asked.at(-1)?.body.get("NetworkInterface.1.AssociatePublicIpAddress")).toBe(String(publicAddress));
});

test("a public address for a machine of several networks is refused here, before anything is asked for", async () => {
  const where = { networks: ["shop", "subnet-0b"], publicAddress: true };
  await using opened = await openReplayed([images({ id: IMAGE }), ...NETWORKS]);
  expect(await faultOf(opened.cloud.create(ready({ where }), keepNothing, calm()))).toMatchObject({
    class: "config",
    scope: "account",
    effect: "none",
    text: "EC2 gives no public address to a machine of several networks",
  });
});

test("what is not there is told beforehand, all of it at once, the account's own defaults as well", async () => {
  await using opened = await openReplayed([subnets(), keys("others")], { where: { "*": { key: "ops" } } });
  const asked = { networks: ["shop"], securityGroups: ["web"] };
  expect(await opened.cloud.lacks?.(asked, ZONE, calm())).toBe(
    `no subnet in ${ZONE} is called shop; no key pair is called ops`,
  );
  expect(opened.asked).toHaveLength(2);
});

test("a zone without a default subnet is told so", async () => {
  await using opened = await openReplayed([images({ id: IMAGE }), subnets()]);
  expect(await faultOf(opened.cloud.create(ready(), keepNothing, calm()))).toMatchObject({
    class: "config",
    scope: "account",
    effect: "none",
    text: `${ZONE} has no default subnet: name one as networks`,
  });
});

test("an image that is not there puts out the zone, and nothing is asked for", async () => {
  await using opened = await openReplayed([images()]);
  expect(await faultOf(opened.cloud.create(ready(), keepNothing, calm()))).toMatchObject({
    class: "config",
    scope: "realm",
    effect: "none",
  });
});

test("what does not go together, or is not one thing, is told beforehand as well", async () => {
  const twice = subnets({ id: "subnet-0a", name: "shop" }, { id: "subnet-0b", name: "shop" });
  await using opened = await openReplayed([
    subnets({ id: SUBNET }),
    groups(),
    twice,
    ...NETWORKS,
    subnets({ id: SUBNET }),
  ]);
  const { cloud } = opened;
  expect(await cloud.lacks?.({ securityGroups: ["web"] }, ZONE, calm())).toBe(
    "no security group of vpc-1 is called web",
  );
  expect(await cloud.lacks?.({ networks: ["shop"] }, ZONE, calm())).toBe(
    `more than one subnet in ${ZONE} is called shop: use an id`,
  );
  const both = { networks: ["shop", "subnet-0b"], publicAddress: true };
  expect(await cloud.lacks?.(both, ZONE, calm())).toBe("EC2 gives no public address to a machine of several networks");
  expect(await cloud.lacks?.({ publicAddress: true }, ZONE, calm())).toBeNull();
  const { body } = opened.asked.at(-1) ?? {};
  expect([body?.get("Filter.1.Name"), body?.get("Filter.2.Value.1")]).toEqual(["default-for-az", ZONE]);
});

test("what was relied on is looked for anew after a refusal of it", async () => {
  const gone = refusal("RunInstances", { status: 400, code: "InvalidSubnetID.NotFound" });
  const request = ready();
  await using opened = await openReplayed([...BEFORE, gone, ...BEFORE, made(request.name), made(request.name)]);
  await faultOf(opened.cloud.create(request, keepNothing, calm()));
  await opened.cloud.create(request, keepNothing, calm());
  await opened.cloud.create(request, keepNothing, calm());
});
