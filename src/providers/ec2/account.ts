// An account as it is written down: who asks which region, what is offered, what it costs. Contacts nobody.

import { parseAddress, parseTrust, type Trust } from "../../cloud-http/address.ts";
import type { Account } from "../../core/account.ts";
import type { WhereSections } from "../../core/market/where.ts";
import { accountFormFault, linesIn, readForm, readWhere } from "../../ports/account-form.ts";
import { type Prices, readPrices } from "../../ports/price-list.ts";
import { FAMILIES } from "./families.ts";
import { FORM, METADATA_TOKENS, type MetadataTokens, type Values } from "./form.ts";
import { tagsIn } from "./names.ts";

interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Null: the region's own. */
interface Endpoints {
  readonly ec2: URL | null;
  readonly quotas: URL | null;
  readonly parameters: URL | null;
}

/** What all machines get. */
export interface Given {
  readonly instanceProfile: { readonly Name: string } | { readonly Arn: string } | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Null: as image and region say. */
  readonly metadataTokens: MetadataTokens | null;
}

export interface Settings {
  readonly region: string;
  /** Null: the SDK's usual chain. */
  readonly keys: Keys | null;
  readonly endpoints: Endpoints;
  readonly trust: Trust;
  /** As in `types`; null: all. */
  readonly types: readonly string[] | null;
  readonly imageOwners: readonly string[];
  /** vCPUs at the most, by dimension. */
  readonly limits: ReadonlyMap<string, number>;
  readonly given: Given;
  readonly prices: Prices;
  readonly where: WhereSections;
}

/** A zone is called like its region, with a letter more: a common slip. */
const REGION = /^[a-z]{2,4}(?:-[a-z]+)+-\d+$/;
const OWNER = /^(?:self|amazon|aws-marketplace|\d{12})$/;
const TYPE = /^[a-z0-9.*-]+$/;

/** Throws a ProviderFault that names the wrong field and the remedy. */
export function parseAccount(
  { settings }: Pick<Account, "settings">,
  credentials: Readonly<Record<string, string>>,
): Settings {
  const values = readForm(FORM, { settings, credentials });
  const { region } = values;
  if (!REGION.test(region)) {
    const isZone = REGION.test(region.slice(0, -1));
    const must = isZone ? `is a zone; the region is ${region.slice(0, -1)}` : "must look like eu-central-1";
    throw accountFormFault("region", must);
  }
  const endpoints = endpointsIn(values);
  const types = values.types === null ? null : namesIn("types", values.types, { form: TYPE, example: "m7i.*" });
  return {
    region,
    keys: keysOf(values),
    endpoints,
    trust: parseTrust(
      { ca: values.ca, proxy: values.proxy },
      endpoints.ec2 ?? new URL(`https://ec2.${region}.amazonaws.com`),
    ),
    types,
    imageOwners: namesIn("imageOwners", values.imageOwners, { form: OWNER, example: "self, 136693071363" }),
    limits: limitsIn(values.limits ?? ""),
    given: {
      instanceProfile: profileIn(values.instanceProfile),
      tags: tagsIn(values.tags ?? ""),
      metadataTokens: METADATA_TOKENS.find((one) => one === values.metadataTokens) ?? null,
    },
    prices: readPrices(values, "m7i.large = 0.1155"),
    where: readWhere(FORM, settings),
  };
}

function endpointsIn({ endpoint, quotasEndpoint, parametersEndpoint }: Values): Endpoints {
  const at = (field: string, service: string, text: string | null): URL | null =>
    text === null
      ? null
      : parseAddress(text, { field, example: `https://vpce-0a1b.${service}.eu-central-1.vpce.amazonaws.com` });
  return {
    ec2: at("endpoint", "ec2", endpoint),
    quotas: at("quotasEndpoint", "servicequotas", quotasEndpoint),
    parameters: at("parametersEndpoint", "ssm", parametersEndpoint),
  };
}

function keysOf({ accessKeyId, secretAccessKey, sessionToken }: Values): Keys | null {
  if (accessKeyId === null && secretAccessKey === null && sessionToken === null) return null;
  if (accessKeyId === null) {
    throw accountFormFault("accessKeyId", "is missing; it must be the id that belongs to the secret");
  }
  if (secretAccessKey === null) {
    throw accountFormFault("secretAccessKey", "is missing; it must be the secret that belongs to the access key");
  }
  if (!/^\w{16,128}$/.test(accessKeyId)) {
    throw accountFormFault("accessKeyId", "must look like AKIAIOSFODNN7EXAMPLE");
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) };
}

function namesIn(
  field: string,
  text: string,
  { form, example }: { readonly form: RegExp; readonly example: string },
): readonly string[] {
  const names = text
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (names.length === 0 || names.some((name) => !form.test(name))) {
    throw accountFormFault(field, `must be names with commas between them, such as ${example}`);
  }
  return names;
}

const PROFILE_ARN = /^arn:aws[\w-]*:iam::\d{12}:instance-profile\/\S+$/;

function profileIn(text: string | null): Given["instanceProfile"] {
  if (text === null) return null;
  if (PROFILE_ARN.test(text)) return { Arn: text };
  if (/^[\w+=,.@-]{1,128}$/.test(text)) return { Name: text };
  throw accountFormFault("instanceProfile", "must be a name such as shop-machines, or an ARN of an instance profile");
}

const LIMIT = /^(?<family>(?:spot-)?[a-z][a-z0-9-]*)\s*[=:]\s*(?<most>\d{1,7})$/;

const isFamily = (name: string): boolean => FAMILIES.some((family) => name === family || name === `spot-${family}`);

function limitsIn(text: string): ReadonlyMap<string, number> {
  const limits = new Map<string, number>();
  for (const { line, no } of linesIn(text)) {
    const { family, most } = LIMIT.exec(line)?.groups ?? {};
    if (family === undefined || most === undefined || !isFamily(family)) {
      throw accountFormFault(
        "limits",
        `line ${no} must look like standard = 64; families: ${FAMILIES.join(", ")}, and each with spot- before it`,
      );
    }
    const dimension = `cpu/${family}`;
    if (limits.has(dimension)) throw accountFormFault("limits", `line ${no} tells the limit of ${family} again`);
    limits.set(dimension, Number(most));
  }
  return limits;
}
