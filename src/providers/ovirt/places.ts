// The networks that machines are put in: vNIC profiles of the account's data center, called by their own name, by their network's, by
// both (`NETWORK/PROFILE`), or by id.

import type { Where } from "../../core/blueprint/model.ts";
import type { Desk } from "./desk.ts";
import { faultOf } from "./faults.ts";
import { dataCenter } from "./realms.ts";
import { readNetworks, readVnicProfiles } from "./schema.ts";

interface Profile {
  readonly id: string;
  readonly names: readonly string[];
}

async function profiles(desk: Desk, signal: AbortSignal): Promise<readonly Profile[]> {
  const { session } = desk;
  const { id } = await dataCenter(desk, signal);
  const path = `/datacenters/${encodeURIComponent(id)}/networks`;
  const [{ network: networks }, { vnic_profile: all }] = await Promise.all([
    session.ask({ method: "GET", path, read: readNetworks }, signal),
    session.ask({ method: "GET", path: "/vnicprofiles", read: readVnicProfiles }, signal),
  ]);
  const named = new Map(networks.map((network) => [network.id, network.name]));
  return all.flatMap(({ id: profile, name, network }) => {
    const on = named.get(network?.id ?? "");
    // Of another data center.
    return on === undefined ? [] : [{ id: profile, names: [profile, name, on, `${on}/${name}`] }];
  });
}

const called = (all: readonly Profile[], name: string): readonly Profile[] => {
  const found = all.filter(({ names }) => names.includes(name));
  // A profile is called like its network, unless somebody has thought of another name.
  const exact = found.filter(({ names }) => names[1] === name && names[2] === name);
  return exact.length === 1 ? exact : found;
};

function wrongWith(name: string, found: readonly Profile[]): string | null {
  if (found.length === 1) return null;
  return found.length === 0
    ? `no vNIC profile ${name}`
    : `several vNIC profiles ${name} (use NETWORK/PROFILE, or an id)`;
}

/** What of it is not there, in words; null: all is. */
export async function lacks(desk: Desk, { networks = [] }: Where, signal: AbortSignal): Promise<string | null> {
  signal.throwIfAborted();
  if (networks.length === 0) return null;
  const all = await profiles(desk, signal);
  const wrong = networks.map((name) => wrongWith(name, called(all, name))).filter((text) => text !== null);
  return wrong.length === 0 ? null : `${desk.settings.user} sees ${wrong.join(", ")}`;
}

/** Ids of vNIC profiles. Throws a fault of the account for what is not there, or there more than once. */
export async function profileIds(
  desk: Desk,
  { networks = [] }: Where,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const unknown = networks.filter((name) => !desk.named.has(name));
  if (unknown.length > 0) {
    const all = await profiles(desk, signal);
    for (const name of unknown) {
      const found = called(all, name);
      const wrong = wrongWith(name, found);
      const [profile] = found;
      if (wrong !== null || profile === undefined) {
        throw faultOf("account", "no_vnic_profile", `${desk.settings.user} sees ${wrong}`);
      }
      desk.named.set(name, profile.id);
    }
  }
  return networks.map((name) => desk.named.get(name) ?? name);
}
