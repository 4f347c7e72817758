// Flavors, zones, and what of all that may be had.

import type { Size } from "../../cloud-api.ts";
import type { Asked } from "../../desk/asked.ts";
import { realms } from "../../desk/offers.ts";
import { usage } from "../../desk/usage.ts";
import { isFor } from "../../state/size-table.ts";
import { param } from "../../wire/http-route.ts";
import { flavorId, SERVICES } from "./names.ts";
import { hrefAfter, pageOf } from "./pages.ts";
import { missing } from "./refusals.ts";
import { type Ask, reading } from "./resource.ts";

/** Of a server, since 2.47. */
export function flavorView({ name, cpu, memoryMib, storageGib }: Size): object {
  return { vcpus: cpu, ram: memoryMib, disk: storageGib, ephemeral: 0, swap: 0, original_name: name, extra_specs: {} };
}

export function flavorLinks({ name }: Size, { address }: Pick<Ask, "address">) {
  const id = flavorId(name);
  return { id, links: [{ rel: "self", href: `${address}${SERVICES.compute}/flavors/${id}` }] };
}

function sizesOf({ cloud, tenant }: Asked): readonly Size[] {
  return [...cloud.sizes.values()].filter((row) => isFor(row, tenant.name)).map(({ size }) => size);
}

/** By its id. Throws a Refusal. */
function sizeAt(asked: Asked, ask: Ask): Size {
  const id = param(ask, "id");
  const size = sizesOf(asked).find(({ name }) => flavorId(name) === id);
  if (size === undefined) throw missing(null, { kind: "flavor", id });
  return size;
}

/** Null: there is none of that id. */
export function sizeNamed(asked: Asked, flavor: string): string | null {
  return sizesOf(asked).find(({ name }) => flavorId(name) === flavor)?.name ?? null;
}

function detailOf(size: Size, ask: Ask) {
  const { name, cpu, memoryMib, storageGib } = size;
  return {
    ...flavorLinks(size, ask),
    name,
    vcpus: cpu,
    ram: memoryMib,
    disk: storageGib,
    "OS-FLV-EXT-DATA:ephemeral": 0,
    swap: ask.microversion >= 75 ? 0 : "",
    "os-flavor-access:is_public": true,
    "OS-FLV-DISABLED:disabled": false,
    rxtx_factor: 1,
    ...(ask.microversion >= 55 ? { description: null } : {}),
    ...(ask.microversion >= 61 ? { extra_specs: specsOf(size) } : {}),
  };
}

/** Where accelerators are, as a device's alias. */
function specsOf({ accelerators, architecture }: Size): Readonly<Record<string, string>> {
  return {
    ...(architecture === "x86_64" ? {} : { "trait:HW_ARCH_AARCH64": "required" }),
    ...(accelerators === 0 ? {} : { "pci_passthrough:alias": `gpu:${accelerators}` }),
  };
}

export const listFlavors = reading("sizes", "flavor", (asked, ask) => {
  const isDetail = ask.params["detail"] !== undefined;
  const all = sizesOf(asked).map((size) =>
    isDetail ? detailOf(size, ask) : { ...flavorLinks(size, ask), name: size.name },
  );
  const { rows, next } = pageOf(all, { query: ask.query, most: asked.cloud.settings.offerPageSize });
  const path = `${ask.address}${SERVICES.compute}/flavors${isDetail ? "/detail" : ""}`;
  const links = next === null ? {} : { flavors_links: [{ rel: "next", href: hrefAfter(path, ask.query, next) }] };
  return { flavors: rows, ...links };
});

export const getFlavor = reading("sizes", "flavor", (asked, ask) => ({ flavor: detailOf(sizeAt(asked, ask), ask) }));

export const getSpecs = reading("sizes", "flavor", (asked, ask) => ({ extra_specs: specsOf(sizeAt(asked, ask)) }));

export const listZones = reading("realms", "zone", (asked) => ({
  availabilityZoneInfo: realms(asked).map(({ name, isUp }) => {
    return { zoneName: name, zoneState: { available: isUp }, hosts: null };
  }),
}));

/** Of the whole project; -1: not limited. */
export const getLimits = reading("usage", "limit", (asked) => {
  const rows = usage(asked).rows.filter(({ realm }) => realm === null);
  const of = (dimension: string) => rows.find((row) => row.dimension === dimension);
  const most = (dimension: string): number => of(dimension)?.limit ?? -1;
  const used = (dimension: string): number => of(dimension)?.used ?? 0;
  return {
    limits: {
      rate: [],
      absolute: {
        maxTotalInstances: most("instances"),
        totalInstancesUsed: used("instances"),
        maxTotalCores: most("cpu"),
        totalCoresUsed: used("cpu"),
        maxTotalRAMSize: most("memoryMib"),
        totalRAMUsed: used("memoryMib"),
        maxTotalKeypairs: most("keys"),
        maxServerMeta: 128,
        maxServerGroups: 10,
        totalServerGroupsUsed: 0,
        maxServerGroupMembers: 10,
      },
    },
  };
});
