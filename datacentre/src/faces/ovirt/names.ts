// Ids of what the datacentre has only names for, and where things are found.

import { createHash } from "node:crypto";

/** Always the same for the same thing, and a UUID. */
export function uuidOf(kind: string, name: string): string {
  const digits = createHash("sha256").update(`${kind}/${name}`).digest("hex");
  return digits.replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
}

export const BASE = "/ovirt-engine/api";
export const BLANK = "00000000-0000-0000-0000-000000000000";

export function hrefOf(...path: readonly string[]): string {
  return [BASE, ...path].join("/");
}

/** Another thing, as documents refer to it. */
export function reference(collection: string, id: string) {
  return { href: hrefOf(collection, id), id };
}

export function linksOf(href: string, names: readonly string[]) {
  return names.map((name) => ({ href: `${href}/${name}`, rel: name }));
}

export const clusterId = (realm: string): string => uuidOf("cluster", realm);
export const datacenterId = (cloud: string): string => uuidOf("datacenter", cloud);

export function macOf(id: string): string {
  const digits = createHash("sha256").update(id).digest("hex").slice(0, 6);
  return `56:6f:${digits.replace(/(..)(..)(..)/, "$1:$2:$3")}:01`;
}
