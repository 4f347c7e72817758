// What may be chosen at one account by one launch: offers that fit, in realms where the image is, that are neither out for
// this launch nor blocked for all. Looked up once per profile, image and realms, whoever asks how often.

import { blockOf, blockText, refusedText } from "./blocks.ts";
import type { Account, Block } from "../account.ts";
import type { HardwareProfile, ResolvedInstance } from "../blueprint/model.ts";
import type { DeploymentId } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { fractionOf } from "../random.ts";
import type { Answer, Enquiry, MarketAccount } from "./market.ts";
import { type Fit, measuresText, type OfferBook } from "./offer.ts";
import { type Alternative, type Ground, instead, type NoPlace, type Usable, type UsableOffers } from "./place.ts";
import type { Exclusions, Instead } from "./placement.ts";
import { sectionsOf, whereChoice, whereIn, whereText } from "./where.ts";

export interface Asker {
  /** Null for a plan. */
  readonly deployment: DeploymentId | null;
  readonly now: number;
  readonly draw: string;
  readonly out: Exclusions;
}

/** What is left to choose from at one account. `unread` collects what has to be asked for. */
export function groundOf(
  of: MarketAccount,
  offers: OfferBook,
  at: { asker: Asker; blocks: readonly Block[]; realms: readonly string[]; spread: boolean; unread: Enquiry[] },
): Ground {
  const { account } = of;
  const { asker, realms, spread, unread } = at;
  const blocks = at.blocks.filter((block) => block.account === account.id);
  const known = new Map<string, UsableOffers>();
  const answersIn = answersOf(of, offers, unread);
  let last: LastUsable | null = null;

  /** Why this fit is not what is wanted; null when it is. */
  const misfit = (fit: Fit, told: RealmAnswers, { spec, choice }: Wish): NoPlace | null => {
    const { spot } = fit.offer;
    const lack = lackOf(told, { spec, choice });
    if (lack !== null) return lack;
    if (spot !== (spec.spot !== null)) {
      return { code: "no_size", text: `${spec.name} asks for ${spot ? "no spot" : "spot"} offers` };
    }
    const most = spec.spot?.maxHourlyMicros ?? null;
    if (most !== null && (fit.hourlyMicros ?? Infinity) > most) {
      return { code: "no_size", text: `spot offers for ${spec.name} cost more than it allows` };
    }
    return null;
  };

  const barrier = barrierOf(account, asker, blocks);

  const find = (spec: ResolvedInstance, wanted: Wanted, inRealms: readonly string[]): UsableOffers => {
    const choice = nativeImage(account, wanted.image);
    const answers = new Map(inRealms.map((realm) => [realm, answersIn(realm, { spec, choice })]));
    const fits = offers.fittingIn(wanted.profile, inRealms);
    const found: Usable[] = [];
    let why: NoPlace | null = null;
    let avoided: Instead | null = null;
    let looked = 0;
    const lookAt = (fit: Fit): void => {
      const told = answers.get(fit.offer.realm);
      invariant(told !== undefined, `an offer of ${fit.offer.realm}, which was not asked for`);
      const unfit = misfit(fit, told, { spec, choice });
      const bar = unfit === null ? barrier(fit) : null;
      if (bar !== null) avoided ??= instead(fit, bar.because);
      const no = unfit ?? bar;
      if (told.image.kind === "found" && no === null) found.push({ fit, image: told.image.found, avoided });
      why ??= no;
    };
    return {
      at(place) {
        for (; found.length <= place && looked < fits.length; looked += 1)
          fits.slice(looked, looked + 1).forEach(lookAt);
        return found[place] ?? null;
      },
      avoided: () => avoided,
      why: () => why ?? { code: "no_size", text: `no size fits ${spec.name} (${measuresText(wanted.profile)})` },
    };
  };

  return {
    realms,
    spread,
    usable(spec, alternative, inRealms) {
      // All members of a group want the same, and are asked about one after the other.
      if (spec.group === last?.group && alternative === last.alternative && inRealms === last.inRealms)
        return last.found;
      const key = `${spec.group} ${alternative.profile} ${alternative.image} ${inRealms.join("/")}`;
      const found = known.get(key) ?? find(spec, wantedBy(spec, alternative), inRealms);
      known.set(key, found);
      last = { group: spec.group, alternative, inRealms, found };
      return found;
    },
    lot: (realm) => fractionOf(`${asker.draw}/${account.id}/${realm}`),
  };
}

/** Why a fit is left alone, and why for those who read it later; null when it is not. */
function barrierOf(
  { id: account }: Account,
  asker: Asker,
  blocks: readonly Block[],
): (fit: Fit) => (NoPlace & Pick<Instead, "because">) | null {
  return ({ offer: { realm, size }, takes }) => {
    const block = blocks.length === 0 ? undefined : blockOf(blocks, { account, realm, size, takes }, asker);
    if (asker.out.offer(account, realm, size)) {
      const because = block === undefined ? "it was refused before in this launch" : refusedText(block);
      return { code: "tried", text: `${size} was refused before in this launch`, because };
    }
    if (block === undefined) return null;
    return { code: "blocked", text: blockText(block, asker.now), because: refusedText(block) };
  };
}

/** What one realm says to what is wanted there. */
interface RealmAnswers {
  readonly image: Answer;
  readonly where: Answer;
  /** The one that `where` answers. */
  readonly question: string;
}

const NOTHING_ASKED: Answer = { kind: "found", found: "" };

/** What the account answers about an image and about where machines are put; what it was not asked yet is collected. */
function answersOf(
  of: MarketAccount,
  offers: OfferBook,
  unread: Enquiry[],
): (realm: string, wish: Wish) => RealmAnswers {
  const { account } = of;
  const sections = sectionsOf(account, offers.where);
  const answered = (kind: Enquiry["kind"], choice: string, realm: string): Answer => {
    const answer = of.answer(kind, choice, realm);
    if (answer.kind === "unread") unread.push({ account: account.id, kind, realm, choice });
    return answer;
  };
  return (realm, { spec, choice }) => {
    const question = whereChoice(whereIn(sections, realm, spec.where));
    const where = question === null ? NOTHING_ASKED : answered("where", question, realm);
    return { image: answered("image", choice, realm), where, question: question ?? "{}" };
  };
}

/** What of it is not there, or not known to be; null: all is. */
function lackOf({ image, where, question }: RealmAnswers, { spec, choice }: Wish): NoPlace | null {
  const { name } = spec;
  if (image.kind === "absent")
    return { code: "no_image", text: image.text ?? `image ${choice} (${name}) is not there` };
  if (image.kind === "unread") {
    const text = `whether it has image ${choice} (${name}) has not been read yet${because(image.text)}`;
    return { code: "image_unread", text };
  }
  if (where.kind === "absent") {
    const text = where.text ?? `not all of ${whereText(question)} is there`;
    return { code: "placement", text: `${name} cannot be placed: ${text}` };
  }
  if (where.kind === "found") return null;
  const asked = `whether it has what ${name} is placed by (${whereText(question)})`;
  return { code: "placement_unread", text: `${asked} has not been read yet${because(where.text)}` };
}

const because = (text: string | null): string => (text === null ? "" : `: ${text}`);

interface LastUsable {
  readonly group: string;
  readonly alternative: Alternative;
  readonly inRealms: readonly string[];
  readonly found: UsableOffers;
}

interface Wish {
  readonly spec: ResolvedInstance;
  /** The account's own name of the image. */
  readonly choice: string;
}

interface Wanted {
  readonly profile: HardwareProfile;
  readonly image: string;
}

function wantedBy(spec: ResolvedInstance, alternative: Alternative): Wanted {
  const profile = spec.profiles[alternative.profile];
  const image = spec.images[alternative.image];
  invariant(profile !== undefined && image !== undefined, `${spec.name} has no such alternative`);
  return { profile, image };
}

/** The account's own name of a blueprint's image. */
export function nativeImage({ images }: Pick<Account, "images">, logical: string): string {
  // A blueprint may name an image like something that every object has.
  return new Map(Object.entries(images)).get(logical) ?? logical;
}
