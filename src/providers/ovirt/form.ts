import { TRUST_FIELDS } from "../../cloud-http/address.ts";
import type { AccountForm, FormField, FormValues } from "../../ports/account-form.ts";
import { PRICE_PER_CPU, PRICE_PER_GIB, PRICES } from "../../ports/price-list.ts";

const text = { of: "setting", kind: "text", isRequired: false, default: null } as const;
const amount = { of: "setting", kind: "amount", isRequired: false } as const;

const LOGIN_FIELDS = [
  {
    name: "url",
    of: "setting",
    kind: "address",
    label: "Engine",
    help: "The address of the oVirt engine.",
    isRequired: true,
    example: "https://engine.example.org/ovirt-engine/api",
    default: null,
  },
  {
    name: "user",
    of: "setting",
    kind: "text",
    label: "User",
    help: "The user's name, an @, and the profile that knows the user.",
    isRequired: true,
    example: "slipway@internal",
    default: null,
  },
  {
    name: "password",
    of: "credential",
    kind: "text",
    label: "Password",
    help: "The user's password.",
    isRequired: true,
    example: null,
    default: null,
  },
  {
    ...text,
    name: "dataCenter",
    label: "Data center",
    help: "Name or id of the data center in which machines are made; needed where the user sees several.",
    example: "Default",
  },
  {
    ...text,
    name: "cluster",
    label: "Cluster",
    help: "Name or id of the only cluster that counts; all of the data center when left out.",
    example: "Default",
  },
  {
    ...text,
    name: "quota",
    label: "Quota",
    help: "Name or id of the data center's quota that machines count against; the engine's choice when left out.",
    example: "shop",
  },
] as const satisfies readonly FormField[];

const SIZES = ["instance-types", "custom"] as const;

const SIZE_FIELDS = [
  {
    name: "sizes",
    of: "setting",
    kind: "choice",
    choices: SIZES,
    label: "Sizes",
    help: "Whether processors and memory are those of the engine's instance types, or cut to what a blueprint asks for.",
    isRequired: false,
    example: null,
    default: "instance-types",
  },
  {
    ...amount,
    name: "mostCpu",
    least: 1,
    most: 4_096,
    label: "Most processors",
    help: "Of machines that are cut to measure.",
    example: "16",
    default: 16,
  },
  {
    ...amount,
    name: "mostMemoryGib",
    least: 1,
    most: 65_536,
    label: "Most memory",
    help: "GiB, of machines that are cut to measure.",
    example: "64",
    default: 64,
  },
  {
    ...amount,
    name: "mostStorageGib",
    least: 1,
    most: 65_536,
    label: "Most storage",
    help: "GiB up to which the boot disk of a template is enlarged for a blueprint that asks for more than it has.",
    example: "500",
    default: 500,
  },
] as const satisfies readonly FormField[];

const DISKS = ["thin", "clone"] as const;

const DISK_FIELDS = [
  {
    name: "disks",
    of: "setting",
    kind: "choice",
    choices: DISKS,
    label: "Disks",
    help: "Whether disks are thin ones on top of the template's, or whole copies, which take long to make and outlast the template.",
    isRequired: false,
    example: null,
    default: "thin",
  },
] as const satisfies readonly FormField[];

/** oVirt knows no prices. */
const PRICE_FIELDS = [
  {
    ...PRICES,
    label: "Prices of instance types",
    help: "Dollars per hour, one instance type a line: its name, an equals sign, and the price.",
    example: "Small = 0.02",
  },
  {
    ...PRICE_PER_CPU,
    label: "Price of a processor",
    help: "Dollars per hour, together with that of memory, for sizes without a price of their own.",
    example: "0.01",
  },
  PRICE_PER_GIB,
] as const satisfies readonly FormField[];

export const FORM = {
  about: "A data center of an oVirt engine, or of Red Hat Virtualization: virtual machines from its templates.",
  where: ["networks", "publicKey"],
  fields: [...LOGIN_FIELDS, ...SIZE_FIELDS, ...DISK_FIELDS, ...PRICE_FIELDS, ...TRUST_FIELDS],
} as const satisfies AccountForm;

export type Values = FormValues<typeof FORM>;
