// What a datacentre is made of, as written in a config file or a preset. All times are milliseconds.

import { OPERATIONS, type Operation, type Size } from "./cloud-api.ts";
import { type Distribution, readDistribution } from "./time/distribution.ts";
import {
  amount,
  flag,
  listOf,
  mapOf,
  nullable,
  oneOf,
  positive,
  type Read,
  type Reader,
  shape,
  ShapeError,
  text,
} from "./shape.ts";

export const readQuotaLimit = shape({
  /** Null: not limited. */
  instances: nullable(amount),
  cpu: nullable(amount),
  memoryMib: nullable(amount),
});

export const readCapacity = shape({ cpu: amount, memoryMib: amount, storageGib: amount }, { accelerators: amount });
export type Capacity = Read<typeof readCapacity>;

const readRealm = shape({ name: text, hosts: listOf(readCapacity), images: listOf(text) });

const readSize = shape(
  { name: text, cpu: amount, memoryMib: amount, storageGib: amount, hourlyPrice: amount },
  { architecture: text, accelerators: amount },
);

const readTenant = shape(
  { name: text, key: text },
  {
    quota: readQuotaLimit,
    /** Token bucket over all operations but `probe`. */
    throttle: shape({ burst: positive, perSecond: positive }),
  },
);

const readLatencies: Reader<Readonly<Partial<Record<Operation, Distribution>>>> = (value, place) => {
  const latencies = mapOf(readDistribution)(value, place);
  for (const key of Object.keys(latencies)) oneOf(OPERATIONS)(key, `${place}.${key}`);
  return latencies;
};

const readCloud = shape(
  { name: text, realms: listOf(readRealm), sizes: listOf(readSize), tenants: listOf(readTenant) },
  {
    /** As oVirt: create → pending (image locked) → stopped → our start → running; host room is taken at the start. */
    twoStep: flag,
    uniqueNames: flag,
    /** `realm`: a token means something only within one realm, so that the same one makes a second machine elsewhere. */
    tokens: oneOf(["tenant", "realm", "off"]),
    placement: oneOf(["first_fit", "best_fit"]),
    /** Request sent to answer received; the effect happens half-way. */
    latency: readDistribution,
    latencyOf: readLatencies,
    /** Two-step only: the copying of the image. */
    imageCopy: readDistribution,
    boot: readDistribution,
    /** From running until the machine's services answer. */
    serviceDelay: readDistribution,
    stopping: readDistribution,
    removal: readDistribution,
    visibilityMs: amount,
    /** How long a terminated machine is still shown. */
    lingerMs: amount,
    pageSize: positive,
  },
);
export type CloudSettings = Read<typeof readCloud>;

const readClouds = shape({ clouds: listOf(readCloud) }, { seed: text });
export type DatacentreSettings = Read<typeof readClouds>;

/** A cloud with every choice made. */
export type CompleteCloud = Required<Omit<CloudSettings, "sizes">> & { readonly sizes: readonly Size[] };

const AT_ONCE: Distribution = { kind: "fixed", ms: 0 };

export function completeCloud(settings: CloudSettings): CompleteCloud {
  return {
    twoStep: false,
    uniqueNames: false,
    tokens: "tenant",
    placement: "first_fit",
    latency: AT_ONCE,
    latencyOf: {},
    imageCopy: AT_ONCE,
    boot: AT_ONCE,
    serviceDelay: AT_ONCE,
    stopping: AT_ONCE,
    removal: AT_ONCE,
    visibilityMs: 0,
    lingerMs: 0,
    pageSize: 100,
    ...settings,
    sizes: settings.sizes.map((size) => ({ architecture: "x86_64", accelerators: 0, ...size })),
  };
}

export function readDatacentre(value: unknown): DatacentreSettings {
  const settings = readClouds(value, "config");
  checkUnique("clouds", settings.clouds);
  checkUnique(
    "tenants",
    settings.clouds.flatMap((cloud) => cloud.tenants),
  );
  return settings;
}

function checkUnique(what: string, named: readonly { readonly name: string }[]): void {
  const names = named.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ShapeError("config", `two ${what} are named ${twice}`);
}
