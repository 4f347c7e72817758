// What the cloud has to offer: realms, sizes with prices, images. All in pages.

import type { Size } from "../cloud-api.ts";
import { CloudError, type CreateRequest } from "../cloud-api.ts";
import { checkUp, type CloudState, downRealms } from "../state/cloud-state.ts";
import { carries } from "../state/fault-rules.ts";
import { isDown, type Realm } from "../state/realm.ts";
import { isFor, type Price, type SizeRow } from "../state/size-table.ts";
import type {
  Custom,
  ImagePage,
  ImageQuery,
  ImageView,
  Offer,
  OfferPage,
  OfferQuery,
  RealmView,
  Steps,
  Traits,
} from "../tenant-api.ts";
import type { Asked } from "./asked.ts";
import { afterOf, cursorAt } from "./cursor.ts";

export function traits({ cloud }: Asked): Traits {
  const { twoStep, visibilityMs, uniqueNames, names, userDataBytesMost } = cloud.settings;
  const { tokens, idVisibilityMs, lookMost, pushes } = cloud.settings;
  const needsLogin = cloud.settings.sessions?.isRequired === true;
  const known = { twoStep, visibilityMs, uniqueNames, names, userDataBytesMost, idVisibilityMs, lookMost, pushes };
  const { needed, implied, labelled, publicByPart, keys } = cloud.settings.parts;
  const parts = { needed, implied, labelled, publicByPart, keys };
  return { ...known, needsLogin, tokens: tokens !== "off", custom: customOf(cloud), parts };
}

export function realms({ cloud }: Asked): readonly RealmView[] {
  const now = cloud.agenda.now();
  return [...cloud.realms.values()].map((realm) => ({ name: realm.name, isUp: !isDown(realm, now) }));
}

export function sizes({ cloud, tenant }: Asked, { realm, cursor }: OfferQuery): OfferPage {
  const { offerPageSize, tellsPrices } = cloud.settings;
  const { chosen, unreachableRealms } = realmsToRead(cloud, realm);
  const rows = [...cloud.sizes.values()];
  const offers: Offer[] = [];
  // A place in the table: realm by realm, row by row.
  const end = chosen.length * rows.length;
  for (let place = afterOf(cursor); place < end; place++) {
    const row = rows[place % rows.length];
    const { name = "" } = chosen[Math.floor(place / rows.length)] ?? {};
    const price = row?.prices.get(name);
    if (row === undefined || price === undefined || unreachableRealms.includes(name)) continue;
    if (!isFor(row, tenant.name)) continue;
    if (offers.length === offerPageSize) return { offers, next: cursorAt(place), unreachableRealms };
    offers.push(offerOf(name, row, tellsPrices ? price : { hourlyPrice: null, spotPrice: null }));
  }
  return { offers, next: null, unreachableRealms };
}

interface RealmsToRead {
  readonly chosen: readonly Realm[];
  readonly unreachableRealms: readonly string[];
}

/** Throws `realm_down` where one is asked for that does not answer. */
function realmsToRead(cloud: CloudState, name: string | undefined): RealmsToRead {
  if (name === undefined) return { chosen: [...cloud.realms.values()], unreachableRealms: downRealms(cloud) };
  const chosen = [realmOf(cloud, name)];
  checkUp(cloud, name);
  return { chosen, unreachableRealms: [] };
}

type Told = { readonly [K in keyof Price]: number | null };

function offerOf(realm: string, { size, family, accelerators }: SizeRow, { hourlyPrice, spotPrice }: Told): Offer {
  const { name, cpu, memoryMib, storageGib, architecture } = size;
  return { realm, size: name, family, cpu, memoryMib, storageGib, architecture, accelerators, hourlyPrice, spotPrice };
}

export function images({ cloud }: Asked, query: ImageQuery): ImagePage {
  const { chosen, unreachableRealms } = realmsToRead(cloud, query.realm);
  const up = chosen.filter(({ name }) => !unreachableRealms.includes(name));
  const all = up.flatMap((realm) => realm.images.map((image): ImageView => ({ realm: realm.name, ...image })));
  const fitting = all.filter((image) => isMeant(image, query));
  const from = afterOf(query.cursor);
  const page = fitting.slice(from, from + cloud.settings.offerPageSize);
  const reached = from + page.length;
  return { images: page, next: reached < fitting.length ? cursorAt(reached) : null, unreachableRealms };
}

function isMeant(image: ImageView, { id, name, alias, tags = {} }: ImageQuery): boolean {
  return (
    (id === undefined || image.id === id) &&
    (name === undefined || image.name === name) &&
    (alias === undefined || image.aliases.includes(alias)) &&
    carries(image.tags, tags)
  );
}

export function realmOf(cloud: CloudState, name: string): Realm {
  const realm = cloud.realms.get(name);
  if (realm === undefined) throw new CloudError("invalid_realm", `No realm ${name}`);
  return realm;
}

/** What a machine is to be, and what an hour of it costs. */
export interface Chosen {
  readonly size: Size;
  readonly family: string;
  readonly acceleratorKind: string | null;
  readonly price: Price;
}

/** Throws `invalid_size` when there is none of that name for this tenant in this realm. */
export function chosenSize({ cloud, tenant }: Asked, { realm, size: name, measure }: CreateRequest): Chosen {
  if (measure !== undefined) return cutToMeasure(cloud, { name, measure });
  const row = cloud.sizes.get(name);
  if (row === undefined || !isFor(row, tenant.name)) throw new CloudError("invalid_size", `No size ${name}`);
  const price = row.prices.get(realm);
  if (price === undefined) throw new CloudError("invalid_size", `The size ${name} is not offered in ${realm}`);
  return { size: row.size, family: row.family, acceleratorKind: row.accelerators?.kind ?? null, price };
}

interface Wanted {
  readonly name: string;
  readonly measure: NonNullable<CreateRequest["measure"]>;
}

const MEASURES = ["cpu", "memoryMib", "storageGib"] as const;

function cutToMeasure({ settings }: CloudState, { name, measure }: Wanted): Chosen {
  const { custom } = settings;
  if (custom === null) throw new CloudError("invalid_size", "This cloud has no sizes cut to measure");
  if (name !== "custom")
    throw new CloudError("invalid_size", `What is cut to measure is of the size custom, not ${name}`);
  for (const dimension of MEASURES) checkSteps(dimension, measure[dimension], custom[dimension]);
  const { cpu, memoryMib, storageGib } = measure;
  const hourlyPrice = cpu * custom.hourlyPricePerCpu + (memoryMib / 1024) * custom.hourlyPricePerGib;
  const { family, architecture } = custom;
  return {
    size: { name, cpu, memoryMib, storageGib, architecture, accelerators: 0, hourlyPrice },
    family,
    acceleratorKind: null,
    price: { hourlyPrice, spotPrice: null },
  };
}

function checkSteps(dimension: string, wanted: number, { most, step }: Steps): void {
  if (wanted >= step && wanted <= most && wanted % step === 0) return;
  throw new CloudError("invalid_size", `${dimension} must be ${step} to ${most} in steps of ${step}, not ${wanted}`);
}

function customOf({ settings: { custom, tellsPrices } }: CloudState): Custom | null {
  if (custom === null || tellsPrices) return custom;
  return { ...custom, hourlyPricePerCpu: null, hourlyPricePerGib: null };
}
