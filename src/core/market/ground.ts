// What may be chosen at one account by one launch: offers that fit, in realms where the image is, that are neither out for
// this launch nor blocked for all. Looked up once per profile, image and realms, whoever asks how often.

import { blockOf, blockText } from "./blocks.ts";
import type { Account, Block } from "../account.ts";
import type { HardwareProfile, ResolvedInstance } from "../blueprint/model.ts";
import type { DeploymentId } from "../ids.ts";
import { invariant } from "../invariant.ts";
import { fractionOf } from "../random.ts";
import type { ImageAnswer, MarketAccount } from "./market.ts";
import { type Fit, measuresText, type OfferBook } from "./offer.ts";
import type { Alternative, Ground, NoPlace, Usable, UsableOffers } from "./place.ts";
import type { Exclusions } from "./placement.ts";

export interface Asker {
  /** Null for a plan. */
  readonly deployment: DeploymentId | null;
  readonly now: number;
  readonly draw: string;
  readonly out: Exclusions;
}

/** An image to ask an account for before it can be chosen. */
export interface ImageQuestion {
  readonly account: Account["id"];
  readonly realm: string;
  /** The account's own name of it. */
  readonly choice: string;
}

/** What is left to choose from at one account. `unread` collects the images that have to be asked for. */
export function groundOf(
  of: MarketAccount,
  offers: OfferBook,
  at: { asker: Asker; blocks: readonly Block[]; realms: readonly string[]; spread: boolean; unread: ImageQuestion[] },
): Ground {
  const { account } = of;
  const { asker, realms, spread, unread } = at;
  const blocks = at.blocks.filter((block) => block.account === account.id);
  const known = new Map<string, UsableOffers>();
  let last: LastUsable | null = null;

  /** Why this fit cannot be chosen; null when it can. */
  const hindrance = (fit: Fit, image: ImageAnswer, { spec, choice }: Wish): NoPlace | null => {
    const { realm, size, spot } = fit.offer;
    if (image.kind === "absent")
      return { code: "no_image", text: image.text ?? `image ${choice} (${spec.name}) is not there` };
    if (image.kind === "unread") {
      return { code: "image_unread", text: `whether it has image ${choice} (${spec.name}) has not been read yet` };
    }
    if (spot !== (spec.spot !== null)) {
      return { code: "no_size", text: `${spec.name} asks for ${spot ? "no spot" : "spot"} offers` };
    }
    const most = spec.spot?.maxHourlyMicros ?? null;
    if (most !== null && (fit.hourlyMicros ?? Infinity) > most) {
      return { code: "no_size", text: `spot offers for ${spec.name} cost more than it allows` };
    }
    if (asker.out.offer(account.id, realm, size)) {
      return { code: "tried", text: `${size} was refused before in this launch` };
    }
    const block = blocks.length === 0 ? undefined : blockOf(blocks, { account: account.id, realm, size }, asker);
    return block === undefined ? null : { code: "blocked", text: blockText(block, asker.now) };
  };

  const find = (spec: ResolvedInstance, wanted: Wanted, inRealms: readonly string[]): UsableOffers => {
    const choice = nativeImage(account, wanted.image);
    const answers = new Map(inRealms.map((realm) => [realm, of.image(choice, realm)]));
    for (const [realm, { kind }] of answers) if (kind === "unread") unread.push({ account: account.id, realm, choice });
    const fits = offers.fittingIn(wanted.profile, inRealms);
    const found: Usable[] = [];
    let why: NoPlace | null = null;
    let looked = 0;
    const lookAt = (fit: Fit): void => {
      const image = answers.get(fit.offer.realm);
      invariant(image !== undefined, `an offer of ${fit.offer.realm}, which was not asked for`);
      const no = hindrance(fit, image, { spec, choice });
      if (image.kind === "found" && no === null) found.push({ fit, image: image.image });
      why ??= no;
    };
    return {
      at(place) {
        for (; found.length <= place && looked < fits.length; looked += 1)
          fits.slice(looked, looked + 1).forEach(lookAt);
        return found[place] ?? null;
      },
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
