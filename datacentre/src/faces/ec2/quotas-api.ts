// Service Quotas: the account's limits, under the codes that Amazon has for them.

import type { Asked } from "../../desk/asked.ts";
import { amount, shape, text } from "../../shape.ts";
import { jsonAction, jsonApi } from "./json-api.ts";
import { accountId, regionOf } from "./names.ts";
import { AwsError } from "./refusals.ts";

interface Quota {
  readonly code: string;
  readonly name: string;
  /** Those of the datacentre that it means: the first that is limited. */
  readonly dimensions: readonly string[];
}

const QUOTAS: readonly Quota[] = [
  {
    code: "L-1216C47A",
    name: "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
    dimensions: ["cpu/standard", "cpu/general", "cpu"],
  },
  { code: "L-DB2E81BA", name: "Running On-Demand G and VT instances", dimensions: ["cpu/g"] },
  { code: "L-417A185B", name: "Running On-Demand P instances", dimensions: ["cpu/p"] },
  {
    code: "L-34B43A08",
    name: "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
    dimensions: ["spotCpu"],
  },
  { code: "L-0263D0A3", name: "EC2-VPC Elastic IPs", dimensions: ["addresses"] },
];

const CODE = "ec2";

function quotasOf(asked: Asked) {
  const { limits } = asked.tenant.quota;
  return QUOTAS.flatMap(({ code, name, dimensions }) => {
    const value = dimensions.map((dimension) => limits[dimension]).find((limit) => typeof limit === "number");
    // What is not limited has no quota that could be told.
    if (value === undefined) return [];
    return {
      ServiceCode: CODE,
      ServiceName: "Amazon Elastic Compute Cloud (Amazon EC2)",
      QuotaArn: `arn:aws:servicequotas:${regionOf(asked)}:${accountId(asked)}:${CODE}/${code}`,
      QuotaCode: code,
      QuotaName: name,
      Value: value,
      Unit: "None",
      Adjustable: true,
      GlobalQuota: false,
    };
  });
}

const readOne = shape({ ServiceCode: text, QuotaCode: text }, { ContextId: text });
const readAll = shape(
  { ServiceCode: text },
  { MaxResults: amount, NextToken: text, QuotaCode: text, QuotaAppliedAtLevel: text },
);

export const quotasApi = jsonApi({
  name: "servicequotas",
  target: "ServiceQuotasV20190624",
  actions: new Map([
    [
      "GetServiceQuota",
      jsonAction("usage", readOne, (asked, { ServiceCode, QuotaCode }) => {
        const Quota = quotasOf(asked).find((quota) => ServiceCode === CODE && quota.QuotaCode === QuotaCode);
        if (Quota !== undefined) return { Quota };
        throw new AwsError(400, "NoSuchResourceException", `No quota ${QuotaCode} of ${ServiceCode}`);
      }),
    ],
    [
      "ListServiceQuotas",
      jsonAction("usage", readAll, (asked, { ServiceCode, QuotaCode }) => {
        if (ServiceCode !== CODE) throw new AwsError(400, "NoSuchResourceException", `No service ${ServiceCode}`);
        return { Quotas: quotasOf(asked).filter((quota) => QuotaCode === undefined || quota.QuotaCode === QuotaCode) };
      }),
    ],
  ]),
});
