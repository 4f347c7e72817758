// STS, Service Quotas and Systems Manager.

import { describe, expect, test } from "vitest";
import { authorizationFor, ec2Stages, imageNamed } from "./ec2.testsuite.ts";

const opened = ec2Stages();
const STS = { service: "sts", version: "2011-06-15" };

describe("STS", () => {
  test("says who is asking, in any region", async () => {
    const { call, refusal } = await opened();
    const answer = await call("GetCallerIdentity", {}, { ...STS, region: "aws-global" });
    expect(answer.root).toBe("GetCallerIdentityResponse");
    expect(answer.at("GetCallerIdentityResult.Account")).toMatch(/^\d{12}$/);
    expect(answer.at("GetCallerIdentityResult.Arn")).toMatch(/^arn:aws:iam::\d{12}:user\/AKIAEASTDATACENTRE$/);
    expect(await refusal("GetCallerIdentity", {}, { ...STS, key: "AKIDNOBODY" })).toMatch(/^403 InvalidClientTokenId/);
    expect(await refusal("GetCallerIdentity", {}, { ...STS, secret: "no" })).toMatch(/^403 SignatureDoesNotMatch/);
    expect(await refusal("GetWealth", {}, STS)).toMatch(/^400 InvalidAction/);
  });

  test.each([
    ["GetSessionToken", { DurationSeconds: 900 }],
    ["AssumeRole", { RoleArn: "arn:aws:iam::123456789012:role/launcher", RoleSessionName: "s" }],
  ])("%s lends credentials for a time, and then they are over", async (action, parameters) => {
    const { call, refusal, clock, operator } = await opened({ sessions: { lifeMs: 60_000 } });
    const lent = (await call(action, parameters, STS)).at(`${action}Result.Credentials`);
    expect(lent).toMatchObject({ Expiration: "2026-01-01T00:01:00.000Z" });
    const { AccessKeyId: key = "", SecretAccessKey: secret = "", SessionToken: sessionToken = "" } = Object(lent);
    const by = { key, secret, sessionToken };
    expect((await call("DescribeInstances", {}, by)).status).toBe(200);
    expect(await refusal("DescribeInstances", {}, { ...by, secret: "no" })).toMatch(/^403 SignatureDoesNotMatch/);
    expect(await refusal("DescribeInstances", {}, { ...by, key: "AKIAEASTDATACENTRE" })).toMatch(/^401 AuthFailure/);
    expect(await refusal("GetSessionToken", {}, { ...STS, ...by })).toMatch(/^403 AccessDenied/);
    operator.addFaults([{ on: "list", do: { kind: "expire_session" } }]);
    expect(await refusal("DescribeInstances", {}, by)).toBe("400 RequestExpired: Request has expired.");
    await clock.advance(60_000);
    expect(await refusal("GetCallerIdentity", {}, { ...STS, ...by })).toMatch(/^403 ExpiredToken/);
  });
});

/** A request of a service that speaks JSON: status, and the body or the code of the refusal. */
async function jsonOf(url: string, [service, target]: readonly [string, string], body: unknown): Promise<unknown> {
  const text = JSON.stringify(body);
  const time = "20260101T000000Z";
  const headers = {
    "content-type": "application/x-amz-json-1.1",
    host: new URL(url).host,
    "x-amz-date": time,
    "x-amz-target": target,
  };
  const signing = { key: "AKIAEASTDATACENTRE", secret: "east-key", region: "us-east-1", service, time };
  const authorization = authorizationFor(signing, { method: "POST", path: "/", query: "", headers, body: text });
  const answer = await fetch(url, { method: "POST", headers: { ...headers, authorization }, body: text });
  const told: unknown = await answer.json();
  return answer.status === 200 ? told : `${answer.status} ${answer.headers.get("x-amzn-errortype")}`;
}

describe("Service Quotas", () => {
  const LIST = ["servicequotas", "ServiceQuotasV20190624.ListServiceQuotas"] as const;
  const GET = ["servicequotas", "ServiceQuotasV20190624.GetServiceQuota"] as const;

  test("tells what is limited by Amazon's codes", async () => {
    const { url, operator } = await opened();
    const standard = { QuotaCode: "L-1216C47A", Value: 64 };
    expect(await jsonOf(url, LIST, { ServiceCode: "ec2" })).toMatchObject({
      Quotas: [standard, { QuotaCode: "L-DB2E81BA", Value: 0 }, { QuotaCode: "L-34B43A08", Value: 32 }],
    });
    const asked = { ServiceCode: "ec2", QuotaCode: "L-1216C47A" };
    expect(await jsonOf(url, GET, asked)).toMatchObject({ Quota: standard });
    operator.setQuota("AKIAEASTDATACENTRE", {});
    expect(await jsonOf(url, GET, asked)).toBe("400 NoSuchResourceException");
    operator.addFaults([{ on: "usage", do: { kind: "refuse", code: "throttled" } }]);
    expect(await jsonOf(url, GET, asked)).toBe("400 ThrottlingException");
    expect(await jsonOf(url, GET, { ServiceCode: "ec2" })).toBe("400 ValidationException");
  });
});

describe("Systems Manager", () => {
  const base = "/aws/service/ami-amazon-linux-latest";
  const name = `${base}/al2023-ami-kernel-default-x86_64`;

  test("names images by parameters", async () => {
    const { url } = await opened();
    const Value = imageNamed("al2023-ami-2023.9.20260105.0-kernel-6.1-x86_64");
    const ask = (action: string, body: unknown) => jsonOf(url, ["ssm", `AmazonSSM.${action}`], body);
    expect(await ask("GetParameter", { Name: name })).toMatchObject({ Parameter: { Name: name, Value } });
    expect(await ask("GetParameter", { Name: "/no" })).toBe("400 ParameterNotFound");
    expect(await ask("GetParameters", { Names: [name, "/no"] })).toMatchObject({
      Parameters: [{ Value }],
      InvalidParameters: ["/no"],
    });
    expect(await ask("GetParametersByPath", { Path: base })).toMatchObject({
      Parameters: [{ Value }, { Type: "String" }],
    });
    expect(await ask("GetParametersByPath", { Path: "/aws" })).toEqual({ Parameters: [] });
    expect(await ask("GetParametersByPath", { Path: "/aws", Recursive: true })).toMatchObject({ Parameters: [{}, {}] });
    expect(await ask("PutParameter", { Name: name })).toBe("400 UnknownOperationException");
  });
});
