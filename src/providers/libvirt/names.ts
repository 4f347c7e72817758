// How what is made for a machine is known again. A domain carries the owner labels in its metadata; a volume has nothing but its name, which
// therefore tells the machine and the installation. The id of a domain follows from both as well, so that what a create under the same
// name would make is the same one again, and a volume tells of which id its machine was to be.

import { createHash } from "node:crypto";
import type { Handle } from "../../core/machine.ts";
import { UUID_BYTES } from "./xdr.ts";

/** Names of all that Slipway asks for begin so. */
export const PREFIX = "sw-";

const PART_KINDS = ["disk", "seed", "console"] as const;
export type PartKind = (typeof PART_KINDS)[number];

export interface Owned {
  /** An installation. */
  readonly owner: string;
  /** Our name for the machine. */
  readonly name: string;
}

/** Version 8: of the bits only those that say so are not ours. */
export function uuidOf({ owner, name }: Owned): string {
  const bytes = createHash("sha256").update(`slipway ${owner} ${name}`).digest().subarray(0, UUID_BYTES);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x80;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return uuidText(bytes);
}

export function uuidText(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Null for what no domain can have. */
export function uuidBytes(text: string): Buffer | null {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
    ? Buffer.from(text.replaceAll("-", ""), "hex")
    : null;
}

export function volumeName({ owner, name }: Owned, kind: PartKind): string {
  return `${name}.${owner}.${kind}`;
}

/** The daemon that writes consoles puts a full file aside, with a number behind its name. */
const VOLUME = /^(?<name>sw-[^.]+)\.(?<owner>[^.]+)\.(?<kind>disk|seed|console)(?:\.\d+)?$/;

/** Null for what is no part of a machine. */
export function readVolumeName(volume: string): (Owned & { readonly kind: PartKind }) | null {
  const { name, owner, kind } = VOLUME.exec(volume)?.groups ?? {};
  const known = PART_KINDS.find((one) => one === kind);
  return name === undefined || owner === undefined || known === undefined ? null : { name, owner, kind: known };
}

/** Where a machine's parts are, whatever the account says later. */
export function handleOf({ owner, pool }: { readonly owner: string; readonly pool: string }): Handle {
  return { owner, pool };
}

/** Null where the handle does not tell. */
export function poolIn(handle: Handle | null): string | null {
  const pool = handle?.["pool"];
  return typeof pool === "string" ? pool : null;
}
