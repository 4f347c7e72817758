// Signing in with a provider of identities: the page's way out and back, and the command line's code. Open to strangers, who learn nothing.
//
// What is kept on the way is a sealed cookie of the one browser that began: state, nonce and PKCE's verifier. Nothing else in the address that it comes
// back with is believed, and where it goes then was a page of ours when it began.

import type { Context } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { z } from "@hono/zod-openapi";
import {
  type DeviceBegun,
  DevicePoll,
  type DevicePolled,
  type IdentityAbout,
  OIDC_CALLBACK,
  OIDC_START,
  type SignInRefusal,
} from "../../contract/identity.ts";
import { type Identity, IdentityFault, type IdentityProvider } from "../../ports/identity.ts";
import { PUBLIC_URL } from "../../ports/store.ts";
import { addressOf } from "../address.ts";
import { asAsked } from "../audited.ts";
import { signIn, type SignedIn } from "../acts/sign-in.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { badRequest, Refused } from "../problem.ts";
import { beginSession } from "../session.ts";
import { time } from "../show/terms.ts";

export const OIDC_PATHS = /^\/v1\/oidc(\/|$)/;

/** How long somebody may be at the provider. */
const AWAY_MS = 10 * 60_000;
const COOKIE = "slipway_oidc";

const Kept = z.object({
  kind: z.literal("oidc"),
  state: z.string(),
  nonce: z.string(),
  verifier: z.string(),
  to: z.string(),
  until: z.number(),
});

const Handle = z.object({ kind: z.literal("device"), code: z.string(), until: z.number() });

export function addOidcRoutes(app: App, deps: HttpDeps): void {
  const { identities } = deps;
  app.get("/v1/oidc", (c) => c.json({ provider: identities?.name ?? null } satisfies IdentityAbout, 200));
  if (identities === null) return;
  addPageWay(app, deps, identities);
  addDeviceWay(app, deps, identities);
}

function addPageWay(app: App, deps: HttpDeps, identities: IdentityProvider): void {
  app.get(OIDC_START, async (c) => {
    const to = ownPage(c.req.query("to"));
    const { now, callback } = await placeAndTime(deps);
    try {
      const { url, outward } = await identities.leave(callback);
      const kept = { kind: "oidc", ...outward, to, until: now + AWAY_MS } as const;
      setCookie(c, COOKIE, deps.secrets.seal(JSON.stringify(kept)), {
        path: "/v1/oidc",
        httpOnly: true,
        // It has to come along when the provider sends the browser back; for changes it counts nothing.
        sameSite: "Lax",
        secure: callback.startsWith("https:"),
        maxAge: AWAY_MS / 1_000,
      });
      return c.redirect(url, 303);
    } catch (error) {
      return c.redirect(loginPage(to, refusalOf(error, deps)), 303);
    }
  });

  app.get(OIDC_CALLBACK, async (c) => {
    const { now, callback } = await placeAndTime(deps);
    const kept = keptOf(c, deps);
    deleteCookie(c, COOKIE, { path: "/v1/oidc" });
    if (kept === null || kept.until <= now) return c.redirect(loginPage("/", "expired"), 303);
    try {
      // The address as the browser has it, whatever a proxy made of it.
      const arrived = new URL(callback);
      arrived.search = new URL(c.req.url).search;
      const signed = await signedIn(c, deps, { identity: await identities.arrive(arrived, kept), at: "page" });
      if ("refused" in signed) return c.redirect(loginPage(kept.to, signed.refused), 303);
      beginSession(c, deps, { token: signed.token, now, isSecure: callback.startsWith("https:") });
      return c.redirect(kept.to, 303);
    } catch (error) {
      return c.redirect(loginPage(kept.to, refusalOf(error, deps)), 303);
    }
  });
}

function addDeviceWay(app: App, deps: HttpDeps, identities: IdentityProvider): void {
  app.post("/v1/oidc/device", async (c) => {
    const now = await deps.store.read((tx) => tx.now());
    const begun = await identities.beginDevice().catch((error: unknown) => {
      throw problemOf(error, deps);
    });
    const { deviceCode, ...shown } = begun;
    const handle = { kind: "device", code: deviceCode, until: now + begun.expiresInS * 1_000 } as const;
    return c.json({ ...shown, handle: deps.secrets.seal(JSON.stringify(handle)) } satisfies DeviceBegun, 200);
  });

  app.post("/v1/oidc/device/poll", async (c) => {
    const given = DevicePoll.safeParse(await c.req.json());
    if (!given.success) throw badRequest(given.error.issues, "json");
    const now = await deps.store.read((tx) => tx.now());
    const handle = opened(given.data.handle, Handle, deps);
    if (handle === null || handle.until <= now) {
      throw new Refused("not_authenticated", "The code is over, or was none of this server; run slipway login again.");
    }
    const waits = (state: "pending" | "slower") =>
      ({ state, token: null, name: null, expiresAt: null }) satisfies DevicePolled;
    let identity: Identity | null;
    try {
      identity = await identities.pollDevice(handle.code);
    } catch (error) {
      if (error instanceof IdentityFault && error.kind === "slow_down") return c.json(waits("slower"), 200);
      throw problemOf(error, deps);
    }
    if (identity === null) return c.json(waits("pending"), 200);
    const signed = await signedIn(c, deps, { identity, at: "cli" });
    if ("refused" in signed) throw new Refused("not_permitted", REFUSED[signed.refused](signed.user));
    const { text, token, user } = signed;
    const expiresAt = token.expiresAt === null ? null : time(token.expiresAt);
    return c.json({ state: "done", token: text, name: user, expiresAt } satisfies DevicePolled, 200);
  });
}

const REFUSED = {
  locked_out: (user: string) => `User ${user} is locked out; ask an admin.`,
  no_role: (user: string) =>
    `User ${user} has no role yet: ask an admin for \`slipway user set ${user} --grant ROLE\`.`,
  away: () => "The provider of identities cannot be asked now.",
  refused: () => "The provider of identities refused.",
  expired: () => "It took too long.",
} as const satisfies Record<SignInRefusal, (user: string) => string>;

/** What the sign-in changes is written down as theirs. */
function signedIn(
  c: Context,
  { store, proxies }: HttpDeps,
  { identity, at }: { readonly identity: Identity; readonly at: "page" | "cli" },
): Promise<SignedIn> {
  const request = `${c.req.method} ${c.req.path}`;
  const by = identity.name ?? identity.subject;
  return asAsked({ by, token: null, via: "sign_in", address: addressOf(c, proxies), request }, () =>
    signIn(store, identity, at),
  );
}

async function placeAndTime({ store }: HttpDeps): Promise<{ readonly now: number; readonly callback: string }> {
  return store.read(async (tx) => ({
    now: await tx.now(),
    // Never the Host that the browser names: whoever made it up would be sent the code.
    callback: `${(await tx.setting(PUBLIC_URL)) ?? ""}${OIDC_CALLBACK}`,
  }));
}

/** A page of ours: what follows a single slash. */
function ownPage(to: string | undefined): string {
  const isOwn = to !== undefined && /^\/(?![/\\])[^\s\\]*$/.test(to) && !to.startsWith("/v1/");
  return isOwn ? to : "/";
}

const loginPage = (to: string, refused: SignInRefusal): string =>
  `/login?${new URLSearchParams({ ...(to === "/" ? {} : { to }), refused }).toString()}`;

function refusalOf(error: unknown, { events }: HttpDeps): SignInRefusal {
  if (!(error instanceof IdentityFault)) throw error;
  events.signInFailed(error);
  return error.kind === "refused" ? "refused" : "away";
}

function problemOf(error: unknown, deps: HttpDeps): unknown {
  if (!(error instanceof IdentityFault)) return error;
  const isAway = refusalOf(error, deps) === "away";
  const text = `The provider of identities: ${error.message}.`;
  return isAway
    ? new Refused("unavailable", `${text} A token still lets you in: slipway login without --browser.`)
    : new Refused("not_authenticated", text);
}

function keptOf(c: Context, deps: HttpDeps): z.infer<typeof Kept> | null {
  const cookie = getCookie(c, COOKIE);
  return cookie === undefined ? null : opened(cookie, Kept, deps);
}

function opened<S extends z.ZodType>(sealed: string, schema: S, { secrets }: HttpDeps): z.output<S> | null {
  try {
    return schema.parse(JSON.parse(secrets.open(sealed)));
  } catch {
    // Sealed by another installation, changed, or none of ours: all the same to whoever sent it.
    return null;
  }
}
