// Ready-made clouds. `demo` is the story of the README; `plain` answers at once and is what tests start from;
// `wide` has a thousand sizes in twenty realms.

import type { Distribution } from "./time/distribution.ts";
import type { CloudSettings } from "./settings.ts";
import { wideCloud } from "./wide-preset.ts";

const IMAGES = ["debian-12", "postgres-16", "nginx-1"];

/** Sizes at `hourlyPrice` dollars for the smallest, doubling. */
function sizesFrom(hourlyPrice: number): CloudSettings["sizes"] {
  return [
    { name: "small", cpu: 1, memoryMib: 2048, storageGib: 20, hourlyPrice },
    { name: "medium", cpu: 2, memoryMib: 4096, storageGib: 40, hourlyPrice: hourlyPrice * 2 },
    { name: "large", cpu: 4, memoryMib: 8192, storageGib: 80, hourlyPrice: hourlyPrice * 4 },
    { name: "xlarge", cpu: 8, memoryMib: 16_384, storageGib: 160, hourlyPrice: hourlyPrice * 8 },
  ];
}

const ROOMY = { cpu: 64, memoryMib: 131_072, storageGib: 2000 };

const between = (minMs: number, maxMs: number): Distribution => ({ kind: "uniform", minMs, maxMs });

/** A launch of three levels takes 6–9 s. */
const DEMO_PACE = {
  latency: between(60, 200),
  serviceDelay: between(200, 500),
  stopping: between(300, 800),
  removal: between(400, 1200),
  visibilityMs: 500,
  lingerMs: 3000,
};

const OPS_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL9fQ4u8n2oQ4mN1xQ0Zf3rC6u5cJ8vW2yT7sBkHdGpE ops@example.org";

const DEMO: readonly CloudSettings[] = [
  {
    // Cheap, but its one host is full after a medium and a small machine: the third instance of the shop is refused.
    name: "north",
    realms: [{ name: "north-a", images: IMAGES, hosts: [{ cpu: 3, memoryMib: 6144, storageGib: 500 }] }],
    sizes: sizesFrom(0.02),
    tenants: [{ name: "north", key: "north-key" }],
    ...DEMO_PACE,
    boot: between(1200, 2400),
  },
  {
    name: "rhev",
    realms: [{ name: "rhev-a", images: IMAGES, hosts: [ROOMY] }],
    sizes: sizesFrom(0.025),
    tenants: [{ name: "rhev", key: "rhev-key" }],
    ...DEMO_PACE,
    twoStep: true,
    uniqueNames: true,
    tokens: "off",
    imageCopy: between(400, 700),
    boot: between(500, 1000),
  },
  {
    name: "south",
    realms: ["south-a", "south-b"].map((name) => ({ name, images: IMAGES, hosts: [ROOMY] })),
    sizes: sizesFrom(0.03),
    tenants: [{ name: "south", key: "south-key", sshKeys: [{ name: "ops", publicKey: OPS_KEY }] }],
    networks: [{ name: "shop" }, { name: "backend" }],
    securityGroups: [{ name: "web" }],
    parts: { keys: true },
    ...DEMO_PACE,
    boot: between(1200, 2400),
  },
];

/** One roomy cloud `plain` with the tenant `plain` / `plain-key`, in which nothing takes time. */
export function plainCloud(changes: Partial<CloudSettings> = {}): CloudSettings {
  return {
    name: "plain",
    realms: [{ name: "plain-a", images: IMAGES, hosts: [ROOMY] }],
    sizes: sizesFrom(0.02),
    tenants: [{ name: "plain", key: "plain-key" }],
    ...changes,
  };
}

export const PRESETS: Readonly<Record<"demo" | "plain" | "wide", readonly CloudSettings[]>> = {
  demo: DEMO,
  plain: [plainCloud()],
  /** Made when it is asked for: nobody else should wait for so many sizes. */
  get wide() {
    return [wideCloud()];
  },
};
