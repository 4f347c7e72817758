// A cloud as big as the big ones: a thousand sizes in twenty realms, which differ in what they offer and for how much.

import type { ImageSettings, SizeSettings } from "./offer-settings.ts";
import type { CloudSettings } from "./settings.ts";

const REALMS = Array.from({ length: 20 }, (_, index) => `wide-${String(index + 1).padStart(2, "0")}`);
const FAMILIES = ["general", "compute", "memory", "burst", "accelerated"] as const;
const GENERATIONS = 10;
const ARCHITECTURES = ["x86_64", "arm64"] as const;
/** 10 sizes of each family, generation and architecture. */
const STEPS = 10;

const GIB_PER_CPU: Readonly<Record<(typeof FAMILIES)[number], number>> = {
  general: 4,
  compute: 2,
  memory: 8,
  burst: 2,
  accelerated: 8,
};
const ACCELERATORS = ["t4", "a10", "l4", "a100", "h100"] as const;
const DOLLARS_PER_ACCELERATOR = 0.6;

function sizes(): SizeSettings[] {
  return FAMILIES.flatMap((family) =>
    Array.from({ length: GENERATIONS }, (_, index) => index + 1).flatMap((generation) =>
      ARCHITECTURES.flatMap((architecture) =>
        Array.from({ length: STEPS }, (_, step) => sizeOf({ family, generation, architecture, step })),
      ),
    ),
  );
}

interface Kind {
  readonly family: (typeof FAMILIES)[number];
  readonly generation: number;
  readonly architecture: (typeof ARCHITECTURES)[number];
  readonly step: number;
}

/** `general3-arm64-8`: eight processors. */
function sizeOf({ family, generation, architecture, step }: Kind): SizeSettings {
  const cpu = 2 * (step + 1);
  const gib = cpu * GIB_PER_CPU[family];
  const kind = ACCELERATORS[generation % ACCELERATORS.length] ?? "t4";
  const count = family === "accelerated" ? 1 + Math.floor(step / 3) : 0;
  const perCpu = 0.02 + generation / 1000;
  const hourlyPrice = cents(cpu * perCpu + gib * 0.003 + count * DOLLARS_PER_ACCELERATOR * (generation / 5));
  const isSpot = family !== "burst";
  const realms = REALMS.filter((_, index) => isOffered({ family, generation, architecture, step }, index));
  return {
    name: `${family}${generation}-${architecture === "arm64" ? "arm64-" : ""}${cpu}`,
    family,
    cpu,
    memoryMib: gib * 1024,
    storageGib: 20 + cpu * 5,
    architecture,
    hourlyPrice,
    realms,
    ...(count === 0 ? {} : { accelerators: { kind, count } }),
    ...(isSpot ? { spotPrice: cents(hourlyPrice * 0.3) } : {}),
    ...(family === "accelerated" && generation === GENERATIONS ? { tenants: ["wide-lab"] } : {}),
    prices: Object.fromEntries(
      realms.map((realm) => {
        const factor = 1 + REALMS.indexOf(realm) / 50;
        const spot = isSpot ? { spotPrice: cents(hourlyPrice * 0.3 * factor) } : {};
        return [realm, { hourlyPrice: cents(hourlyPrice * factor), ...spot }];
      }),
    ),
  };
}

/** ARM in every second realm, accelerators in every fifth, the newest generations in the first half. */
function isOffered({ family, generation, architecture }: Kind, realm: number): boolean {
  if (architecture === "arm64" && realm % 2 === 1) return false;
  if (family === "accelerated" && realm % 5 !== 0) return false;
  return generation <= GENERATIONS - 2 || realm < REALMS.length / 2;
}

function cents(dollars: number): number {
  return Math.round(dollars * 10_000) / 10_000;
}

/** Ids differ from realm to realm, names and aliases do not. */
function imagesOf(realm: string): ImageSettings[] {
  return ["debian-12", "postgres-16", "nginx-1"].flatMap((name) =>
    ARCHITECTURES.map((architecture) => ({
      id: `img-${realm}-${name}-${architecture}`,
      name: `${name}-${architecture}`,
      architecture,
      tags: { os: name },
      aliases: architecture === "x86_64" ? [name] : [],
    })),
  );
}

const HOST = { cpu: 2000, memoryMib: 16_000_000, storageGib: 100_000, accelerators: 64 };

export function wideCloud(): CloudSettings {
  return {
    name: "wide",
    realms: REALMS.map((name) => ({ name, images: imagesOf(name), hosts: [HOST, HOST] })),
    sizes: sizes(),
    tenants: [
      { name: "wide", key: "wide-key" },
      { name: "wide-lab", key: "wide-lab-key" },
    ],
  };
}
