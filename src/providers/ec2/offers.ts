// What an account can have: each type in each zone that sells it, and once more as a spot offer where it is one.

import type { InstanceTypeInfo } from "@aws-sdk/client-ec2";
import type { Offer } from "../../core/market/offer.ts";
import { pages } from "../../cloud-http/pages.ts";
import { priceOf } from "../../ports/price-list.ts";
import type { SizesPage } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { dimensionOf, familyOf, sizeName } from "./families.ts";
import { is } from "./names.ts";

/** As many as EC2 describes at once. */
const TYPES_PAGE = 100;
const PAGE = 1_000;
/** The first disk is made as large as is asked for; this is the most that a general one can have. */
const STORAGE_GIB_MOST = 16_384;

export async function realms({ session }: Desk, signal: AbortSignal): Promise<readonly string[]> {
  const asked = { Filters: [is("zone-type", ["availability-zone"])] };
  const answer = await session.ask((ec2, options) => ec2.describeAvailabilityZones(asked, options), signal);
  return (answer.AvailabilityZones ?? []).flatMap(({ ZoneName = [] }) => ZoneName);
}

export async function sizesPage(desk: Desk, cursor: string | null, signal: AbortSignal): Promise<SizesPage> {
  const { types: wanted } = desk.settings;
  const asked = {
    MaxResults: TYPES_PAGE,
    ...(cursor === null ? {} : { NextToken: cursor }),
    ...(wanted === null ? {} : { Filters: [{ Name: "instance-type", Values: [...wanted] }] }),
  };
  const answer = await desk.session.ask((ec2, options) => ec2.describeInstanceTypes(asked, options), signal);
  const types = (answer.InstanceTypes ?? []).flatMap((type) => typeOf(type) ?? []);
  const names = types.map(({ name }) => name);
  const spots = types.filter(({ isSpot }) => isSpot).map(({ name }) => name);
  // Types are also told of local zones, which are no realms.
  const all = new Set(names.length === 0 ? [] : await realms(desk, signal));
  const zones = await zonesOf(desk, names, signal);
  const spotPrices = await spotPricesOf(desk, spots, signal);
  const offers = types.flatMap((type) =>
    (zones.get(type.name) ?? [])
      .filter((realm) => all.has(realm))
      .flatMap((realm) => offersOf(desk, type, { realm, spotPrices })),
  );
  const { NextToken: next } = answer;
  return { offers, unlisted: [], next: next === undefined || next === "" ? null : next };
}

interface Type {
  readonly name: string;
  readonly cpu: number;
  readonly memoryMib: number;
  readonly architecture: string;
  readonly accelerators: number;
  readonly acceleratorKind: string | null;
  readonly isSpot: boolean;
  readonly isLasting: boolean;
}

/** Null for one whose measures are not told. */
function typeOf(type: InstanceTypeInfo): Type | null {
  const { InstanceType: name, VCpuInfo, MemoryInfo, ProcessorInfo, SupportedUsageClasses: uses = ["on-demand"] } = type;
  const cpu = VCpuInfo?.DefaultVCpus;
  const memoryMib = MemoryInfo?.SizeInMiB;
  const known = ProcessorInfo?.SupportedArchitectures ?? [];
  const architecture = known.find((one) => one === "x86_64" || one === "arm64") ?? known[0];
  if (name === undefined || cpu === undefined || memoryMib === undefined || architecture === undefined) return null;
  return {
    name,
    cpu,
    memoryMib,
    architecture,
    ...acceleratorsOf(type),
    isSpot: uses.includes("spot"),
    isLasting: uses.includes("on-demand"),
  };
}

function acceleratorsOf(type: InstanceTypeInfo): Pick<Type, "accelerators" | "acceleratorKind"> {
  const { GpuInfo, InferenceAcceleratorInfo, NeuronInfo } = type;
  const [first] = [
    ...(GpuInfo?.Gpus ?? []),
    ...(NeuronInfo?.NeuronDevices ?? []),
    ...(InferenceAcceleratorInfo?.Accelerators ?? []),
  ];
  // Of a share of one (of `g6f`) the count is 0 or not told.
  const accelerators = first?.Count ?? 0;
  if (first?.Name === undefined || accelerators === 0) return { accelerators: 0, acceleratorKind: null };
  return { accelerators, acceleratorKind: first.Name.toLowerCase() };
}

async function zonesOf(
  { session }: Desk,
  types: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const zones = new Map<string, string[]>();
  if (types.length === 0) return zones;
  const read = async (cursor: string | null) => {
    const asked = {
      LocationType: "availability-zone" as const,
      Filters: [is("instance-type", types)],
      MaxResults: PAGE,
      ...(cursor === null ? {} : { NextToken: cursor }),
    };
    const answer = await session.ask((ec2, options) => ec2.describeInstanceTypeOfferings(asked, options), signal);
    return { items: answer.InstanceTypeOfferings ?? [], next: nextIn(answer) };
  };
  for await (const { InstanceType: type, Location: zone } of pages(read, { signal })) {
    if (type === undefined || zone === undefined) continue;
    zones.set(type, [...(zones.get(type) ?? []), zone]);
  }
  return zones;
}

const nextIn = ({ NextToken: next }: { readonly NextToken?: string | undefined }): string | null =>
  next === undefined || next === "" ? null : next;

const priceKey = (type: string, zone: string): string => `${type} ${zone}`;

/** Millionths of a dollar per hour, as of now. */
async function spotPricesOf(
  { session }: Desk,
  types: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const newest = new Map<string, { readonly at: number; readonly micros: number }>();
  if (types.length === 0) return new Map();
  const since = new Date();
  const read = async (cursor: string | null) => {
    const asked = {
      StartTime: since,
      Filters: [is("instance-type", types)],
      ProductDescriptions: ["Linux/UNIX"],
      MaxResults: PAGE,
      ...(cursor === null ? {} : { NextToken: cursor }),
    };
    const answer = await session.ask((ec2, options) => ec2.describeSpotPriceHistory(asked, options), signal);
    return { items: answer.SpotPriceHistory ?? [], next: nextIn(answer) };
  };
  for await (const { InstanceType: type, AvailabilityZone: zone, SpotPrice, Timestamp } of pages(read, { signal })) {
    const micros = Math.round(Number(SpotPrice) * 1_000_000);
    if (type === undefined || zone === undefined || !Number.isFinite(micros)) continue;
    const at = Timestamp?.getTime() ?? 0;
    const key = priceKey(type, zone);
    if (at >= (newest.get(key)?.at ?? 0)) newest.set(key, { at, micros });
  }
  return new Map([...newest].map(([key, { micros }]) => [key, micros]));
}

function offersOf(
  { settings }: Desk,
  type: Type,
  { realm, spotPrices }: { readonly realm: string; readonly spotPrices: ReadonlyMap<string, number> },
): readonly Offer[] {
  const { name, isSpot, isLasting, ...measures } = type;
  const kinds = [...(isLasting ? [false] : []), ...(isSpot ? [true] : [])];
  return kinds.map((spot) => ({
    realm,
    size: sizeName(name, spot),
    ...measures,
    storageGib: STORAGE_GIB_MOST,
    family: familyOf(name),
    spot,
    hourlyMicros: spot ? (spotPrices.get(priceKey(name, realm)) ?? null) : priceOf(settings.prices, type),
    takes: { [dimensionOf(name, spot)]: type.cpu },
    cut: null,
  }));
}
