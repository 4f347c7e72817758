// One region of two zones: the hosts of az1 are roomy, the one of az2 is full after two small servers.

import type { CloudSettings } from "../../settings.ts";
import type { Distribution } from "../../time/distribution.ts";
import { uuidOf } from "./names.ts";

const between = (minMs: number, maxMs: number): Distribution => ({ kind: "uniform", minMs, maxMs });

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const IMAGES = [
  ["debian-12", "debian", "12"],
  ["postgres-16", "debian", "12"],
  ["nginx-1", "alpine", "3.20"],
].map(([name = "", os_distro = "", os_version = ""]) => ({
  name,
  id: uuidOf("image", name),
  architecture: "x86_64",
  tags: { os_distro, os_version },
}));

const ROOMY = { cpu: 64, memoryMib: 262_144, storageGib: 10_000 };

export const OPENSTACK_CLOUDS: readonly CloudSettings[] = [
  {
    name: "RegionOne",
    realms: [
      { name: "az1", images: IMAGES, hosts: [ROOMY, ROOMY] },
      { name: "az2", images: IMAGES, hosts: [{ cpu: 4, memoryMib: 4096, storageGib: 500 }] },
    ],
    sizes: [
      { name: "m1.tiny", cpu: 1, memoryMib: 512, storageGib: 10, hourlyPrice: 0.01 },
      { name: "m1.small", cpu: 1, memoryMib: 2048, storageGib: 20, hourlyPrice: 0.02 },
      { name: "m1.medium", cpu: 2, memoryMib: 4096, storageGib: 40, hourlyPrice: 0.04 },
      { name: "m1.large", cpu: 4, memoryMib: 8192, storageGib: 80, hourlyPrice: 0.08 },
      { name: "m1.xlarge", cpu: 8, memoryMib: 16_384, storageGib: 160, hourlyPrice: 0.16 },
    ],
    tenants: [
      {
        name: "demo",
        key: "demo-password",
        quota: { instances: 20, cpu: 40, memoryMib: 102_400, ports: 100, keys: 100 },
      },
    ],
    networks: [
      { name: "private", id: uuidOf("network", "private"), addresses: 1000 },
      { name: "backend", id: uuidOf("network", "backend"), addresses: 1000 },
    ],
    securityGroups: ["default", "web"].map((name) => ({ name, id: uuidOf("security-group", name) })),
    ids: "uuid",
    names: { most: 255 },
    tokens: "off",
    sessions: { lifeMs: HOUR_MS },
    userDataBytesMost: 49_149,
    networkChoice: "needed",
    imagesBy: "id",
    roomAt: "late",
    downReads: "partial",
    tellsPrices: false,
    repeatedActions: "refuse",
    pageSize: 1000,
    offerPageSize: 1000,
    parts: { implied: ["port"], labelled: false, publicByPart: true },
    latency: between(60, 200),
    scheduling: between(200, 600),
    boot: between(1500, 4000),
    serviceDelay: between(500, 2000),
    stopping: between(500, 1500),
    removal: between(500, 2000),
    visibilityMs: 0,
  },
];
