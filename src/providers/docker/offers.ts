// What one engine offers: containers cut to measure, as many as its processors and memory carry.

import { chunks } from "../../cloud-http/pages.ts";
import type { CloudQuota } from "../../core/market/market.ts";
import { ANY_STEP, type Offer } from "../../core/market/offer.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Engine } from "./client.ts";
import { type InspectedContainer, readContainers, readImages, readInspected, readSystem } from "./schema.ts";

export const REALM = "default";

const MIB = 1024 * 1024;
/** Docker sets no limit on a container's disk. */
const STORAGE_GIB = 1_000_000;
/** Containers that hold, or are about to hold, what they were promised. */
const HOLDING = ["created", "running", "paused", "restarting"];
const INSPECTED_AT_ONCE = 8;

/** One offer: as large as the engine. `hourlyPrice`: dollars per processor and hour. */
export async function readOffer(engine: Engine, hourlyPrice: number, signal: AbortSignal): Promise<Offer> {
  const { cpu, memoryBytes, architecture } = await system(engine, signal);
  return {
    realm: REALM,
    size: "container",
    cpu,
    memoryMib: Math.floor(memoryBytes / MIB),
    storageGib: STORAGE_GIB,
    architecture,
    accelerators: 0,
    acceleratorKind: null,
    family: null,
    spot: false,
    hourlyMicros: null,
    takes: {},
    cut: {
      hourlyMicrosPerCpu: Math.round(hourlyPrice * 1_000_000),
      hourlyMicrosPerGib: 0,
      step: ANY_STEP,
      takesPer: {},
    },
  };
}

/** Docker itself lets memory be promised twice; Slipway does not, so the engine's size counts as the account's quota. */
export async function readUsage(engine: Engine, signal: AbortSignal): Promise<readonly CloudQuota[]> {
  const { cpu, memoryBytes } = await system(engine, signal);
  const used = await readUsed(engine, signal);
  return [
    { realm: null, dimension: "instances", most: null, used: used.instances },
    { realm: null, dimension: "cpu", most: cpu, used: used.cpu },
    { realm: null, dimension: "memoryMib", most: Math.floor(memoryBytes / MIB), used: used.memoryMib },
  ];
}

const system = (engine: Engine, signal: AbortSignal) =>
  engine.ask({ method: "GET", path: "/info" }, readSystem, signal);

/** Every name of every image that is on the engine. */
export async function readImageNames(engine: Engine, signal: AbortSignal): Promise<readonly string[]> {
  return engine.ask({ method: "GET", path: "/images/json" }, readImages, signal);
}

interface Used {
  readonly instances: number;
  readonly cpu: number;
  readonly memoryMib: number;
}

/** Limits of everybody's containers; one without limits counts as one container and nothing more. */
async function readUsed(engine: Engine, signal: AbortSignal): Promise<Used> {
  // Without a filter by state: Podman knows not all of them, and refuses what it does not know.
  const all = await engine.ask({ method: "GET", path: "/containers/json?all=1" }, readContainers, signal);
  const ids = all.filter(({ status }) => HOLDING.includes(status)).map(({ id }) => id);
  const containers: InspectedContainer[] = [];
  for (const round of chunks(ids, INSPECTED_AT_ONCE)) {
    const inspected = await Promise.all(round.map((id) => inspect(engine, id, signal)));
    containers.push(...inspected.filter((container) => container !== null));
  }
  return containers.reduce<Used>(
    (sum, { cpu, memoryBytes }) => ({
      instances: sum.instances + 1,
      cpu: sum.cpu + cpu,
      memoryMib: sum.memoryMib + Math.ceil(memoryBytes / MIB),
    }),
    { instances: 0, cpu: 0, memoryMib: 0 },
  );
}

/** By id or exact name; null when there is no such container. */
export async function inspect(
  engine: Engine,
  idOrName: string,
  signal: AbortSignal,
): Promise<InspectedContainer | null> {
  const path = `/containers/${encodeURIComponent(idOrName)}/json`;
  return orNull(engine.ask({ method: "GET", path }, readInspected, signal));
}

/** Null when the engine says that it does not exist. */
export async function orNull<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.code === "container_missing") return null;
    throw error;
  }
}
