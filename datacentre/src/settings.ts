// What a datacentre is made of, as written in a config file or a preset. All times are milliseconds.

import { OPERATIONS, type Operation } from "./cloud-api.ts";
import { type CompleteParts, completeParts, readParts } from "./part-settings.ts";
import { type Failures, readReason, readShown } from "./failure-settings.ts";
import { readNameRules, readNetwork, readSecurityGroup, readSshKey } from "./thing-settings.ts";
import { readLimits } from "./quota-settings.ts";
import { type CustomSettings, readCustom, readImage, readSize } from "./offer-settings.ts";
import { type Distribution, readDistribution } from "./time/distribution.ts";
import {
  amount,
  flag,
  listOf,
  mapOf,
  oneOf,
  positive,
  type Read,
  type Reader,
  shape,
  ShapeError,
  text,
} from "./shape.ts";

export const readCapacity = shape({ cpu: amount, memoryMib: amount, storageGib: amount }, { accelerators: amount });
export type Capacity = Read<typeof readCapacity>;

const readRealm = shape({ name: text, hosts: listOf(readCapacity), images: listOf(readImage) });

const readTenant = shape(
  { name: text, key: text },
  {
    quota: readLimits,
    /** Besides, in single realms. */
    realmQuota: mapOf(readLimits),
    sshKeys: listOf(readSshKey),
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
    /** What ids look like: `NAME-0001` (`counted`), `i-0…` and `vol-0…` as at EC2 (`hex`), or `uuid` as at OpenStack and oVirt. */
    ids: oneOf(["counted", "hex", "uuid"]),
    /** How far the time of a signed request may be from the cloud's own; it is not looked at unless told. */
    signatureLifeMs: positive,
    /** `realm`: a token means something only within one realm, so that the same one makes a second machine elsewhere. */
    tokens: oneOf(["tenant", "realm", "off"]),
    /** Tokens are forgotten so long after their first use; not before their machine unless told. */
    tokenLifeMs: amount,
    /** … and are known for so long after their machine has gone; as long as the machine is shown unless told. */
    tokenKeptMs: amount,
    /** The token of a machine that is gone: `show` it (the default), or `refuse`, as at EC2. */
    spentTokens: oneOf(["show", "refuse"]),
    /** Logins: for how long, whether every call needs one (else the key does), whether each use begins that time anew, how many at once. */
    sessions: shape({ lifeMs: positive }, { isRequired: flag, renewedByUse: flag, most: positive }),
    names: readNameRules,
    userDataBytesMost: amount,
    networks: listOf(readNetwork),
    /** A request that names no network: the first one there, or it is refused where there are several (`needed`), as at Nova. */
    networkChoice: oneOf(["first", "needed"]),
    securityGroups: listOf(readSecurityGroup),
    placement: oneOf(["first_fit", "best_fit"]),
    /** When quota is counted: `late`, as at Nova, accepts first and lets the surplus fail; `start`, as at oVirt, is for two steps. */
    quotaAt: oneOf(["create", "late", "start"]),
    /** When room on a host is sought: `late`, as at Nova, accepts first. Two-step clouds seek it at the start. */
    roomAt: oneOf(["create", "late"]),
    /** How long it takes until what is checked late is checked. */
    scheduling: readDistribution,
    /** Reads of what is in a realm that does not answer: refused, or as little as is known (`partial`), as at Nova. */
    downReads: oneOf(["refuse", "partial"]),
    /** How old the counts are that `usage` tells. */
    usageLagMs: amount,
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
    /** How long a new id is not found after it was told, as at EC2. */
    idVisibilityMs: amount,
    /** How many ids one look may have. */
    lookMost: positive,
    /** A look at many: what is not there is left out, as at Nova, or fails the whole, as at EC2. */
    missingIds: oneOf(["left_out", "fail"]),
    /** Whether there is a stream of changes. */
    pushes: flag,
    /** In these nothing can be done with a machine, as at Deltacloud; nor does anything help but waiting. */
    actionlessStates: listOf(oneOf(["pending", "stopping", "error"])),
    /** What is asked of a machine that is there already, such as a start of a running one: accepted (the default), or refused. */
    repeatedActions: oneOf(["accept", "refuse"]),
    /** What a machine is shown as while it boots again: it runs on (the default), or stands still for as long. */
    rebootsAs: oneOf(["running", "stopped"]),
    /** `stopped`: what runs has to be stopped first, as at oVirt. */
    removeFrom: oneOf(["any", "stopped"]),
    hasConsole: flag,
    /** How late the console shows what was written. */
    consoleDelayMs: amount,
    /** How long operations are known after they have ended. */
    operationsKeptMs: amount,
    failures: shape({}, { shown: readShown, reason: readReason }),
    /** How long a terminated machine is still shown. */
    lingerMs: amount,
    /** Machines on a page. */
    pageSize: positive,
    /** Sizes or images on a page. */
    offerPageSize: positive,
    /** Whether tenants see prices; they are billed all the same. */
    tellsPrices: flag,
    /** `id`: names and aliases of images are no choice in a request, only something to look ids up by. */
    imagesBy: oneOf(["any", "id"]),
    custom: readCustom,
    parts: readParts,
  },
);
export type CloudSettings = Read<typeof readCloud>;

const readClouds = shape({ clouds: listOf(readCloud) }, { seed: text });
export type DatacentreSettings = Read<typeof readClouds>;

/** A cloud with every choice made. */
export type CompleteCloud = Required<Omit<CloudSettings, keyof Choices>> & Choices;

/** What is not simply a value in its place. */
interface Choices {
  readonly tokenLifeMs: number | null;
  readonly tokenKeptMs: number | null;
  readonly signatureLifeMs: number | null;
  readonly sessions: NonNullable<CloudSettings["sessions"]> | null;
  readonly names: { readonly most: number | null; readonly pattern: string | null };
  readonly failures: Failures;
  readonly custom: Required<CustomSettings> | null;
  readonly parts: CompleteParts;
}

const AT_ONCE: Distribution = { kind: "fixed", ms: 0 };

export function completeCloud(settings: CloudSettings): CompleteCloud {
  return {
    twoStep: false,
    uniqueNames: false,
    ids: "counted",
    tokens: "tenant",
    spentTokens: "show",
    userDataBytesMost: 16_384,
    networks: [],
    networkChoice: "first",
    securityGroups: [],
    placement: "first_fit",
    quotaAt: "create",
    roomAt: "create",
    scheduling: AT_ONCE,
    downReads: "refuse",
    usageLagMs: 0,
    actionlessStates: [],
    repeatedActions: "accept",
    rebootsAs: "running",
    removeFrom: "any",
    hasConsole: true,
    consoleDelayMs: 0,
    operationsKeptMs: 10 * 60_000,
    latency: AT_ONCE,
    latencyOf: {},
    imageCopy: AT_ONCE,
    boot: AT_ONCE,
    serviceDelay: AT_ONCE,
    stopping: AT_ONCE,
    removal: AT_ONCE,
    visibilityMs: 0,
    idVisibilityMs: 0,
    lookMost: 100,
    missingIds: "left_out",
    pushes: false,
    lingerMs: 0,
    pageSize: 100,
    offerPageSize: 100,
    tellsPrices: true,
    imagesBy: "any",
    ...settings,
    tokenLifeMs: settings.tokenLifeMs ?? null,
    tokenKeptMs: settings.tokenKeptMs ?? null,
    signatureLifeMs: settings.signatureLifeMs ?? null,
    sessions: settings.sessions ?? null,
    names: { most: null, pattern: null, ...settings.names },
    failures: { shown: "error", reason: "machine", ...settings.failures },
    parts: completeParts(settings.parts),
    custom: settings.custom === undefined ? null : { family: "general", architecture: "x86_64", ...settings.custom },
  };
}

export function readDatacentre(value: unknown): DatacentreSettings {
  const settings = readClouds(value, "config");
  checkUnique("clouds", settings.clouds);
  checkUnique(
    "tenants",
    settings.clouds.flatMap((cloud) => cloud.tenants),
  );
  for (const cloud of settings.clouds) checkCloud(cloud);
  return settings;
}

/** What one part of a cloud says of another must be there. */
function checkCloud({ name: cloud, realms, sizes, tenants, networks = [], twoStep, quotaAt }: CloudSettings): void {
  checkUnique(`sizes of ${cloud}`, sizes);
  checkUnique(`realms of ${cloud}`, realms);
  checkUnique(`networks of ${cloud}`, networks);
  if (quotaAt === "start" && twoStep !== true) throw new ShapeError(cloud, "quotaAt start is for twoStep clouds");
  for (const { name, realmQuota = {} } of tenants) {
    checkNamed(realms, { place: `the tenant ${name} of ${cloud}`, names: Object.keys(realmQuota) });
  }
  for (const network of networks) {
    const place = `the network ${network.name} of ${cloud}`;
    checkNamed(realms, { place, names: network.realms ?? [] });
    checkNamed(tenants, { place, names: network.tenants ?? [] });
  }
  for (const size of sizes) {
    const place = `the size ${size.name} of ${cloud}`;
    checkNamed(realms, { place, names: [...(size.realms ?? []), ...Object.keys(size.prices ?? {})] });
    checkNamed(tenants, { place, names: size.tenants ?? [] });
  }
}

interface Mention {
  readonly place: string;
  readonly names: readonly string[];
}

function checkNamed(there: readonly { readonly name: string }[], { place, names }: Mention): void {
  const missing = names.find((name) => !there.some((candidate) => candidate.name === name));
  if (missing !== undefined) throw new ShapeError(place, `there is no ${missing}`);
}

function checkUnique(what: string, named: readonly { readonly name: string }[]): void {
  const names = named.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new ShapeError("config", `two ${what} are named ${twice}`);
}
