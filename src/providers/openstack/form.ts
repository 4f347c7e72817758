import { TRUST_FIELDS } from "../../cloud-http/address.ts";
import type { AccountForm, FormField, FormValues } from "../../ports/account-form.ts";
import { PRICE_PER_CPU, PRICE_PER_GIB, PRICES } from "../../ports/price-list.ts";

export const INTERFACES = ["public", "internal", "admin"] as const;

const text = { of: "setting", kind: "text", isRequired: false, default: null } as const;

/** Who logs in, and where. Each may stand in `clouds` instead. */
const LOGIN_FIELDS = [
  {
    name: "authUrl",
    of: "setting",
    kind: "address",
    label: "Identity service",
    help: "The address of Keystone v3; needed unless it stands in the clouds.yaml.",
    isRequired: false,
    example: "https://cloud.example.org:5000/v3",
    default: null,
  },
  {
    ...text,
    name: "user",
    label: "User",
    help: "Name or id of the user who logs in with a password.",
    example: "slipway",
  },
  {
    ...text,
    name: "userDomain",
    label: "User's domain",
    help: "Name or id of the user's domain; Default when left out.",
    example: "Default",
  },
  {
    name: "password",
    of: "credential",
    kind: "text",
    label: "Password",
    help: "The user's password.",
    isRequired: false,
    example: null,
    default: null,
  },
  {
    ...text,
    name: "project",
    label: "Project",
    help: "Name or id of the project in which machines are made; an application credential knows its own.",
    example: "shop",
  },
  {
    ...text,
    name: "projectDomain",
    label: "Project's domain",
    help: "Name or id of the project's domain; the user's when left out.",
    example: "Default",
  },
  {
    ...text,
    name: "applicationCredential",
    label: "Application credential",
    help: "Id of an application credential in place of user, password and project; or its name, together with the user.",
    example: "6cb5fa6a13184e6fab65ba2108adf50c",
  },
  {
    name: "applicationCredentialSecret",
    of: "credential",
    kind: "text",
    label: "Its secret",
    help: "The application credential's secret.",
    isRequired: false,
    example: null,
    default: null,
  },
  {
    name: "clouds",
    of: "credential",
    kind: "lines",
    label: "A clouds.yaml",
    help: "The text of a clouds.yaml: what is not given in fields of their own is taken from there.",
    isRequired: false,
    example: null,
    default: null,
  },
  {
    ...text,
    name: "cloud",
    label: "Cloud",
    help: "Which entry of the clouds.yaml is meant; not needed when it has only one.",
    example: "shop",
  },
  {
    ...text,
    name: "region",
    label: "Region",
    help: "Needed where the cloud has several.",
    example: "RegionOne",
  },
  {
    name: "interface",
    of: "setting",
    kind: "choice",
    choices: INTERFACES,
    label: "Interface",
    help: "Which of the addresses in the cloud's catalogue are used; public when left out.",
    isRequired: false,
    example: null,
    default: null,
  },
] as const satisfies readonly FormField[];

const MACHINE_FIELDS = [
  {
    ...text,
    name: "floatingNetwork",
    label: "Public network",
    help: "Name or id of the external network from which machines get floating addresses; needed by those with publicAddress.",
    example: "public",
  },
  {
    name: "volumeGib",
    of: "setting",
    kind: "amount",
    least: 1,
    most: 65_536,
    label: "Boot volume",
    help: "GiB of the volume from which servers boot whose flavor has no disk; such flavors are not offered without it.",
    isRequired: false,
    example: "20",
    default: null,
  },
  {
    ...text,
    name: "architecture",
    label: "Architecture",
    help: "Of flavors that do not tell theirs.",
    example: "arm64",
    default: "x86_64",
  },
] as const satisfies readonly FormField[];

/** OpenStack knows no prices. */
const PRICE_FIELDS = [
  {
    ...PRICES,
    label: "Prices of flavors",
    help: "Dollars per hour, one flavor a line: its name, an equals sign, and the price.",
    example: "m1.small = 0.02",
  },
  {
    ...PRICE_PER_CPU,
    label: "Price of a processor",
    help: "Dollars per hour, together with that of memory, for flavors without a price of their own.",
    example: "0.01",
  },
  PRICE_PER_GIB,
] as const satisfies readonly FormField[];

export const FORM = {
  about: "A project of an OpenStack cloud: Nova's servers, Glance's images, Neutron's networks.",
  where: ["networks", "securityGroups", "key", "publicKey", "publicAddress"],
  fields: [...LOGIN_FIELDS, ...MACHINE_FIELDS, ...PRICE_FIELDS, ...TRUST_FIELDS],
} as const satisfies AccountForm;

export type Values = FormValues<typeof FORM>;
