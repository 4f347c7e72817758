// The console for those who may not do everything: nothing is offered that is then refused, and nothing is asked for that is not theirs to see.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { MadeToken } from "../../src/contract/access.ts";
import { About } from "../../src/contract/operation.ts";
import { ROOT } from "../stage/child.ts";
import { quickCloud } from "../stage/datacentre.ts";
import { startWeb, violations, type WebStage } from "./browser.ts";

const SHOP = readFileSync(join(ROOT, "examples/shop.yaml"), "utf8");
const any = z.unknown();

let web: WebStage;
/** A deployment with something to be retried, cleared and paid: every page has all that it can offer. */
let incomplete: string;
let owing: string;

beforeAll(async () => {
  web = await startWeb([quickCloud("north"), quickCloud("stuck")]);
  const { server, datacentre } = web;
  const of = (instance: string) => ({ labels: { "slipway-instance": instance } });
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  const broken = { kind: "refuse", code: "internal_error" } as const;
  await datacentre.admin.cloud("north").addFaults([{ on: "create", when: of("web-2"), do: full }]);
  await datacentre.admin.cloud("stuck").addFaults([{ on: "remove", when: of("web-2"), times: "always", do: broken }]);
  await server.call(any, "POST /v1/pools", { name: "stuck", members: [{ account: "stuck" }] });
  await server.call(any, "PATCH /v1/pools/default", { members: [{ account: "north" }] });
  await server.call(any, "PUT /v1/blueprints/shop", { source: SHOP });
  const quick = SHOP.replace("boot: 5m", "boot: 5m\n    undo: 2s");
  ({ id: incomplete } = await server.launch(SHOP, { name: "partial", partial: true }));
  ({ id: owing } = await server.launch(quick, { name: "owing", pool: "stuck" }));
  await server.reaches(owing, ["running"]);
  await server.call(any, `POST /v1/deployments/${owing}/stop`);
  await server.reaches(owing, ["stopped"]);
  await server.reaches(incomplete, ["incomplete"]);
}, 180_000);
afterAll(() => web?.[Symbol.asyncDispose]());

/** Each place with what it shows last. */
const PLACES = {
  "/deployments": "owing",
  "/deployments/INCOMPLETE": "Newest steps",
  "/deployments/INCOMPLETE/progress": "Create failed",
  "/deployments/OWING": "Newest steps",
  "/launch?blueprint=shop": "Where it would go",
  "/accounts": "capacity:",
  "/accounts/north": "capacity:",
  "/pools": "Healthy",
  "/blueprints": "shop",
  "/blueprints/shop": "appCount",
  "/blueprints/new": "",
  "/debt": "owing / web-2",
  "/tokens": "",
  "/webhooks": "",
  "/about": "Signed in as",
} as const;

/** What changes nothing at the server: looking, going elsewhere, this browser's own choices. */
const HARMLESS = [
  /^(Menu|Sign out|Hide details|Show details|Any state|Select none|Newer|Older|Slipway|Skip to the content|Show debt)/,
  /^(Deployments|Plan|Accounts|Pools|Blueprints|Debt|About|The API as OpenAPI)/,
  /^(Choose a file|Show|Hide|Fold groups|As a list|As a graph|Copy|\d+ offers? not taken|Plan shop|Read its console)/,
  /^(Zoom|Fit View|React Flow|Steps|Machines|Parameters|Close|Show its steps|All of)/i,
];
/** Names of things, which lead to them. */
const THINGS = /^\W*(partial|owing|north|stuck|shop|db|(app|web)(-\d)?)/;

const NAMES = `[...document.querySelectorAll("button, a")]
  .filter((element) => element.checkVisibility())
  .map((element) => (element.getAttribute("aria-label") ?? element.textContent).trim())`;

async function offered(page: Page): Promise<string[]> {
  const names = await page.evaluate<string[]>(NAMES);
  return names.filter((name) => name !== "" && ![...HARMLESS, THINGS].some((one) => one.test(name)));
}

/** All that every page offers, by place, as `role` sees it; and what was refused while looking around. */
async function lookAround(role: "viewer" | "operator" | "admin") {
  const { token } = await web.server.call(MadeToken, "POST /v1/tokens", { name: `the-${role}`, role });
  const { page, context, complaints } = await web.open("/about", { token });
  const refused: string[] = [];
  page.on("response", (response) => {
    if (response.status() === 403) refused.push(response.url());
  });
  const found = new Map<string, string[]>();
  for (const [place, last] of Object.entries(PLACES)) {
    await page.goto(place.replace("INCOMPLETE", incomplete).replace("OWING", owing));
    await page.locator("main h1").waitFor();
    await page.getByLabel(/^Loading/).waitFor({ state: "detached" });
    if (place === "/deployments/INCOMPLETE") await page.getByRole("button", { name: "web-2" }).click();
    await page.locator("main").getByText(last).first().waitFor();
    found.set(place, await offered(page));
    if (role === "viewer") expect([place, await violations(page)]).toEqual([place, []]);
  }
  const { may } = About.parse(await (await context.request.get("/v1/about")).json());
  await context.close();
  return { found, refused, complaints, may };
}

test("a viewer is offered nothing that changes anything, and sees all but tokens and webhooks", async () => {
  const { found, refused, complaints, may } = await lookAround("viewer");
  expect(may).toEqual([]);
  expect([...found].filter(([, names]) => names.length > 0)).toEqual([]);
  expect({ refused, complaints }).toEqual({ refused: [], complaints: [] });
});

test("who comes to a page that is not for them is told which role sees it", async () => {
  const { token } = await web.server.call(MadeToken, "POST /v1/tokens", { name: "passing", role: "viewer" });
  const { page, context } = await web.open("/people", { token });
  await page.getByText("Not with the role viewer").waitFor();
  await page.getByText("Who is an admin everywhere sees and changes users and groups").waitFor();
  await page.goto("/launch");
  await page.getByText("Launching takes the role launcher, or a higher one.").waitFor();
  await context.close();
});

test("an operator is offered what concerns deployments and debt, an admin the rest", async () => {
  const { found, refused } = await lookAround("operator");
  expect(refused).toEqual([]);
  const shown = Object.fromEntries([...found].filter(([, names]) => names.length > 0));
  expect(shown).toEqual({
    "/deployments": ["Launch", "Launch"],
    "/deployments/INCOMPLETE": ["Launch", "Stop", "Update", "Retry web-2", "Replace web-2", "Scale web"],
    "/deployments/INCOMPLETE/progress": ["Launch", "Stop", "Update"],
    "/deployments/OWING": ["Launch", "Launch again", "Delete without waiting", "Edit and launch again"],
    "/launch?blueprint=shop": ["Launch", "Launch"],
    "/accounts": ["Launch"],
    "/accounts/north": ["Launch"],
    "/pools": ["Launch"],
    "/blueprints": ["Launch", "Launch shop"],
    "/blueprints/shop": ["Launch", "Launch"],
    "/blueprints/new": ["Launch"],
    "/debt": ["Launch", "Retry now: web-2"],
    "/tokens": ["Launch"],
    "/webhooks": ["Launch"],
    "/about": ["Launch"],
  });
  const admin = await lookAround("admin");
  expect(admin.refused).toEqual([]);
  for (const [place, name] of [
    ["/accounts", "Add account"],
    ["/accounts/north", "Clear the block of north, north-a/small"],
    ["/accounts/north", "Set a limit of our own"],
    ["/pools", "New pool"],
    ["/blueprints", "New blueprint"],
    ["/blueprints/shop", "Edit as a new version"],
    ["/tokens", "New token"],
    ["/webhooks", "New webhook"],
  ] as const) {
    expect(admin.found.get(place)).toContain(name);
  }
});
