// Ids of what the datacentre has only names for, where things are, and how times are written.

import { createHash } from "node:crypto";
import type { FaceRequest } from "../face.ts";

function digest(kind: string, name: string): string {
  return createHash("sha256").update(`${kind}/${name}`).digest("hex");
}

/** Always the same for the same thing, and a UUID. */
export function uuidOf(kind: string, name: string): string {
  return digest(kind, name).replace(/^(.{8})(.{4}).(.{3}).(.{3})(.{12}).*$/, "$1-$2-4$3-8$4-$5");
}

/** As Keystone and Nova's flavors have them: without hyphens. */
export const plainId = (kind: string, name: string): string => digest(kind, name).slice(0, 32);

/** Of users and of their application credentials: their names can be read from it again. */
export const userId = (tenant: string): string => Buffer.from(tenant).toString("hex");
export const userOf = (id: string): string => Buffer.from(id, "hex").toString();
export const projectId = (tenant: string): string => plainId("project", tenant);
export const flavorId = (size: string): string => uuidOf("flavor", size);

export const SERVICES = {
  identity: "/identity/v3",
  compute: "/compute/v2.1",
  image: "/image/v2",
  network: "/network/v2.0",
} as const;
export type Service = keyof typeof SERVICES;

/** Where the caller reached it: what it is told to ask next is there too. */
export function addressOf({ headers }: Pick<FaceRequest, "headers">): string {
  return `http://${headers["host"] ?? "127.0.0.1"}`;
}

/** To the second. */
export const isoTime = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");

export function macOf(id: string): string {
  return `fa:16:3e:${digest("mac", id)
    .slice(0, 6)
    .replace(/(..)(..)(..)/, "$1:$2:$3")}`;
}
