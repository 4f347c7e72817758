// Two clouds behind one server, as two drivers: `mock` starts what it makes, `rhevm` wants it started. Each has one small realm.

import type { CloudSettings } from "../../settings.ts";
import type { Distribution } from "../../time/distribution.ts";

const between = (minMs: number, maxMs: number): Distribution => ({ kind: "uniform", minMs, maxMs });

const IMAGES = ["debian-12", "postgres-16", "nginx-1"].map((name, index) => ({ name, id: `img${index + 1}` }));
const ROOMY = { cpu: 64, memoryMib: 262_144, storageGib: 10_000 };
const NARROW = { cpu: 3, memoryMib: 6144, storageGib: 500 };

/** What every driver does alike: nothing can be done with what is on its way, nothing is asked for twice, nothing is idempotent. */
const DELTACLOUD: Partial<CloudSettings> = {
  tokens: "off",
  actionlessStates: ["pending", "stopping", "error"],
  repeatedActions: "refuse",
  removeFrom: "stopped",
  hasConsole: false,
  lingerMs: 0,
  latency: between(60, 200),
  serviceDelay: between(500, 2000),
  stopping: between(500, 1500),
  removal: between(200, 500),
};

const SIZES: CloudSettings["sizes"] = [
  { name: "m1-small", cpu: 1, memoryMib: 2048, storageGib: 20, hourlyPrice: 0.02 },
  { name: "m1-large", cpu: 2, memoryMib: 4096, storageGib: 40, hourlyPrice: 0.04 },
  { name: "m1-xlarge", cpu: 4, memoryMib: 8192, storageGib: 80, hourlyPrice: 0.08 },
];

export const DELTACLOUD_CLOUDS: readonly CloudSettings[] = [
  {
    name: "mock",
    realms: [
      { name: "us", images: IMAGES, hosts: [ROOMY] },
      { name: "eu", images: IMAGES, hosts: [NARROW] },
    ],
    sizes: SIZES,
    tenants: [{ name: "mockuser", key: "mockpassword" }],
    ...DELTACLOUD,
    boot: between(1000, 3000),
  },
  {
    name: "rhevm",
    realms: [
      { name: "roomy", images: IMAGES, hosts: [ROOMY] },
      { name: "small", images: IMAGES, hosts: [NARROW] },
    ],
    sizes: [{ name: "SERVER", cpu: 1, memoryMib: 1024, storageGib: 10, hourlyPrice: 0.01 }],
    custom: {
      cpu: { most: 16, step: 1 },
      memoryMib: { most: 65_536, step: 512 },
      storageGib: { most: 1000, step: 10 },
      hourlyPricePerCpu: 0.01,
      hourlyPricePerGib: 0.005,
    },
    tenants: [{ name: "admin@internal", key: "rhevm-password" }],
    ...DELTACLOUD,
    twoStep: true,
    uniqueNames: true,
    names: { most: 50, pattern: String.raw`[\w.-]+` },
    quotaAt: "start",
    failures: { shown: "stopped" },
    imageCopy: between(1000, 3000),
    boot: between(1000, 3000),
  },
];
