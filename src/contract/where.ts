// Where machines are put, as an account says it: its setting `where`, and the pairs [REALM.]KEY=VALUE in which people write and read it.

import { ACCOUNT_WHERE_KEYS, ALL_REALMS, type WhereKey } from "../core/blueprint/model.ts";

interface WhereFacts {
  /** What a value looks like. */
  readonly word: string;
  /** One sentence. */
  readonly help: string;
}

export const WHERE_FACTS: Readonly<Record<WhereKey, WhereFacts>> = {
  networks: { word: "NAME,…", help: "Networks that machines are in, by name or id, the first one their own." },
  securityGroups: { word: "NAME,…", help: "Security groups that machines belong to, by name or id." },
  key: { word: "NAME", help: "An ssh key that the account has at the cloud." },
  publicKey: {
    word: "TEXT",
    help: "An ssh key that is brought for each machine and goes with it, as OpenSSH writes it.",
  },
  publicAddress: { word: "true|false", help: "Whether machines get a public address." },
  hosts: { word: "spread|compact", help: "Whether members of a group lie on different hosts or close together." },
  volumes: {
    word: "NAME:PATH[:ro],…",
    help: "Volumes that are there already, each with its place in the machine; they stay when it goes.",
  },
};

export const isAccountKey = (key: WhereKey): boolean => ACCOUNT_WHERE_KEYS.some((one) => one === key);

const LISTS: ReadonlySet<string> = new Set<WhereKey>(["networks", "securityGroups"]);

type Json = string | boolean | string[];
type Section = Readonly<Record<string, unknown>>;
export type WhereSetting = Record<string, Record<string, unknown>>;

/**
 * The setting with these pairs put in; one with an empty value is taken out. Undefined when nothing is left. Whether it can be is for the
 * server to say: what is no key, or no value of one, stays as it is written.
 */
export function withWhere(
  setting: unknown,
  pairs: Iterable<readonly [name: string, value: string]>,
): WhereSetting | undefined {
  const sections = new Map(sectionsIn(setting));
  for (const [name, value] of pairs) {
    const dot = name.lastIndexOf(".");
    const realm = dot === -1 ? ALL_REALMS : name.slice(0, dot);
    const key = name.slice(dot + 1);
    const others = Object.entries(sections.get(realm) ?? {}).filter(([one]) => one !== key);
    sections.set(realm, Object.fromEntries(value === "" ? others : [...others, [key, valueOf(key, value)]]));
  }
  const left = [...sections].filter(([, section]) => Object.keys(section).length > 0);
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

function valueOf(key: string, text: string): Json {
  if (LISTS.has(key)) {
    return text.split(",").flatMap((name) => (name.trim() === "" ? [] : [name.trim()]));
  }
  if (key === "publicAddress" && (text === "true" || text === "false")) return text === "true";
  return text;
}

/** A default's name in a pair, from the way to it in the setting; null where no default can be. */
export function placeIn([realm, key, ...inside]: readonly string[]): string | null {
  if (realm === undefined || key === undefined || inside.length > 0) return null;
  return realm === ALL_REALMS ? key : `${realm}.${key}`;
}

/** Each default as a pair, those for all realms first. */
export function wherePairs(setting: unknown): readonly (readonly [name: string, value: string])[] {
  const sections = [...sectionsIn(setting)].toSorted(([a], [b]) => Number(b === ALL_REALMS) - Number(a === ALL_REALMS));
  return sections.flatMap(([realm, section]) =>
    Object.entries(section).map(([key, value]) => {
      return [placeIn([realm, key]) ?? key, Array.isArray(value) ? value.join(",") : String(value)] as const;
    }),
  );
}

function sectionsIn(setting: unknown): readonly (readonly [string, Record<string, unknown>])[] {
  if (!isSection(setting)) return [];
  return Object.entries(setting).flatMap(([realm, section]) =>
    isSection(section) ? [[realm, { ...section }] as const] : [],
  );
}

function isSection(value: unknown): value is Section {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
