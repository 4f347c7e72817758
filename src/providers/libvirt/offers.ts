// What one host offers: machines cut to measure, as many as its processors and memory carry.

import type { CloudQuota } from "../../core/market/market.ts";
import type { Offer } from "../../core/market/offer.ts";
import { whereIn } from "../../core/market/where.ts";
import { orNull } from "../../cloud-http/faults.ts";
import { type Domain, domainInfo, domains, type Measures, readNode, readPool } from "./calls.ts";
import { poolPath } from "./create.ts";
import { type Desk, hostOf, REALM, USUAL_NETWORK } from "./desk.ts";
import { faultOf } from "./faults.ts";
import { PREFIX } from "./names.ts";
import { isActive } from "./observe.ts";
import { networksLacking } from "./places.ts";

/** What blueprints call them. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([["aarch64", "arm64"]]);

/** One offer: as large as the host. */
export async function readOffer(desk: Desk, signal: AbortSignal): Promise<Offer> {
  const { settings, sights } = desk;
  const { arch } = await hostOf(desk, signal);
  const { cpus, memoryMib } = await readNode(sights, signal);
  const { byPart } = settings.prices;
  return {
    realm: REALM,
    size: "custom",
    cpu: cpus,
    memoryMib: Math.max(0, memoryMib - settings.keptMemoryMib),
    storageGib: settings.mostStorageGib,
    architecture: ARCHITECTURES.get(arch) ?? arch,
    accelerators: 0,
    acceleratorKind: null,
    family: null,
    spot: false,
    hourlyMicros: null,
    takes: {},
    cut: {
      hourlyMicrosPerCpu: byPart?.cpu ?? null,
      hourlyMicrosPerGib: byPart?.gib ?? null,
      step: { cpu: 1, memoryMib: 1, storageGib: null },
      takesPer: {},
    },
  };
}

/** libvirt lets memory be promised as often as somebody asks; Slipway does not, so the host's size counts as the account's quota. */
export async function readUsage(desk: Desk, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  const { settings, sights } = desk;
  await checkPlaces(desk, signal);
  const { cpus, memoryMib, freeMib } = await readNode(sights, signal);
  const used = await readUsed(desk, signal);
  // Guests that have not touched all of their memory yet will; and others than guests use some.
  const memoryUsed = Math.max(used.memoryMib, freeMib === null ? 0 : memoryMib - freeMib);
  return [
    { realm: null, dimension: "instances", most: null, used: used.instances },
    { realm: null, dimension: "cpu", most: cpus * settings.vcpusPerCpu, used: used.cpu },
    {
      realm: null,
      dimension: "memoryMib",
      most: Math.max(0, memoryMib - settings.keptMemoryMib),
      used: Math.ceil(memoryUsed),
    },
  ];
}

/** Throws a fault of the account for a pool or a network that machines could not be made in. */
async function checkPlaces(desk: Desk, signal: AbortSignal): Promise<void> {
  const { settings, sights } = desk;
  await poolPath(desk, signal);
  if (settings.imagePool !== settings.pool) await readPool(sights, settings.imagePool, signal);
  const { networks = [USUAL_NETWORK] } = whereIn(settings.where, REALM, {});
  const lacking = await networksLacking(sights, networks, signal);
  if (lacking !== null) throw faultOf("wrong_here", "no_network", lacking);
}

interface Used {
  readonly instances: number;
  readonly cpu: number;
  readonly memoryMib: number;
}

/** What runs, and those of Slipway's that wait for their start. */
async function readUsed({ sights }: Desk, signal: AbortSignal): Promise<Used> {
  const all = await domains(sights, signal);
  const measured = await Promise.all(all.map((domain) => measuresOf(domain)));
  const counted = measured.filter((one) => one !== null);
  return counted.reduce<Used>(
    (sum, { cpu, memoryMib }) => ({
      instances: sum.instances + 1,
      cpu: sum.cpu + cpu,
      memoryMib: sum.memoryMib + memoryMib,
    }),
    { instances: 0, cpu: 0, memoryMib: 0 },
  );

  async function measuresOf({ name, uuid }: Domain): Promise<Measures | null> {
    const measures = await orNull(domainInfo(sights, uuid, signal));
    return measures === null || !(isActive(measures) || name.startsWith(PREFIX)) ? null : measures;
  }
}
