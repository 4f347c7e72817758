import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { ROOT } from "../stage/child.ts";
import { DESK, overflows, PHONE, startWeb, violations, type WebStage } from "./browser.ts";

const HELLO = readFileSync(join(ROOT, "examples/hello.yaml"), "utf8");

let web: WebStage;

beforeAll(async () => {
  web = await startWeb();
  await web.server.call(z.unknown(), "PUT /v1/blueprints/hello", { source: HELLO });
});
afterAll(() => web[Symbol.asyncDispose]());

test("with nothing launched the list says what to do", async () => {
  const { page, context } = await web.open("/");
  await page.getByText("Nothing has been launched yet").waitFor();
  await page.getByRole("link", { name: "Launch a blueprint" }).click();
  await page.getByRole("heading", { name: "Launch", level: 1 }).waitFor();
  await context.close();
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
  ["/people", "People"],
  ["/tokens", "Tokens"],
  ["/webhooks", "Webhooks"],
  ["/about", "About"],
  ["/deployments/nonesuch", "Deployment"],
] as const;

const LOOKS = [
  { viewport: DESK, colorScheme: "light" },
  { viewport: PHONE, colorScheme: "dark" },
  // A desk's window at four times its size.
  { viewport: { width: 320, height: 256 }, colorScheme: "light" },
] as const;

test("every page is accessible and as wide as the window: on a desk in the light, on a phone in the dark, made large", async () => {
  const { page, context, complaints } = await web.open("/about");
  for (const [path, heading] of PLACES) {
    await page.goto(path);
    await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
    await page.getByLabel(/^Loading/).waitFor({ state: "detached" });
    for (const { viewport, colorScheme } of LOOKS) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      const seen = { path, colorScheme, width: viewport.width };
      expect({ ...seen, overflows: await overflows(page) }).toEqual({ ...seen, overflows: false });
      if (viewport.width < PHONE.width) continue;
      expect({ ...seen, violations: await violations(page) }).toEqual({ ...seen, violations: [] });
    }
  }
  expect(complaints).toEqual([]);
  await context.close();
});

test("many are stopped and deleted at once, after a question that says what will happen", async () => {
  const ids = await Promise.all(
    ["bulk-a", "bulk-b"].map(async (name) => (await web.server.launch(HELLO, { name })).id),
  );
  for (const id of ids) await web.server.reaches(id, ["running"]);
  const { page, context } = await web.open("/deployments?q=bulk-");
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
  await context.close();
});

test("of many, those not asked yet are left alone when one leaves in the middle", async () => {
  const { page, context } = await web.open("/deployments");
  const names = ["leave-a", "leave-b", "leave-c", "leave-d", "leave-e", "leave-f"];
  const ids = await Promise.all(names.map(async (name) => (await web.server.launch(HELLO, { name })).id));
  for (const id of ids) await web.server.reaches(id, ["running"]);
  let askedCount = 0;
  const released = Promise.withResolvers<void>();
  await page.route("**/v1/deployments/*/stop", async (route) => {
    askedCount += 1;
    await released.promise;
    await route.continue();
  });
  await page.goto("/deployments?q=leave-");
  await page.getByLabel("Select all on this page").check();
  await page.getByRole("button", { name: "Stop 6…" }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.getByRole("button", { name: "Stop 6" }).click();
  await dialog.getByText("Asked 0 of 6.").waitFor();
  await dialog.getByRole("button", { name: "Leave it as it is" }).click();
  released.resolve();
  await page.getByText(/: 4 of 6$/).waitFor();
  expect(askedCount).toBe(4);
  await context.close();
});

test("access to an account that holds machines is stored when its cloud lets us in, or when somebody insists", async () => {
  const { id } = await web.server.launch(HELLO, { name: "held" });
  await web.server.reaches(id, ["running"]);
  const held = z.object({ account: z.string() });
  const { account } = await web.server.call(held, `GET /v1/deployments/${id}`);
  const { page, context } = await web.open(`/accounts/${account}`);
  const open = async () => {
    await page.getByRole("button", { name: "Change access…" }).click();
    const dialog = page.getByRole("dialog", { name: `Change access to ${account}` });
    await dialog.getByLabel("Key", { exact: true }).waitFor();
    return dialog;
  };
  const dialog = await open();
  const store = dialog.getByRole("button", { name: "Try and store" });
  expect(await store.isDisabled()).toBe(true);
  await dialog.getByLabel("Key", { exact: true }).fill("wrong-key");
  await store.click();
  await dialog
    .getByRole("alert")
    .getByText(/its cloud refuses the new credentials: .* Nothing was changed\.$/)
    .waitFor();
  await dialog.getByLabel("Store them all the same").waitFor();
  expect(await violations(page)).toEqual([]);
  await dialog.getByLabel("Key", { exact: true }).fill(`${account}-key`);
  await store.click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText(`${account} is healthy`).waitFor();
  // Written otherwise, and yet the same cloud.
  const moved = await open();
  const address = moved.getByLabel("Address of the datacentre");
  const url = await address.inputValue();
  await address.fill(`${url}/`);
  await moved.getByRole("button", { name: "Try and store" }).click();
  await moved.getByText("which settings that lead to another cloud would lose").waitFor();
  await moved.getByLabel("The new settings lead to the same cloud").check();
  await moved.getByRole("button", { name: "Try and store" }).click();
  await moved.waitFor({ state: "detached" });
  await page.getByText(`${url}/`, { exact: true }).waitFor();
  await web.server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await web.server.reaches(id, ["stopped"]);
  await context.close();
});

test("a blueprint gets a new version, and the old ones stay to be read", async () => {
  const { page, context } = await web.open("/blueprints/hello");
  await page.getByRole("button", { name: "Edit as a new version" }).click();
  const source = page.getByLabel("Blueprint as YAML");
  await source.fill(HELLO.replace("web:", "front:"));
  await page.getByRole("button", { name: "Store as the next version" }).click();
  await expect.poll(() => page.getByLabel("Version", { exact: true }).inputValue()).toBe("2");
  expect(await page.getByLabel("Source of hello").inputValue()).toContain("front:");
  await page.getByLabel("Version", { exact: true }).selectOption("1");
  await expect.poll(() => page.getByLabel("Source of hello").inputValue()).toContain("web:");
  await context.close();
});

test("what cannot be read is no empty list, and an answer of somebody else is told as such", async () => {
  const { page, context, complaints } = await web.open("/about");
  await page.getByRole("heading", { name: "About", level: 1 }).waitFor();
  const problem = {
    type: "about:blank",
    title: "A mistake",
    status: 500,
    code: "internal",
    detail: "Boom.",
    errors: [],
  };
  const fails = { status: 500, contentType: "application/problem+json", body: JSON.stringify(problem) };
  await context.route("**/v1/blueprints", (route) => route.fulfill(fails));
  await page.getByRole("link", { name: "Launch" }).click();
  await page.getByRole("alert").getByText("Boom.").waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  // As a network answers that wants one to sign in to itself first.
  await context.route("**/v1/session", (route) => route.fulfill({ contentType: "text/html", body: "<p>Welcome" }));
  await page.getByLabel("Token", { exact: true }).fill(web.server.token);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("Something between this page and Slipway answered 200").waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("a new token is shown once and signs in, and once deleted it signs nobody in", async () => {
  const { page, context } = await web.open("/tokens");
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
  await context.close();
});

test("a webhook's secret is shown once, a test tells how it is answered, and a removed one is gone", async () => {
  const { page, context } = await web.open("/webhooks");
  await page.getByText("No webhooks").waitFor();
  await page.getByRole("button", { name: "New webhook" }).click();
  const dialog = page.getByRole("dialog", { name: "New webhook" });
  await dialog.getByLabel("Name").fill("chat");
  await dialog.getByLabel("Address").fill("https://127.0.0.1/in");
  await dialog.getByRole("button", { name: "Add webhook" }).click();
  await dialog.getByText("may not be a private address").waitFor();
  // A name that leads nowhere.
  await dialog.getByLabel("Address").fill("https://hooks.invalid/in");
  await dialog.getByRole("button", { name: "Add webhook" }).click();
  const made = page.getByRole("dialog", { name: "Webhook chat" });
  await made.locator("code").filter({ hasText: "whsec_" }).waitFor();
  expect(await violations(page)).toEqual([]);
  await made.getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("button", { name: "Test webhook chat" }).click();
  await page.getByText("Webhook chat took nothing: its name").waitFor();
  await page.getByRole("button", { name: "Deliveries of webhook chat" }).click();
  await page.getByText("It has been told of nothing yet").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("button", { name: "Close" }).click();
  await page.getByRole("button", { name: "Remove webhook chat" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove webhook" }).click();
  await page.getByText("No webhooks").waitFor();
  await context.close();
});

test("a wrong token is refused beside the field, a right one leads to where one wanted to go", async () => {
  const { page, context, complaints } = await web.open("/blueprints?x=1", { stranger: true });
  const token = page.getByLabel("Token", { exact: true });
  await token.fill("slipway_wrong");
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByText("This is no token of this server").waitFor();
  expect(await token.getAttribute("aria-invalid")).toBe("true");
  expect(await violations(page)).toEqual([]);
  await token.fill(web.server.token);
  await token.press("Enter");
  await page.getByRole("heading", { name: "Blueprints", level: 1 }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("signing out ends the session, and the page asks for a token again", async () => {
  const { page, context } = await web.open("/about");
  await page.getByRole("heading", { name: "About", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Slipway" }).waitFor();
  expect((await context.request.get("/v1/about")).status()).toBe(401);
  await context.close();
});

test("the cookie is out of reach of scripts, and the page runs under a policy without inline code", async () => {
  const { page, context } = await web.open("/about");
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
  expect(await page.evaluate("document.cookie")).toBe("");
  const reply = await context.request.get("/", { headers: { Accept: "text/html" } });
  expect(reply.headers()["content-security-policy"]).not.toContain("unsafe");
  await context.close();
});

test("at a phone's width nothing is cut off", async () => {
  const { page, context } = await web.open("/login", { stranger: true, viewport: PHONE });
  await page.getByRole("heading", { name: "Sign in to Slipway" }).waitFor();
  expect(await overflows(page)).toBe(false);
  await context.close();
});

test("the theme is the system's until one is chosen, and the choice is kept", async () => {
  const { page, context } = await web.open("/about", { colorScheme: "light" });
  const ground = (): Promise<string> => page.evaluate("getComputedStyle(document.documentElement).backgroundColor");
  const light = await ground();
  await page.getByLabel("Theme").selectOption("dark");
  const dark = await ground();
  expect(dark).not.toBe(light);
  await page.reload();
  await page.getByRole("heading", { name: "About", level: 1 }).waitFor();
  expect(await ground()).toBe(dark);
  await context.close();
});

test("the keyboard reaches everything, and one sees where it is", async () => {
  const { page, context } = await web.open("/about");
  await page.getByRole("heading", { name: "About", level: 1 }).waitFor();
  await page.keyboard.press("Tab");
  await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
  for (let presses = 0; presses < 3; presses += 1) await page.keyboard.press("Tab");
  expect(await page.evaluate("document.activeElement.textContent")).toBe("Launch");
  expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Launch", level: 1 }).waitFor();
  await context.close();
});
