import { TRUST_FIELDS } from "../../cloud-http/address.ts";
import type { AccountForm, FormField, FormValues } from "../../ports/account-form.ts";
import { PRICE_PER_CPU, PRICE_PER_GIB, PRICES } from "../../ports/price-list.ts";

const text = { of: "setting", kind: "text", isRequired: false, default: null } as const;

export const METADATA_TOKENS = ["required", "optional"] as const;
export type MetadataTokens = (typeof METADATA_TOKENS)[number];

/** Who asks, and where. */
const ENTRY_FIELDS = [
  {
    ...text,
    name: "region",
    label: "Region",
    help: "The region in which machines are made; its zones are the realms.",
    isRequired: true,
    example: "eu-central-1",
  },
  {
    ...text,
    name: "accessKeyId",
    label: "Access key",
    help: "Id of an access key; without one the AWS SDK looks where it usually does: environment, shared files, the role of this machine.",
    example: "AKIAIOSFODNN7EXAMPLE",
  },
  {
    name: "secretAccessKey",
    of: "credential",
    kind: "text",
    label: "Its secret",
    help: "The access key's secret.",
    isRequired: false,
    example: null,
    default: null,
  },
  {
    name: "sessionToken",
    of: "credential",
    kind: "text",
    label: "Session token",
    help: "Of a temporary access key; the account is suspended when it expires.",
    isRequired: false,
    example: null,
    default: null,
  },
  {
    name: "endpoint",
    of: "setting",
    kind: "address",
    label: "Endpoint",
    help: "The address of EC2's API, where it is not the region's own.",
    isRequired: false,
    example: "https://vpce-0a1b.ec2.eu-central-1.vpce.amazonaws.com",
    default: null,
  },
  {
    name: "quotasEndpoint",
    of: "setting",
    kind: "address",
    label: "Endpoint of Service Quotas",
    help: "The address of Service Quotas' API; with an endpoint of EC2's and without this one limits are not asked for.",
    isRequired: false,
    example: "https://vpce-0a1b.servicequotas.eu-central-1.vpce.amazonaws.com",
    default: null,
  },
  {
    name: "parametersEndpoint",
    of: "setting",
    kind: "address",
    label: "Endpoint of Systems Manager",
    help: "The address of Systems Manager's API; with an endpoint of EC2's and without this one images cannot be chosen by a parameter.",
    isRequired: false,
    example: "https://vpce-0a1b.ssm.eu-central-1.vpce.amazonaws.com",
    default: null,
  },
] as const satisfies readonly FormField[];

const OFFER_FIELDS = [
  {
    ...text,
    name: "types",
    label: "Instance types",
    help: "Which types are offered, with commas between them and * for any letters; all of the region when left out.",
    example: "m7i.*, c7i.large",
  },
  {
    ...text,
    name: "imageOwners",
    label: "Owners of images",
    help: "Whose images may be chosen by name, with commas between them: account numbers, self, amazon. Anybody can give an image a name.",
    example: "self, 136693071363",
    default: "self, amazon",
  },
  {
    name: "limits",
    of: "setting",
    kind: "lines",
    label: "Limits of processors",
    help: "At the most so many vCPUs by family, one a line (standard, spot-standard, g, p and so on), where Service Quotas says more or may not be asked.",
    isRequired: false,
    example: "standard = 64",
    default: null,
  },
] as const satisfies readonly FormField[];

/** What all machines of the account get. */
const MACHINE_FIELDS = [
  {
    ...text,
    name: "instanceProfile",
    label: "Instance profile",
    help: "Name or ARN of the IAM instance profile whose role machines have; none when left out.",
    example: "shop-machines",
  },
  {
    name: "tags",
    of: "setting",
    kind: "lines",
    label: "Tags",
    help: "On all that is made, one a line: the key, an equals sign, and the value.",
    isRequired: false,
    example: "cost-center = 4711",
    default: null,
  },
  {
    name: "metadataTokens",
    of: "setting",
    kind: "choice",
    choices: METADATA_TOKENS,
    label: "Metadata tokens",
    help: "Whether machines are told their metadata only with a token (IMDSv2); as image and region say when left out.",
    isRequired: false,
    example: null,
    default: null,
  },
] as const satisfies readonly FormField[];

/** EC2's API tells prices of spot offers only. */
const PRICE_FIELDS = [
  {
    ...PRICES,
    label: "Prices of instance types",
    help: "Dollars per hour, one type a line: its name, an equals sign, and the price.",
    example: "m7i.large = 0.1155",
  },
  {
    ...PRICE_PER_CPU,
    label: "Price of a vCPU",
    help: "Dollars per hour, together with that of memory, for types without a price of their own.",
    example: "0.03",
  },
  { ...PRICE_PER_GIB, help: "Dollars per GiB and hour, together with that of a vCPU." },
] as const satisfies readonly FormField[];

export const FORM = {
  about: "One region of an AWS account: EC2's instances.",
  where: ["networks", "securityGroups", "key", "publicKey", "publicAddress", "hosts"],
  fields: [...ENTRY_FIELDS, ...OFFER_FIELDS, ...MACHINE_FIELDS, ...PRICE_FIELDS, ...TRUST_FIELDS],
} as const satisfies AccountForm;

export type Values = FormValues<typeof FORM>;
