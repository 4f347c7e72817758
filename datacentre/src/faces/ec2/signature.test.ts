// Amazon's own examples of Signature Version 4 ("Signature Version 4 Test Suite", and the request to IAM of its description), against
// the face and against the signer of the tests.

import { describe, expect, test } from "vitest";
import { authorizationFor, ec2Stages, type ToSign } from "./ec2.testsuite.ts";
import { signatureOf } from "./signature.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TIME = "20150830T123600Z";
const PLAIN = { host: "example.amazonaws.com", "x-amz-date": TIME };
const FORM = "application/x-www-form-urlencoded";

interface Example {
  readonly name: string;
  readonly service: string;
  readonly toSign: ToSign;
  /** As sent, where it differs. */
  readonly sentQuery?: string;
  readonly signature: string;
}

const get = { method: "GET", path: "/", query: "", headers: PLAIN, body: "" };
const EXAMPLES: readonly Example[] = [
  {
    name: "get-vanilla",
    service: "service",
    toSign: get,
    signature: "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
  },
  {
    name: "get-vanilla-query-order-key-case",
    service: "service",
    toSign: { ...get, query: "Param1=value1&Param2=value2" },
    sentQuery: "Param2=value2&Param1=value1",
    signature: "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
  },
  {
    name: "post-vanilla",
    service: "service",
    toSign: { ...get, method: "POST" },
    signature: "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
  },
  {
    name: "post-x-www-form-urlencoded",
    service: "service",
    toSign: { ...get, method: "POST", headers: { "content-type": FORM, ...PLAIN }, body: "Param1=value1" },
    signature: "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
  },
  {
    name: "ListUsers of IAM",
    service: "iam",
    toSign: {
      ...get,
      query: "Action=ListUsers&Version=2010-05-08",
      headers: { "content-type": `${FORM}; charset=utf-8`, host: "iam.amazonaws.com", "x-amz-date": TIME },
    },
    signature: "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7",
  },
];

describe("Amazon's examples", () => {
  test.each(EXAMPLES)("$name", ({ service, toSign, sentQuery, signature }) => {
    const signing = { key: "AKIDEXAMPLE", secret: SECRET, region: "us-east-1", service, time: TIME };
    const authorization = authorizationFor(signing, toSign);
    expect(authorization).toContain(`Signature=${signature}`);
    const query = new URLSearchParams(sentQuery ?? toSign.query);
    const read = signatureOf({ ...toSign, query, headers: { ...toSign.headers, authorization } });
    expect(read).toMatchObject({ accessKeyId: "AKIDEXAMPLE", region: "us-east-1", service, sessionToken: null });
    expect(read.signedAt).toBe(Date.UTC(2015, 7, 30, 12, 36));
    expect(read.isBy(SECRET)).toBe(true);
    expect(read.isBy("another")).toBe(false);
  });
});

describe("whoever signs wrongly", () => {
  const opened = ec2Stages();
  const MINUTE = 60_000;

  test("is told what is wrong: key, secret, time, region", async () => {
    const { refusal, clock } = await opened();
    const told = (options: object) => refusal("DescribeRegions", {}, options);
    expect(await told({ key: "AKIDNOBODY" })).toBe(
      "401 AuthFailure: AWS was not able to validate the provided access credentials",
    );
    expect(await told({ secret: "wrong" })).toMatch(/^403 SignatureDoesNotMatch: The request signature we calculated/);
    expect(await told({ signedAt: clock.now() - 16 * MINUTE })).toBe("400 RequestExpired: Request has expired.");
    expect(await told({ signedAt: clock.now() + 16 * MINUTE })).toBe("400 RequestExpired: Request has expired.");
    expect(await told({ region: "eu-west-9" })).toBe(
      "403 SignatureDoesNotMatch: Credential should be scoped to a valid region, not 'eu-west-9'.",
    );
  });

  test("has done nothing", async () => {
    const { call, order, datacentre, clock } = await opened();
    await call("RunInstances", order, { secret: "wrong" });
    await call("RunInstances", order, { signedAt: clock.now() - 16 * MINUTE });
    await call("RunInstances", order, { region: "eu-west-9" });
    expect(datacentre.billing.entries()).toEqual([]);
  });

  test("a clock that is a little off does no harm, and each answer tells the time", async () => {
    const { call, clock } = await opened();
    const answer = await call("DescribeRegions", {}, { signedAt: clock.now() - 14 * MINUTE });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("date")).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
  });

  test.each([
    ["nothing", {}, "403 MissingAuthenticationToken"],
    ["another scheme", { authorization: "Bearer abc" }, "400 IncompleteSignature"],
    [
      "half of it",
      { authorization: "AWS4-HMAC-SHA256 Credential=A/20260101/us-east-1/ec2/aws4_request" },
      "400 IncompleteSignature",
    ],
    [
      "another day",
      {
        authorization:
          "AWS4-HMAC-SHA256 Credential=A/20250101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=00",
        "x-amz-date": "20260101T000000Z",
      },
      "400 IncompleteSignature",
    ],
  ])("%s in the header", async (_, headers, expected) => {
    const { url } = await opened();
    const answer = await fetch(`${url}/`, {
      method: "POST",
      headers,
      body: "Action=DescribeRegions&Version=2016-11-15",
    });
    const text = await answer.text();
    expect(`${answer.status} ${/<Code>(.*)<\/Code>/.exec(text)?.[1]}`).toBe(expected);
  });
});
