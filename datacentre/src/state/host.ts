// Real capacity: machines lie on hosts, and a host that is full takes no more.

import type { Size } from "../cloud-api.ts";
import type { Capacity, CompleteCloud } from "../settings.ts";

export interface Host {
  readonly name: string;
  capacity: Required<Capacity>;
  readonly used: { cpu: number; memoryMib: number; storageGib: number; accelerators: number };
  isDown: boolean;
}

const ROOMS = ["cpu", "memoryMib", "storageGib", "accelerators"] as const;

export function createHost(name: string, capacity: Capacity): Host {
  return {
    name,
    capacity: { accelerators: 0, ...capacity },
    used: { cpu: 0, memoryMib: 0, storageGib: 0, accelerators: 0 },
    isDown: false,
  };
}

/** Where others of the same group lie, and how it is to lie with them. */
export interface Group {
  readonly hosts: "spread" | "compact";
  readonly peers: readonly Host[];
}

export interface Placing {
  readonly placement: CompleteCloud["placement"];
  readonly group: Group | null;
}

/** First fit: the first host with room. Best fit: the one that it fills most. Null: no host has room. */
export function findRoom(hosts: readonly Host[], size: Size, { placement, group }: Placing): Host | null {
  const fitting = hosts.filter(
    (host) =>
      !host.isDown && ROOMS.every((room) => host.used[room] + size[room] <= host.capacity[room]) && suits(host, group),
  );
  if (placement === "first_fit") return fitting[0] ?? null;
  return fitting.toSorted((a, b) => memoryLeft(a) - memoryLeft(b))[0] ?? null;
}

function suits(host: Host, group: Group | null): boolean {
  if (group === null || group.peers.length === 0) return true;
  return group.peers.includes(host) === (group.hosts === "compact");
}

export function occupy(host: Host, size: Size): void {
  for (const room of ROOMS) host.used[room] += size[room];
}

export function release(host: Host, size: Size): void {
  for (const room of ROOMS) host.used[room] -= size[room];
}

function memoryLeft(host: Host): number {
  return host.capacity.memoryMib - host.used.memoryMib;
}
