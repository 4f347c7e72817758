// Who asks, and the least that each request needs. Tokens are known by their hash alone; what is not named here needs the highest role.
//
// The gate (app.ts) holds every request against `needOf`. What is in a pool needs its role there: that is held against the same grants
// where the thing is found (acts/find.ts), so that nothing is found by somebody who may not see it.

import { createHash, randomBytes } from "node:crypto";
import { type Resource, RESOURCES } from "../contract/operation.ts";
import { allows, allowsSomewhere, capped, type Grant, grantsOf, highestOf, type Role } from "../core/people/grants.ts";
import type { Access, Token } from "../ports/store.ts";

/** What somebody came in with, and stays in by: streams last longer than the look at it. */
export interface Pass {
  /** Of the token, also where a session stands for it. */
  readonly hash: string;
  /** Null: the token itself was sent. */
  readonly session: { readonly id: string; readonly endsAt: number } | null;
}

/** Whoever is let in, at one moment. */
export interface Who {
  /** By which the history knows them: the user's, or that of a token which is nobody's. */
  readonly name: string;
  readonly token: Token;
  readonly user: string | null;
  /** When that name became theirs: what was made before by that name was made by another who had it. */
  readonly since: number;
  readonly grants: readonly Grant[];
}

/** Whom a pass lets in; null when it counts no more. */
export function whoIs(access: Access, { hash, session }: Pass): Who | null {
  const { tokens, users, groups, endedSessions, now } = access;
  if (session !== null && (endedSessions.has(session.id) || session.endsAt <= now)) return null;
  const token = tokens.find((one) => one.hash === hash);
  if (token === undefined || (token.expiresAt !== null && token.expiresAt <= now)) return null;
  const cap = { role: token.role, pool: token.pool };
  if (token.owner === null) return { name: token.name, token, user: null, since: token.createdAt, grants: [cap] };
  const owner = users.find(({ name }) => name === token.owner);
  if (owner === undefined || !owner.enabled) return null;
  const { name, createdAt: since } = owner;
  return { name, token, user: name, since, grants: capped(grantsOf(owner, groups), cap) };
}

const PREFIX = "slipway_";

/** A fresh token: 32 random bytes behind a prefix by which leaked ones are found. */
export function makeToken(): string {
  return `${PREFIX}${randomBytes(32).toString("base64url")}`;
}

/** What is kept of a token. It is random and long, so a plain SHA-256 cannot be turned back. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}

/** The token in the value of an Authorization header; null when there is none. */
export function bearerOf(header: string | undefined): string | null {
  return /^Bearer +(\S+) *$/i.exec(header ?? "")?.[1] ?? null;
}

/** What a token lets in by itself. */
export const passOf = (token: string): Pass => ({ hash: hashToken(token), session: null });

interface Need {
  readonly role: Role;
  /**
   * `everywhere`: over the whole installation. `somewhere`: in the pool of what is asked for, which is looked at where that is found.
   * `own`: users, for what is theirs; else everywhere.
   */
  readonly where: "everywhere" | "somewhere" | "own";
}

interface Rule extends Need {
  readonly methods: RegExp;
  readonly paths: RegExp;
}

const READS = /^(GET|HEAD)$/;
const ALL = /./;
const ROOT: Need = { role: "admin", where: "everywhere" };

/** The first that fits counts. */
const RULES: readonly Rule[] = [
  { methods: ALL, paths: /^\/v1\/tokens(\/|$)/, role: "admin", where: "own" },
  { methods: ALL, paths: /^\/v1\/(audit|backup|users|groups|webhooks)(\/|$)/, ...ROOT },
  // What spans pools: accounts serve several, refusals and checks are of accounts.
  { methods: READS, paths: /^\/v1\/(accounts|blocks|checkup)(\/|$)/, role: "viewer", where: "everywhere" },
  { methods: READS, paths: ALL, role: "viewer", where: "somewhere" },
  // Reads that give away nothing but are asked for with POST.
  { methods: /^POST$/, paths: /^\/v1\/(plan|blueprints\/check|mcp)$/, role: "viewer", where: "somewhere" },
  { methods: ALL, paths: /^\/v1\/(deployments|plans)(\/|$)/, role: "launcher", where: "somewhere" },
  { methods: ALL, paths: /^\/v1\/debt(\/|$)/, role: "operator", where: "somewhere" },
  { methods: /^PATCH$/, paths: /^\/v1\/pools\/[^/]+$/, role: "admin", where: "somewhere" },
];

/** The least that may ask this. */
export function needOf(method: string, path: string): Need {
  const { role, where } = RULES.find(({ methods, paths }) => methods.test(method) && paths.test(path)) ?? ROOT;
  return { role, where };
}

/** Whether that is held; of what is in a pool, whether it is in any. */
export function mayAsk({ user, grants }: Pick<Who, "user" | "grants">, { role, where }: Need): boolean {
  if (where === "somewhere") return allowsSomewhere(grants, role);
  return allows(grants, { role, pool: null }) || (where === "own" && user !== null && highestOf(grants) !== null);
}

/** What somebody may change, be it in one pool. */
export function changeable(who: Pick<Who, "user" | "grants">): Resource[] {
  return RESOURCES.filter((resource) => mayAsk(who, needOf("POST", `/v1/${resource}`)));
}
