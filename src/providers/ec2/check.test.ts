// What an account's check says, in one line, of what is wrong with it; and that it repeats no secret.

import { inspect } from "node:util";
import { expect, onTestFinished, test, vi } from "vitest";
import { LOCAL } from "../../cloud-http/certificates.samples.ts";
import { cloudThat } from "../../cloud-http/wire.samples.ts";
import { accountId } from "../../core/ids.ts";
import { calm, faultOf } from "../../ports/provider-suite/stage.testsuite.ts";
import type { Cloud } from "../../ports/provider.ts";
import {
  ACCOUNT,
  answer,
  type Exchange,
  images,
  instances,
  MAY_CREATE,
  openAt,
  openReplayed,
  refusal,
  SECRET,
  subnets,
  ZONE,
  zones,
} from "./cloud-replay.testsuite.ts";
import { callFault } from "./faults.ts";
import { ec2Provider } from "./index.ts";

const TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN";
const ENCODED = "4pZ2ZmEXAMPLEENCODED";
const SIGNED = `The Canonical String should have been 'POST\n/\nx-amz-security-token:${TOKEN}' ${SECRET}`;

async function saidBy(cloud: Cloud): Promise<string> {
  const error = await faultOf(cloud.usage(calm()));
  // As far as anybody could print it.
  const all = inspect(error, { depth: 20, showHidden: true });
  for (const secret of [SECRET, TOKEN, ENCODED]) expect(all).not.toContain(secret);
  expect(error.fault.text).not.toContain("\n");
  return `${error.fault.class} ${error.fault.effect}: ${error.fault.text}`;
}

const refused = (status: number, code: string, message: string): Exchange =>
  refusal("DescribeInstances", { status, code, message });
const trial = (message: string): readonly Exchange[] => [
  instances([]),
  images(),
  refusal("RunInstances", { status: 403, code: "UnauthorizedOperation", message }),
];

test.each<[string, readonly Exchange[], string]>([
  [
    "a wrong secret, an unknown key or a region that is not enabled",
    [refused(401, "AuthFailure", "AWS was not able to validate the provided access credentials")],
    "auth none: the access key is not known, its secret is wrong, or the account has not enabled this region: correct accessKeyId and secretAccessKey, or the region",
  ],
  [
    "a key that was removed",
    [refused(403, "InvalidClientTokenId", "The security token included in the request is invalid")],
    "auth none: the access key is not known there: correct accessKeyId, or the region",
  ],
  [
    "another key's secret",
    [refused(403, "SignatureDoesNotMatch", SIGNED)],
    "auth none: the secret does not belong to the access key: correct secretAccessKey",
  ],
  [
    "an endpoint of another region",
    [refused(401, "AuthFailure", "Credential should be scoped to a valid region, not 'eu-central-1'.")],
    "auth none: the endpoint is not one of the account's region: correct region or endpoint",
  ],
  [
    "no permission to make instances",
    trial(`You are not authorized to perform: ec2:RunInstances. Encoded authorization failure message: ${ENCODED}`),
    "auth none: these keys may not make instances with their tags (ec2:RunInstances, ec2:CreateTags): You are not authorized to perform: ec2:RunInstances.",
  ],
])("%s is told with what to mend", async (_, script, expected) => {
  await using opened = await openReplayed(script);
  expect(await saidBy(opened.cloud)).toBe(expected);
});

test.each<[string, readonly Exchange[], string]>([
  [
    "may not be passed on",
    trial("You are not authorized to perform: iam:PassRole."),
    "auth none: these keys may not make instances with their tags (ec2:RunInstances, ec2:CreateTags, and iam:PassRole for the role of the instance profile): You are not authorized to perform: iam:PassRole.",
  ],
  [
    "is not there",
    [
      instances([]),
      ...MAY_CREATE.slice(0, 1),
      refusal("RunInstances", {
        status: 400,
        code: "InvalidParameterValue",
        message: "Value (shop) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
      }),
    ],
    "config none: Value (shop) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name: correct instanceProfile",
  ],
])("an instance profile that %s is told", async (_, script, expected) => {
  await using opened = await openReplayed(script, { instanceProfile: "shop" });
  expect(await saidBy(opened.cloud)).toBe(expected);
  expect(opened.asked.at(-1)?.body.get("IamInstanceProfile.Name")).toBe("shop");
});

test("types that there are not are told, before anything is offered of them", async () => {
  const none = answer("DescribeInstanceTypes", "<instanceTypeSet/>");
  await using opened = await openReplayed([instances([]), none], { types: "m99.*, t9.nano" });
  expect(await saidBy(opened.cloud)).toBe(
    "config none: no instance type of eu-central-1 is like m99.*, t9.nano: correct types",
  );
  const { body } = opened.asked[1] ?? {};
  expect([body?.get("Filter.1.Value.1"), body?.get("Filter.1.Value.2")]).toEqual(["m99.*", "t9.nano"]);
});

const ARM =
  "<instanceTypeSet><item><instanceType>m7g.large</instanceType>" +
  "<processorInfo><supportedArchitectures><item>arm64</item></supportedArchitectures></processorInfo></item></instanceTypeSet>";

test.each([
  // The keys may be allowed no others.
  ["are there are those that the trial asks for", ARM, "m7g.large", "arm64"],
  // A page may be empty, and the next one not.
  ["may be on the next page are no matter", "<instanceTypeSet/><nextToken>more</nextToken>", "t3.micro", "x86_64"],
])("types that %s", async (...[, shown, type, architecture]) => {
  const some = answer("DescribeInstanceTypes", shown);
  await using opened = await openReplayed([instances([]), some, ...MAY_CREATE], { types: "m7g.*" });
  await opened.cloud.usage(calm());
  const [imagesAsked, trialAsked] = opened.asked.slice(2).map(({ body }) => Object.fromEntries(body));
  expect(imagesAsked).toMatchObject({ "Filter.1.Value.1": architecture });
  expect(trialAsked).toMatchObject({ InstanceType: type, "TagSpecification.1.Tag.1.Key": "slipway-installation" });
});

test("a region without a default subnet will do: blueprints may name networks themselves", async () => {
  await using opened = await openReplayed([instances([]), ...MAY_CREATE, zones(), subnets()]);
  await opened.cloud.usage(calm());
  expect(await opened.cloud.realms(calm())).toContain(ZONE);
  expect(await opened.cloud.lacks?.({}, ZONE, calm())).toBe(`${ZONE} has no default subnet: name one as networks`);
});

test("a region that there is not is told by its name", async () => {
  onTestFinished(() => void vi.unstubAllEnvs());
  // As the region's own would be if the name service were asked.
  vi.stubEnv("AWS_ENDPOINT_URL_EC2", "http://nowhere.invalid");
  const account = { id: accountId("acc-1"), name: "lab", settings: { ...ACCOUNT, region: "eu-nowhere-1" } };
  const said = await saidBy(ec2Provider.open(account, { secretAccessKey: SECRET }));
  expect(said).toMatch(/^transient none: http:\/\/nowhere\.invalid: .*name/);
  if (!said.includes("EAI_AGAIN")) expect(said).toContain("if there is no region eu-nowhere-1, correct");
});

test("a certificate that nobody knows is told", async () => {
  await using cloud = await cloudThat((_, response) => void response.end(), LOCAL);
  const said = await saidBy(openAt(`https://127.0.0.1:${cloud.port}`));
  expect(said).toContain("account none: ");
  expect(said).toContain("its certificate is not accepted");
});

test("a bug stays a bug, whatever the SDK writes on it", () => {
  const bug = Object.assign(new ReferenceError("x is not defined"), { $metadata: { attempts: 1 } });
  expect(callFault(bug)).toBe(bug);
});
