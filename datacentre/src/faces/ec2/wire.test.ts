// Every refusal of the datacentre in Amazon's words, and faults on the wire.

import { describe, expect, test } from "vitest";
import { CLOUD_ERRORS, type CloudErrorCode } from "../../cloud-api.ts";
import { ec2Stages, parseXml } from "./ec2.testsuite.ts";
import { LOST, toldOf } from "../faces.testsuite.ts";

const opened = ec2Stages();

const SAID: Readonly<Record<CloudErrorCode, string>> = {
  insufficient_capacity: "500 InsufficientInstanceCapacity",
  quota_exceeded: "400 InstanceLimitExceeded",
  quota_zero: "400 InstanceLimitExceeded",
  throttled: "503 RequestLimitExceeded",
  wrong_key: "401 AuthFailure",
  session_expired: "400 RequestExpired",
  forbidden: "403 UnauthorizedOperation",
  account_suspended: "403 OptInRequired",
  invalid_request: "400 InvalidParameterValue",
  invalid_name: "400 InvalidParameterValue",
  invalid_realm: "400 InvalidParameterValue",
  invalid_size: "400 Unsupported",
  invalid_user_data: "400 InvalidParameterValue",
  image_not_found: "400 InvalidAMIID.NotFound",
  invalid_reference: "400 InvalidParameterValue",
  price_too_low: "400 SpotMaxPriceTooLow",
  no_free_address: "400 InsufficientFreeAddressesInSubnet",
  realm_down: "503 Unavailable",
  internal_error: "500 InternalError",
  unavailable: "503 Unavailable",
  name_taken: "400 InvalidKeyPair.Duplicate",
  token_mismatch: "400 IdempotentParameterMismatch",
  token_spent: "400 IdempotentInstanceTerminated",
  locked: "400 IncorrectState",
  wrong_state: "400 IncorrectState",
  in_use: "400 VolumeInUse",
  protected: "400 OperationNotPermitted",
  not_found: "400 InvalidInstanceID.NotFound",
  no_route: "400 InvalidAction",
  unexplained: "400 Unexplained",
};

describe("each refusal", () => {
  test("in Amazon's words, as a document of Amazon's", async () => {
    const { call, order, operator } = await opened();
    const told: Record<string, string> = {};
    for (const code of Object.keys(CLOUD_ERRORS)) {
      operator.addFaults([{ on: "create", do: { kind: "refuse", code: codeNamed(code) } }]);
      const answer = await call("RunInstances", order);
      expect(answer.root).toBe("Response");
      expect(answer.at("RequestID")).toBe(answer.headers.get("x-amzn-requestid"));
      expect(answer.text("Errors.Error.Message")).not.toBe("");
      told[code] = `${answer.status} ${answer.text("Errors.Error.Code")}`;
    }
    expect(told).toEqual(SAID);
  });

  test("a limit in the word for what is limited", async () => {
    const { refusal, order, operator } = await opened();
    const limited: Record<string, string> = {};
    const spot = { "InstanceMarketOptions.MarketType": "spot" };
    for (const dimension of [
      "instances",
      "cpu",
      "cpu/standard",
      "spotInstances",
      "volumeGib",
      "volumes",
      "ports",
      "memoryMib",
    ]) {
      operator.setQuota("AKIAEASTDATACENTRE", { [dimension]: 0 });
      const asked = dimension === "spotInstances" ? { ...order, ...spot } : order;
      limited[dimension] = (await refusal("RunInstances", asked)).split(":")[0] ?? "";
    }
    expect(limited).toEqual({
      instances: "400 InstanceLimitExceeded",
      cpu: "400 VcpuLimitExceeded",
      "cpu/standard": "400 VcpuLimitExceeded",
      spotInstances: "400 MaxSpotInstanceCountExceeded",
      volumeGib: "400 VolumeLimitExceeded",
      volumes: "400 VolumeLimitExceeded",
      ports: "400 NetworkInterfaceLimitExceeded",
      memoryMib: "400 ResourceLimitExceeded",
    });
  });

  test("any of Amazon's codes by a script", async () => {
    const { refusal, operator } = await opened();
    const message = "PendingVerification: Your account is pending verification.";
    operator.addFaults([{ on: "any", do: { kind: "refuse", code: "unexplained", message } }]);
    expect(await refusal("DescribeInstances")).toBe(`400 ${message}`);
  });

  test("suspension, outage and throttle before the request is looked at", async () => {
    const { refusal, operator, datacentre } = await opened({
      tenants: [{ name: "AKIAEASTDATACENTRE", key: "east-key", throttle: { burst: 1, perSecond: 0.001 } }],
    });
    operator.setOutage(true);
    expect(await refusal("RunInstances", {})).toMatch(/^503 Unavailable/);
    operator.setOutage(false);
    operator.setSuspended("AKIAEASTDATACENTRE", true);
    expect(await refusal("RunInstances", {})).toMatch(/^403 OptInRequired/);
    operator.setSuspended("AKIAEASTDATACENTRE", false);
    expect(await refusal("RunInstances", {})).toMatch(/^400 MissingParameter/);
    expect(await refusal("RunInstances", {})).toBe("503 RequestLimitExceeded: Request limit exceeded.");
    expect(datacentre.billing.entries()).toEqual([]);
  });
});

function codeNamed(name: string): CloudErrorCode {
  for (const code of Object.keys(SAID)) if (code === name && isCode(code)) return code;
  throw new Error(`no code ${name}`);
}

function isCode(name: string): name is CloudErrorCode {
  return name in CLOUD_ERRORS;
}

describe("requests that are none", () => {
  test.each([
    [
      { Action: "LaunchRocket", Version: "2016-11-15" },
      "400 InvalidAction: The action LaunchRocket is not valid for this web service.",
    ],
    [{ Version: "2016-11-15" }, "400 MissingAction: The request must contain the parameter Action"],
    [
      { Action: "DescribeRegions", Version: "1999-01-01" },
      "400 NoSuchVersion: The requested version (1999-01-01) does not exist",
    ],
  ])("%o", async (parameters, expected) => {
    const { refusal } = await opened();
    expect(await refusal("", parameters)).toBe(expected);
  });

  test("GET is as good as POST", async () => {
    const { call } = await opened();
    const filters = { "Filter.1.Name": "zone-name", "Filter.1.Value.1": "us-east-1b" };
    const answer = await call("DescribeAvailabilityZones", filters, { method: "GET" });
    expect(answer.at("availabilityZoneInfo.0.zoneName")).toBe("us-east-1b");
  });

  test("there is nothing at other paths", async () => {
    const { url } = await opened();
    const answer = await fetch(`${url}/v1/machines`, { method: "POST", body: "Action=DescribeRegions" });
    expect(answer.status).toBe(403);
    expect(parseXml(await answer.text()).root).toBe("Response");
  });
});

describe("faults on the wire", () => {
  test("lost requests and answers, errors although it was done, throttles, answers by script", async () => {
    const { call, order, operator, datacentre } = await opened();
    operator.addFaults([
      ...LOST,
      { on: "create", do: { kind: "error_but_done" } },
      { on: "create", do: { kind: "error_but_done", code: "internal_error" } },
      { on: "create", do: { kind: "refuse", code: "throttled" } },
    ]);
    const create = async (nth: number): Promise<string> => {
      const { status, text } = await call("RunInstances", { ...order, ClientToken: `t-${nth}` });
      return `${status} ${text("Errors.Error.Code")}${text("instancesSet.0.instanceState.name")}`;
    };
    const told = await toldOf(create, { datacentre, times: 7 });
    expect(told).toEqual([
      "TypeError: fetch failed, 0 alive",
      "TypeError: fetch failed, 1 alive",
      "TypeError: terminated, 2 alive",
      "503 Unavailable, 3 alive",
      "500 InternalError, 4 alive",
      "503 RequestLimitExceeded, 4 alive",
      "200 pending, 5 alive",
    ]);
  });

  test("what was made without an answer is found by its token", async () => {
    const { call, order, launch, operator, datacentre } = await opened();
    operator.addFaults([{ on: "create", do: { kind: "lose_answer" } }]);
    const asked = { ...order, ClientToken: "t" };
    await expect(call("RunInstances", asked)).rejects.toThrow("fetch failed");
    const filters = { "Filter.1.Name": "client-token", "Filter.1.Value.1": "t" };
    const found = (await call("DescribeInstances", filters)).at("reservationSet.0.instancesSet.0.instanceId");
    expect(await launch({ ClientToken: "t" })).toEqual([found]);
    expect(datacentre.billing.aliveNow()).toHaveLength(1);
  });

  test("a delay is the clock's", async () => {
    const { call, operator, clock } = await opened();
    operator.addFaults([{ on: "realms", do: { kind: "delay", ms: 5000 } }]);
    const asked = call("DescribeRegions");
    while (clock.nextAt() === null) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(5000);
    expect((await asked).status).toBe(200);
  });

  test("a list that is empty and does not say why", async () => {
    const { call, launch, operator } = await opened();
    await launch();
    operator.addFaults([{ on: "list", do: { kind: "list_empty" } }]);
    expect((await call("DescribeInstances")).list("reservationSet")).toEqual([]);
  });
});
