// The page's session: a cookie with a sealed note of whose token signed in and until when. Stored is only that one was ended before its
// time, so any server on the database knows it; deleting the token ends it too. A browser sends cookies whoever wrote the page that asks, so a cookie
// counts for changes only when the page that asks is ours.

import { randomBytes } from "node:crypto";
import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "@hono/zod-openapi";
import type { Token } from "../ports/store.ts";
import type { Pass } from "./auth.ts";
import type { HttpDeps } from "./http-deps.ts";
import { Refused } from "./problem.ts";

/** How long a session lasts after the page was last in use; it is renewed once half of it is over. */
export const SESSION_MS = 12 * 3_600_000;
/** However much it is used, this long after signing in it is over: a cookie that got away is of no use for ever. */
export const SESSION_MOST_MS = 7 * 24 * 3_600_000;

/** `secure`: it began over https, and is renewed for https alone. */
const Note = z.object({
  kind: z.literal("session"),
  id: z.string(),
  hash: z.string(),
  begunAt: z.number(),
  until: z.number(),
  secure: z.boolean(),
});
type Note = z.infer<typeof Note>;

type Sealing = Pick<HttpDeps, "secrets" | "installation">;

/** Cookies know hosts but no ports: servers side by side on one machine must not take each other's. */
function nameOf({ installation }: Sealing): string {
  return `slipway_${installation.replaceAll(/[^\w-]/g, "_")}`;
}

interface Beginning {
  readonly token: Token;
  readonly now: number;
  readonly isSecure: boolean;
}

/** The page's own address says whether it came over https, also behind a proxy that ends TLS. */
export const cameOverTls = (c: Context): boolean => (c.req.header("Origin") ?? c.req.url).startsWith("https:");

/** Sets the cookie of a session that begins now; returns what it is called, which lets nobody in. */
export function beginSession(
  c: Context,
  deps: Sealing,
  of: Beginning,
): { readonly id: string; readonly endsAt: number } {
  const id = randomBytes(16).toString("base64url");
  const { token, now, isSecure: secure } = of;
  const note = { kind: "session", id, hash: token.hash, begunAt: now, until: now, secure } as const;
  setNote(c, deps, { note, now });
  return { id, endsAt: endOf(note) };
}

/** From now on, as long as a session lasts. */
function setNote(c: Context, deps: Sealing, { note, now }: { readonly note: Note; readonly now: number }): void {
  const until = Math.min(now + SESSION_MS, endOf(note));
  setCookie(c, nameOf(deps), deps.secrets.seal(JSON.stringify({ ...note, until })), {
    path: "/",
    httpOnly: true,
    sameSite: "Strict",
    secure: note.secure,
    maxAge: Math.ceil((until - now) / 1_000),
  });
}

const endOf = ({ begunAt }: Note): number => begunAt + SESSION_MOST_MS;

/** Takes the cookie away, and whoever kept a copy of it is not let in by that either. */
export async function endSession(c: Context, deps: Sealing & Pick<HttpDeps, "store">): Promise<void> {
  const note = noteOf(c, deps);
  if (note !== null) await deps.store.write((tx) => tx.endSession(note.id, endOf(note)));
  deleteCookie(c, nameOf(deps), { path: "/" });
}

/** What the request's session lets in until a time; null without one. */
export function passOfSession(c: Context, deps: Sealing): (Pass & { readonly until: number }) | null {
  const note = noteOf(c, deps);
  if (note === null) return null;
  return { hash: note.hash, session: { id: note.id, endsAt: endOf(note) }, until: note.until };
}

/** A session that has let somebody in lasts on. */
export function renewSession(c: Context, deps: Sealing, now: number): void {
  const note = noteOf(c, deps);
  // Behind a proxy a request to read does not say that it came over https: the note does.
  if (note !== null && note.until - now < SESSION_MS / 2 && note.until < endOf(note)) setNote(c, deps, { note, now });
}

function noteOf(c: Context, deps: Sealing): Note | null {
  const cookie = getCookie(c, nameOf(deps));
  return cookie === undefined ? null : noteFrom(cookie, deps);
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
  if (!isOurs)
    throw new Refused(
      "other_site",
      "With a session, changes are taken from Slipway's own page alone: elsewhere send a token.",
    );
  if (!/^application\/json\b/i.test(c.req.header("Content-Type") ?? "")) {
    throw new Refused("not_json", "With a session, changes must be sent with Content-Type: application/json.");
  }
}

function originHost(c: Context): string | null {
  return URL.parse(c.req.header("Origin") ?? "")?.host ?? null;
}
