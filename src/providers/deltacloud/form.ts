import { TRUST_FIELDS } from "../../cloud-http/address.ts";
import type { AccountForm, FormField } from "../../ports/account-form.ts";
import { PRICE_PER_CPU, PRICE_PER_GIB, PRICES } from "../../ports/price-list.ts";

const text = { of: "setting", kind: "text", isRequired: false, default: null } as const;

const SERVER_FIELDS = [
  {
    name: "url",
    of: "setting",
    kind: "address",
    label: "Deltacloud",
    help: "The address of Deltacloud's entry point.",
    isRequired: true,
    example: "https://deltacloud.example.org:3001/api",
    default: null,
  },
  {
    ...text,
    name: "driver",
    label: "Driver",
    help: "Which kind of cloud Deltacloud is to speak with; what it was started with when left out.",
    example: "rhevm",
  },
  {
    ...text,
    name: "provider",
    label: "Provider of the driver",
    help: "Which cloud of that kind, in the driver's own form; what it was started with when left out.",
    example: "https://rhevm.example.org:8443/api;7c3b1d5e-0f0a-4f3e-9a44-0d0f6f9a2b11",
  },
  {
    ...text,
    name: "user",
    label: "User",
    help: "The user at the cloud behind Deltacloud; with OpenStack the user, a plus sign, and the project.",
    isRequired: true,
    example: "admin@internal",
  },
  {
    name: "password",
    of: "credential",
    kind: "text",
    label: "Password",
    help: "The user's password at the cloud behind Deltacloud.",
    isRequired: true,
    example: null,
    default: null,
  },
] as const satisfies readonly FormField[];

const MACHINE_FIELDS = [
  {
    ...text,
    name: "architecture",
    label: "Architecture",
    help: "Of hardware profiles that do not tell theirs.",
    example: "arm64",
    default: "x86_64",
  },
  {
    ...PRICES,
    label: "Prices of hardware profiles",
    help: "Dollars per hour, one profile a line: its id, an equals sign, and the price.",
    example: "m1-small = 0.02",
  },
  {
    ...PRICE_PER_CPU,
    label: "Price of a processor",
    help: "Dollars per hour, together with that of memory, for profiles without a price of their own and for those that are cut to measure.",
    example: "0.01",
  },
  PRICE_PER_GIB,
] as const satisfies readonly FormField[];

export const FORM = {
  about: "A cloud behind a server of Apache Deltacloud (dc-api), such as RHEV-M, vSphere or Deltacloud's own mock.",
  where: ["securityGroups", "key"],
  fields: [...SERVER_FIELDS, ...MACHINE_FIELDS, ...TRUST_FIELDS],
} as const satisfies AccountForm;
