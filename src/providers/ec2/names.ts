// How what is ours is known again: by tags, which are written in the request that makes it.

import { createHash } from "node:crypto";
import type { Filter, Instance, ResourceType, Tag, TagSpecification } from "@aws-sdk/client-ec2";
import { type CreateRequest, OWNER_LABELS } from "../../core/machine.ts";
import { accountFormFault, linesIn } from "../../ports/account-form.ts";

/** Keeps our own name, whatever somebody calls the instance later; `Name` is for people. */
const MACHINE_KEY = "slipway-machine";
const REALM_KEY = "slipway-realm";
/** The placement group that was made for it, with others. */
export const GROUP_KEY = "slipway-group";

type Tags = Readonly<Record<string, string>>;

/** `own`: the account's, which are of no meaning to Slipway. */
export function tagsFor(
  { name, realm, labels }: Pick<CreateRequest, "name" | "realm" | "labels">,
  { kinds, own }: { readonly kinds: readonly ResourceType[]; readonly own: Tags },
): TagSpecification[] {
  const all = { ...own, ...labels, [MACHINE_KEY]: name, [REALM_KEY]: realm, Name: name };
  const tags = Object.entries(all).map(([Key, Value]) => ({ Key, Value }));
  return kinds.map((kind) => ({ ResourceType: kind, Tags: tags }));
}

/** EC2 takes 50 of a thing, of which Slipway needs some. */
const OWN_MOST = 30;
/** Of Amazon's, and of Slipway's. */
const TAKEN = /^(?:aws:|slipway-|Name$)/i;

const TAG = /^(?<key>[^=]{1,128}?)\s*=\s*(?<value>.{0,256})$/;

/** An account's own, as they are written down. Throws a ProviderFault that names the wrong line. */
export function tagsIn(text: string): Tags {
  const tags = new Map<string, string>();
  for (const { line, no } of linesIn(text)) {
    const { key, value } = TAG.exec(line)?.groups ?? {};
    if (key === undefined || value === undefined) {
      throw accountFormFault("tags", `line ${no} must look like cost-center = 4711`);
    }
    if (TAKEN.test(key)) throw accountFormFault("tags", `line ${no}: ${key} is not to be had: give another key`);
    if (tags.has(key)) throw accountFormFault("tags", `line ${no}: ${key} is there twice`);
    tags.set(key, value);
  }
  if (tags.size > OWN_MOST) throw accountFormFault("tags", `may be ${OWN_MOST} at the most`);
  return Object.fromEntries(tags);
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

export const groupIn = ({ Tags }: Pick<Instance, "Tags">): string | null => tagIn(Tags, GROUP_KEY);

export const displayNameIn = ({ Tags }: Pick<Instance, "Tags">): string | null => tagIn(Tags, "Name");

export const ownerIn = ({ Tags }: Pick<Instance, "Tags">): string | null => tagIn(Tags, OWNER_LABELS.installation);

export const ownedBy = (installation: string): Filter => is(`tag:${OWNER_LABELS.installation}`, [installation]);

export const named = (names: readonly string[]): Filter => is(`tag:${MACHINE_KEY}`, names);

/** `*` and `?` stand for anything in EC2's filters: here they are themselves. */
export const is = (Name: string, values: readonly string[]): Filter => ({ Name, Values: values.map(exactly) });

const exactly = (text: string): string => text.replaceAll(/[\\*?]/g, String.raw`\$&`);
