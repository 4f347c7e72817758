// How what is made for a machine is known again. A virtual machine carries the owner labels in its comment, which is free text and is
// written in the same request that makes it; what is still to be done before its start stands there too, so that whoever starts it knows.

import { type Handle, OWNER_LABELS } from "../../core/machine.ts";

const MACHINE_KEY = "slipway-machine";
const REALM_KEY = "slipway-realm";
const NETWORKS_KEY = "slipway-networks";
const STORAGE_KEY = "slipway-storage-gib";

/** What the engine cannot be told when it makes a machine: done before its first start. */
export interface Wanted {
  /** Ids of vNIC profiles, the first one's network its own; none: the template's. */
  readonly networks: readonly string[];
  /** Null: the boot disk is large enough. */
  readonly storageGib: number | null;
}

/** What a comment of ours says. */
export interface Noted extends Wanted {
  readonly owner: string;
  readonly name: string;
  readonly realm: string;
}

type Labels = Readonly<Record<string, string>>;

/** Read by people as well: `slipway-installation=… slipway-instance=web …`. */
export function commentOf(labels: Labels, { name, realm, networks, storageGib }: Omit<Noted, "owner">): string {
  const all: Labels = {
    ...labels,
    [MACHINE_KEY]: name,
    [REALM_KEY]: realm,
    ...(networks.length === 0 ? {} : { [NETWORKS_KEY]: networks.join(",") }),
    ...(storageGib === null ? {} : { [STORAGE_KEY]: String(storageGib) }),
  };
  return Object.entries(all)
    .map(([key, value]) => `${key}=${encodeURIComponent(value)}`)
    .join(" ");
}

/** Null for what is none of Slipway's. */
export function readComment(comment: string | undefined): Noted | null {
  const values = new Map((comment ?? "").split(" ").flatMap(pairIn));
  const owner = values.get(OWNER_LABELS.installation);
  const name = values.get(MACHINE_KEY);
  const realm = values.get(REALM_KEY);
  if (owner === undefined || name === undefined || realm === undefined) return null;
  const storage = Number(values.get(STORAGE_KEY));
  return {
    owner,
    name,
    realm,
    networks: values.get(NETWORKS_KEY)?.split(",") ?? [],
    storageGib: Number.isInteger(storage) && storage > 0 ? storage : null,
  };
}

function pairIn(text: string): [string, string][] {
  const [key, value, ...more] = text.split("=");
  if (key === undefined || value === undefined || more.length > 0) return [];
  try {
    return [[key, decodeURIComponent(value)]];
  } catch {
    // Somebody else's percent sign.
    return [];
  }
}

/** Whose it is, what its start has to see to, and its disks, where they are known. */
export function handleOf({ owner, networks, storageGib }: Noted, disks: readonly string[]): Handle {
  return {
    owner,
    ...(networks.length === 0 ? {} : { networks }),
    ...(storageGib === null ? {} : { storageGib: String(storageGib) }),
    ...(disks.length === 0 ? {} : { disks: disks.toSorted() }),
  };
}

export function disksIn(handle: Handle | null): readonly string[] {
  const disks = handle?.["disks"];
  return typeof disks === "object" ? disks : [];
}

/** Null where the handle does not tell. */
export function wantedIn(handle: Handle | null): Wanted | null {
  if (handle === null || handle["owner"] === undefined) return null;
  const { networks, storageGib } = handle;
  return {
    networks: typeof networks === "object" ? networks : [],
    storageGib: typeof storageGib === "string" ? Number(storageGib) : null,
  };
}
