// What a request for a machine must be like, before quota and room are looked at.

import { CloudError, type CreateRequest } from "../cloud-api.ts";
import { checkUp, type CloudState } from "../state/cloud-state.ts";
import { findImage, type Image } from "../state/images.ts";
import type { Tenant } from "../state/tenant.ts";
import { isIn, named, type Network } from "../state/things.ts";
import type { Asked } from "./asked.ts";
import { type Chosen, chosenSize, realmOf } from "./offers.ts";

export interface Checked {
  readonly image: Image;
  readonly chosen: Chosen;
  readonly network: Network | null;
  /** What an hour of it costs. */
  readonly hourlyPrice: number;
}

/** Throws what is wrong with it. */
export function checkRequest(asked: Asked, request: CreateRequest): Checked {
  const { cloud, tenant } = asked;
  checkName(asked, request.name);
  const realm = realmOf(cloud, request.realm);
  checkUp(cloud, realm.name);
  const chosen = chosenSize(asked, request);
  const image = findImage(realm, request.image, cloud.settings.imagesBy);
  if (image.architecture !== null && image.architecture !== chosen.size.architecture) {
    const text = `The image ${image.id} is made for ${image.architecture}, the size ${chosen.size.name} is ${chosen.size.architecture}`;
    throw new CloudError("invalid_request", text);
  }
  const most = cloud.settings.userDataBytesMost;
  if (new TextEncoder().encode(request.userData ?? "").length > most) {
    throw new CloudError("invalid_user_data", `User data may have ${most} bytes at most`, { about: { most } });
  }
  for (const group of request.securityGroups ?? []) named(cloud.things.securityGroups, "security group", group);
  if (request.sshKey !== undefined) named(keysOf(cloud, tenant), "ssh key", request.sshKey);
  const network = networkFor(asked, request);
  return { image, chosen, network, hourlyPrice: priceOf(chosen, request) };
}

/** The tenant's own, and those that are parts. */
export function keysOf(cloud: CloudState, { name: tenant, sshKeys }: Tenant): readonly { readonly name: string }[] {
  const parts = [...cloud.parts.values()].filter((part) => part.kind === "key" && part.tenant === tenant);
  return [...sshKeys, ...parts];
}

/** Of machines and parts. Throws `invalid_request` for an empty one, `invalid_name` for what the cloud does not take. */
export function checkName({ cloud }: Asked, name: string): void {
  if (name === "") throw new CloudError("invalid_request", "The name is empty");
  const { most, pattern } = cloud.settings.names;
  if (most !== null && name.length > most) {
    throw new CloudError("invalid_name", `The name may have ${most} characters at most, not ${name.length}`, {
      about: { most },
    });
  }
  if (pattern !== null && !new RegExp(`^(?:${pattern})$`, "u").test(name)) {
    throw new CloudError("invalid_name", `The name must be like ${pattern}`, { about: { pattern } });
  }
}

/** The named one, else the only or first one there; null where the cloud has none. Throws `invalid_reference`. */
export function networkFor(
  { cloud, tenant }: Asked,
  { realm, network }: Pick<CreateRequest, "realm" | "network">,
): Network | null {
  const there = cloud.things.networks.filter((candidate) => isIn(candidate, realm, tenant.name));
  if (network !== undefined) return named(there, "network", network);
  if (there.length > 1 && cloud.settings.networkChoice === "needed") {
    throw new CloudError("invalid_reference", `There are ${there.length} networks: the request must name one`);
  }
  return there[0] ?? null;
}

/** Throws `invalid_size` where it can't be had as spot, `price_too_low` where it costs more. */
function priceOf({ size, price }: Chosen, { spot, realm }: CreateRequest): number {
  if (spot === undefined) return price.hourlyPrice;
  const { spotPrice } = price;
  if (spotPrice === null) throw new CloudError("invalid_size", `${size.name} can't be had as spot in ${realm}`);
  if (spot.maxHourlyPrice === undefined || spot.maxHourlyPrice >= spotPrice) return spotPrice;
  throw new CloudError("price_too_low", `Spot costs ${spotPrice} for ${size.name} in ${realm} at present`, {
    about: { spotPrice, maxHourlyPrice: spot.maxHourlyPrice },
  });
}
