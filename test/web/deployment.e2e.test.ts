// A launch as people watch it: seen live, cut off in the middle, cancelled, and looked up when all is over. What passes quickly is
// watched alone; the rest is mostly waiting for clouds, and goes on at the same time.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { z } from "zod";
import type { CloudSettings } from "../../datacentre/src/settings.ts";
import { ROOT } from "../stage/child.ts";
import { quickCloud } from "../stage/datacentre.ts";
import { openDoorTo } from "../stage/door.ts";
import { until } from "../stage/poll.ts";
import { overflows, PHONE, startWeb, violations, type WebStage } from "./browser.ts";

/** No other size is tried where one was refused: failover is between accounts. */
const SHOP = readFileSync(join(ROOT, "examples/shop.yaml"), "utf8").replace(
  "maxAttempts: 5",
  "maxAttempts: 5\n  refusals: { sizes: 1 }",
);
const IMAGES = ["postgres-16", "debian-12", "nginx-1"];
/** Slow enough for every state to be seen, the rollback too. */
const WATCHABLE: Partial<CloudSettings> = {
  boot: { kind: "fixed", ms: 700 },
  removal: { kind: "fixed", ms: 2_500 },
};
const SLOW: Partial<CloudSettings> = { boot: { kind: "fixed", ms: 120_000 } };

let web: WebStage;

/** Launches of one pool share what they remember of refusals, so each that wants its first account tried has a pool of its own. */
const FAILOVERS = ["failover", "cut-off", "over", "on-the-phone"];

beforeAll(async () => {
  const hosts = [{ cpu: 3, memoryMib: 6144, storageGib: 500 }];
  web = await startWeb([
    ...FAILOVERS.flatMap((name) => [
      quickCloud(`north-${name}`, { ...WATCHABLE, realms: [{ name: "north-a", hosts, images: IMAGES }] }),
      quickCloud(`south-${name}`, WATCHABLE),
    ]),
    quickCloud("slow", SLOW),
    quickCloud("partly"),
    quickCloud("stuck"),
    quickCloud("lingering"),
    quickCloud("scarce"),
  ]);
  const pools = [
    ...FAILOVERS.map((name) => [name, [`north-${name}`, `south-${name}`]] as const),
    ...["slow", "partly", "stuck", "lingering", "scarce"].map((name) => [name, [name]] as const),
  ];
  for (const [name, accounts] of pools) {
    const members = accounts.map((account, group) => ({ account, group }));
    await web.server.call(z.unknown(), "POST /v1/pools", { name, members });
  }
  const of = (instance: string) => ({ labels: { "slipway-instance": instance } });
  const panics = { kind: "boot_error", text: "kernel panic: no root device" } as const;
  await web.datacentre.admin.cloud("partly").addFaults([{ on: "create", when: of("web-2"), do: panics }]);
  await web.datacentre.admin.cloud("stuck").addFaults([
    { on: "create", when: of("web-1"), do: panics },
    { on: "remove", when: of("web-2"), times: "always", do: { kind: "refuse", code: "internal_error" } },
  ]);
  const full = { kind: "refuse", code: "insufficient_capacity", message: "no room for it" } as const;
  await web.datacentre.admin.cloud("scarce").addFaults([{ on: "create", do: full }]);
  await web.datacentre.admin
    .cloud("lingering")
    .addFaults([{ on: "remove", when: of("web-2"), times: "always", do: { kind: "refuse", code: "internal_error" } }]);
}, 180_000);
afterAll(() => web?.[Symbol.asyncDispose]());

const launch = (name: string, more: object = {}) => web.server.launch(SHOP, { name, pool: name, ...more });
const steps = (page: Page) => page.locator("[role=option]");
const badge = (page: Page, word: string) => page.locator("h1 ~ span", { hasText: word });
const box = (page: Page, name: string | RegExp) => page.locator(".react-flow__node").getByRole("button", { name });

/** Every row of the log as it is drawn, from the first to the last, with its place. */
const DRAWN_STEPS = `(async () => {
  const list = document.querySelector("[role=listbox]");
  const rows = new Map();
  for (let top = 0; top <= list.scrollHeight; top += 200) {
    list.scrollTop = top;
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 30)));
    for (const row of list.querySelectorAll("[role=option]"))
      rows.set(Number(row.getAttribute("aria-posinset")), row.lastElementChild.textContent);
  }
  return [...rows].sort(([a], [b]) => a - b);
})()`;

test("the failover is seen live: refused at the first account, hauled back, up at the second", async ({ expect }) => {
  const { page, context, complaints } = await web.open("/about");
  const { id } = await launch("failover");
  await page.goto(`/deployments/${id}/progress`);
  await badge(page, "Rolling back").waitFor();
  await page.getByText(/[Ww]aiting until nothing is left of/).waitFor();
  await badge(page, "Launching").waitFor();
  await page.getByText(/aiting for db: booting \d+ s/).waitFor();
  await box(page, "db").waitFor();
  await page.locator(".react-flow__node", { hasText: "waited for" }).filter({ hasText: "db" }).waitFor();
  await badge(page, "Running").waitFor();
  const attempts = page.getByRole("region", { name: "Attempts" }).getByRole("listitem");
  await expect
    .poll(() => attempts.allInnerTexts())
    .toEqual([
      expect.stringMatching(/north[\s\S]*Failed[\s\S]*There is no room/),
      expect.stringMatching(/south[\s\S]*Succeeded/),
    ]);
  await page.getByRole("button", { name: "1 offer not taken" }).click();
  await page.getByRole("cell", { name: "tried before in this launch" }).waitFor();
  await page.getByText("5 of 5 ready", { exact: true }).waitFor();
  expect(await page.title()).toBe("● failover · Slipway");
  const events = await web.server.events(id);
  const drawn = await page.evaluate(DRAWN_STEPS);
  expect(drawn).toEqual(events.map(({ text }, place) => [place + 1, text]));
  expect(complaints).toEqual([]);
  await context.close();
});

test("a dropped connection shows so; coming back, nothing is missed and nothing is doubled", async ({ expect }) => {
  const port = Number(new URL(web.server.url).port);
  const door = await openDoorTo({ host: "127.0.0.1", port });
  const { page, complaints } = await web.open("/about", { baseURL: `http://127.0.0.1:${door.port}` });
  const { id } = await launch("cut-off");
  await page.goto(`/deployments/${id}/progress`);
  await badge(page, "Rolling back").waitFor();
  await box(page, "db").waitFor();
  await expect.poll(() => steps(page).count()).toBeGreaterThan(3);
  door.shut();
  await page.getByText("Connection lost.").waitFor();
  await page.getByText(/Trying again (in \d+ s|now)/).waitFor();
  await web.server.reaches(id, ["running"]);
  await badge(page, "Rolling back").waitFor();
  door.open();
  await badge(page, "Running").waitFor();
  await page.getByText("Connection lost.").waitFor({ state: "detached" });
  const events = await web.server.events(id);
  await expect.poll(() => page.evaluate(DRAWN_STEPS)).toEqual(events.map(({ text }, place) => [place + 1, text]));
  expect(complaints.filter((text) => !text.includes("ERR_"))).toEqual([]);
  await page.close();
  await door.close();
});

test.concurrent("a launch is cancelled in the middle, after the page has said what that does", async ({ expect }) => {
  const { id } = await launch("cancelled", { pool: "slow" });
  const { page, context } = await web.open(`/deployments/${id}`);
  await page.getByText(/aiting for db: booting \d+ s of at most 5 min/).waitFor();
  // By the keyboard alone.
  const cancel = page.getByRole("button", { name: "Cancel", exact: true });
  await cancel.press("Enter");
  const asked = page.getByRole("alertdialog");
  await asked.getByText("1 machine will be removed, even while it boots.").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await asked.waitFor({ state: "detached" });
  await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Cancel");
  expect((await web.server.deployment(id)).cancelAskedAt).toBeNull();
  await page.keyboard.press("Enter");
  await asked.getByRole("button", { name: "Cancel cancelled" }).press("Enter");
  await badge(page, "Cancelled").waitFor();
  await page.getByText("The launch was cancelled. Nothing is left of it.").waitFor();
  // The button that was asked from is gone.
  await expect.poll(() => page.evaluate("document.activeElement.id")).toBe("content");
  await page.getByRole("button", { name: "Cancel", exact: true }).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Delete", exact: true }).waitFor();
  const { attempts, machines } = await web.server.deployment(id);
  expect([attempts[0]?.outcome, machines.every(({ open }) => !open)]).toEqual(["cancelled", true]);
  await context.close();
});

test.concurrent("a failed member is looked into and retried until all of it runs", async ({ expect }) => {
  const { id } = await launch("partial", { pool: "partly", partial: true });
  await web.server.reaches(id, ["incomplete"]);
  const { page, context } = await web.open(`/deployments/${id}/progress`);
  await badge(page, "Incomplete").waitFor();
  await box(page, "web-2").click();
  const details = page.getByRole("complementary", { name: "Details of web-2" });
  await details.getByText("kernel panic: no root device").waitFor();
  expect(await violations(page)).toEqual([]);
  await details.getByRole("button", { name: "Retry web-2" }).click();
  await badge(page, "Running").waitFor();
  await details.getByText("2 machines in this attempt").waitFor();
  await details.getByRole("button", { name: "Retry web-2" }).waitFor({ state: "detached" });
  await context.close();
});

test.concurrent("an instance on a dearer size than usual says why", async ({ expect }) => {
  const source = "slipway: 1\nname: one\ninstances:\n  app: { image: debian-12, profile: small }\n";
  const { id } = await web.server.launch(source, { pool: "scarce" });
  await web.server.reaches(id, ["running"]);
  const { page, context } = await web.open(`/deployments/${id}`);
  await page.getByRole("button", { name: "app", exact: true }).click();
  const details = page.getByRole("complementary", { name: "Details of app" });
  const told = await details.getByText(/^on medium at /).innerText();
  expect(told).toMatch(
    /^on medium at \S+ an hour \(chosen at [^)]+\), not small at \S+ an hour: capacity was refused: no room for it/,
  );
  await page.getByRole("row", { name: /^app/ }).getByText("instead of small").waitFor();
  expect(await violations(page)).toEqual([]);
  await context.close();
});

/** Of a deployment that runs: secret ones only while they are asked for. */
async function outputsAreTold(id: string): Promise<void> {
  const { page, context } = await web.open(`/deployments/${id}`);
  const outputs = page.getByRole("region", { name: "Outputs" });
  await outputs.getByText(/^http:\/\/[\d.]+\/$/).waitFor();
  await outputs.getByRole("button", { name: "Show" }).click();
  await outputs.getByText(/^postgres:\/\/shop:change-me@/).waitFor();
  await outputs.getByRole("button", { name: "Hide" }).click();
  await outputs.getByText("secret", { exact: true }).waitFor();
  await context.close();
}

test.concurrent("what has ended shows everything: attempts, steps, machines, and the console of those that failed", async ({
  expect,
}) => {
  const { id } = await launch("over");
  await web.server.reaches(id, ["running"]);
  await outputsAreTold(id);
  await web.server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await web.server.reaches(id, ["stopped"]);
  const { page, context, complaints } = await web.open(`/deployments/${id}`);
  await badge(page, "Stopped").waitFor();
  await page.getByRole("region", { name: "Attempts" }).getByText("There is no room for small in north-a").waitFor();
  await page.getByRole("link", { name: "Show details" }).click();
  await page.getByPlaceholder("Find in the steps").fill("kept the console");
  await steps(page).first().click();
  await page.getByRole("button", { name: "Read its console" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.locator("pre").waitFor();
  expect((await dialog.locator("pre").innerText()).length).toBeGreaterThan(20);
  expect(await violations(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByLabel("Steps of instance").selectOption("db");
  await expect.poll(() => steps(page).allInnerTexts()).toEqual([expect.stringContaining("Kept the console of db")]);
  await page.getByRole("tab", { name: /Machines/ }).click();
  const { machines } = await web.server.deployment(id);
  const table = page.getByRole("region", { name: "Machines of all attempts" });
  expect(await table.getByRole("row").count()).toBe(machines.length + 1);
  await page.getByRole("button", { name: "Launch again", exact: true }).click();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("alertdialog").getByRole("button", { name: "Launch over again" }).click();
  await page.getByText(`it launches ${id} once more`).waitFor();
  const next = await web.server.deployment("over");
  expect(next).toMatchObject({ relaunchOf: id, successor: null });
  await page.getByRole("link", { name: id }).click();
  await page.getByText(`its name belongs to ${next.id} now`).waitFor();
  await web.server.call(z.unknown(), `DELETE /v1/deployments/${next.id}?stop=true`);
  await page.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete over" }).click();
  await until(async () => ((await web.server.deployment(id)).deletedAt === null ? null : true));
  expect(complaints).toEqual([]);
  await context.close();
});

test.concurrent("debt is on its deployment, on its page and in the menu; a retry clears it once the cloud lets go", async ({
  expect,
}) => {
  const quick = SHOP.replace("boot: 5m", "boot: 5m\n    undo: 2s");
  const { id } = await web.server.launch(quick, { name: "owing", pool: "stuck" });
  await web.server.reaches(id, ["rollback_failed"]);
  const { page, context } = await web.open(`/deployments/${id}/progress`);
  await page.getByText("1 machine is not proven gone", { exact: false }).first().waitFor();
  await box(page, /web-2.*Not proven gone/).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Cancel owing" }).click();
  await page.getByRole("button", { name: "Delete without waiting" }).waitFor();
  await page.getByRole("link", { name: "Show debt" }).click();
  const row = page.getByRole("row", { name: /owing \/ web-2/ });
  await row.getByText(/running/).waitFor();
  expect(await violations(page)).toEqual([]);
  await web.datacentre.admin.cloud("stuck").clearFaults();
  await row.getByRole("button", { name: "Retry now: web-2" }).click();
  await page.getByText("Trying again now").waitFor();
  await row.waitFor({ state: "detached" });
  await web.server.reaches(id, ["failed"]);
  await context.close();
});

test.concurrent("what has stopped with a machine that is not proven gone says so, and can be deleted in spite of it alone", async ({
  expect,
}) => {
  const quick = SHOP.replace("boot: 5m", "boot: 5m\n    undo: 2s");
  const { id } = await web.server.launch(quick, { name: "lingering", pool: "lingering" });
  await web.server.reaches(id, ["running"]);
  await web.server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await web.server.reaches(id, ["stopped"]);
  const { page, context } = await web.open(`/deployments/${id}`);
  await badge(page, "Stopped").waitFor();
  await badge(page, "1 not gone").waitFor();
  expect(await page.title()).toBe("! lingering · Slipway");
  expect(await page.getByRole("button", { name: "Delete", exact: true }).count()).toBe(0);
  await page.getByRole("button", { name: "Delete without waiting" }).click();
  const asked = page.getByRole("alertdialog");
  await asked.getByText("1 machine is not proven gone, at").waitFor();
  expect(await violations(page)).toEqual([]);
  await asked.getByRole("button", { name: "Delete lingering without waiting" }).click();
  await until(async () => ((await web.server.deployment(id)).deletedAt === null ? null : true));
  await context.close();
});

test.concurrent("on a phone and in the dark every page is whole and readable", async ({ expect }) => {
  const { id } = await launch("on-the-phone");
  await web.server.reaches(id, ["running"]);
  const { page, context, complaints } = await web.open("/about", { viewport: PHONE, colorScheme: "dark" });
  for (const place of [
    `/deployments/${id}`,
    `/deployments/${id}/progress`,
    "/accounts",
    "/accounts/north-on-the-phone",
    "/debt",
    "/pools",
  ]) {
    await page.goto(place);
    await page.locator("main h1").waitFor();
    await page.getByLabel(/^Loading/).waitFor({ state: "detached" });
    if (place.endsWith("progress")) await box(page, "web-1").waitFor();
    expect([place, await overflows(page), await violations(page), complaints]).toEqual([place, false, [], []]);
  }
  await page.goto("/accounts");
  const main = await page.locator("main").boundingBox();
  await page.getByRole("button", { name: "Check now: north-on-the-phone" }).click();
  const told = await page.getByRole("dialog").boundingBox();
  expect(told?.y).toBeGreaterThanOrEqual(0);
  expect((told?.y ?? 0) + (told?.height ?? 0)).toBeLessThanOrEqual(main?.y ?? 0);
  await page.getByLabel("Close").click();
  await page.getByRole("dialog").waitFor({ state: "detached" });
  await context.close();
});

test.concurrent("an account is added, checked, disabled and taken into a pool", async ({ expect }) => {
  const { page, context, complaints } = await web.open("/accounts");
  await page.getByRole("button", { name: "Add account" }).click();
  await page.getByLabel("Name").fill("again");
  await page.getByLabel("Provider", { exact: true }).selectOption("sim");
  await page.getByLabel("Address of the datacentre").fill(web.datacentre.url);
  await page.getByLabel("Tenant").fill("south-over");
  await page.getByLabel("Key").fill("south-over-key");
  const authorities = page.getByLabel("Authorities", { exact: true });
  const file = (text: string | Uint8Array) => ({ name: "ca.pem", mimeType: "", buffer: Buffer.from(text) });
  await page.getByLabel("File for Authorities").setInputFiles(file("-----BEGIN CERTIFICATE-----\n"));
  await expect.poll(() => authorities.inputValue()).toBe("-----BEGIN CERTIFICATE-----\n");
  await page.getByLabel("File for Authorities").setInputFiles(file(new Uint8Array([0x30, 0x82, 0xff])));
  await page.getByText(/ca\.pem .*save it as UTF-8/).waitFor();
  await authorities.fill("");
  await page.getByLabel("Pool").selectOption("");
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Add and check" }).click();
  const row = page.getByRole("row", { name: /^again/ });
  await row.getByText("Healthy").waitFor();
  await row.getByRole("button", { name: "Disable again" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Disable it" }).click();
  await row.getByText("Disabled").waitFor();
  await page.getByRole("link", { name: "Pools" }).click();
  const pool = page.getByRole("region", { name: "Pool slow", exact: true });
  await pool.getByLabel("Put an account into slow").selectOption("again");
  await pool.getByLabel("Group of again").fill("3");
  await pool.getByRole("button", { name: "Save changes" }).click();
  await pool.getByRole("button", { name: "Save changes" }).waitFor({ state: "detached" });
  const stored = await web.server.call(z.object({ members: z.array(z.unknown()) }), "GET /v1/pools/slow");
  expect(stored.members).toContainEqual({ account: "again", group: 3, weight: 0 });
  expect(complaints).toEqual([]);
  await context.close();
});
