import { expect, onTestFinished, test, vi } from "vitest";
import { faultOf, rawCloud } from "../../cloud-http/wire.samples.ts";
import { accountId } from "../../core/ids.ts";
import { calm } from "../../ports/provider-suite/stage.testsuite.ts";
import { parseAccount } from "./account.ts";
import { ACCOUNT, answer, images, instances, openAt, openReplayed, refusal, SECRET } from "./cloud-replay.testsuite.ts";
import { familyOf, typeIn } from "./families.ts";
import { ec2Provider } from "./index.ts";

const KEYS = { secretAccessKey: SECRET };
const parse = (settings: Readonly<Record<string, unknown>>, credentials: Readonly<Record<string, string>> = KEYS) =>
  parseAccount({ settings }, credentials);

function refusalOf(settings: Readonly<Record<string, unknown>>, credentials: Readonly<Record<string, string>>): string {
  try {
    parse(settings, credentials);
  } catch (error) {
    return String(error);
  }
  return "taken";
}

test.each<[string, Readonly<Record<string, unknown>>, Readonly<Record<string, string>>]>([
  ["region: is missing", { accessKeyId: ACCOUNT.accessKeyId }, KEYS],
  ["region: is a zone; the region is eu-central-1", { ...ACCOUNT, region: "eu-central-1a" }, KEYS],
  ["region: must look like eu-central-1", { ...ACCOUNT, region: "Frankfurt" }, KEYS],
  ["accessKeyId: is missing", { region: "eu-central-1" }, KEYS],
  ["accessKeyId: must look like", { ...ACCOUNT, accessKeyId: "ops" }, KEYS],
  ["secretAccessKey: is missing", ACCOUNT, {}],
  ["endpoint: must look like", { ...ACCOUNT, endpoint: "ec2.example.org" }, KEYS],
  ["types: must be names", { ...ACCOUNT, types: "m7i large" }, KEYS],
  ["imageOwners: must be names", { ...ACCOUNT, imageOwners: "debian" }, KEYS],
  ["limits: line 2 must look like standard = 64", { ...ACCOUNT, limits: "standard = 64\nstandart = 8" }, KEYS],
  ["limits: line 3 tells the limit of g again", { ...ACCOUNT, limits: "g = 8\n\ng: 16" }, KEYS],
  ["prices: line 1 must look like m7i.large = 0.1155", { ...ACCOUNT, prices: "m7i.large" }, KEYS],
  ["hourlyPricePerGib: is missing", { ...ACCOUNT, hourlyPricePerCpu: 0.03 }, KEYS],
  ["instanceProfile: must be a name", { ...ACCOUNT, instanceProfile: "arn:aws:iam::12:role/x y" }, KEYS],
  ["metadataTokens: must be", { ...ACCOUNT, metadataTokens: "sometimes" }, KEYS],
  ["tags: line 2 must look like cost-center = 4711", { ...ACCOUNT, tags: "a = 1\nb" }, KEYS],
  ["tags: line 1 must look like", { ...ACCOUNT, tags: "= 1" }, KEYS],
  ["tags: line 1 must look like", { ...ACCOUNT, tags: `${"k".repeat(129)} = 1` }, KEYS],
  ["tags: line 1 must look like", { ...ACCOUNT, tags: `k = ${"v".repeat(257)}` }, KEYS],
  ["tags: line 1: Name is not to be had", { ...ACCOUNT, tags: "Name = web" }, KEYS],
  ["tags: line 1: aws:x is not to be had", { ...ACCOUNT, tags: "aws:x = 1" }, KEYS],
  ["tags: line 1: slipway-machine is not to be had", { ...ACCOUNT, tags: "slipway-machine = sw-1" }, KEYS],
  ["tags: line 2: a is there twice", { ...ACCOUNT, tags: "a = 1\na = 2" }, KEYS],
  [
    "tags: may be 30 at the most",
    { ...ACCOUNT, tags: Array.from({ length: 31 }, (_, no) => `t${no} = 1`).join("\n") },
    KEYS,
  ],
  [`where."*".hosts: is a blueprint's to say`, { ...ACCOUNT, where: { "*": { hosts: "spread" } } }, KEYS],
])("%s: is said with its field, and never with a secret", (expected, settings, credentials) => {
  const told = refusalOf(settings, credentials);
  expect(told).toContain(expected);
  expect(told).not.toContain(SECRET);
});

test("what all machines get is read as it is written down", () => {
  const profile = "arn:aws-cn:iam::123456789012:instance-profile/shop/machines";
  const written = { instanceProfile: profile, tags: "# whose\ncost center = a = b=c \n\n__proto__ =" };
  const { given } = parse({ ...ACCOUNT, ...written, metadataTokens: "optional" });
  expect(given.instanceProfile).toEqual({ Arn: profile });
  expect(Object.entries(given.tags)).toEqual([
    ["cost center", "a = b=c"],
    ["__proto__", ""],
  ]);
  expect(given.metadataTokens).toBe("optional");
  expect(parse(ACCOUNT).given).toEqual({ instanceProfile: null, tags: {}, metadataTokens: null });
});

test.each(["eu-central-1", "us-gov-west-1", "us-iso-east-1", "cn-northwest-1", "ap-southeast-7", "eusc-de-east-1"])(
  "%s is a region",
  (region) => {
    expect(parse({ ...ACCOUNT, region }).region).toBe(region);
  },
);

test("without keys it is the SDK's usual chain", () => {
  expect(parse({ region: "us-gov-west-1" }, {}).keys).toBeNull();
  expect(parse(ACCOUNT, { ...KEYS, sessionToken: "tok" }).keys).toEqual({
    accessKeyId: ACCOUNT.accessKeyId,
    secretAccessKey: SECRET,
    sessionToken: "tok",
  });
});

test("wrong keys are told with what to mend", async () => {
  await using replay = await openReplayed([
    instances([]),
    images(),
    refusal("RunInstances", { status: 401, code: "AuthFailure" }),
  ]);
  const fault = await faultOf(replay.cloud.usage(calm()));
  expect(fault).toMatchObject({ class: "auth", scope: "account", code: "AuthFailure" });
  expect(fault.text).toContain("correct accessKeyId and secretAccessKey");
});

test("without keys of its own it takes those of the environment, and says when there are none", async () => {
  const zones = answer("DescribeAvailabilityZones", "<availabilityZoneInfo/>");
  await using replay = await openReplayed([zones]);
  const account = { id: accountId("acc-1"), name: "lab", settings: { region: "eu-central-1", endpoint: replay.url } };
  onTestFinished(() => void vi.unstubAllEnvs());
  const nowhere = { AWS_CONFIG_FILE: "/nonexistent", AWS_SHARED_CREDENTIALS_FILE: "/nonexistent" };
  const others = ["CONTAINER_CREDENTIALS_RELATIVE_URI", "CONTAINER_CREDENTIALS_FULL_URI", "WEB_IDENTITY_TOKEN_FILE"];
  stub(Object.fromEntries(others.map((name) => [`AWS_${name}`, undefined])));
  stub({ ...nowhere, AWS_EC2_METADATA_DISABLED: "true", AWS_ACCESS_KEY_ID: undefined, AWS_PROFILE: undefined });
  expect(await faultOf(ec2Provider.open(account, {}).realms(calm()))).toMatchObject({
    class: "auth",
    effect: "none",
    code: "no_credentials",
  });
  stub({ AWS_ACCESS_KEY_ID: "AKIDFROMENV", AWS_SECRET_ACCESS_KEY: SECRET, AWS_SESSION_TOKEN: "tok" });
  expect(await ec2Provider.open(account, {}).realms(calm())).toEqual([]);
  expect(replay.asked[0]?.headers.authorization).toContain("Credential=AKIDFROMENV/");
  expect(replay.asked[0]?.headers["x-amz-security-token"]).toBe("tok");
});

function stub(variables: Readonly<Record<string, string | undefined>>): void {
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
}

test("something that speaks no HTTP, or does not answer to a name, is told in one line", async () => {
  await using cloud = await rawCloud((socket) => void socket.end("SSH-2.0-OpenSSH_9.2\r\n"));
  const fault = await faultOf(openAt(`http://127.0.0.1:${cloud.port}`).realms(calm()));
  expect(fault).toMatchObject({ class: "transient", text: expect.stringContaining("does not speak HTTP") });
});

test("a call that is given up ends with the reason of its signal", async () => {
  const reason = new Error("enough");
  const account = { id: accountId("acc-1"), name: "lab", settings: ACCOUNT };
  const call = ec2Provider.open(account, KEYS).realms(AbortSignal.abort(reason));
  await expect(call).rejects.toBe(reason);
});

test.each([
  ["m7i.large", "standard"],
  ["c7gn.xlarge", "standard"],
  ["im4gn.large", "standard"],
  ["t3a.nano", "standard"],
  ["inf2.xlarge", "inf"],
  ["trn1.2xlarge", "trn"],
  ["vt1.3xlarge", "g"],
  ["gr6.4xlarge", "g"],
  ["u7i-12tb.224xlarge", "high-memory"],
  ["hpc7a.12xlarge", "hpc"],
  ["p5.48xlarge", "p"],
  ["x2iedn.xlarge", "x"],
  ["mac2.metal", "mac"],
])("%s counts as %s", (type, family) => {
  expect(familyOf(type)).toBe(family);
  expect(typeIn(`${type}/spot`)).toBe(type);
});
