// Who may ask for what. Tokens are known by their hash alone; what is not named here needs the highest role.

import { createHash, randomBytes } from "node:crypto";
import { type Resource, RESOURCES } from "../contract/operation.ts";
import type { Access, Role, Token } from "../ports/store.ts";
import { ROLES } from "../ports/store.ts";

/** What somebody came in with, and stays in by: streams last longer than the look at it. */
export interface Pass {
  /** Of the token, also where a session stands for it. */
  readonly hash: string;
  /** Null: the token itself was sent. */
  readonly session: { readonly id: string; readonly endsAt: number } | null;
}

/** The token that a pass still stands for; null when it counts no more. */
export function tokenOf({ tokens, endedSessions, now }: Access, { hash, session }: Pass): Token | null {
  if (session !== null && (endedSessions.has(session.id) || session.endsAt <= now)) return null;
  return tokens.find((token) => token.hash === hash) ?? null;
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

/** Reads that give away nothing but are asked for with POST. */
const QUESTIONS = new Set(["/v1/plan", "/v1/blueprints/check"]);
const OPERATED = /^\/v1\/(deployments|debt)(\/|$)/;
const FOR_ADMINS = /^\/v1\/(tokens|backup)(\/|$)/;

/** The least role that may ask this. */
export function roleNeeded(method: string, path: string): Role {
  if (FOR_ADMINS.test(path)) return "admin";
  if (method === "GET" || method === "HEAD" || QUESTIONS.has(path)) return "viewer";
  return OPERATED.test(path) ? "operator" : "admin";
}

/** What a role may change. */
export function changeable(role: Role): Resource[] {
  return RESOURCES.filter((resource) => includes(role, roleNeeded("POST", `/v1/${resource}`)));
}

export function includes(role: Role, needed: Role): boolean {
  return ROLES.indexOf(role) >= ROLES.indexOf(needed);
}
