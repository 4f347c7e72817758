import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "../stage/child.ts";
import { overflows, PHONE, startWeb, violations, type WebStage } from "./browser.ts";

const HELLO = readFileSync(join(ROOT, "examples/hello.yaml"), "utf8");

let web: WebStage;

beforeAll(async () => {
  web = await startWeb();
  await web.server.call(z.unknown(), "PUT /v1/blueprints/hello", { source: HELLO });
});
afterAll(() => web[Symbol.asyncDispose]());

test("with nothing launched the list says what to do", async () => {
  const { page } = await web.open("/");
  await page.getByText("Nothing has been launched yet").waitFor();
  await page.getByRole("link", { name: "Launch a blueprint" }).click();
  await page.getByRole("heading", { name: "Launch", level: 1 }).waitFor();
});

const PLACES = [
  ["/deployments", "Deployments"],
  ["/launch", "Launch"],
  ["/accounts", "Accounts"],
  ["/accounts/north", "north"],
  ["/pools", "Pools"],
  ["/debt", "Debt"],
  ["/blueprints", "Blueprints"],
  ["/blueprints/hello", "hello"],
  ["/blueprints/new", "New blueprint"],
  ["/tokens", "Tokens"],
  ["/about", "About"],
  ["/deployments/nonesuch", "Deployment"],
] as const;

test.each([
  ["a desk in the light", {}],
  ["a phone in the dark", { viewport: PHONE, colorScheme: "dark" }],
] as const)("on %s every page is accessible and as wide as the window", async (_, options) => {
  const { page, complaints } = await web.open("/about", options);
  for (const [path, heading] of PLACES) {
    await page.goto(path);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await page.getByLabel(/^Loading/).waitFor({ state: "detached" });
    expect({ path, violations: await violations(page) }).toEqual({ path, violations: [] });
    expect({ path, overflows: await overflows(page) }).toEqual({ path, overflows: false });
  }
  expect(complaints).toEqual([]);
});

test("many are stopped and deleted at once, after a question that says what will happen", async () => {
  const ids = await Promise.all(
    ["bulk-a", "bulk-b"].map(async (name) => (await web.server.launch(HELLO, { name })).id),
  );
  for (const id of ids) await web.server.reaches(id, ["running"]);
  const { page } = await web.open("/deployments?q=bulk-");
  await page.getByLabel("Select all on this page").check();
  await page.getByRole("button", { name: "Stop 2…" }).click();
  const dialog = page.getByRole("alertdialog", { name: "Stop 2 deployments?" });
  await dialog.getByText(/Every machine is shut down and deleted/).waitFor();
  expect(await violations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Stop 2" }).click();
  await dialog.waitFor({ state: "detached" });
  for (const id of ids) await web.server.reaches(id, ["stopped"]);
  await page
    .getByRole("row", { name: /Stopped/ })
    .nth(1)
    .waitFor();
  await page.getByLabel("Select all on this page").check();
  await page.getByRole("button", { name: "Delete 2…" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete 2" }).click();
  await page.getByText("No deployment is like this").waitFor();
  await page.getByLabel("Show deleted").check();
  await page.getByRole("link", { name: "bulk-a" }).waitFor();
});

test("a blueprint gets a new version, and the old ones stay to be read", async () => {
  const { page } = await web.open("/blueprints/hello");
  await page.getByRole("button", { name: "Edit as a new version" }).click();
  const source = page.getByLabel("Blueprint as YAML");
  await source.fill(HELLO.replace("web:", "front:"));
  await page.getByRole("button", { name: "Store as the next version" }).click();
  await expect.poll(() => page.getByLabel("Version", { exact: true }).inputValue()).toBe("2");
  expect(await page.getByLabel("Source of hello").inputValue()).toContain("front:");
  await page.getByLabel("Version", { exact: true }).selectOption("1");
  await expect.poll(() => page.getByLabel("Source of hello").inputValue()).toContain("web:");
});

test("a new token is shown once and signs in, and once deleted it signs nobody in", async () => {
  const { page } = await web.open("/tokens");
  await page.getByRole("button", { name: "New token" }).click();
  const dialog = page.getByRole("dialog", { name: "New token" });
  await dialog.getByLabel("Name").fill("guest");
  await dialog.getByLabel(/^viewer/).check();
  await dialog.getByRole("button", { name: "Make token" }).click();
  const made = page.getByRole("dialog", { name: "Token guest" });
  const token = (await made.locator("code").filter({ hasText: "slipway_" }).textContent()) ?? "";
  expect(await violations(page)).toEqual([]);
  await made.getByRole("button", { name: "I have kept it" }).click();
  const guest = await web.open("/login", { stranger: true });
  await guest.page.getByLabel("Token", { exact: true }).fill(token);
  await guest.page.getByRole("button", { name: "Sign in" }).click();
  await guest.page.getByText("guest · viewer").waitFor();
  await page.getByRole("button", { name: "Delete token guest" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Delete token" }).click();
  await page.getByRole("row", { name: /guest/ }).waitFor({ state: "detached" });
  await guest.page.getByRole("link", { name: "Blueprints" }).click();
  await guest.page.getByRole("heading", { name: "Sign in to Slipway" }).waitFor();
});

test("the theme is the system's until one is chosen, and the choice is kept", async () => {
  const { page } = await web.open("/about", { colorScheme: "light" });
  const ground = (): Promise<string> => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
  const light = await ground();
  await page.getByLabel("Theme").selectOption("dark");
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  await page.getByRole("heading", { name: "About", level: 1 }).waitFor();
  expect(await ground()).toBe(dark);
});

test("the keyboard reaches everything, and one sees where it is", async () => {
  const { page } = await web.open("/about");
  await page.getByRole("heading", { name: "About", level: 1 }).waitFor();
  await page.keyboard.press("Tab");
  await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Launch");
  expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Launch", level: 1 }).waitFor();
});
