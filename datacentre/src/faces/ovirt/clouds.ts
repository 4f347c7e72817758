// A data centre of two clusters: one is roomy, the other holds two small VMs and refuses the start of the third.

import type { CloudSettings } from "../../settings.ts";
import type { Distribution } from "../../time/distribution.ts";
import { BLANK, uuidOf } from "./names.ts";

const between = (minMs: number, maxMs: number): Distribution => ({ kind: "uniform", minMs, maxMs });

const TEMPLATES = ["debian-12", "postgres-16", "nginx-1"].map((name) => ({ name, id: uuidOf("template", name) }));
const IMAGES = [{ name: "Blank", id: BLANK }, ...TEMPLATES];

export const OVIRT_CLOUDS: readonly CloudSettings[] = [
  {
    name: "Default",
    realms: [
      { name: "roomy", images: IMAGES, hosts: [{ cpu: 64, memoryMib: 262_144, storageGib: 10_000 }] },
      { name: "small", images: IMAGES, hosts: [{ cpu: 8, memoryMib: 4096, storageGib: 500 }] },
    ],
    sizes: [
      { name: "Tiny", cpu: 1, memoryMib: 512, storageGib: 10, hourlyPrice: 0.01 },
      { name: "Small", cpu: 1, memoryMib: 2048, storageGib: 10, hourlyPrice: 0.02 },
      { name: "Medium", cpu: 2, memoryMib: 4096, storageGib: 10, hourlyPrice: 0.04 },
      { name: "Large", cpu: 2, memoryMib: 8192, storageGib: 10, hourlyPrice: 0.08 },
      { name: "XLarge", cpu: 4, memoryMib: 16_384, storageGib: 10, hourlyPrice: 0.16 },
    ],
    custom: {
      cpu: { most: 64, step: 1 },
      memoryMib: { most: 262_144, step: 1 },
      storageGib: { most: 1000, step: 1 },
      hourlyPricePerCpu: 0.01,
      hourlyPricePerGib: 0.005,
    },
    tenants: [{ name: "admin@internal", key: "engine-password" }],
    networks: [{ name: "ovirtmgmt" }, { name: "backend" }],
    ids: "uuid",
    twoStep: true,
    uniqueNames: true,
    names: { most: 64, pattern: String.raw`[\p{L}\p{N}._-]+` },
    tokens: "off",
    removeFrom: "stopped",
    repeatedActions: "refuse",
    quotaAt: "start",
    downReads: "partial",
    failures: { shown: "stopped", reason: "operation" },
    hasConsole: false,
    sessions: { lifeMs: 30 * 60_000, renewedByUse: true },
    operationsKeptMs: 24 * 3_600_000,
    parts: { implied: ["port", "volume"], removal: between(500, 2000), prices: { volumeGib: 0.0001 } },
    latency: between(60, 200),
    imageCopy: between(1000, 3000),
    boot: between(1500, 4000),
    serviceDelay: between(500, 2000),
    stopping: between(500, 1500),
    visibilityMs: 300,
  },
];
