// Ids of what the datacentre has no ids for: always the same for the same thing.

import { createHash } from "node:crypto";
import type { Asked } from "../../desk/asked.ts";
import type { Tags } from "./parameters.ts";

/** As `r-0…`, of whatever is named. */
export function derivedId(prefix: string, of: string): string {
  return `${prefix}-0${createHash("sha256").update(`${prefix}/${of}`).digest("hex").slice(0, 16)}`;
}

/** Twelve digits. */
export function accountId({ tenant }: Asked): string {
  const digits = BigInt(`0x${createHash("sha256").update(tenant.name).digest("hex").slice(0, 12)}`) % 900_000_000_000n;
  return String(digits + 100_000_000_000n);
}

export function vpcId({ cloud }: Asked): string {
  return derivedId("vpc", cloud.settings.name);
}

/** `use1-az1` for `us-east-1a`. */
export function zoneId({ cloud }: Asked, zone: string): string {
  const short = cloud.settings.name.replace(/^([a-z]+)-([a-z])[a-z]*-(\d+)$/, "$1$2$3");
  return `${short}-az${[...cloud.realms.keys()].indexOf(zone) + 1}`;
}

export function regionOf({ cloud }: Asked): string {
  return cloud.settings.name;
}

export function tagSet(tags: Tags): readonly { readonly key: string; readonly value: string }[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
