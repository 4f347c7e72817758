// Whether accounts have the images that a blueprint names: asked of their clouds by the tracker, waited for here a little
// while, and told with what they have instead.

import type { Account } from "../../core/account.ts";
import { nativeImage } from "../../core/market/ground.ts";
import type { Enquiry } from "../../core/market/market.ts";
import type { Seller } from "../../core/market/offered.ts";
import type { Reads } from "../../ports/store.ts";
import { type Asking, askUntil } from "./asking.ts";

export interface ImageReport {
  /** Of those asked for: every account has answered for each of its realms, and lacks it there. */
  readonly nowhere: ReadonlySet<string>;
  /** Names that blueprints could use instead. */
  readonly names: readonly string[];
}

/** What these say about images by the blueprint's names of them. */
export function reportImages(
  deps: Asking,
  sellers: readonly Seller[],
  images: readonly string[],
): Promise<ImageReport> {
  return askUntil(deps, (tx) => lookAt(tx, sellers, images));
}

async function lookAt(
  tx: Reads,
  sellers: readonly Seller[],
  images: readonly string[],
): Promise<{ readonly report: ImageReport; readonly unread: readonly Enquiry[] }> {
  const unread: Enquiry[] = [];
  const nowhere = new Set(images);
  const names = new Set<string>();
  for (const seller of sellers) {
    const { account } = seller.account;
    const known = await tx.answers(account.id, "image");
    const found = known.filter(({ found }) => found !== null).map(({ choice }) => choice);
    for (const name of namesFor(account, found)) names.add(name);
    for (const { realm, wished } of seller.realms.flatMap((realm) => images.map((wished) => ({ realm, wished })))) {
      const choice = nativeImage(account, wished);
      const answer = known.find((one) => one.realm === realm && one.choice === choice);
      if (answer === undefined) unread.push({ account: account.id, kind: "image", realm, choice });
      if (answer?.found !== null) nowhere.delete(wished);
    }
  }
  return { report: { nowhere, names: [...names] }, unread };
}

/** Under the names that blueprints may use. */
function namesFor({ images }: Account, found: readonly string[]): readonly string[] {
  const mapped = Object.entries(images);
  const hidden = new Set(mapped.map(([logical]) => logical));
  return [
    ...found.filter((name) => !hidden.has(name)),
    ...mapped.flatMap(([logical, name]) => (found.includes(name) ? [logical] : [])),
  ];
}
