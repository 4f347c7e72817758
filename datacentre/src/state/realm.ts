// A realm of a cloud: hosts, images, and whether it answers.

import { CloudError } from "../cloud-api.ts";
import type { ImageSettings } from "../offer-settings.ts";
import type { Capacity } from "../settings.ts";
import { createHost, type Host } from "./host.ts";
import { type Image, imageOf } from "./images.ts";

export interface Realm {
  readonly name: string;
  readonly images: Image[];
  readonly hosts: readonly Host[];
  /** It does not answer before this time. What is in it goes on. */
  downUntil: number;
}

interface RealmSettings {
  readonly name: string;
  readonly images: readonly ImageSettings[];
  readonly hosts: readonly Capacity[];
}

export function createRealm({ name, images, hosts }: RealmSettings): Realm {
  return {
    name,
    images: images.map(imageOf),
    hosts: hosts.map((capacity, index) => createHost(`${name}-host-${index + 1}`, capacity)),
    downUntil: 0,
  };
}

export function isDown(realm: Realm, now: number): boolean {
  return now < realm.downUntil;
}

export function realmDown(names: readonly string[]): CloudError {
  const [first = "", ...others] = names;
  const text =
    others.length === 0 ? `The realm ${first} does not answer` : `The realms ${names.join(", ")} do not answer`;
  return new CloudError("realm_down", text, { about: { realm: first } });
}
