// Where a machine is put: what its blueprint says, and behind it, key by key, what its account says for the realm and then for all
// realms. The account's part is its setting `where`: { "*": {...}, "REALM": {...} }.

import type { Account } from "../account.ts";
import { ACCOUNT_WHERE_KEYS, ALL_REALMS, type Where, WHERE_KEYS, type WhereKey } from "../blueprint/model.ts";
import { nearest } from "../blueprint/nearest.ts";
import { readValue, type Reader, truth } from "../blueprint/reader.ts";
import { KEY_NAME, NAMES_MOST, PLACE_NAME, PUBLIC_KEY, tooLong } from "../blueprint/where-values.ts";

/** By realm, or ALL_REALMS. */
export type WhereSections = ReadonlyMap<string, Where>;

/** What is wrong with an account's setting, and where in it: `east-1`, `networks`. */
export interface WhereProblem {
  readonly path: readonly string[];
  /** Completes the place. */
  readonly problem: string;
}

/** An account's setting `where`, of which its provider takes these keys. */
export function readSections(value: unknown, taken: readonly WhereKey[]): { ok: WhereSections } | WhereProblem {
  if (value === undefined) return { ok: NO_SECTIONS };
  const must = `must be a map from realms, or "${ALL_REALMS}" for all realms, to what holds there`;
  const byRealm = fieldsIn(value);
  if (byRealm === null) return { path: [], problem: must };
  const sections = new Map<string, Where>();
  for (const [realm, given] of byRealm) {
    const section = readSection(realm, given, taken);
    if ("problem" in section) return section;
    sections.set(realm, section.ok);
  }
  return { ok: sections };
}

const NO_SECTIONS: WhereSections = new Map();

/** The setting as it counts: what was written into the account's row by another hand than its form's counts for nothing. */
export function sectionsOf({ settings }: Pick<Account, "settings">, taken: readonly WhereKey[]): WhereSections {
  const read = readSections(settings["where"], taken);
  return "ok" in read ? read.ok : NO_SECTIONS;
}

function readSection(realm: string, value: unknown, taken: readonly WhereKey[]): { ok: Where } | WhereProblem {
  const known = ACCOUNT_WHERE_KEYS.filter((key) => taken.includes(key));
  const fields = fieldsIn(value);
  if (fields === null) return { path: [realm], problem: noSection(realm, known) };
  const read: [string, unknown][] = [];
  for (const [name, given] of fields) {
    const key = known.find((one) => one === name);
    if (key === undefined) {
      return { path: [realm, name], problem: unknownKey(name, { known, taken }) };
    }
    const one = FIELDS[key](given);
    if ("problem" in one) return { path: [realm, name], problem: one.problem };
    read.push([name, one.ok]);
  }
  const where: Where = Object.fromEntries(read);
  if (where.key === undefined || where.publicKey === undefined) return { ok: where };
  return { path: [realm, "publicKey"], problem: "stands beside key, and a machine gets one of the two: remove one" };
}

/** Whoever wrote a key there, or something like one, has left the realm out. */
function noSection(realm: string, known: readonly WhereKey[]): string {
  const here = "stands where a realm is named";
  const key = nearest(realm, known);
  if (key === null) return `${here}, and must be a map of ${known.join(", ")}`;
  return `${here}: put it below one, or below "${ALL_REALMS}" for all realms, as {"${ALL_REALMS}": {"${key}": …}}`;
}

interface Keys {
  readonly known: readonly WhereKey[];
  readonly taken: readonly WhereKey[];
}

function unknownKey(name: string, { known, taken }: Keys): string {
  const names = `known: ${known.join(", ")}`;
  if (taken.some((one) => one === name)) return `is a blueprint's to say, not an account's; ${names}`;
  const meant = nearest(name, known);
  return `is not known${meant === null ? ";" : `: did you mean ${meant}?`} ${names}`;
}

type ReadField = { readonly ok: unknown } | { readonly problem: string };

const FIELDS: Readonly<Record<Exclude<WhereKey, "hosts" | "volumes">, (value: unknown) => ReadField>> = {
  networks: readNames,
  securityGroups: readNames,
  key: (value) => readOne(KEY_NAME, value),
  publicKey: (value) => readOne(PUBLIC_KEY, value),
  publicAddress: (value) => readOne(truth(false), value),
};

function readNames(value: unknown): ReadField {
  const must = `must be a list of 1 to ${NAMES_MOST} names`;
  if (!Array.isArray(value) || value.length === 0 || value.length > NAMES_MOST) return { problem: must };
  const names: string[] = [];
  for (const one of value) {
    const read = readOne(PLACE_NAME, one);
    if ("problem" in read) return { problem: `${must}, of which each ${read.problem}` };
    names.push(String(one));
  }
  const complaint = tooLong(names);
  return complaint === null ? { ok: [...new Set(names)] } : { problem: complaint.says };
}

function readOne<T>(reader: Reader<T>, value: unknown): ReadField {
  if (typeof value !== "string" && typeof value !== "boolean") return { problem: reader.must };
  const read = readValue(reader, value, "");
  return "ok" in read ? read : { problem: reader.must };
}

/** Null for what is no object. */
function fieldsIn(value: unknown): readonly (readonly [string, unknown])[] | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : null;
}

/** Where a machine is put in a realm, for which its blueprint asks this. */
export function whereIn(sections: WhereSections, realm: string, asked: Where): Where {
  const ofAll = sections.get(ALL_REALMS);
  const ofRealm = sections.get(realm);
  if (ofAll === undefined && ofRealm === undefined) return asked;
  return before(before(asked, ofRealm), ofAll);
}

/** What is said first, and of the rest what comes behind. A key by name and one by its text are one choice. */
function before(where: Where, behind: Where | undefined): Where {
  if (behind === undefined) return where;
  const { key, publicKey, ...rest } = behind;
  if (where.key !== undefined || where.publicKey !== undefined) return { ...rest, ...where };
  return {
    ...rest,
    ...(key === undefined ? {} : { key }),
    ...(publicKey === undefined ? {} : { publicKey }),
    ...where,
  };
}

/** The question whether all of this is there, the same for the same; null: nothing is asked for. */
export function whereChoice(where: Where): string | null {
  const asked = WHERE_KEYS.filter((key) => where[key] !== undefined);
  if (asked.length === 0) return null;
  return JSON.stringify(
    Object.fromEntries(asked.map((key) => [key, key === "publicKey" ? kindOf(where) : where[key]])),
  );
}

/** Such as ssh-ed25519: which key it is matters to nobody who asks whether one can be had. */
const kindOf = ({ publicKey = "" }: Where): string => publicKey.replace(/ .*$/s, "");

/** What `whereChoice` wrote. */
export function readWhereChoice(choice: string): Where {
  const where: Where = JSON.parse(choice);
  return where;
}

/** For people: "networks shop, securityGroups web, db". */
export function whereText(choice: string): string {
  return Object.entries(readWhereChoice(choice))
    .map(([key, value]) => `${key} ${[value].flat().join(", ")}`)
    .join(", ");
}
