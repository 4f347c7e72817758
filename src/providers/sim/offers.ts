// What a tenant of the datacentre can have, in Slipway's words.

import type { Amount } from "../../core/market/amount.ts";
import type { CloudQuota } from "../../core/market/market.ts";
import type { Cut, Offer } from "../../core/market/offer.ts";
import type { ImageChoice, ImagesPage, SizesPage } from "../../ports/provider.ts";
import type { Custom, ImageView, Offer as Sold, Usage } from "../../../datacentre/src/tenant-api.ts";
import type { TenantCloud } from "./client.ts";
import { asked } from "./faults.ts";
import type { Desk } from "./parts.ts";

/** The size of machines that are cut to measure. */
export const CUSTOM = "custom";
const SPOT = "/spot";

/** The datacentre's name of a size: spot offers have one of their own here, so that each is refused and blocked by itself. */
export const lastingSize = (size: string): string => (size.endsWith(SPOT) ? size.slice(0, -SPOT.length) : size);

const micros = (dollars: number): number => Math.round(dollars * 1_000_000);
const microsOrNull = (dollars: number | null): number | null => (dollars === null ? null : micros(dollars));

/** Sizes come page by page; what is cut to measure comes with the first, one offer in each realm. */
export async function sizesPage(desk: Desk, cursor: string | null, signal: AbortSignal): Promise<SizesPage> {
  const { api } = desk;
  const sizes = asked(api.sizes(cursor === null ? {} : { cursor }, signal));
  if (cursor !== null) {
    const { offers, unreachableRealms, next } = await sizes;
    return { offers: offers.flatMap(offersOf), unlisted: unreachableRealms, next };
  }
  // At once, since all of it has the time of one call.
  const [page, { custom }, realms] = await Promise.all([sizes, desk.traits(signal), asked(api.realms(signal))]);
  const cut = custom === null ? [] : realms.map(({ name }) => cutIn(name, custom));
  return { offers: [...cut, ...page.offers.flatMap(offersOf)], unlisted: page.unreachableRealms, next: page.next };
}

function offersOf(sold: Sold): readonly Offer[] {
  const { realm, size, family, cpu, memoryMib, storageGib, architecture, accelerators } = sold;
  const measures = {
    realm,
    family,
    cpu,
    memoryMib,
    storageGib,
    architecture,
    accelerators: accelerators?.count ?? 0,
    acceleratorKind: accelerators?.kind ?? null,
    cut: null,
  };
  const takes = takesOf(sold);
  const lasting = { ...measures, size, spot: false, hourlyMicros: microsOrNull(sold.hourlyPrice), takes };
  if (sold.spotPrice === null) return [lasting];
  const spot = { spotInstances: 1, spotCpu: cpu };
  return [
    lasting,
    {
      ...measures,
      size: `${size}${SPOT}`,
      spot: true,
      hourlyMicros: micros(sold.spotPrice),
      takes: { ...takes, ...spot },
    },
  ];
}

function takesOf({
  family,
  cpu,
  storageGib,
  accelerators,
}: Pick<Sold, "family" | "cpu" | "storageGib" | "accelerators">): Amount {
  const own = { storageGib, [`instances/${family}`]: 1, [`cpu/${family}`]: cpu };
  if (accelerators === null) return own;
  const { kind, count } = accelerators;
  return { ...own, accelerators: count, [`accelerators/${kind}`]: count };
}

export function stepOf({ cpu, memoryMib, storageGib }: Custom): Cut["step"] {
  return { cpu: cpu.step, memoryMib: memoryMib.step, storageGib: storageGib.step };
}

function cutIn(realm: string, custom: Custom): Offer {
  const { architecture, family, hourlyPricePerCpu, hourlyPricePerGib } = custom;
  return {
    realm,
    size: CUSTOM,
    cpu: custom.cpu.most,
    memoryMib: custom.memoryMib.most,
    storageGib: custom.storageGib.most,
    architecture,
    accelerators: 0,
    acceleratorKind: null,
    family,
    spot: false,
    hourlyMicros: null,
    takes: { [`instances/${family}`]: 1 },
    cut: {
      hourlyMicrosPerCpu: microsOrNull(hourlyPricePerCpu),
      hourlyMicrosPerGib: microsOrNull(hourlyPricePerGib),
      step: stepOf(custom),
      takesPer: { cpu: { [`cpu/${family}`]: 1 }, storageGib: { storageGib: 1 } },
    },
  };
}

export function quotasOf({ rows }: Usage): readonly CloudQuota[] {
  return rows.map(({ realm, dimension, limit, used }) => ({ realm, dimension, most: limit, used }));
}

/** By id, else by alias, else by name, where one image alone has it. */
export async function imageOf(
  api: TenantCloud,
  { choice, realm }: { readonly choice: string; readonly realm: string },
  signal: AbortSignal,
): Promise<ImageChoice> {
  const ways = [{ id: choice }, { alias: choice }, { name: choice }];
  const pages = await Promise.all(ways.map((query) => asked(api.images({ realm, ...query }, signal))));
  const images = pages.find((page) => page.images.length > 0)?.images ?? [];
  const [first] = images;
  if (first === undefined) return { image: null, text: null };
  if (images.length === 1) return { image: first.id };
  return { image: null, text: `${images.length} images are called ${choice} there; use an id` };
}

export async function imagesPage(api: TenantCloud, cursor: string | null, signal: AbortSignal): Promise<ImagesPage> {
  const { images, next } = await asked(api.images(cursor === null ? {} : { cursor }, signal));
  return { images: images.flatMap(choicesOf), next };
}

/** Names may be shared, so only ids and aliases tell for sure which image is meant. */
function choicesOf({ realm, id, aliases }: ImageView): ImagesPage["images"] {
  return [...new Set([id, ...aliases])].map((choice) => ({ realm, choice, image: id }));
}
