// What a blueprint names and no account has, whatever is free there: no launch can get it, so that whoever asks is told at
// once, at its place in the blueprint.

import type { Blueprint, Group, OpenProfile } from "../blueprint/blueprint.ts";
import { inOrder, type Mistake, mistakeAt, namesHint, quoted } from "../blueprint/mistake.ts";
import type { HardwareProfile, ResolvedBlueprint, Where } from "../blueprint/model.ts";
import { didYouMean } from "../blueprint/nearest.ts";
import { whereAsWritten } from "../blueprint/placement.ts";
import { blame } from "../blueprint/open.ts";
import { invariant } from "../invariant.ts";
import { nativeImage } from "./ground.ts";
import type { MarketAccount } from "./market.ts";
import { type Measures, measuresText, type OfferBook } from "./offer.ts";

/** What the members of a group are made of: its alternatives, in their order; null: parameters decide. */
export interface Wanted {
  readonly group: Group;
  readonly images: readonly (string | null)[];
  readonly profiles: readonly (HardwareProfile | null)[];
  /** Where they are put. */
  readonly where: Where | null;
}

export interface Offerers {
  /** Behind "no account": " of pool prod"; empty: of all that there are. */
  readonly owner: string;
  readonly sellers: readonly Seller[];
  readonly profiles: readonly HardwareProfile[];
  readonly images: {
    /** Every account was asked and has no such image. */
    readonly isNowhere: (image: string) => boolean;
    /** Names that blueprints could use instead. */
    readonly names: readonly string[];
  };
}

/** An account whose offers are known, where something could be had. */
export interface Seller {
  readonly account: MarketAccount;
  readonly offers: OfferBook;
  readonly realms: readonly string[];
}

/** Null as long as not all accounts were read, and where one has no realm to sell anything in: then nothing is known of all. */
export function sellersAmong(accounts: readonly MarketAccount[]): readonly Seller[] | null {
  const sellers = accounts.flatMap((account) => {
    const { offers } = account;
    if (offers === null) return [];
    const named = new Set(Object.values(account.account.realms));
    const realms = offers.realms.filter((realm) => named.size === 0 || named.has(realm));
    return realms.length === 0 ? [] : [{ account, offers, realms }];
  });
  return sellers.length === 0 || sellers.length < accounts.length ? null : sellers;
}

/** What is written out, before there are parameters. */
export function wantedAsWritten({ groups }: Blueprint, profiles: readonly HardwareProfile[]): readonly Wanted[] {
  return groups.map((group) => ({
    group,
    images: group.images.map((image) => (image.kind === "known" ? image.value : null)),
    profiles: group.profiles.map((profile) => asWritten(profile, profiles)),
    where: whereAsWritten(group.where),
  }));
}

function asWritten(open: OpenProfile, profiles: readonly HardwareProfile[]): HardwareProfile | null {
  if (open.kind === "named") {
    const { name } = open;
    return name.kind === "known" ? (profiles.find((profile) => profile.name === name.value) ?? null) : null;
  }
  const { cpu, memoryMib, storageGib, architecture, accelerators, acceleratorKind } = open;
  if (cpu.kind === "open" || memoryMib.kind === "open" || storageGib.kind === "open") return null;
  if (architecture.kind === "open" || accelerators.kind === "open" || acceleratorKind.kind === "open") return null;
  return {
    name: "custom",
    cpu: cpu.value,
    memoryMib: memoryMib.value,
    storageGib: storageGib.value,
    architecture: architecture.value,
    accelerators: accelerators.value,
    acceleratorKind: acceleratorKind.value || null,
  };
}

/** What a launch asks for. */
export function wantedResolved({ groups }: Blueprint, { instances }: ResolvedBlueprint): readonly Wanted[] {
  return groups.map((group) => {
    const member = instances.find((instance) => instance.group === group.name);
    invariant(member !== undefined, `group ${group.name} has a member`);
    return { group, images: member.images, profiles: member.profiles, where: member.where };
  });
}

/** Images that no account is known to have: those to be asked for before they are missed. */
export function imagesNotFound(wanted: readonly Wanted[], sellers: readonly Seller[]): readonly string[] {
  const isFound = (image: string): boolean =>
    sellers.some(({ account, realms }) => {
      const choice = nativeImage(account.account, image);
      return realms.some((realm) => account.answer("image", choice, realm).kind === "found");
    });
  const all = new Set(wanted.flatMap(({ images }) => images.flatMap((image) => image ?? [])));
  return [...all].filter((image) => !isFound(image));
}

/** Images and profiles that nobody has: each, or only where a group has no alternative that somebody has. */
export function notOffered(wanted: readonly Wanted[], by: Offerers, which: "each" | "hopeless"): readonly Mistake[] {
  const told = (mistakes: readonly (Mistake | null)[]): readonly Mistake[] => {
    const found = mistakes.filter((mistake) => mistake !== null);
    return which === "each" || found.length === mistakes.length ? found : [];
  };
  return inOrder(
    wanted.flatMap(({ group, images, profiles }) => [
      ...told(images.map((image, place) => (image === null ? null : noImage(group, { image, place }, by)))),
      ...told(profiles.map((profile, place) => (profile === null ? null : noSize(group, { profile, place }, by)))),
    ]),
  );
}

function noImage({ images }: Group, { image, place }: { image: string; place: number }, by: Offerers): Mistake | null {
  const open = images[place];
  if (open === undefined || !by.images.isNowhere(image)) return null;
  const remedy = didYouMean(image, by.images.names, "name one that exists, or map it: slipway account set --image");
  const says = `names the image ${quoted(image)}, which no account${by.owner} offers at present: ${remedy}`;
  return blame(open, mistakeAt(open.spot, { code: "not_offered", says }));
}

function noSize(
  { profiles, spot }: Group,
  { profile, place }: { profile: HardwareProfile; place: number },
  by: Offerers,
): Mistake | null {
  const open = profiles[place];
  const isSpot = spot !== null;
  if (open === undefined || isSold(profile, isSpot, by)) return null;
  const { measure, text } = shortOf(profile, isSpot, by);
  const none = `which no account${by.owner} offers at present (${text})`;
  if (open.kind === "named") {
    const others = by.profiles.filter((one) => isSold(one, isSpot, by)).map(({ name }) => name);
    const named = `names the hardware profile ${quoted(profile.name)} (${measuresText(profile)})`;
    const says = `${named}, ${none}: use another, or add an account that has it`;
    const hint = others.length === 0 ? {} : { hint: namesHint("Hardware profiles that are offered", others) };
    return blame(open.name, mistakeAt(open.name.spot, { code: "not_offered", says, ...hint }));
  }
  const says = `asks for ${measuresText(profile)}, ${none}: ask for something else, or add an account that has it`;
  const mistake = mistakeAt(open.spot, { code: "not_offered", says });
  return measure === null ? mistake : blame(open[measure], mistake);
}

function isSold(profile: HardwareProfile, isSpot: boolean, { sellers }: Offerers): boolean {
  return sellers.some(({ offers, realms }) => {
    return offers.fittingIn(profile, realms).some(({ offer }) => offer.spot === isSpot);
  });
}

interface Short {
  /** Which measure to blame; null: none by itself. */
  readonly measure: keyof Measures | null;
  readonly text: string;
}

const UNITS = { cpu: "cpu", memoryMib: "MiB of memory", storageGib: "GiB of storage", accelerators: "accelerators" };
const ANY = { cpu: 0, memoryMib: 0, storageGib: 0, accelerators: 0, acceleratorKind: null };

/** What no offer has, or has enough of, whatever else it has. */
function shortOf(profile: HardwareProfile, isSpot: boolean, { sellers }: Offerers): Short {
  const { architecture, acceleratorKind } = profile;
  const alike = sellers.flatMap(({ offers, realms }) => offers.fittingIn({ ...profile, ...ANY }, realms));
  if (alike.length === 0) return { measure: "architecture", text: `nothing of architecture ${architecture}` };
  const sold = alike.map(({ offer }) => offer).filter(({ spot }) => spot === isSpot);
  if (sold.length === 0) return { measure: null, text: isSpot ? "nothing as spot" : "nothing but spot" };
  const kinds = new Set(sold.flatMap((offer) => offer.acceleratorKind ?? []));
  if (acceleratorKind !== null && !kinds.has(acceleratorKind)) {
    const text = kinds.size === 0 ? "no accelerators" : `accelerators: ${[...kinds].join(", ")}`;
    return { measure: "acceleratorKind", text };
  }
  const short = (["cpu", "memoryMib", "storageGib", "accelerators"] as const).flatMap((measure) => {
    const most = Math.max(...sold.map((offer) => offer[measure]));
    return most >= profile[measure] ? [] : [{ measure, text: `at most ${most} ${UNITS[measure]}` }];
  });
  const [first] = short;
  if (first === undefined) return { measure: null, text: "no size has all of it" };
  return { measure: first.measure, text: short.map(({ text }) => text).join(", ") };
}
