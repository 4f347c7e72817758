// What an account sells: account × realm × size. Read by the tracker page by page, indexed once per whole read.

import type { HardwareProfile, WhereKey } from "../blueprint/model.ts";
import { type Amount, measured, plus, sumOf } from "./amount.ts";

/** Measures of a machine. */
export interface Measures {
  readonly cpu: number;
  readonly memoryMib: number;
  readonly storageGib: number;
  readonly architecture: string;
  readonly accelerators: number;
  /** The cloud's word for the kind, such as `a100`; null without any. */
  readonly acceleratorKind: string | null;
}

const CUT_BY = ["cpu", "memoryMib", "storageGib"] as const;
type CutBy = (typeof CUT_BY)[number];

/** A cloud that cuts machines to measure: the offer's measures are the largest. */
export interface Cut {
  /** Of the parts; null: not told. */
  readonly hourlyMicrosPerCpu: number | null;
  readonly hourlyMicrosPerGib: number | null;
  /** It is cut in whole steps, of which there is at least one; null: any amount. */
  readonly step: Readonly<Record<CutBy, number | null>>;
  /** What one of each takes of the cloud's quota, beside the offer's `takes`: `{"cpu": {"cpu/standard": 1}}`. */
  readonly takesPer: Readonly<Partial<Record<CutBy, Amount>>>;
}

/** Cut in any amount. */
export const ANY_STEP: Cut["step"] = { cpu: null, memoryMib: null, storageGib: null };

/** Fractions of a step do not add up to the last bit. */
const SLACK = 1e-9;

/** The least amount in whole steps that is enough. */
export function inSteps(wanted: number, step: number | null): number {
  return step === null ? wanted : Math.max(1, Math.ceil(wanted / step - SLACK)) * step;
}

export interface Offer extends Measures {
  readonly realm: string;
  /** The cloud's name of it; of one that is cut to measure a name for blocks, such as `custom`. */
  readonly size: string;
  /** What quotas of a family are counted by; null: none. */
  readonly family: string | null;
  /** May be taken away by the cloud at any time. */
  readonly spot: boolean;
  /** Millionths of a dollar per hour, whole; null: the cloud does not tell and the account has no price for it. */
  readonly hourlyMicros: number | null;
  /** What each machine takes of the cloud's quota, beside `instances`, `cpu` and `memoryMib`: `{"cpu/standard": 4}`. */
  readonly takes: Amount;
  /** Null: a size as it is. */
  readonly cut: Cut | null;
}

/** What one machine of this offer is and takes, for a profile. */
export interface Fit {
  readonly offer: Offer;
  readonly hourlyMicros: number | null;
  /** In every dimension, the price among them when it is known. */
  readonly takes: Amount;
}

/** What holds for all machines of an account. */
export interface Conditions {
  /** Bytes of user data that each may have, filled in: a trait of the provider. */
  readonly userDataBytesMost: number;
  /** They reach what listens on the loopback of Slipway's own machine. */
  readonly sharesLoopback: boolean;
  /** What the provider takes of where a machine is put. */
  readonly where: readonly WhereKey[];
}

/** Offers of one account as of one whole read. */
export interface OfferBook extends Conditions {
  /** In the order of their names. */
  readonly realms: readonly string[];
  /** Offers of a realm that fit the profile, cheapest first, then smallest memory; those without a price last. */
  fitting(profile: HardwareProfile, realm: string): readonly Fit[];
  /** Of these realms together, in the same order. */
  fittingIn(profile: HardwareProfile, realms: readonly string[]): readonly Fit[];
}

/** As many as a decision among 18,000 offers looks at, twice over: some 50 MB. */
const FITS_MOST = 250_000;

/**
 * Indexes offers. Each profile is matched against each offer once, whoever asks how often, as long as no more than `fitsMost` matches have
 * to be remembered for that; profiles written out in blueprints have no end.
 */
export function offerBook(
  offers: readonly Offer[],
  { realms, userDataBytesMost, sharesLoopback, where }: Conditions & Pick<OfferBook, "realms">,
  fitsMost = FITS_MOST,
): OfferBook {
  const byRealm = Map.groupBy(offers, ({ realm }) => realm);
  const known = new Map<string, readonly Fit[]>();
  let keptFits = 0;
  const remembered = (key: string, find: () => readonly Fit[]): readonly Fit[] => {
    const before = known.get(key);
    if (before !== undefined) return before;
    const found = find();
    if (keptFits > fitsMost) {
      known.clear();
      keptFits = 0;
    }
    known.set(key, found);
    keptFits += found.length;
    return found;
  };
  const fitting = (profile: HardwareProfile, realm: string): readonly Fit[] =>
    remembered(JSON.stringify([measuresOf(profile), realm]), () =>
      (byRealm.get(realm) ?? []).flatMap((offer) => fitOf(offer, profile) ?? []).sort(cheapestFirst),
    );
  return {
    realms: [...realms].sort(),
    userDataBytesMost,
    sharesLoopback,
    where,
    fitting,
    fittingIn: (profile, wanted) => {
      const [only, second] = wanted;
      if (only !== undefined && second === undefined) return fitting(profile, only);
      return remembered(JSON.stringify([measuresOf(profile), wanted]), () =>
        wanted.flatMap((realm) => fitting(profile, realm)).sort(cheapestFirst),
      );
    },
  };
}

function measuresOf(profile: HardwareProfile): Omit<HardwareProfile, "name"> {
  const { name: _, ...measures } = profile;
  return measures;
}

/** Null when the profile does not fit the offer. */
function fitOf(offer: Offer, profile: HardwareProfile): Fit | null {
  const { cut } = offer;
  const wanted = cut === null ? profile : { ...profile, ...measuresIn(cut, profile) };
  if (!fits(offer, wanted)) return null;
  const { cpu, memoryMib, storageGib } = cut === null ? offer : wanted;
  const hourlyMicros = cut === null ? offer.hourlyMicros : cutPrice(cut, wanted);
  const price = hourlyMicros === null ? {} : { hourlyMicros };
  const own = cut === null ? offer.takes : plus(offer.takes, takesOf(cut, wanted));
  const ours = measured({ ...offer, storageGib });
  return { offer, hourlyMicros, takes: { ...own, ...ours, instances: 1, cpu, memoryMib, ...price } };
}

type CutMeasures = Pick<Measures, CutBy>;

/** What a machine is that is cut for this. */
export function measuresIn({ step }: Pick<Cut, "step">, wanted: CutMeasures): CutMeasures {
  return {
    cpu: inSteps(wanted.cpu, step.cpu),
    memoryMib: inSteps(wanted.memoryMib, step.memoryMib),
    storageGib: inSteps(wanted.storageGib, step.storageGib),
  };
}

function takesOf({ takesPer }: Cut, measures: CutMeasures): Amount {
  return sumOf(
    CUT_BY.map((by) => {
      const each = Object.entries(takesPer[by] ?? {});
      return Object.fromEntries(each.map(([dimension, amount]) => [dimension, amount * measures[by]]));
    }),
  );
}

function fits(offer: Measures, profile: Omit<HardwareProfile, "name">): boolean {
  return (
    offer.cpu >= profile.cpu &&
    offer.memoryMib >= profile.memoryMib &&
    offer.storageGib >= profile.storageGib &&
    offer.architecture === profile.architecture &&
    offer.accelerators >= profile.accelerators &&
    (profile.acceleratorKind === null || offer.acceleratorKind === profile.acceleratorKind)
  );
}

export function measuresText(of: Measures): string {
  const parts = [`${of.cpu} cpu`, `${of.memoryMib} MiB of memory`];
  if (of.storageGib > 0) parts.push(`${of.storageGib} GiB of storage`);
  parts.push(of.architecture);
  if (of.accelerators > 0) parts.push(`${of.accelerators} ${of.acceleratorKind ?? "accelerators"}`);
  return parts.join(", ");
}

function cutPrice({ hourlyMicrosPerCpu, hourlyMicrosPerGib }: Cut, machine: CutMeasures): number | null {
  if (hourlyMicrosPerCpu === null || hourlyMicrosPerGib === null) return null;
  return Math.round(hourlyMicrosPerCpu * machine.cpu + (hourlyMicrosPerGib * machine.memoryMib) / 1024);
}

function cheapestFirst(a: Fit, b: Fit): number {
  return (
    (a.hourlyMicros ?? Infinity) - (b.hourlyMicros ?? Infinity) ||
    a.offer.memoryMib - b.offer.memoryMib ||
    order(a.offer.size, b.offer.size) ||
    order(a.offer.realm, b.offer.realm)
  );
}

const order = (a: string, b: string): number => (a < b ? -1 : Number(a > b));
