// What is known of an account's offers, usage and images. Read by the tracker; nobody is asked here.

import { createRoute, z } from "@hono/zod-openapi";
import { AccountUsage, OfferPage, OFFERS_PER_PAGE } from "../../contract/account.ts";
import { noSuch } from "../../contract/no-such.ts";
import type { App, HttpDeps } from "../http-deps.ts";
import { findAccount } from "../acts/find.ts";
import { badQuery } from "../problem.ts";
import { NameInPath, PROBLEM, reply, SECURITY, wholeNumberOr } from "../route.ts";
import { showOffer, showQuotas } from "../show/account.ts";
import { timeOrNull } from "../show/terms.ts";

const common = { tags: ["accounts"], security: SECURITY };

/** Realm and size of a page's last offer, which may contain anything but a line break. */
const Cursor = z
  .string()
  .max(1_000)
  .transform((text) => Buffer.from(text, "base64url").toString().split("\n"))
  .pipe(z.tuple([z.string(), z.string()], { error: "is no cursor: take `next` of the page before" }))
  .openapi({ type: "string", description: "`next` of the page before" });

const cursorOf = (last: { readonly realm: string; readonly size: string }): string =>
  Buffer.from(`${last.realm}\n${last.size}`).toString("base64url");

const offers = createRoute({
  method: "get",
  path: "/v1/accounts/{name}/offers",
  summary: "List what an account sells: sizes in realms, with their prices",
  ...common,
  request: {
    params: NameInPath,
    query: z.object({
      realm: z
        .string()
        .max(256)
        .optional()
        .openapi({ description: "In this realm; one that the account is known not to have is refused" }),
      limit: wholeNumberOr(OFFERS_PER_PAGE.usual, { least: 1, most: OFFERS_PER_PAGE.most }),
      cursor: Cursor.optional(),
    }),
  },
  responses: { 200: reply(OfferPage, "Offers in order of realm and size"), ...PROBLEM },
});

const usage = createRoute({
  method: "get",
  path: "/v1/accounts/{name}/usage",
  summary: "Show what an account's cloud has counted of its quotas, its realms, and the images that are known there",
  ...common,
  request: { params: NameInPath },
  responses: { 200: reply(AccountUsage, "As read last"), ...PROBLEM },
});

export function addOfferRoutes(app: App, { store }: HttpDeps): void {
  app.openapi(offers, async (c) => {
    const { realm = null, limit, cursor } = c.req.valid("query");
    const after = cursor === undefined ? null : { realm: cursor[0], size: cursor[1] };
    const rows = await store.read(async (tx) => {
      const { id } = await findAccount(tx, c.req.valid("param").name);
      const found = await tx.offers(id, { limit: limit + 1, after, realm });
      if (found.length === 0 && realm !== null) refuseUnknownRealm(realm, await tx.realms(id));
      return found;
    });
    const page = rows.slice(0, limit);
    const last = page.at(-1);
    const next = last === undefined || rows.length === page.length ? null : cursorOf(last);
    return c.json({ offers: page.map(showOffer), next }, 200);
  });

  app.openapi(usage, async (c) => {
    const shown = await store.read(async (tx) => {
      const { id, usageAt } = await findAccount(tx, c.req.valid("param").name);
      return {
        askedAt: timeOrNull(usageAt),
        quotas: showQuotas((await tx.counts()).get(id)),
        realms: [...(await tx.realms(id))],
        images: (await tx.answers(id, "image")).map(({ realm, choice, found, text }) => ({
          realm,
          choice,
          image: found,
          text,
        })),
      };
    });
    return c.json(shown, 200);
  });
}

/** Before the first look at the cloud no realm is known. */
function refuseUnknownRealm(realm: string, known: readonly string[]): void {
  if (known.length > 0 && !known.includes(realm)) throw badQuery("realm", noSuch("realm", realm, known));
}
