// What a blueprint's placement, or the account's `where`, names on one engine: a network to join, volumes to mount.

import type { Where } from "../../core/blueprint/model.ts";
import { mountOf } from "../../core/blueprint/where-values.ts";
import { ProviderFault } from "../../ports/provider.ts";
import type { Engine } from "./client.ts";
import { readNetwork } from "./schema.ts";

/** Which of all this a container cannot have; null: it can have it all. */
export async function readLacking(engine: Engine, where: Where, signal: AbortSignal): Promise<string | null> {
  const lacking = [
    await readLackingNetworks(engine, where.networks ?? [], signal),
    await readLackingVolumes(engine, where.volumes ?? [], signal),
  ].filter((text) => text !== null);
  return lacking.length === 0 ? null : lacking.join("; ");
}

/** Every engine has them, and Podman does not count them among its networks. */
const MODES = ["host", "none"];

async function readLackingNetworks(
  engine: Engine,
  networks: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const [network, ...more] = networks;
  if (network === undefined) return null;
  if (more.length > 0)
    return `a container joins one network, and ${networks.length} are asked for: ${networks.join(", ")}`;
  if (MODES.includes(network)) return null;
  const path = `/networks/${encodeURIComponent(network)}`;
  const found = await unlessMissing(engine.ask({ method: "GET", path }, readNetwork, signal), "network_missing");
  // The engine also takes the beginning of an id for a name.
  return found?.name === network || found?.id === network ? null : `network ${network} is not there`;
}

/** Which of these volumes are not there. */
export async function readLackingVolumes(
  engine: Engine,
  volumes: readonly string[],
  signal: AbortSignal,
): Promise<string | null> {
  const missing: string[] = [];
  for (const name of new Set(volumes.map((volume) => mountOf(volume).name))) {
    const asked = engine.ask({ method: "GET", path: `/volumes/${encodeURIComponent(name)}` }, () => name, signal);
    if ((await unlessMissing(asked, "volume_missing")) === null) missing.push(name);
  }
  if (missing.length === 0) return null;
  return missing.length === 1 ? `volume ${missing[0]} is not there` : `volumes ${missing.join(", ")} are not there`;
}

/** Null when the engine says by this code that it does not exist. */
async function unlessMissing<T>(answer: Promise<T>, code: string): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ProviderFault && error.fault.code === code) return null;
    throw error;
  }
}
