// How what is made for a machine is known again. Servers carry the owner labels as metadata; ports and floating addresses, which have
// none, carry installation and machine in their description, by which Neutron finds them exactly; key pairs, which have neither, in their name.

import { type Handle, OWNER_LABELS } from "../../core/machine.ts";

/** Metadata that keeps our own name and realm, whatever somebody calls the server later. */
const MACHINE_KEY = "slipway-machine";
const REALM_KEY = "slipway-realm";

type Labels = Readonly<Record<string, string>>;

/** Of which installation a machine is, and its own name. */
export interface Whose {
  readonly owner: string;
  readonly name: string;
}

/** Whose a part is. */
export interface Owned extends Whose {
  readonly realm: string;
}

export function metadataOf(labels: Labels, { name, realm }: { readonly name: string; readonly realm: string }): Labels {
  return { ...labels, [MACHINE_KEY]: name, [REALM_KEY]: realm };
}

export const ownerOf = (metadata: Labels): string | null => metadata[OWNER_LABELS.installation] ?? null;

export const nameIn = (metadata: Labels): string | null => metadata[MACHINE_KEY] ?? null;

export const realmIn = (metadata: Labels): string | null => metadata[REALM_KEY] ?? null;

const quoted = (text: string): string => text.replaceAll(/[^\w-]/g, String.raw`\$&`);

/** Names of one deployment have this in common; others are together with nobody. */
const beginningOf = (name: string): string => /^[^-]*-[^-]*-/.exec(name)?.[0] ?? name;

/**
 * Filters for Nova that let all of these names through, and few others: what several have in common. A filter is a regular expression, but one with alternatives
 * finds nothing, since Nova takes their bar for itself before it asks MySQL.
 */
export function filtersFor(names: readonly string[]): readonly string[] {
  return groupsOf(names).map(([first = "", ...others]) =>
    others.length === 0 ? `^${quoted(first)}$` : `^${quoted(commonStart(first, others))}`,
  );
}

/** Those that one filter finds together with others. */
export const inCompany = (names: readonly string[]): readonly string[] =>
  groupsOf(names).flatMap((group) => (group.length > 1 ? group : []));

const groupsOf = (names: readonly string[]): readonly (readonly string[])[] => [
  ...Map.groupBy(new Set(names), beginningOf).values(),
];

function commonStart(first: string, others: readonly string[]): string {
  let length = first.length;
  while (!others.every((name) => name.startsWith(first.slice(0, length)))) length -= 1;
  return first.slice(0, length);
}

const DESCRIPTION = /^slipway-installation=(?<owner>\S+) slipway-machine=(?<name>\S+) slipway-realm=(?<realm>.+)$/;

export const descriptionOf = ({ owner, name, realm }: Owned): string =>
  `${OWNER_LABELS.installation}=${owner} ${MACHINE_KEY}=${name} ${REALM_KEY}=${realm}`;

/** Null for what is none of ours. */
export function readDescription(description: string): Owned | null {
  const { owner, name, realm } = DESCRIPTION.exec(description)?.groups ?? {};
  return owner === undefined || name === undefined || realm === undefined ? null : { owner, name, realm };
}

/** Stands for a machine of which only parts are there. */
const PARTS_ID = /^parts:(?<owner>[^/]+)\/(?<name>.+)$/;

export const partsId = ({ owner, name }: Whose): string => `parts:${owner}/${name}`;

export function readPartsId(externalId: string): Whose | null {
  const { owner, name } = PARTS_ID.exec(externalId)?.groups ?? {};
  return owner === undefined || name === undefined ? null : { owner, name };
}

const PART_KINDS = ["floatingip", "key", "port", "volume"] as const;
export type PartKind = (typeof PART_KINDS)[number];

/** What Neutron, of keys Nova, and of volumes Cinder has for a machine alone. */
export interface Part {
  readonly kind: PartKind;
  /** Of a key, its name. */
  readonly id: string;
}

/** As Nova takes it. None of the three has the mark that is between them. */
const KEY_NAME = /^(?<name>[^_]+)_(?<owner>[^_]+)_(?<project>[^_]+)$/;

/** Whose a key is, and in which project its machine. */
export interface OfKey extends Whose {
  readonly project: string;
}

/**
 * The key that is brought for a machine, named after it. A key is its user's, in all projects, and has nothing but its name to tell
 * installation and project.
 */
export const keyPart = ({ name, owner, project }: OfKey): Part => ({ kind: "key", id: `${name}_${owner}_${project}` });

/** Null for what is none of ours. */
export function readKeyName(key: string): OfKey | null {
  const { owner, name, project } = KEY_NAME.exec(key)?.groups ?? {};
  return owner === undefined || name === undefined || project === undefined ? null : { owner, name, project };
}

/** Whose the machine is, so that its parts are found by name, and which parts are known. */
export function handleOf(owner: string | null, parts: readonly Part[]): Handle | null {
  if (owner === null) return null;
  // The same parts are the same handle, whichever was found first.
  const texts = new Set(parts.map(({ kind, id }) => `${kind}:${id}`));
  return texts.size === 0 ? { owner } : { owner, parts: [...texts].toSorted() };
}

export const hasVolume = (handle: Handle | null): boolean => handleParts(handle).some(({ kind }) => kind === "volume");

export function handleOwner(handle: Handle | null): string | null {
  const owner = handle?.["owner"];
  return typeof owner === "string" ? owner : null;
}

export function handleParts(handle: Handle | null): readonly Part[] {
  const parts = handle?.["parts"];
  if (typeof parts !== "object") return [];
  return parts.flatMap((text) => {
    const kind = PART_KINDS.find((one) => text.startsWith(`${one}:`));
    return kind === undefined ? [] : { kind, id: text.slice(kind.length + 1) };
  });
}
