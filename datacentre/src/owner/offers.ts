// What the cloud has to offer from now on. Machines that are there stay as they are.

import { CloudError } from "../cloud-api.ts";
import type { ImageSettings } from "../offer-settings.ts";
import type { CloudState } from "../state/cloud-state.ts";
import { imageOf } from "../state/images.ts";
import { goDown } from "../life/downfall.ts";
import type { SizeRow } from "../state/size-table.ts";
import { networkOf, securityGroupOf } from "../state/things.ts";
import type { NetworkSettings, SecurityGroupSettings } from "../thing-settings.ts";
import { realmNamed, type Settled, sizeNamed } from "./named.ts";

interface OfferPlace {
  readonly size: string;
  /** All unless told. */
  readonly realm?: string;
}

/** Spot machines of which more is asked than they offered are taken back. */
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
  addNetwork(network: NetworkSettings): void;
  /** What is in it stays. */
  removeNetwork(id: string): void;
  addSecurityGroup(group: SecurityGroupSettings): void;
  removeSecurityGroup(id: string): void;
}

export function offersAt(settled: Settled): OfferHands {
  return {
    setOffer: (place, change) => setOffer(settled(), place, change),
    addImage: (realm, image) => void realmNamed(settled(), realm).images.push(imageOf(image)),
    removeImage(realm, id) {
      takeOut(realmNamed(settled(), realm).images, `image ${id} in ${realm}`, id);
    },
    addNetwork: (network) => void settled().things.networks.push(networkOf(network)),
    removeNetwork: (id) => takeOut(settled().things.networks, `network ${id}`, id),
    addSecurityGroup: (group) => void settled().things.securityGroups.push(securityGroupOf(group)),
    removeSecurityGroup: (id) => takeOut(settled().things.securityGroups, `security group ${id}`, id),
  };
}

function takeOut(things: { readonly id: string }[], what: string, id: string): void {
  const at = things.findIndex((thing) => thing.id === id);
  if (at === -1) throw new CloudError("not_found", `No ${what}`);
  things.splice(at, 1);
}

function setOffer(cloud: CloudState, { size, realm }: OfferPlace, change: OfferChange): void {
  const row = sizeNamed(cloud, size);
  const { isOffered = true, ...price } = change;
  for (const name of realm === undefined ? cloud.realms.keys() : [realmNamed(cloud, realm).name]) {
    const { hourlyPrice } = row.size;
    if (isOffered) row.prices.set(name, { ...(row.prices.get(name) ?? { hourlyPrice, spotPrice: null }), ...price });
    else row.prices.delete(name);
  }
  takeBack(cloud, row);
}

function takeBack(cloud: CloudState, { size, prices }: SizeRow): void {
  for (const machine of cloud.machines.values()) {
    const { spot, realm } = machine.request;
    if (spot === undefined || machine.size !== size || machine.goneAt !== null) continue;
    const price = prices.get(realm)?.spotPrice ?? null;
    if (price !== null && price <= (spot.maxHourlyPrice ?? Number.POSITIVE_INFINITY)) continue;
    const text = price === null ? "Taken back: no longer to be had as spot" : `Taken back: spot costs ${price} by now`;
    goDown(cloud, machine, { to: "terminated", fault: { code: "insufficient_capacity", text } });
  }
}
