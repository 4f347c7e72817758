// What happens to a page that stays open while things change behind it, and what a year and a crowd do to it.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { freePort, ROOT } from "../stage/child.ts";
import { quickCloud } from "../stage/datacentre.ts";
import { freshHome, type ServerStage, startServer } from "../stage/server.ts";
import { leaveFleet } from "./fleet.ts";
import { overflows, startWeb, violations, type WebStage } from "./browser.ts";

const SHOP = readFileSync(join(ROOT, "examples/shop.yaml"), "utf8");
const HELLO = readFileSync(join(ROOT, "examples/hello.yaml"), "utf8");
const YEAR_MS = 365 * 86_400_000;
const ROOM = { cpu: 2_000, memoryMib: 4_000_000, storageGib: 100_000 };

let web: WebStage;
let restarted: ServerStage | undefined;
const home = freshHome();
let port: number;

beforeAll(async () => {
  port = await freePort();
  await leaveFleet(home);
  const roomy = { realms: [{ name: "wide-a", hosts: [ROOM], images: ["debian-12", "postgres-16", "nginx-1"] }] };
  const slow = quickCloud("slow", { boot: { kind: "fixed", ms: 600_000 } });
  web = await startWeb([quickCloud("north"), quickCloud("wide", roomy), slow], { home, port });
  for (const name of ["wide", "slow"]) {
    await web.server.call(z.unknown(), "POST /v1/pools", { name, members: [{ account: name }] });
  }
});
afterAll(async () => {
  await restarted?.child.end("SIGTERM");
  await web[Symbol.asyncDispose]();
});

const badge = (page: Page, word: string) => page.locator("h1 + span", { hasText: word });

/** So many members in each of its layers, one above the other. */
const fleet = (layers: readonly number[]): string =>
  ["slipway: 1", "name: fleet", "instances:"]
    .concat(
      layers.map((count, place) => {
        const after = place === 0 ? "" : `, dependsOn: [layer${place}]`;
        return `  layer${place + 1}: { image: debian-12, profile: small, count: ${count}${after} }`;
      }),
    )
    .join("\n");

test("two hundred deployments of fifty instances are searched, filtered, paged, and deleted many at a time", async () => {
  const { page, context, complaints } = await web.open("/deployments?q=fleet-");
  const rows = page.getByRole("region", { name: "Deployments" }).getByRole("link");
  await page.getByRole("link", { name: "fleet-200" }).waitFor();
  expect(await page.getByRole("row", { name: /fleet-200/ }).innerText()).toContain("0 / 50");
  expect(await rows.count()).toBe(50);
  await page.getByRole("button", { name: "Older" }).click();
  await page.getByText("Page 2").waitFor();
  await page.getByRole("link", { name: "fleet-150" }).click();
  await badge(page, "Failed").waitFor();
  await page.goBack();
  await page.getByText("Page 2").waitFor();
  await page.getByRole("link", { name: "fleet-150" }).waitFor();
  for (const [no, oldest] of [
    [3, "fleet-051"],
    [4, "fleet-001"],
  ] as const) {
    await page.getByRole("button", { name: "Older" }).click();
    await page.getByText(`Page ${no}`).waitFor();
    await page.getByRole("link", { name: oldest }).waitFor();
  }
  await expect.poll(() => rows.count()).toBe(50);
  expect(await page.getByRole("button", { name: "Older" }).isDisabled()).toBe(true);
  expect(await overflows(page)).toBe(false);
  await page.getByLabel("Search by name").fill("fleet-01");
  await expect.poll(() => rows.count()).toBe(10);
  expect(page.url()).toContain("q=fleet-01");
  await page.getByRole("button", { name: "Any state" }).click();
  await page.getByRole("checkbox", { name: "Running", exact: true }).check();
  await page.keyboard.press("Escape");
  await page.getByText("No deployment is like this").waitFor();
  await page.getByRole("button", { name: "State" }).click();
  await page.getByRole("checkbox", { name: "Failed Cancelled", exact: true }).check();
  await expect.poll(() => rows.count()).toBe(10);
  await page.keyboard.press("Escape");
  await page.getByRole("checkbox", { name: "Failed Cancelled", exact: true }).waitFor({ state: "hidden" });
  await page.getByLabel("Select all on this page").check();
  await page.getByRole("button", { name: "Delete 10…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete 10" }).click();
  await page.getByText("No deployment is like this").waitFor();
  await page.getByRole("button", { name: "Clear search and filters" }).click();
  await expect.poll(() => rows.count()).toBe(50);
  expect(complaints).toEqual([]);
  await context.close();
}, 120_000);

test("fifty instances of one deployment are readable: folded, each by itself, and as a list", async () => {
  const { id } = await web.server.launch(fleet([25, 25]), { name: "crowd", pool: "wide" });
  const { page, context, complaints } = await web.open(`/deployments/${id}/progress`);
  await badge(page, "Running").waitFor({ timeout: 60_000 });
  await page.getByText("50 of 50 ready", { exact: true }).waitFor();
  const boxes = page.locator(".react-flow__node");
  await expect.poll(() => boxes.allInnerTexts()).toEqual(Array(2).fill(expect.stringContaining("25 ready")));
  await page.getByRole("button", { name: "Show each instance" }).click();
  await boxes.getByRole("button", { name: "Ready: layer2-25" }).waitFor();
  // Smaller than this its name cannot be read.
  const last = boxes.getByRole("button", { name: "Ready: layer2-25" });
  await expect.poll(async () => (await last.boundingBox())?.height).toBeGreaterThan(14);
  await page.getByRole("button", { name: "As a list" }).click();
  expect(await page.getByRole("region", { name: "List of instances" }).getByRole("row").count()).toBe(51);
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();
}, 120_000);

test("what is done in one tab is seen in another, also that the deployment was deleted", async () => {
  const { id } = await web.server.launch(HELLO, { name: "shared" });
  await web.server.reaches(id, ["running"]);
  const { page, context } = await web.open(`/deployments/${id}/progress`);
  const other = await context.newPage();
  await other.goto(`/deployments/${id}`);
  await badge(page, "Running").waitFor();
  await other.getByRole("button", { name: "Stop", exact: true }).click();
  await other.getByRole("alertdialog").getByRole("button", { name: "Stop shared" }).click();
  await badge(page, "Stopped").waitFor();
  await badge(other, "Stopped").waitFor();
  await web.server.call(z.unknown(), `DELETE /v1/deployments/${id}`);
  await page.getByText(/, deleted /).waitFor();
  await page.getByRole("button", { name: "Delete", exact: true }).waitFor({ state: "detached" });
  await context.close();
});

test("a year after its end a deployment still has everything", async () => {
  const { id } = await web.server.launch(SHOP, { name: "old" });
  await web.server.reaches(id, ["running"]);
  await web.server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await web.server.reaches(id, ["stopped"]);
  const { page, context } = await web.open("/about");
  await context.route("**/v1/**", async (route) => {
    const response = await route.fetch();
    const time = new Date(Date.now() + YEAR_MS).toISOString();
    await route.fulfill({ response, headers: { ...response.headers(), "slipway-time": time } });
  });
  await page.goto(`/deployments/${id}/progress`);
  await page.getByText(/launched by admin 1 y ago/).waitFor();
  await badge(page, "Stopped").waitFor();
  await page.getByRole("region", { name: "Attempts" }).getByText("Succeeded").waitFor();
  const { length } = await web.server.events(id);
  await page.getByText(`${length} steps`).waitFor();
  await page.getByRole("tab", { name: "Machines (5)" }).click();
  await context.close();
});

test("without a part that could not be loaded the rest of the page goes on, and loading it anew helps", async () => {
  const { id } = await web.server.launch(HELLO, { name: "patchy", pool: "wide" });
  const { page, context } = await web.open("/about");
  await context.route("**/assets/graph-*.js", (route) => route.abort());
  await page.goto(`/deployments/${id}/progress`);
  const missing = page.getByText("A part of this page could not be loaded");
  await missing.waitFor();
  await badge(page, "Running").waitFor();
  await context.unroute("**/assets/graph-*.js");
  await page.getByRole("button", { name: "Try again" }).click();
  await page.locator(".react-flow__node").first().waitFor();
  await context.close();
});

test("when its token is deleted, an open page asks for another, and leads back", async () => {
  const made = await web.server.call(z.object({ token: z.string() }), "POST /v1/tokens", {
    name: "brief",
    role: "operator",
  });
  const { id } = await web.server.launch(SHOP, { name: "watched", pool: "slow" });
  const { page, context } = await web.open(`/deployments/${id}/progress`, { stranger: true });
  await page.getByLabel("Token", { exact: true }).fill(made.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await badge(page, "Launching").waitFor();
  await web.server.call(z.unknown(), "DELETE /v1/tokens/brief");
  await page.getByRole("heading", { name: "Sign in to Slipway" }).waitFor();
  await page.getByLabel("Token", { exact: true }).fill(web.server.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await badge(page, "Launching").waitFor();
  await context.close();
});

test("a server that dies and comes back while a page is open: it says so, and goes on where it was", async () => {
  const { id } = await web.server.launch(SHOP, { name: "survivor", pool: "slow" });
  const { page, context } = await web.open(`/deployments/${id}/progress`);
  await page.getByText(/aiting for db: booting/).waitFor();
  const list = await context.newPage();
  await list.goto(page.url().replace(/\/deployments.*/, "/deployments"));
  await list.getByRole("link", { name: "survivor" }).waitFor();
  const others = await Promise.all(
    ["Pools", "Tokens", "Blueprints", "Accounts"].map(async (title) => {
      const other = await context.newPage();
      const path = `/${title.toLowerCase()}`;
      const read = other.waitForResponse((answer) => new URL(answer.url()).pathname === `/v1${path}` && answer.ok());
      await other.goto(page.url().replace(/\/deployments.*/, path));
      await other.getByRole("heading", { name: title }).waitFor();
      // Whoever has shown nothing yet has nothing that could be old.
      await (await read).finished();
      return other;
    }),
  );
  await web.server.child.end("SIGKILL");
  await page.getByText("Connection lost.").waitFor();
  // The list is no less old, and says so.
  await list.getByText(/Connection lost\. What is shown is \d+ s old/).waitFor();
  for (const other of others) await other.getByText(/Connection lost\. What is shown is \d+ s old/).waitFor();
  await badge(page, "Launching").waitFor();
  restarted = await startServer({ home, port });
  await page.getByText("Connection lost.").waitFor({ state: "detached" });
  await list.getByText("Connection lost.").waitFor({ state: "detached" });
  for (const other of others) await other.getByText("Connection lost.").waitFor({ state: "detached" });
  await restarted.call(z.unknown(), `POST /v1/deployments/${id}/cancel`);
  await badge(page, "Cancelled").waitFor();
  const { length } = await restarted.events(id);
  await page.getByText(`${length} steps`).waitFor();
  await context.close();
});
