// What the cloud has to offer from now on. Machines that are there stay as they are.

import { CloudError } from "../cloud-api.ts";
import type { ImageSettings } from "../offer-settings.ts";
import type { CloudState } from "../state/cloud-state.ts";
import { imageOf } from "../state/images.ts";
import { realmNamed, type Settled, sizeNamed } from "./named.ts";

interface OfferPlace {
  readonly size: string;
  /** All unless told. */
  readonly realm?: string;
}

interface OfferChange {
  readonly isOffered?: boolean;
  readonly hourlyPrice?: number;
  /** Null: not to be had as spot. */
  readonly spotPrice?: number | null;
}

export interface OfferHands {
  setOffer(place: OfferPlace, change: OfferChange): void;
  addImage(realm: string, image: ImageSettings): void;
  removeImage(realm: string, id: string): void;
}

export function offersAt(settled: Settled): OfferHands {
  return {
    setOffer: (place, change) => setOffer(settled(), place, change),
    addImage: (realm, image) => void realmNamed(settled(), realm).images.push(imageOf(image)),
    removeImage(realm, id) {
      const { images } = realmNamed(settled(), realm);
      const at = images.findIndex((image) => image.id === id);
      if (at === -1) throw new CloudError("not_found", `No image ${id} in ${realm}`);
      images.splice(at, 1);
    },
  };
}

function setOffer(cloud: CloudState, { size, realm }: OfferPlace, change: OfferChange): void {
  const row = sizeNamed(cloud, size);
  const { isOffered = true, ...price } = change;
  for (const name of realm === undefined ? cloud.realms.keys() : [realmNamed(cloud, realm).name]) {
    const { hourlyPrice } = row.size;
    if (isOffered) row.prices.set(name, { ...(row.prices.get(name) ?? { hourlyPrice, spotPrice: null }), ...price });
    else row.prices.delete(name);
  }
}
