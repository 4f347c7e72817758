import { CLIENT_CERTIFICATE_FIELDS, TRUST_FIELDS } from "../../cloud-http/address.ts";
import type { AccountForm, FormField, FormValues } from "../../ports/account-form.ts";
import { PRICE_PER_CPU, PRICE_PER_GIB, PRICES } from "../../ports/price-list.ts";

const text = { of: "setting", kind: "text", isRequired: false, default: null } as const;

const [CERT, KEY] = CLIENT_CERTIFICATE_FIELDS;
const [CA, PROXY] = TRUST_FIELDS;

const DOOR_FIELDS = [
  {
    name: "endpoint",
    of: "setting",
    kind: "address",
    label: "Endpoint",
    help: "A socket on Slipway's own machine, or https://host:8443.",
    isRequired: true,
    example: "unix:///var/lib/lxd/unix.socket",
    default: null,
  },
  CERT,
  KEY,
  {
    ...text,
    name: "trustToken",
    of: "credential",
    label: "Trust token",
    help: "What lxc config trust add has printed: the first call that LXD refuses makes it trust the certificate, and uses the token up.",
    example: null,
  },
  {
    ...CA,
    help: "With https://: the server's own certificate in PEM, which counts whatever name it is reached by, or that of the authority that has signed it.",
  },
  PROXY,
  {
    ...text,
    name: "project",
    label: "Project",
    help: "The LXD project in which machines are made.",
    example: "slipway",
    default: "default",
  },
] as const satisfies readonly FormField[];

const KINDS = ["container", "virtual-machine"] as const;

const MACHINE_FIELDS = [
  {
    name: "instances",
    of: "setting",
    kind: "choice",
    choices: KINDS,
    label: "Instances",
    help: "Whether machines are containers or virtual machines.",
    isRequired: false,
    example: null,
    default: "container",
  },
  {
    ...text,
    name: "profiles",
    label: "Profiles",
    help: "Profiles of machines, with commas between them, the last one counting most.",
    example: "default, shop",
    default: "default",
  },
  {
    ...text,
    name: "pool",
    label: "Storage pool",
    help: "The storage pool of root disks; that of the profiles when left out.",
    example: "fast",
  },
  {
    name: "sizes",
    of: "setting",
    kind: "lines",
    label: "Sizes",
    help: "The only sizes of machines, one a line: name, equals sign, processors, memory, and if it is to be limited the root disk; when left out machines are cut to measure.",
    isRequired: false,
    example: "small = 1 512MiB 10GiB",
    default: null,
  },
] as const satisfies readonly FormField[];

/** LXD knows no prices. */
const PRICE_FIELDS = [
  {
    ...PRICES,
    label: "Prices of sizes",
    help: "Dollars per hour, one size a line: its name, an equals sign, and the price.",
    example: "small = 0.01",
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
  about: "A project of an LXD server: containers or virtual machines from the images that are there.",
  where: ["networks"],
  fields: [...DOOR_FIELDS, ...MACHINE_FIELDS, ...PRICE_FIELDS],
} as const satisfies AccountForm;

export type Values = FormValues<typeof FORM>;
