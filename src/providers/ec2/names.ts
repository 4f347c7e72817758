// How what is ours is known again: by tags, which are written in the request that makes it.

import { createHash } from "node:crypto";
import type { Filter, Instance, ResourceType, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { type CreateRequest, OWNER_LABELS } from "../../core/machine.ts";

/** Keeps our own name, whatever somebody calls the instance later; `Name` is for people. */
const MACHINE_KEY = "slipway-machine";
const REALM_KEY = "slipway-realm";

export function tagsFor(
  { name, realm, labels }: Pick<CreateRequest, "name" | "realm" | "labels">,
  kinds: readonly ResourceType[],
): TagSpecification[] {
  const all = { ...labels, [MACHINE_KEY]: name, [REALM_KEY]: realm, Name: name };
  const tags = Object.entries(all).map(([Key, Value]) => ({ Key, Value }));
  return kinds.map((kind) => ({ ResourceType: kind, Tags: tags }));
}

/** Zones are letters of an account's own: the same token in another one, or for another size, would be another machine, or a refusal. */
export function tokenFor({ name, realm, size, spot }: Pick<CreateRequest, "name" | "realm" | "size" | "spot">): string {
  const parts = JSON.stringify([name, realm, size, spot]);
  return createHash("sha256").update(parts).digest("hex");
}

const tagIn = (tags: readonly Tag[] | undefined, key: string): string | null =>
  tags?.find(({ Key }) => Key === key)?.Value ?? null;

export const nameIn = ({ Tags }: Pick<Instance, "Tags">): string | null => tagIn(Tags, MACHINE_KEY);

export const realmIn = ({ Tags }: Pick<Instance, "Tags">): string | null => tagIn(Tags, REALM_KEY);

export const displayNameIn = ({ Tags }: Pick<Instance, "Tags">): string | null => tagIn(Tags, "Name");

export const ownerIn = ({ Tags }: Pick<Instance, "Tags">): string | null => tagIn(Tags, OWNER_LABELS.installation);

export const ownedBy = (installation: string): Filter => is(`tag:${OWNER_LABELS.installation}`, [installation]);

export const named = (names: readonly string[]): Filter => is(`tag:${MACHINE_KEY}`, names);

/** `*` and `?` stand for anything in EC2's filters: here they are themselves. */
export const is = (Name: string, values: readonly string[]): Filter => ({ Name, Values: values.map(exactly) });

const exactly = (text: string): string => text.replaceAll(/[\\*?]/g, String.raw`\$&`);
