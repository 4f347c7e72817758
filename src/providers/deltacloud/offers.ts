// What a cloud sells: each hardware profile in each realm. A profile with ranges or choices is one that machines are cut to.

import type { CreateRequest } from "../../core/machine.ts";
import type { Measures, Offer } from "../../core/market/offer.ts";
import { priceOf } from "../../ports/price-list.ts";
import type { SizesPage } from "../../ports/provider.ts";
import type { Desk } from "./desk.ts";
import { entryOf } from "./entry.ts";
import { sizeFault } from "./faults.ts";
import { NO_REALM } from "./observe.ts";
import { amountIn, type Profile, type Property, readProfiles, readRealms, type Realm } from "./schema.ts";

/** Of a cloud that knows none, one stands for all. */
export async function realmsOf(desk: Desk, signal: AbortSignal): Promise<readonly Realm[]> {
  const { collections } = await entryOf(desk, signal);
  const told = collections.has("realms") ? await desk.session.ask({ path: "/realms", read: readRealms }, signal) : [];
  const realms = told.length === 0 ? [{ id: NO_REALM, name: "", state: "" }] : told;
  const [first, second] = realms;
  desk.onlyRealm = first !== undefined && second === undefined ? first.id : null;
  return realms;
}

/** Words of Deltacloud's for one in which nothing can be made. */
const CLOSED: readonly string[] = ["UNAVAILABLE", "DOWN"];

const isClosed = ({ state }: Realm): boolean => CLOSED.includes(state.toUpperCase());

export async function sizesPage(desk: Desk, signal: AbortSignal): Promise<SizesPage> {
  const realms = (await realmsOf(desk, signal)).filter((realm) => !isClosed(realm));
  const profiles = await readProfilesOf(desk, signal);
  const sold = profiles.flatMap((profile) => soldAs(profile, desk));
  return { offers: realms.flatMap(({ id }) => sold.map((size) => ({ ...size, realm: id }))), unlisted: [], next: null };
}

async function readProfilesOf(desk: Desk, signal: AbortSignal): Promise<readonly Profile[]> {
  const { collections } = await entryOf(desk, signal);
  if (!collections.has("hardware_profiles")) return [];
  const profiles = await desk.session.ask({ path: "/hardware_profiles", read: readProfiles }, signal);
  desk.profiles.clear();
  for (const profile of profiles) desk.profiles.set(profile.id, profile);
  return profiles;
}

/** Once for each architecture it can have; none where it does not tell its processors and memory. */
function soldAs(profile: Profile, { settings }: Pick<Desk, "settings">): readonly Omit<Offer, "realm">[] {
  const { id, properties } = profile;
  const measured = measuresOf(profile);
  if (measured === null) return [];
  const architectures = architecturesOf(properties.get("architecture"), settings.architecture);
  const isCut = ["cpu", "memory"].some((name) => isChosen(properties.get(name)));
  const { byPart } = settings.prices;
  const cut = {
    hourlyMicrosPerCpu: byPart?.cpu ?? null,
    hourlyMicrosPerGib: byPart?.gib ?? null,
    step: { cpu: stepOf(properties.get("cpu")), memoryMib: stepOf(properties.get("memory")), storageGib: null },
    takesPer: {},
  };
  return architectures.map(({ name, word }) => ({
    ...measured,
    size: architectures.length === 1 ? id : `${id}${OF_ARCHITECTURE}${word}`,
    architecture: name,
    accelerators: 0,
    acceleratorKind: null,
    family: null,
    spot: false,
    hourlyMicros: isCut ? null : priceOf(settings.prices, { name: id, ...measured }),
    takes: {},
    cut: isCut ? cut : null,
  }));
}

/** Between a profile's id and which of its architectures is meant. */
const OF_ARCHITECTURE = "/";

const isChosen = (property: Property | undefined): boolean =>
  property !== undefined && (property.kind === "range" || property.kind === "enum");

/** The most that it can be; null where it does not tell. */
function measuresOf({ properties }: Profile): Pick<Measures, "cpu" | "memoryMib" | "storageGib"> | null {
  const cpu = largest(properties.get("cpu"));
  const memory = largest(properties.get("memory"));
  if (cpu === null || memory === null || cpu < 1 || memory < 1) return null;
  const storage = largest(properties.get("storage")) ?? 0;
  return { cpu: Math.floor(cpu), memoryMib: Math.floor(memory), storageGib: Math.floor(storage) };
}

/** In MiB, GiB and processors: what is the usual unit of each. Clouds mean these by MB and GB. */
const UNITS: ReadonlyMap<string, Readonly<Record<string, number>>> = new Map([
  ["memory", { MB: 1, GB: 1024, TB: 1024 * 1024 }],
  ["storage", { MB: 1 / 1024, GB: 1, TB: 1024 }],
]);

const unitOf = ({ name, unit }: Property): number => UNITS.get(name)?.[unit.toUpperCase()] ?? 1;

function largest(property: Property | undefined): number | null {
  if (property === undefined) return null;
  const most = Math.max(...choicesOf(property));
  return Number.isFinite(most) ? most * unitOf(property) : null;
}

/** In its own unit: the ends of a range, the entries of a choice, or the one value. */
function choicesOf({ kind, range, entries, value }: Property): readonly number[] {
  if (kind === "range") return [range?.first ?? null, range?.last ?? null].flatMap((end) => end ?? []);
  const texts = kind === "enum" ? entries : [value];
  return texts.flatMap((text) => amountIn(text) ?? []);
}

/** What clouds call them, and what blueprints do. */
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["amd64", "x86_64"],
  ["x64", "x86_64"],
  ["x86-64", "x86_64"],
  ["aarch64", "arm64"],
]);

function architecturesOf(
  property: Property | undefined,
  otherwise: string,
): readonly { readonly name: string; readonly word: string }[] {
  const words = property?.kind === "enum" ? property.entries : [property?.value ?? ""];
  const told = words.filter((word) => word !== "");
  return (told.length === 0 ? [otherwise] : told).map((word) => {
    return { word, name: ARCHITECTURES.get(word.toLowerCase()) ?? word.toLowerCase() };
  });
}

/** Memory of vSphere's machines comes in fours. */
const MEMORY_STEP = 4;

/** Of a range, in its own unit. */
const stepIn = (property: Property): number => (property.name === "memory" ? MEMORY_STEP / unitOf(property) : 1);

/** Choices have none. */
function stepOf(property: Property | undefined): number | null {
  return property?.kind === "range" ? stepIn(property) * unitOf(property) : null;
}

type Wanted = Pick<CreateRequest, "size" | "cpu" | "memoryMib" | "storageGib">;

/** Fields of a create that say which profile is wanted, and of what it leaves open, how much. Throws a fault of this offer when it is gone. */
export async function sizeFields(
  desk: Desk,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const found = profileIn(desk, wanted.size) ?? (await readProfilesOf(desk, signal), profileIn(desk, wanted.size));
  if (found === null)
    throw sizeFault(`Deltacloud at ${desk.session.name}: there is no hardware profile ${wanted.size} any more`);
  const { profile, word } = found;
  const open = [...profile.properties.values()].filter((property) => isChosen(property));
  const chosen = open.flatMap((property) => {
    const value = property.name === "architecture" ? word : chosenOf(property, wanted);
    return value === null ? [] : [[`hwp_${property.name}`, value] as const];
  });
  return { hwp_id: profile.id, ...Object.fromEntries(chosen) };
}

function profileIn(
  { profiles }: Desk,
  size: string,
): { readonly profile: Profile; readonly word: string | null } | null {
  const whole = profiles.get(size);
  if (whole !== undefined) return { profile: whole, word: whole.properties.get("architecture")?.entries[0] ?? null };
  const end = size.lastIndexOf(OF_ARCHITECTURE);
  const profile = end < 0 ? undefined : profiles.get(size.slice(0, end));
  return profile === undefined ? null : { profile, word: size.slice(end + 1) };
}

/** The least that it may be and that is enough. Null for what nobody has a wish about. */
function chosenOf(property: Property, { cpu, memoryMib, storageGib }: Wanted): string | null {
  const wish = new Map([
    ["cpu", cpu],
    ["memory", memoryMib],
    ["storage", storageGib],
  ]).get(property.name);
  if (wish === undefined) return null;
  const own = wish / unitOf(property);
  const choices = choicesOf(property).toSorted((a, b) => a - b);
  const [least, most] = [choices[0], choices.at(-1)];
  if (least === undefined || most === undefined) return null;
  if (property.kind === "enum") return String(choices.find((choice) => choice >= own) ?? most);
  const step = stepIn(property);
  return String(Math.min(most, Math.max(least, Math.ceil(own / step) * step)));
}
