// A member is booted again from its details, and the page says so as long as it lasts.

import { afterAll, beforeAll, test } from "vitest";
import { quickCloud } from "../stage/datacentre.ts";
import { startWeb, violations, type WebStage } from "./browser.ts";

let web: WebStage;

beforeAll(async () => {
  web = await startWeb([quickCloud("north")]);
});
afterAll(async () => web?.[Symbol.asyncDispose]());

test("a member that is rebooted stays ready, and says that it is rebooted", async ({ expect }) => {
  const source = "slipway: 1\nname: lone\ninstances:\n  web: { image: debian-12, profile: small }\n";
  const { id } = await web.server.launch(source);
  await web.server.reaches(id, ["running"]);
  const { page, complaints } = await web.open(`/deployments/${id}`);
  const row = page.getByRole("row", { name: /^web / });
  const reboot = page.getByRole("button", { name: "Reboot web", exact: true });
  await page.getByRole("button", { name: "web", exact: true }).click();
  await reboot.click();
  await page.getByText("Its cloud is asked once").waitFor();
  expect(await violations(page)).toEqual([]);
  await reboot.last().click();
  await page.getByText("Reboot of web asked by admin").first().waitFor();
  await page.keyboard.press("Escape");
  await row.getByText("Being rebooted").waitFor();
  expect(await row.innerText()).toContain("Ready");
  expect(complaints).toEqual([]);
});
