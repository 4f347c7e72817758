import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, test } from "vitest";
import { z } from "zod";
import { quickCloud } from "../stage/datacentre.ts";
import { ROOT } from "../stage/child.ts";
import { overflows, PHONE, startWeb, violations, type WebStage } from "./browser.ts";

const SHOP = readFileSync(join(ROOT, "examples/shop.yaml"), "utf8");
const HELLO = readFileSync(join(ROOT, "examples/hello.yaml"), "utf8");

let web: WebStage;

beforeAll(async () => {
  web = await startWeb([quickCloud("north"), quickCloud("south")]);
  await web.server.call(z.unknown(), "PUT /v1/blueprints/shop", { source: SHOP });
  await web.server.call(z.unknown(), "PATCH /v1/accounts/south", { enabled: false });
});
afterAll(() => web[Symbol.asyncDispose]());

test.concurrent("a launch with details shows where it would go and why not elsewhere, and leads to its progress", async ({
  expect,
}) => {
  const { page, context, complaints } = await web.open("/launch");
  await page.getByLabel("Stored blueprint").selectOption("shop");
  const accounts = page.getByRole("region", { name: "Accounts" });
  await accounts.getByRole("row", { name: /1 north/ }).waitFor();
  await accounts.getByRole("row", { name: /south.*Disabled/ }).waitFor();
  await page.getByText("5 instances at north").waitFor();
  await page.getByLabel("appCount").fill("3");
  await page.getByText("6 instances at north").waitFor();
  expect(await page.getByLabel("dbPassword").getAttribute("type")).toBe("password");
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Deployment name").fill("watched");
  await page.getByLabel("Show me details").check();
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  await page.waitForURL(/\/deployments\/[a-z0-9]+\/progress$/);
  const id = /deployments\/([a-z0-9]+)\//.exec(page.url())?.[1] ?? "";
  const deployment = await web.server.reaches(id, ["running", "failed"]);
  expect(deployment).toMatchObject({ name: "watched", state: "running", parameters: { appCount: 3 } });
  expect(complaints).toEqual([]);
  await context.close();
});

test.concurrent("without details it leads to the deployment's page", async () => {
  const { page, context } = await web.open("/launch?blueprint=shop");
  await page.getByLabel("Show me details").uncheck();
  await page.getByLabel("Deployment name").fill("plain");
  await page.getByText("✓ free").waitFor();
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  await page.waitForURL(/\/deployments\/[a-z0-9]+$/);
  await context.close();
});

test.concurrent("mistakes of a file are at their lines, and the plan comes once they are corrected", async ({
  expect,
}) => {
  const { page, context } = await web.open("/launch");
  await page.getByLabel("From a file").check();
  const source = page.getByLabel("Blueprint as YAML");
  await source.fill(SHOP.replace("count: 2", "count: two").replace("type: integer", "type: int"));
  const lineOf = (text: string): number => SHOP.split("\n").findIndex((line) => line.includes(text)) + 1;
  const mistakes = page.getByRole("listitem");
  await mistakes.filter({ hasText: `Line ${lineOf("count: 2")}` }).waitFor();
  await mistakes.filter({ hasText: `Line ${lineOf("type: integer")}` }).waitFor();
  expect(await source.getAttribute("aria-invalid")).toBe("true");
  expect(await page.getByRole("button", { name: "Launch", exact: true }).isDisabled()).toBe(true);
  await page.getByText(/^Correct the blueprint first, in lines? \d+/).waitFor();
  expect(await violations(page)).toEqual([]);
  await source.fill(SHOP);
  await page.getByText("5 instances at north").waitFor();
  expect(await source.getAttribute("aria-invalid")).toBeNull();
  await context.close();
});

test.concurrent("a file may be dropped on the form, or chosen", async () => {
  const { page, context } = await web.open("/launch");
  await page.getByLabel("From a file").check();
  const file = `new File([${JSON.stringify(HELLO)}], "hello.yaml")`;
  const dataTransfer = await page.evaluateHandle(
    `(() => { const transfer = new DataTransfer(); transfer.items.add(${file}); return transfer; })()`,
  );
  await page.getByLabel("Blueprint as YAML").dispatchEvent("drop", { dataTransfer });
  await page.getByText("1 instance at north").waitFor();
  const chosen = { name: "shop.yaml", mimeType: "application/yaml", buffer: Buffer.from(SHOP) };
  await page.getByLabel("Blueprint file").setInputFiles(chosen);
  await page.getByText("5 instances at north").waitFor();
  await context.close();
});

test.concurrent("a file that is no UTF-8 is refused with its name, and what stood in the field stays", async ({
  expect,
}) => {
  const { page, context } = await web.open("/launch");
  await page.getByLabel("From a file").check();
  await page.getByLabel("Blueprint as YAML").fill(HELLO);
  const file = page.getByLabel("Blueprint file");
  await file.setInputFiles({
    name: "old.yaml",
    mimeType: "application/yaml",
    buffer: Buffer.from("caf\xe9", "latin1"),
  });
  const alert = page.getByRole("alert").filter({ hasText: "old.yaml is not UTF-8 text" });
  expect(await alert.textContent()).toContain("the byte 0xE9 at offset 3 does not fit; save it as UTF-8.");
  expect(await page.getByLabel("Blueprint as YAML").inputValue()).toBe(HELLO);
  expect(await violations(page)).toEqual([]);
  const marked = { name: "marked.yaml", mimeType: "application/yaml", buffer: Buffer.from(`\uFEFF${SHOP}`) };
  await file.setInputFiles(marked);
  await page.getByText("5 instances at north").waitFor();
  expect(await alert.count()).toBe(0);
  expect(await page.getByLabel("Blueprint as YAML").inputValue()).toBe(SHOP);
  await context.close();
});

test.concurrent("a file dropped beside the form is taken too, instead of the page being left", async ({ expect }) => {
  const { page } = await web.open("/launch");
  await page.getByLabel("Stored blueprint").waitFor();
  // The browser asks the page twice, may it be dropped here and has it been taken; unless told so, it shows the file itself.
  const isLeft = await page.evaluate(`["dragover", "drop"].map((type) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([${JSON.stringify(HELLO)}], "hello.yaml"));
    return document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer }));
  })`);
  expect(isLeft).toEqual([false, false]);
  await page.getByText("1 instance at north").waitFor();
});

test.concurrent("a name is checked while it is typed, and a parameter too", async ({ expect }) => {
  const taken = await web.server.launch(HELLO, { name: "taken" });
  await web.server.reaches(taken.id, ["running"]);
  const { page, context } = await web.open("/launch?blueprint=shop");
  const name = page.getByLabel("Deployment name");
  await name.fill("Not A Name");
  await page.getByText(/must be a name of at most 63/).waitFor();
  await name.fill("taken");
  await page.getByText(/is taken in this pool/).waitFor();
  await name.fill("untaken");
  await page.getByText("✓ free").waitFor();
  await page.getByLabel("appCount").fill("99");
  await page.getByText(/must be a whole number from 1 to 10, not 99/).waitFor();
  expect(await page.getByRole("button", { name: "Launch", exact: true }).isDisabled()).toBe(true);
  await context.close();
});

test.concurrent("the plan needs no secret and stays when a parameter is wrong; why nothing can be launched stands beside the button", async ({
  expect,
}) => {
  const { page, context } = await web.open("/launch");
  const button = page.getByRole("button", { name: "Launch", exact: true });
  await page.getByText("Choose a blueprint first.").waitFor();
  await page.getByLabel("From a file").check();
  await page.getByText("Choose a file first, or paste its text.").waitFor();
  await page.getByLabel("Blueprint as YAML").fill(SHOP.replace(/( +secret: true\n)( +default: .*\n)?/, "$1"));
  const first = page.getByRole("region", { name: "Accounts" }).getByRole("row", { name: /1 north/ });
  await first.waitFor();
  await page.getByText("Fill in dbPassword.").waitFor();
  expect(await button.isDisabled()).toBe(true);
  await page.getByLabel("dbPassword").fill("correct horse");
  await page.getByText("5 instances at north").waitFor();
  expect(await button.isEnabled()).toBe(true);
  await page.getByLabel("appCount").fill("99");
  await page.getByText("Correct appCount.").waitFor();
  await page.getByText("This is the plan as it was before").waitFor();
  expect(await first.count()).toBe(1);
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("appCount").fill("4");
  await page.getByText("7 instances at north").waitFor();
  await page.getByLabel("Deployment name").fill("-");
  await page.getByText("Correct the deployment's name.").waitFor();
  await context.close();
});

test.concurrent("an image that no account of the pool has is told at its line with what is likely meant, and launched only on wish", async ({
  expect,
}) => {
  const { page, context } = await web.open("/launch");
  await page.getByLabel("From a file").check();
  await page.getByLabel("Blueprint as YAML").fill(HELLO.replace("debian-12", "debain-12"));
  const alert = page.getByRole("alert").filter({ hasText: "No account of pool default offers this" });
  await alert.getByText("Line 6 of the blueprint: see there.").waitFor();
  await page
    .getByRole("listitem")
    .filter({ hasText: 'Line 6: instances.web.image names the image "debain-12"' })
    .waitFor();
  const button = page.getByRole("button", { name: "Launch", exact: true });
  await page.getByText("No account offers what it names: correct that, or launch anyway.").waitFor();
  expect(await button.isDisabled()).toBe(true);
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Deployment name").fill("anyway");
  await page.getByLabel("Launch anyway").check();
  await page.getByText("No account can take it now: the launch would fail.").waitFor();
  await button.click();
  await page.waitForURL(/\/deployments\/[a-z0-9]+/);
  await page
    .getByText("The launch failed: north: image debain-12 (web) is not there; south: the account is disabled")
    .waitFor();
  await context.close();
});

test.concurrent("a number is launched as it is written, with all its digits", async ({ expect }) => {
  const declared =
    "parameters: { big: { type: number, default: 12345678901234567890 }, small: { type: number, max: 1.10 } }";
  const { page, context } = await web.open("/launch");
  await page.getByLabel("From a file").check();
  await page.getByLabel("Blueprint as YAML").fill(`${HELLO}${declared}\n`);
  expect(await page.getByLabel("big").inputValue()).toBe("12345678901234567890");
  await page.getByLabel("small").fill("0.0000001");
  await page.getByText("1 instance at north").waitFor();
  await page.getByLabel("Deployment name").fill("digits");
  await page.getByRole("button", { name: "Launch", exact: true }).click();
  await page.waitForURL(/\/deployments\/[a-z0-9]+/);
  const [, id = ""] = /deployments\/([a-z0-9]+)/.exec(page.url()) ?? [];
  expect((await web.server.deployment(id)).parameters).toEqual({ big: "12345678901234567890", small: "0.0000001" });
  await context.close();
});

test.concurrent("on a phone in the dark the form is whole and legible", async ({ expect }) => {
  const { page, context, complaints } = await web.open("/launch?blueprint=shop", {
    viewport: PHONE,
    colorScheme: "dark",
  });
  await page.getByText("5 instances at north").waitFor();
  expect(await overflows(page)).toBe(false);
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();
});
