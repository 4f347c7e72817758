import { afterAll, beforeAll, expect, test } from "vitest";
import { overflows, PHONE, startWeb, violations, type WebStage } from "./browser.ts";

let web: WebStage;

beforeAll(async () => {
  web = await startWeb();
});
afterAll(() => web[Symbol.asyncDispose]());

test("a wrong token is refused beside the field, a right one leads to where one wanted to go", async () => {
  const { page, complaints } = await web.open("/blueprints?x=1", { stranger: true });
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
});

test("signing out ends the session, and the page asks for a token again", async () => {
  const { page, context } = await web.open("/about");
  await page.getByRole("heading", { name: "About", level: 1 }).waitFor();
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByRole("heading", { name: "Sign in to Slipway" }).waitFor();
  expect((await context.request.get("/v1/about")).status()).toBe(401);
});

test("the cookie is out of reach of scripts, and the page runs under a policy without inline code", async () => {
  const { page, context } = await web.open("/about");
  const [cookie] = await context.cookies();
  expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict", path: "/" });
  expect(await page.evaluate("document.cookie")).toBe("");
  const reply = await context.request.get("/", { headers: { Accept: "text/html" } });
  expect(reply.headers()["content-security-policy"]).not.toContain("unsafe");
});

test("at a phone's width nothing is cut off", async () => {
  const { page } = await web.open("/login", { stranger: true, viewport: PHONE });
  await page.getByRole("heading", { name: "Sign in to Slipway" }).waitFor();
  expect(await overflows(page)).toBe(false);
});
