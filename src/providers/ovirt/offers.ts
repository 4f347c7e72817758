// What an account can have: each instance type in each cluster, or machines cut to measure. oVirt's instance types are taken as measures
// alone: given in a request, they would take the interfaces from the machine that its template has.

import { inSteps, type Offer } from "../../core/market/offer.ts";
import { priceOf } from "../../ports/price-list.ts";
import type { SizesPage } from "../../ports/provider.ts";
import type { Desk, Measured, Topology } from "./desk.ts";
import { faultOf } from "./faults.ts";
import { dataCenter } from "./realms.ts";
import { type Cluster, type InstanceType, readInstanceTypes } from "./schema.ts";

const PAGE = 250;
const MIB = 1024 * 1024;

const CUT = "custom";
/** Machines have whole processors, and whole MiB of memory. */
const STEP = { cpu: 1, memoryMib: 1, storageGib: null } as const;

export async function sizesPage(desk: Desk, cursor: string | null, signal: AbortSignal): Promise<SizesPage> {
  const { settings } = desk;
  if (settings.isCut) {
    const { clusters } = await dataCenter(desk, signal);
    return { offers: clusters.map((cluster) => cutOffer(desk, cluster)), unlisted: [], next: null };
  }
  const [{ clusters }, { types, next }] = await Promise.all([
    dataCenter(desk, signal),
    typesPage(desk, cursor, signal),
  ]);
  return {
    offers: types.flatMap((type) => clusters.map((cluster) => offerOf(desk, type, cluster))),
    unlisted: [],
    next,
  };
}

async function typesPage(
  { session, types: known }: Desk,
  cursor: string | null,
  signal: AbortSignal,
): Promise<{ readonly types: readonly InstanceType[]; readonly next: string | null }> {
  const page = Number(cursor ?? "1");
  const path = `/instancetypes?search=${encodeURIComponent(`sortby name asc page ${page}`)}&max=${PAGE}`;
  const { instance_type: types } = await session.ask({ method: "GET", path, read: readInstanceTypes }, signal);
  for (const type of types) known.set(type.name, measuresOf(type));
  return { types, next: types.length === PAGE ? String(page + 1) : null };
}

function measuresOf({ memory, cpu }: InstanceType): Measured {
  const { sockets = 1, cores = 1, threads = 1 } = cpu?.topology ?? {};
  return { cpu: sockets * cores * threads, memoryMib: Math.floor(memory / MIB), topology: { sockets, cores, threads } };
}

/** Clusters of a compatibility version before 4.6 take no more. */
const SOCKETS_MOST = 16;

/** As many sockets as there may be; the rest are cores. */
export function topologyOf(cpu: number): Topology {
  const fitting = Array.from({ length: SOCKETS_MOST }, (_, no) => SOCKETS_MOST - no).find((no) => cpu % no === 0);
  const sockets = fitting ?? 1;
  return { sockets, cores: cpu / sockets, threads: 1 };
}

/** What blueprints call them. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([["aarch64", "arm64"]]);

/** Clusters that have no host yet do not tell. */
function architectureOf({ cpu }: Cluster): string {
  const told = cpu?.architecture ?? "undefined";
  return told === "undefined" ? "x86_64" : (ARCHITECTURES.get(told) ?? told);
}

const ALWAYS = { accelerators: 0, acceleratorKind: null, family: null, spot: false, takes: {} } as const;

function offerOf({ settings }: Desk, type: InstanceType, cluster: Cluster): Offer {
  const { cpu, memoryMib } = measuresOf(type);
  return {
    ...ALWAYS,
    cpu,
    memoryMib,
    realm: cluster.name,
    size: type.name,
    storageGib: settings.most.storageGib,
    architecture: architectureOf(cluster),
    hourlyMicros: priceOf(settings.prices, { name: type.name, cpu, memoryMib }),
    cut: null,
  };
}

function cutOffer({ settings }: Desk, cluster: Cluster): Offer {
  const { byPart } = settings.prices;
  return {
    ...ALWAYS,
    ...settings.most,
    realm: cluster.name,
    size: CUT,
    architecture: architectureOf(cluster),
    hourlyMicros: null,
    cut: {
      hourlyMicrosPerCpu: byPart?.cpu ?? null,
      hourlyMicrosPerGib: byPart?.gib ?? null,
      step: STEP,
      takesPer: {},
    },
  };
}

interface Asked {
  readonly size: string;
  readonly cpu: number;
  readonly memoryMib: number;
}

/** Throws a fault of this offer when there is no such instance type any more. */
export async function measured(desk: Desk, { size, cpu, memoryMib }: Asked, signal: AbortSignal): Promise<Measured> {
  if (desk.settings.isCut && size === CUT) {
    const whole = inSteps(cpu, STEP.cpu);
    return { cpu: whole, memoryMib: inSteps(memoryMib, STEP.memoryMib), topology: topologyOf(whole) };
  }
  if (!desk.types.has(size)) {
    let cursor: string | null = null;
    do cursor = (await typesPage(desk, cursor, signal)).next;
    while (cursor !== null);
  }
  const measures = desk.types.get(size);
  if (measures === undefined) throw faultOf("offer", "no_instance_type", `there is no instance type ${size}`);
  return measures;
}
