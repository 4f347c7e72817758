import { expect, onTestFinished, test, vi } from "vitest";
import { faultOf } from "../../cloud-http/wire.samples.ts";
import { calm } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  answer,
  type Exchange,
  IMAGE,
  images,
  instance,
  instances,
  MAY_CREATE,
  openReplayed,
  OTHER,
  refusal,
  told,
  ZONE,
  zones,
} from "./cloud-replay.testsuite.ts";

const list = (items: readonly string[]): string => items.map((item) => `<item>${item}</item>`).join("");

const type = (name: string, cpu: number, { uses = ["on-demand"], more = "" } = {}): string =>
  `<instanceType>${name}</instanceType><supportedUsageClasses>${list(uses)}</supportedUsageClasses>` +
  `<processorInfo><supportedArchitectures>${list(["i386", "x86_64"])}</supportedArchitectures></processorInfo>` +
  `<vCpuInfo><defaultVCpus>${cpu}</defaultVCpus></vCpuInfo><memoryInfo><sizeInMiB>${cpu * 4096}</sizeInMiB></memoryInfo>${more}`;

const types = (items: readonly string[], next = "") =>
  answer(
    "DescribeInstanceTypes",
    `<instanceTypeSet>${list(items)}</instanceTypeSet>${next === "" ? "" : `<nextToken>${next}</nextToken>`}`,
  );

const offerings = (pairs: readonly (readonly [string, string])[], next = "") =>
  answer(
    "DescribeInstanceTypeOfferings",
    `<instanceTypeOfferingSet>${list(pairs.map(([name, zone]) => `<instanceType>${name}</instanceType><location>${zone}</location>`))}</instanceTypeOfferingSet>${next === "" ? "" : `<nextToken>${next}</nextToken>`}`,
  );

const price = (name: string, zone: string, [dollars, at]: readonly [string, string]): string =>
  `<instanceType>${name}</instanceType><availabilityZone>${zone}</availabilityZone><spotPrice>${dollars}</spotPrice><timestamp>${at}</timestamp>`;

const GPU = "<gpuInfo><gpus><item><name>L4</name><count>1</count></item></gpus></gpuInfo>";

test("each type is offered in each zone that sells it, and as a spot offer at its price of now", async () => {
  await using opened = await openReplayed(
    [
      types([type("m7i.large", 2, { uses: ["on-demand", "spot"] }), type("g6.xlarge", 4, { more: GPU })], "more"),
      zones(),
      offerings([["m7i.large", ZONE]], "rest"),
      offerings([
        ["m7i.large", "eu-central-1b"],
        ["m7i.large", "eu-central-1-ham-1a"],
        ["g6.xlarge", "eu-central-1b"],
      ]),
      answer(
        "DescribeSpotPriceHistory",
        `<spotPriceHistorySet>${list([
          price("m7i.large", ZONE, ["0.040000", "2026-11-28T20:00:00.000Z"]),
          price("m7i.large", ZONE, ["0.050000", "2026-11-28T22:00:00.000Z"]),
        ])}</spotPriceHistorySet>`,
      ),
    ],
    { types: "m7i.*, g6.xlarge", prices: "m7i.large = 0.1155" },
  );
  const { offers, next, unlisted } = await opened.cloud.sizes(null, calm());
  expect([next, unlisted]).toEqual(["more", []]);
  expect(offers.map(({ size, realm, hourlyMicros, takes }) => [size, realm, hourlyMicros, takes])).toEqual([
    ["m7i.large", ZONE, 115_500, { "cpu/standard": 2 }],
    ["m7i.large/spot", ZONE, 50_000, { "cpu/spot-standard": 2 }],
    ["m7i.large", "eu-central-1b", 115_500, { "cpu/standard": 2 }],
    ["m7i.large/spot", "eu-central-1b", null, { "cpu/spot-standard": 2 }],
    ["g6.xlarge", "eu-central-1b", null, { "cpu/g": 4 }],
  ]);
  expect(offers[0]).toMatchObject({
    cpu: 2,
    memoryMib: 8192,
    architecture: "x86_64",
    family: "standard",
    accelerators: 0,
  });
  expect(offers.at(-1)).toMatchObject({ accelerators: 1, acceleratorKind: "l4" });
  expect(Object.fromEntries(opened.asked[0]?.body ?? [])).toMatchObject({
    "Filter.1.Name": "instance-type",
    "Filter.1.Value.1": "m7i.*",
    "Filter.1.Value.2": "g6.xlarge",
  });
});

test("the next page begins where the last one ended", async () => {
  await using opened = await openReplayed([types([])]);
  expect(await opened.cloud.sizes("more", calm())).toEqual({ offers: [], unlisted: [], next: null });
  expect(opened.asked[0]?.body.get("NextToken")).toBe("more");
});

test("zones are realms", async () => {
  await using opened = await openReplayed([zones()]);
  expect(await opened.cloud.realms(calm())).toEqual([ZONE, "eu-central-1b"]);
});

const LISTED = "ServiceQuotasV20190624.ListServiceQuotas";
const PARAMETER = "AmazonSSM.GetParameter";

test("what may be used Service Quotas says, on all pages, and the account where that is less; it is asked now and then", async () => {
  // The SDK complains once a minute at most, so that this has to be the first test that speaks JSON.
  const warn = vi.spyOn(console, "warn");
  onTestFinished(() => warn.mockRestore());
  const script = [
    told(LISTED, { Quotas: [{ QuotaCode: "L-1216C47A", Value: 128 }], NextToken: "2" }),
    told(LISTED, {
      Quotas: [
        { QuotaCode: "L-34B43A08", Value: 5 },
        { QuotaCode: "L-0E3CBAB9", Value: 9 },
        // No limits at all: of these dimensions it has said nothing.
        { QuotaCode: "L-417A185B", Value: -1 },
        { QuotaCode: "L-7295265B", Value: 1e300 },
      ],
    }),
    instances([]),
    ...MAY_CREATE,
    instances([]),
  ];
  await using opened = await openReplayed(script, (url) => ({ quotasEndpoint: url, limits: "standard = 64\ng = 8" }));
  const limits = [
    { realm: null, dimension: "instances", most: null, used: 0 },
    { realm: null, dimension: "cpu/g", most: 8, used: 0 },
    { realm: null, dimension: "cpu/spot-standard", most: 5, used: 0 },
    { realm: null, dimension: "cpu/standard", most: 64, used: 0 },
  ];
  expect(await opened.cloud.usage(calm())).toEqual(limits);
  expect(await opened.cloud.usage(calm())).toEqual(limits);
  expect(warn).not.toHaveBeenCalled();
  const [first, second] = opened.asked;
  expect([first?.body.get("ServiceCode"), second?.body.get("NextToken")]).toEqual(["ec2", "2"]);
  expect(first?.headers.authorization).toContain("/eu-central-1/servicequotas/aws4_request");
});

test("what Service Quotas said is asked for again after ten minutes, also where the clock was set back meanwhile", async () => {
  const quota = (most: number) => told(LISTED, { Quotas: [{ QuotaCode: "L-1216C47A", Value: most }] });
  const script = [quota(128), instances([]), ...MAY_CREATE, quota(256), instances([])];
  await using opened = await openReplayed(script, (url) => ({ quotasEndpoint: url }));
  vi.useFakeTimers({ toFake: ["Date", "performance"] });
  onTestFinished(() => void vi.useRealTimers());
  expect(await opened.cloud.usage(calm())).toMatchObject([{}, { dimension: "cpu/standard", most: 128 }]);
  vi.setSystemTime(Date.now() - 24 * 60 * 60_000);
  vi.advanceTimersByTime(10 * 60_000);
  expect(await opened.cloud.usage(calm())).toMatchObject([{}, { dimension: "cpu/standard", most: 256 }]);
});

test.each<[string, Exchange]>([
  ["may not be asked", told(LISTED, { __type: "AccessDeniedException", Message: "not authorized" }, 400)],
  ["is a page", { on: `POST /${LISTED}`, bytes: Buffer.from("<html>") }],
  ["does not answer", { on: `POST /${LISTED}`, end: "cut" }],
])("where Service Quotas %s, what may be used is what the account says", async (_, answered) => {
  const script = [answered, instances([]), ...MAY_CREATE];
  await using opened = await openReplayed(script, (url) => ({ quotasEndpoint: url, limits: "g = 8" }));
  expect(await opened.cloud.usage(calm())).toMatchObject([{}, { dimension: "cpu/g", most: 8 }]);
});

test("an image is chosen by a parameter of Systems Manager", async () => {
  const named = told(PARAMETER, { Parameter: { Name: "x", Value: IMAGE } });
  const refused = (code: string) => told(PARAMETER, { __type: code, message: "no" }, 400);
  const script = [
    named,
    images({ id: IMAGE }),
    named,
    images(),
    told(PARAMETER, { Parameter: { Value: "{}" } }),
    refused("ParameterNotFound"),
    refused("AccessDeniedException"),
    refused("InternalServerError"),
  ];
  await using opened = await openReplayed(script, (url) => ({ parametersEndpoint: url }));
  const public_ = "/aws/service/debian/release/12/latest/amd64";
  expect(await opened.cloud.image(public_, ZONE, calm())).toEqual({ image: IMAGE });
  expect(await opened.cloud.image("resolve:ssm:/shop/image:3", ZONE, calm())).toEqual({ image: null, text: null });
  const texts = ["holds no id of an image", "has no parameter", "may not ask Systems Manager"];
  for (const text of texts) {
    const choice = await opened.cloud.image("resolve:ssm:/shop/image", ZONE, calm());
    expect(choice).toEqual({
      image: null,
      text: expect.stringMatching(new RegExp(`${text}.*/shop/image|/shop/image.*${text}`)),
    });
  }
  expect(await faultOf(opened.cloud.image(public_, ZONE, calm()))).toMatchObject({ code: "InternalServerError" });
  const [first, , second] = opened.asked;
  expect([first?.body.get("Name"), second?.body.get("Name")]).toEqual([public_, "/shop/image:3"]);
});

test("at an endpoint of one's own, what is beside EC2 is asked only where its address is told", async () => {
  await using opened = await openReplayed([instances([]), ...MAY_CREATE]);
  // Where they would be asked if they were.
  onTestFinished(() => void vi.unstubAllEnvs());
  vi.stubEnv("AWS_ENDPOINT_URL", opened.url);
  expect(await opened.cloud.usage(calm())).toHaveLength(1);
  expect(await opened.cloud.image("resolve:ssm:/shop/image", ZONE, calm())).toMatchObject({
    image: null,
    text: expect.stringContaining("parametersEndpoint"),
  });
});

test("what is used is counted by family, on all pages; what may be used is what the account says", async () => {
  const spot = instance("b", { id: OTHER, more: "<instanceLifecycle>spot</instanceLifecycle>" });
  const stopped = instance("c", { id: "i-0c", state: "stopped" });
  const ended = instance("d", { id: "i-0d", state: "terminated" });
  await using opened = await openReplayed(
    [instances([instance("a"), stopped], "2"), instances([spot, ended]), ...MAY_CREATE],
    {
      limits: "standard = 64\ng = 0",
    },
  );
  expect(await opened.cloud.usage(calm())).toEqual([
    { realm: null, dimension: "instances", most: null, used: 3 },
    { realm: null, dimension: "cpu/g", most: 0, used: 0 },
    { realm: null, dimension: "cpu/standard", most: 64, used: 2 },
    { realm: null, dimension: "cpu/spot-standard", most: null, used: 2 },
  ]);
});

test("keys that may not make instances are told so, by a trial that makes nothing; it is made once", async () => {
  const denied = { status: 403, code: "UnauthorizedOperation", message: "You are not authorized." };
  await using opened = await openReplayed([
    instances([]),
    images({ id: IMAGE }),
    refusal("RunInstances", denied),
    instances([]),
    images(),
    // It does not get as far as the image when keys are not allowed to.
    refusal("RunInstances", { status: 400, code: "InvalidAMIID.NotFound" }),
    instances([]),
  ]);
  expect(await faultOf(opened.cloud.usage(calm()))).toMatchObject({
    class: "auth",
    text: "these keys may not make instances with their tags (ec2:RunInstances, ec2:CreateTags): You are not authorized.",
  });
  await opened.cloud.usage(calm());
  await opened.cloud.usage(calm());
  expect(opened.asked.filter(({ body }) => body.get("DryRun") === "true")).toHaveLength(2);
});

const NEWER = { id: "ami-0bbb", created: "2026-06-01T00:00:00.000Z" };
const OLDER = { id: "ami-0aaa", created: "2026-05-01T00:00:00.000Z" };

test("an image is chosen by its id", async () => {
  await using opened = await openReplayed([images({ id: IMAGE }), images()]);
  expect(await opened.cloud.image(IMAGE, ZONE, calm())).toEqual({ image: IMAGE });
  expect(await opened.cloud.image("ami-0dead", ZONE, calm())).toEqual({ image: null, text: null });
});

test("by a name only among the account's trusted owners, literally, and where one alone has it", async () => {
  await using opened = await openReplayed([images(OLDER), images(OLDER, NEWER), images()], {
    imageOwners: "self, 136693071363",
  });
  expect(await opened.cloud.image("debian*", ZONE, calm())).toEqual({ image: "ami-0aaa" });
  expect(await opened.cloud.image("debian", ZONE, calm())).toMatchObject({
    image: null,
    text: expect.stringContaining("several"),
  });
  expect(await opened.cloud.image("debian", ZONE, calm())).toMatchObject({
    image: null,
    text: expect.stringContaining("none of"),
  });
  expect(Object.fromEntries(opened.asked[0]?.body ?? [])).toMatchObject({
    "Owner.1": "self",
    "Owner.2": "136693071363",
    "Filter.1.Name": "name",
    "Filter.1.Value.1": String.raw`debian\*`,
  });
});

test("by the newest of a pattern or of tags", async () => {
  await using opened = await openReplayed([images(OLDER, NEWER), images(NEWER, OLDER), images()]);
  expect(await opened.cloud.image("newest:136693071363/debian-12-*", ZONE, calm())).toEqual({ image: "ami-0bbb" });
  expect(await opened.cloud.image("tag:app=shop,stage=live", ZONE, calm())).toEqual({ image: "ami-0bbb" });
  expect(await opened.cloud.image("tag:app=none", ZONE, calm())).toMatchObject({ image: null });
  expect(await opened.cloud.image("tag:app", ZONE, calm())).toMatchObject({
    image: null,
    text: expect.stringContaining("must look"),
  });
  expect(await opened.cloud.image("newest:debian", ZONE, calm())).toMatchObject({
    image: null,
    text: expect.stringContaining("must look"),
  });
  expect(opened.asked[0]?.body.get("Filter.1.Value.1")).toBe("debian-12-*");
  expect(opened.asked[1]?.body.get("Owner.1")).toBe("self");
  expect(opened.asked).toHaveLength(3);
});
