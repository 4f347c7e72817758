import type { AccountForm, FormField, FormValues } from "../../ports/account-form.ts";
import { PRICE_PER_CPU, PRICE_PER_GIB } from "../../ports/price-list.ts";

const amount = { of: "setting", kind: "amount", isRequired: false } as const;
const pem = { kind: "lines", isRequired: false, default: null } as const;

const CONNECTION_FIELDS = [
  {
    name: "uri",
    of: "setting",
    kind: "address",
    label: "Connection",
    help: "The connection URI of libvirt's daemon: a socket on Slipway's own machine, ssh, or TLS.",
    isRequired: true,
    example: "qemu+ssh://slipway@host.example.org/system",
    default: null,
  },
  {
    ...pem,
    name: "ca",
    of: "setting",
    label: "Authorities",
    help: "With qemu+tls: certificates in PEM of the only authorities that are trusted; those of Node when left out.",
    example: "-----BEGIN CERTIFICATE-----",
  },
  {
    ...pem,
    name: "cert",
    of: "setting",
    label: "Certificate",
    help: "With qemu+tls: the certificate to show to the daemon, in PEM, together with its private key.",
    example: "-----BEGIN CERTIFICATE-----",
  },
  {
    ...pem,
    name: "key",
    of: "credential",
    label: "Private key",
    help: "The private key that belongs to the certificate, in PEM without a pass phrase.",
    example: "-----BEGIN PRIVATE KEY-----",
  },
] as const satisfies readonly FormField[];

const STORAGE_FIELDS = [
  {
    name: "pool",
    of: "setting",
    kind: "text",
    label: "Storage pool",
    help: "The pool, of kind dir, fs or netfs, in which each machine's disk, seed and console are made.",
    isRequired: false,
    example: "default",
    default: "default",
  },
  {
    name: "imagePool",
    of: "setting",
    kind: "text",
    label: "Image pool",
    help: "The pool of the base images, where it is another one.",
    isRequired: false,
    example: "images",
    default: null,
  },
  {
    ...amount,
    name: "mostStorageGib",
    least: 1,
    most: 65_536,
    label: "Most storage",
    help: "GiB up to which the disk of a machine is made larger than its image for a blueprint that asks for more.",
    example: "500",
    default: 500,
  },
] as const satisfies readonly FormField[];

const CAPACITY_FIELDS = [
  {
    ...amount,
    name: "keptMemoryGib",
    least: 0,
    most: 65_536,
    label: "Memory kept",
    help: "GiB of the host's memory that no machine gets.",
    example: "2",
    default: 1,
  },
  {
    ...amount,
    name: "vcpusPerCpu",
    least: 1,
    most: 64,
    label: "Virtual processors",
    help: "How many processors of machines may share one of the host's.",
    example: "1",
    default: 4,
  },
] as const satisfies readonly FormField[];

/** libvirt knows no prices. */
const PRICE_FIELDS = [
  {
    ...PRICE_PER_CPU,
    label: "Price of a processor",
    help: "Dollars per hour, together with that of memory, for choosing by cost.",
    example: "0.01",
  },
  PRICE_PER_GIB,
] as const satisfies readonly FormField[];

export const FORM = {
  about: "Virtual machines of QEMU on one host, by its libvirt.",
  where: ["networks", "publicKey"],
  fields: [...CONNECTION_FIELDS, ...STORAGE_FIELDS, ...CAPACITY_FIELDS, ...PRICE_FIELDS],
} as const satisfies AccountForm;

export type Values = FormValues<typeof FORM>;
