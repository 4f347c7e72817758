// Two regions to begin with. us-east-1 is roomy; the one host of us-west-2 is full after two small instances.

import type { ImageSettings } from "../../offer-settings.ts";
import type { CloudSettings } from "../../settings.ts";
import type { Distribution } from "../../time/distribution.ts";
import { derivedId } from "./names.ts";

const between = (minMs: number, maxMs: number): Distribution => ({ kind: "uniform", minMs, maxMs });

const MINUTE_MS = 60_000;

/** What every region of Amazon's does alike. */
const AMAZON: Partial<CloudSettings> = {
  ids: "hex",
  tokens: "realm",
  spentTokens: "refuse",
  tokenKeptMs: 24 * 60 * MINUTE_MS,
  signatureLifeMs: 15 * MINUTE_MS,
  sessions: { lifeMs: 12 * 60 * MINUTE_MS },
  names: { most: 256 },
  imagesBy: "id",
  missingIds: "fail",
  lookMost: 1000,
  pageSize: 1000,
  failures: { shown: "terminated", reason: "machine" },
  lingerMs: 60 * MINUTE_MS,
  parts: { implied: ["port", "volume"], labelled: false, prices: { volumeGib: 0.0001 } },
};

/** Slower than a test likes it, faster than Amazon. */
const PACE: Partial<CloudSettings> = {
  latency: between(60, 200),
  boot: between(2000, 5000),
  serviceDelay: between(500, 2000),
  stopping: between(1000, 3000),
  removal: between(1000, 4000),
  visibilityMs: 1500,
  idVisibilityMs: 800,
  consoleDelayMs: 2000,
};

type Type = readonly [
  name: string,
  cpu: number,
  gib: number,
  hourlyPrice: number,
  family: string,
  architecture?: "arm64",
];

const TYPES: readonly Type[] = [
  ["t3.micro", 2, 1, 0.0104, "standard"],
  ["t3.small", 2, 2, 0.0208, "standard"],
  ["t3.medium", 2, 4, 0.0416, "standard"],
  ["t4g.small", 2, 2, 0.0168, "standard", "arm64"],
  ["c5.large", 2, 4, 0.085, "standard"],
  ["c5.2xlarge", 8, 16, 0.34, "standard"],
  ["m5.large", 2, 8, 0.096, "standard"],
  ["m5.xlarge", 4, 16, 0.192, "standard"],
  ["m5.2xlarge", 8, 32, 0.384, "standard"],
  ["m7g.large", 2, 8, 0.0816, "standard", "arm64"],
  ["r5.large", 2, 16, 0.126, "standard"],
  ["g4dn.xlarge", 4, 16, 0.526, "g"],
];

/** An instance's root volume has this much unless told. */
const ROOT_GIB = 8;

function sizes(zones: readonly string[]): CloudSettings["sizes"] {
  return TYPES.map(([name, cpu, gib, hourlyPrice, family, architecture]) => ({
    name,
    cpu,
    memoryMib: gib * 1024,
    storageGib: ROOT_GIB,
    hourlyPrice,
    spotPrice: Math.round(hourlyPrice * 3000) / 10_000,
    family,
    ...(architecture === undefined ? {} : { architecture }),
    // Accelerators are not to be had everywhere.
    ...(family === "g" ? { accelerators: { kind: "T4", count: 1 }, realms: zones.slice(0, 1) } : {}),
  }));
}

const PARAMETERS = "/aws/service/ami-amazon-linux-latest";

function imagesIn(region: string): readonly ImageSettings[] {
  const id = (name: string): string => derivedId("ami", `${region}/${name}`);
  const linux = (["x86_64", "arm64"] as const).map((architecture) => {
    const name = `al2023-ami-2023.9.20260105.0-kernel-6.1-${architecture}`;
    return { id: id(name), name, architecture, aliases: [`${PARAMETERS}/al2023-ami-kernel-default-${architecture}`] };
  });
  const own = ["debian-12", "postgres-16", "nginx-1"].map((name) => {
    return { id: id(name), name, architecture: "x86_64", tags: { Name: name } };
  });
  return [...linux, ...own];
}

interface Region {
  readonly name: string;
  /** Their last letters. */
  readonly zones: readonly string[];
  readonly hosts: CloudSettings["realms"][number]["hosts"];
  readonly tenant: CloudSettings["tenants"][number];
}

/** A region as Amazon has them, at Amazon's pace or any other. */
function region({ name, zones: letters, hosts, tenant }: Region): CloudSettings {
  const zones = letters.map((letter) => `${name}${letter}`);
  return {
    name,
    realms: zones.map((zone) => ({ name: zone, hosts, images: imagesIn(name) })),
    sizes: sizes(zones),
    tenants: [tenant],
    networks: zones.map((zone) => {
      return { name: `default-${zone}`, id: derivedId("subnet", zone), realms: [zone], addresses: 4091 };
    }),
    securityGroups: ["default", "web"].map((group) => ({ name: group, id: derivedId("sg", `${name}/${group}`) })),
    ...AMAZON,
    ...PACE,
  };
}

const ROOMY = { cpu: 96, memoryMib: 393_216, storageGib: 10_000, accelerators: 4 };

export const EC2_CLOUDS: readonly CloudSettings[] = [
  region({
    name: "us-east-1",
    zones: ["a", "b", "c"],
    hosts: [ROOMY, ROOMY],
    tenant: {
      name: "AKIAEASTDATACENTRE",
      key: "east-key",
      quota: { "cpu/standard": 64, "cpu/g": 0, spotCpu: 32, volumeGib: 20_000 },
      throttle: { burst: 100, perSecond: 20 },
    },
  }),
  region({
    name: "us-west-2",
    zones: ["a"],
    hosts: [{ cpu: 5, memoryMib: 8192, storageGib: 500 }],
    tenant: { name: "AKIAWESTDATACENTRE", key: "west-key", throttle: { burst: 100, perSecond: 20 } },
  }),
];
