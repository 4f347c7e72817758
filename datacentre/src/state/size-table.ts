// Which sizes there are, where, for whom and for how much.

import type { Size } from "../cloud-api.ts";
import type { SizeSettings } from "../offer-settings.ts";
import type { Accelerators } from "../tenant-api.ts";

export interface Price {
  readonly hourlyPrice: number;
  /** Null: not to be had as spot. */
  readonly spotPrice: number | null;
}

export interface SizeRow {
  readonly size: Size;
  readonly family: string;
  readonly accelerators: Accelerators | null;
  /** Null: for all. */
  readonly tenants: readonly string[] | null;
  /** By realm; where there is none, the size is not offered. */
  readonly prices: Map<string, Price>;
}

const FAMILY = "general";

export function sizeRowOf(settings: SizeSettings, realms: readonly string[]): SizeRow {
  const { name, cpu, memoryMib, storageGib, hourlyPrice, architecture = "x86_64", spotPrice = null } = settings;
  const accelerators = acceleratorsOf(settings.accelerators ?? 0);
  const offeredIn = realms.filter((realm) => settings.realms?.includes(realm) ?? true);
  return {
    size: { name, cpu, memoryMib, storageGib, architecture, accelerators: accelerators?.count ?? 0, hourlyPrice },
    family: settings.family ?? FAMILY,
    accelerators,
    tenants: settings.tenants ?? null,
    prices: new Map(offeredIn.map((realm) => [realm, { hourlyPrice, spotPrice, ...settings.prices?.[realm] }])),
  };
}

function acceleratorsOf(given: NonNullable<SizeSettings["accelerators"]>): Accelerators | null {
  if (typeof given !== "number") return given;
  return given === 0 ? null : { kind: "gpu", count: given };
}

/** Whether this tenant may have it, wherever it is offered. */
export function isFor(row: SizeRow, tenant: string): boolean {
  return row.tenants === null || row.tenants.includes(tenant);
}
