// What machines have of devices: what their profiles bring, with another root disk or other networks where the account or a blueprint asks for
// them. A device of the machine's own takes the place of a profile's of the same name.

import type { Where } from "../../core/blueprint/model.ts";
import type { Brought, Desk } from "./desk.ts";
import { faultOf } from "./faults.ts";
import { type Device, type Network, readNetworks, readProfile } from "./schema.ts";

/** A profile that was changed counts after so long. */
const BROUGHT_MS = 60_000;

/** Throws a fault of the account where a profile is not there. */
export async function readBrought(desk: Desk, signal: AbortSignal): Promise<Brought> {
  const { session, settings } = desk;
  const devices: Record<string, Device> = {};
  for (const name of settings.profiles) {
    const path = `/profiles/${encodeURIComponent(name)}`;
    const profile = await session.ask({ method: "GET", path, read: readProfile }, signal);
    Object.assign(devices, profile.devices);
  }
  desk.brought = { devices, readMs: performance.now() };
  return desk.brought;
}

const usableNetworks = async ({ session }: Desk, signal: AbortSignal): Promise<readonly Network[]> => {
  const query = { recursion: "1" };
  const all = await session.ask({ method: "GET", path: "/networks", query, read: readNetworks }, signal);
  return all.filter(({ managed, type }) => managed || type === "bridge");
};

/** What of it is not there, in words; null: all is. */
export async function lacks(desk: Desk, { networks = [] }: Where, signal: AbortSignal): Promise<string | null> {
  signal.throwIfAborted();
  if (networks.length === 0) return null;
  const there = new Set((await usableNetworks(desk, signal)).map(({ name }) => name));
  const missing = networks.filter((name) => !there.has(name));
  return missing.length === 0 ? null : `${desk.settings.project} sees no network ${missing.join(", ")}`;
}

interface Wanted {
  readonly networks: readonly string[];
  /** Null: as the profiles say. */
  readonly storageGib: number | null;
}

/** A machine's own devices. */
export async function devicesFor(
  desk: Desk,
  { networks, storageGib }: Wanted,
  signal: AbortSignal,
): Promise<Readonly<Record<string, Device>>> {
  const { pool } = desk.settings;
  if (networks.length === 0 && storageGib === null && pool === null) return {};
  const { devices } = await broughtOf(desk, signal);
  const root = rootIn(devices);
  const chosen = pool ?? root?.device["pool"];
  const disk: Record<string, Device> =
    chosen === undefined || (storageGib === null && pool === null)
      ? {}
      : {
          [root?.name ?? "root"]: {
            ...root?.device,
            type: "disk",
            path: "/",
            pool: chosen,
            ...(storageGib === null ? {} : { size: `${storageGib}GiB` }),
          },
        };
  return { ...disk, ...(await interfacesFor(desk, { networks, devices }, signal)) };
}

async function broughtOf(desk: Desk, signal: AbortSignal): Promise<Brought> {
  const { brought } = desk;
  return brought === null || performance.now() - brought.readMs > BROUGHT_MS ? readBrought(desk, signal) : brought;
}

type Devices = Readonly<Record<string, Device>>;

function rootIn(devices: Devices): { readonly name: string; readonly device: Device } | null {
  const found = Object.entries(devices).find(([, { type, path }]) => type === "disk" && path === "/");
  return found === undefined ? null : { name: found[0], device: found[1] };
}

/** In the places of those that the profiles bring, the first network first; of what they bring more, nothing is left. */
async function interfacesFor(
  desk: Desk,
  { networks, devices }: { readonly networks: readonly string[]; readonly devices: Devices },
  signal: AbortSignal,
): Promise<Devices> {
  if (networks.length === 0) return {};
  const there = await usableNetworks(desk, signal);
  const brought = Object.keys(devices).filter((name) => devices[name]?.["type"] === "nic");
  const taken = new Set(Object.keys(devices));
  const joined = networks.map((network, at) => {
    const found = there.find(({ name }) => name === network);
    if (found === undefined) {
      throw faultOf("account", "network_missing", `${desk.settings.project} sees no network ${network}`);
    }
    const place = brought[at] ?? freeName(taken, at);
    const on: Device = found.managed ? { network } : { nictype: "bridged", parent: network };
    return [place, { type: "nic", name: `eth${at}`, ...on }] as const;
  });
  const left = brought.slice(networks.length).map((name) => [name, { type: "none" }] as const);
  return Object.fromEntries([...joined, ...left]);
}

function freeName(taken: Set<string>, from: number): string {
  let no = from;
  while (taken.has(`eth${no}`)) no += 1;
  taken.add(`eth${no}`);
  return `eth${no}`;
}
