// What a project can have: each flavor in each availability zone.

import type { Offer } from "../../core/market/offer.ts";
import { whereIn } from "../../core/market/where.ts";
import { priceOf } from "../../ports/price-list.ts";
import type { SizesPage } from "../../ports/provider.ts";
import { type Desk, rememberFlavors } from "./desk.ts";
import { flavorsPage, zoneNames } from "./nova.ts";
import type { Flavor } from "./schema.ts";

/** For Nova's own services only. */
const INTERNAL = "internal";

export async function realms({ session }: Desk, signal: AbortSignal): Promise<readonly string[]> {
  return (await zoneNames(session, signal)).filter((zone) => zone !== INTERNAL);
}

export async function sizesPage(desk: Desk, cursor: string | null, signal: AbortSignal): Promise<SizesPage> {
  const [{ items, next }, zones] = await Promise.all([flavorsPage(desk.session, cursor, signal), realms(desk, signal)]);
  rememberFlavors(desk, items);
  const sold = items.filter((flavor) => flavor["OS-FLV-DISABLED:disabled"] !== true && diskOf(desk, flavor) > 0);
  return { offers: sold.flatMap((flavor) => zones.map((zone) => offerOf(desk, flavor, zone))), unlisted: [], next };
}

/** Its own, else that of the volume that servers of such flavors boot from. */
const diskOf = ({ settings }: Desk, { disk }: Flavor): number => (disk === 0 ? (settings.volumeGib ?? 0) : disk);

function offerOf(desk: Desk, flavor: Flavor, realm: string): Offer {
  const { settings } = desk;
  const { name, vcpus: cpu, ram: memoryMib, extra_specs: specs = {} } = flavor;
  const storageGib = diskOf(desk, flavor);
  // A blueprint may say otherwise: what it is offered is told before anybody knows it.
  const { networks = [ANY], publicAddress } = whereIn(settings.where, realm, {});
  return {
    realm,
    size: name,
    cpu,
    memoryMib,
    storageGib,
    architecture: architectureIn(specs) ?? settings.architecture,
    ...acceleratorsIn(specs),
    family: null,
    spot: false,
    hourlyMicros: priceOf(settings.prices, { name, cpu, memoryMib }),
    takes: {
      ports: networks.length,
      ...(publicAddress === true ? { addresses: 1 } : {}),
      ...(flavor.disk > 0 ? {} : { volumes: 1, volumeGib: storageGib }),
    },
    cut: null,
  };
}

/** Which Nova chooses. */
const ANY = "auto";

type Specs = Readonly<Record<string, string>>;

/** The processor's names at Nova and in blueprints. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["AARCH64", "arm64"],
  ["X86_64", "x86_64"],
]);

function architectureIn(specs: Specs): string | null {
  for (const [key, value] of Object.entries(specs)) {
    const name = /^trait:(?:COMPUTE|HW)_ARCH_(\w+)$/.exec(key)?.[1];
    if (name !== undefined && value === "required") return ARCHITECTURES.get(name) ?? name.toLowerCase();
  }
  return null;
}

/** Devices that are passed through by an alias (`a100:2`), or shares of a graphics processor. */
function acceleratorsIn(specs: Specs): Pick<Offer, "accelerators" | "acceleratorKind"> {
  const alias = specs["pci_passthrough:alias"]?.split(",")[0] ?? "";
  const { kind, count } = /^(?<kind>[^:]+):(?<count>\d+)$/.exec(alias.trim())?.groups ?? {};
  if (kind !== undefined && count !== undefined) return { accelerators: Number(count), acceleratorKind: kind };
  const shares = specs["resources:VGPU"] ?? "";
  if (/^\d+$/.test(shares)) return { accelerators: Number(shares), acceleratorKind: "vgpu" };
  return { accelerators: 0, acceleratorKind: null };
}
