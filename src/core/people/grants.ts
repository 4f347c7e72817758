// Who may do what where. Everything that is asked over HTTP is held against `allows`, and against nothing else.

import type { QuotaLimit } from "../market/amount.ts";

/** Each includes those before it. */
export const ROLES = ["viewer", "launcher", "operator", "admin"] as const;
export type Role = (typeof ROLES)[number];

export interface Grant {
  readonly role: Role;
  /** Null: in every pool, and over what belongs to none. */
  readonly pool: string | null;
}

export interface User {
  readonly name: string;
  /** By which a provider of identities knows them: its issuer and the subject there; null: known here alone. */
  readonly subject: string | null;
  /** Without it no token of theirs counts. */
  readonly enabled: boolean;
  /** Names of groups. */
  readonly groups: readonly string[];
  /** Names of the provider's groups that it put them in when they last signed in. */
  readonly claims: readonly string[];
  /** Beside those of the groups. */
  readonly grants: readonly Grant[];
  /** Of all that they launch, whatever the pool. */
  readonly limit: QuotaLimit;
  readonly createdAt: number;
}

export interface Group {
  readonly name: string;
  /** Users whom the provider puts in a group of this name are in it; null: none is by that. */
  readonly claim: string | null;
  readonly grants: readonly Grant[];
  readonly createdAt: number;
}

const includes = (role: Role, needed: Role): boolean => ROLES.indexOf(role) >= ROLES.indexOf(needed);

/** `pool` null: over the whole installation. */
export function allows(grants: readonly Grant[], needed: Grant): boolean {
  return grants.some(({ role, pool }) => includes(role, needed.role) && (pool === null || pool === needed.pool));
}

export function allowsSomewhere(grants: readonly Grant[], needed: Role): boolean {
  return grants.some(({ role }) => includes(role, needed));
}

/** Where at least this role is held; null: in every pool. */
export function poolsWith(grants: readonly Grant[], needed: Role): readonly string[] | null {
  if (allows(grants, { role: needed, pool: null })) return null;
  return [...new Set(grants.flatMap(({ role, pool }) => (pool !== null && includes(role, needed) ? [pool] : [])))];
}

/** The highest role that is held anywhere; null: none is. */
export function highestOf(grants: readonly Grant[]): Role | null {
  return ROLES.findLast((role) => allowsSomewhere(grants, role)) ?? null;
}

/** The highest role in one pool; null: none. */
export function roleIn(grants: readonly Grant[], pool: string | null): Role | null {
  return ROLES.findLast((role) => allows(grants, { role, pool })) ?? null;
}

/** Who asks, by the name that the history knows, and since when they have it: whoever had it before was another. */
export interface Maker {
  readonly name: string;
  readonly since: number;
}

/** Something in a pool, by whom it was made and when. */
export interface Made {
  readonly pool: string;
  readonly createdBy: string;
  readonly createdAt: number;
}

/** Operators may act on every deployment of the pool, launchers on those that they launched. */
export function mayActOn(grants: readonly Grant[], by: Maker, { pool, createdBy, createdAt }: Made): boolean {
  if (allows(grants, { role: "operator", pool })) return true;
  return createdBy === by.name && createdAt >= by.since && allows(grants, { role: "launcher", pool });
}

/** What a user holds, by themselves and by their groups. */
export function grantsOf(user: User, groups: readonly Group[]): readonly Grant[] {
  if (!user.enabled) return [];
  const isIn = ({ name, claim }: Group): boolean =>
    user.groups.includes(name) || (claim !== null && user.claims.includes(claim));
  return [...user.grants, ...groups.filter(isIn).flatMap(({ grants }) => grants)];
}

/** The part of them that a token of that role and pool may use: never more than either. */
export function capped(grants: readonly Grant[], cap: Grant): readonly Grant[] {
  return grants.flatMap(({ role, pool }) => {
    if (pool !== null && cap.pool !== null && pool !== cap.pool) return [];
    return [{ role: includes(role, cap.role) ? cap.role : role, pool: pool ?? cap.pool }];
  });
}

/** In words, as in "operator in web". */
export function grantText({ role, pool }: Grant): string {
  return pool === null ? `${role} everywhere` : `${role} in ${pool}`;
}
