// What one engine offers: containers cut to measure, as many as its processors and memory carry. Docker itself lets
// memory be promised twice; Slipway does not, so the engine's size counts as the account's quota.

import type { Amount } from "../../core/account.ts";
import type { Offer } from "../../core/catalogue.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Engine } from "./client.ts";
import { type InspectedContainer, readContainers, readImages, readInspected, readSystem } from "./schema.ts";

const REALM = "default";

const MIB = 1024 * 1024;
/** Docker sets no limit on a container's disk. */
const STORAGE_GIB = 1_000_000;
/** Containers that hold, or are about to hold, what they were promised. */
const HOLDING = ["created", "running", "paused", "restarting"];
const INSPECTED_AT_ONCE = 8;

/** `hourlyPrice`: dollars per processor and hour. */
export async function readCatalogue(
  engine: Engine,
  hourlyPrice: number,
  signal: AbortSignal,
): Promise<Omit<Offer, "sharesLoopback">> {
  const system = await engine.ask({ method: "GET", path: "/info" }, readSystem, signal);
  const images = await engine.ask({ method: "GET", path: "/images/json" }, readImages, signal);
  const memoryMib = Math.floor(system.memoryBytes / MIB);
  return {
    realms: [REALM],
    sizes: [],
    flexible: {
      max: { instances: 1, cpu: system.cpu, memoryMib, storageGib: STORAGE_GIB },
      architecture: system.architecture,
      hourlyMicrosPerCpu: Math.round(hourlyPrice * 1_000_000),
      hourlyMicrosPerGib: 0,
    },
    images,
    limit: { instances: null, cpu: system.cpu, memoryMib },
    used: await readUsed(engine, signal),
  };
}

/** Limits of everybody's containers; one without limits counts as one container and nothing more. */
async function readUsed(engine: Engine, signal: AbortSignal): Promise<Amount> {
  const filters = encodeURIComponent(JSON.stringify({ status: HOLDING }));
  const path = `/containers/json?all=1&filters=${filters}`;
  const ids = (await engine.ask({ method: "GET", path }, readContainers, signal)).map(({ id }) => id);
  const containers: InspectedContainer[] = [];
  for (let done = 0; done < ids.length; done += INSPECTED_AT_ONCE) {
    const round = ids.slice(done, done + INSPECTED_AT_ONCE);
    const inspected = await Promise.all(round.map((id) => inspect(engine, id, signal)));
    containers.push(...inspected.filter((container) => container !== null));
  }
  return containers.reduce<Amount>(
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
    if (error instanceof ProviderFault && error.fault.class === "not_found") return null;
    throw error;
  }
}
