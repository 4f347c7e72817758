// The page's session: a cookie with a sealed note of whose token signed in and until when. Nothing is stored, so any server on
// the database knows it, and deleting the token ends it. A browser sends cookies whoever wrote the page that asks, so a cookie
// counts for changes only when the page that asks is ours.

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "@hono/zod-openapi";
import type { Token } from "../ports/store.ts";
import type { HttpDeps } from "./deps.ts";
import { Refused } from "./problem.ts";

/** How long a session lasts after the page was last in use; it is renewed once half of it is over. */
export const SESSION_MS = 12 * 3_600_000;

/** `secure`: it began over https, and is renewed for https alone. */
const Note = z.object({ kind: z.literal("session"), hash: z.string(), until: z.number(), secure: z.boolean() });
type Note = z.infer<typeof Note>;

type Sealing = Pick<HttpDeps, "secrets" | "installation">;

/** Cookies know hosts but no ports: servers side by side on one machine must not take each other's. */
function nameOf({ installation }: Sealing): string {
  return `slipway_${installation.replaceAll(/[^\w-]/g, "_")}`;
}

/** Sets the cookie of a session that begins now. */
export function beginSession(c: Context, deps: Sealing, of: { readonly token: Token; readonly now: number }): void {
  // The page's own address says whether it came over https, also behind a proxy that ends TLS.
  const secure = (c.req.header("Origin") ?? c.req.url).startsWith("https:");
  setNote(c, deps, { kind: "session", hash: of.token.hash, until: of.now + SESSION_MS, secure });
}

function setNote(c: Context, deps: Sealing, note: Note): void {
  setCookie(c, nameOf(deps), deps.secrets.seal(JSON.stringify(note)), {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: note.secure,
    maxAge: SESSION_MS / 1_000,
  });
}

export function endSession(c: Context, deps: Sealing): void {
  deleteCookie(c, nameOf(deps), { path: "/" });
}

/** The token that the request's session was begun with; null without a session that still counts. Renews it. */
export function tokenOfSession(
  c: Context,
  deps: Sealing,
  known: { readonly tokens: readonly Token[]; readonly now: number },
): Token | null {
  const cookie = getCookie(c, nameOf(deps));
  const note = cookie === undefined ? null : noteFrom(cookie, deps);
  if (note === null || note.until <= known.now) return null;
  const token = known.tokens.find(({ hash }) => hash === note.hash);
  if (token === undefined) return null;
  // Behind a proxy a request to read does not say that it came over https: the note does.
  if (note.until - known.now < SESSION_MS / 2) setNote(c, deps, { ...note, until: known.now + SESSION_MS });
  return token;
}

function noteFrom(cookie: string, { secrets }: Sealing): Note | null {
  try {
    return Note.parse(JSON.parse(secrets.open(cookie)));
  } catch {
    // Sealed by another installation, changed, or none of ours: all the same to whoever sent it.
    return null;
  }
}

const SAFE = new Set(["GET", "HEAD"]);

/**
 * Throws for a change that a page of another site may have made the browser send. Browsers name the site that asks in a header
 * no page can set; an old one, or one on plain http, sends Origin instead. The JSON type is none that a form can send.
 */
export function refuseOtherSites(c: Context): void {
  if (SAFE.has(c.req.method)) return;
  const site = c.req.header("Sec-Fetch-Site");
  const isOurs = site === undefined ? originHost(c) === c.req.header("Host") : site === "same-origin";
  if (!isOurs) throw new Refused("other_site", "With a session, changes are taken from Slipway's own page alone.");
  if (!/^application\/json\b/i.test(c.req.header("Content-Type") ?? "")) {
    throw new Refused("not_json", "With a session, changes must be sent with Content-Type: application/json.");
  }
}

function originHost(c: Context): string | null {
  return URL.parse(c.req.header("Origin") ?? "")?.host ?? null;
}
