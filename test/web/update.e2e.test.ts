// A deployment that is up is changed from its page: planned, seen, and then just that is done, or nothing.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { z } from "zod";
import { UpdatePlan } from "../../src/contract/update.ts";
import { MadeToken } from "../../src/contract/access.ts";
import { quickCloud } from "../stage/datacentre.ts";
import { overflows, PHONE, startWeb, violations, type WebStage } from "./browser.ts";

const PAIR = `slipway: 1
name: pair
parameters:
  password: { type: string, secret: true }
  webs: { type: integer, default: 1, min: 1, max: 10 }
instances:
  db: { image: debian-12, profile: small, protect: true, userData: "\${{ params.password }}" }
  app: { image: debian-12, profile: small, dependsOn: [db], ready: { tcp: 8080 } }
  web: { image: debian-12, profile: small, count: "\${{ params.webs }}", userData: "\${{ db.privateAddress }}" }
`;
const parameters = { password: "correct horse battery staple" };

let web: WebStage;

beforeAll(async () => {
  web = await startWeb([quickCloud("north")]);
});
afterAll(async () => web?.[Symbol.asyncDispose]());

/** `app` becomes one of two, from a plan: it has no count. */
async function grow(id: string): Promise<void> {
  const plan = await web.server.call(UpdatePlan, `POST /v1/deployments/${id}/update/plan`, { counts: { app: 2 } });
  await web.server.call(z.unknown(), `POST /v1/deployments/${id}/update`, { plan: plan.id });
}

const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: true });
const planned = (page: Page) => page.getByRole("heading", { name: "What would change" });
const row = (page: Page, name: RegExp) => page.getByRole("region", { name: "Changes" }).getByRole("row", { name });

async function running(name: string): Promise<string> {
  const { id } = await web.server.launch(PAIR, { name, parameters });
  await web.server.reaches(id, ["running"]);
  return id;
}

test("a group is scaled from its details, by the keyboard alone, on a narrow screen", async ({ expect }) => {
  const id = await running("scaled");
  const { page, complaints } = await web.open(`/deployments/${id}`, { viewport: PHONE });
  await button(page, "app").click();
  await page.getByRole("link", { name: "Scale app" }).click();
  await page.getByLabel("app", { exact: true }).waitFor();
  // What was asked for has the focus already.
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.type("3");
  await page.keyboard.press("Enter");
  await planned(page).waitFor();
  expect(await row(page, /^app-[123] .*Add/).count()).toBe(3);
  await page.getByText(/^Against revision 1, at north: .*3 added/).waitFor();
  expect(await violations(page)).toEqual([]);
  expect(await overflows(page)).toBe(false);
  // The plan has the focus, then its table.
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForURL(/\/deployments\/[a-z0-9]+\/progress$/);
  const scaled = await web.server.reaches(id, ["running"]);
  expect(scaled).toMatchObject({ revision: 2, revisions: [{}, { no: 2, why: "update", outcome: "succeeded" }] });
  expect(scaled.instances.filter(({ group }) => group === "app")).toHaveLength(3);
  expect(complaints).toEqual([]);
});

test("the blueprint and its values are as they are; a protected member is let go by name; secrets stay sealed", async ({
  expect,
}) => {
  const id = await running("guarded");
  const { page, complaints } = await web.open(`/deployments/${id}`);
  await page.getByRole("link", { name: "Update", exact: true }).click();
  const source = page.getByLabel("Blueprint as YAML");
  await source.waitFor();
  expect(await source.inputValue()).toBe(PAIR);
  expect(await page.getByLabel("webs").inputValue()).toBe("1");
  expect(await page.getByLabel("password").inputValue()).toBe("");
  await button(page, "Plan the update").click();
  await page.getByText("3 kept.").waitFor();

  await source.fill(PAIR.replace("db: { image: debian-12", "db: { image: nginx-1"));
  await page.getByText("This was planned before the form was changed: plan again.").waitFor();
  expect(await button(page, "Update guarded").isDisabled()).toBe(true);
  await button(page, "Plan again").click();
  await row(page, /^db .*Replace.*its image is nginx-1, and was debian-12/).waitFor();
  await row(page, /^web\S* .*Replace.*the privateAddress of db, which is replaced/).waitFor();
  expect(await button(page, "Update guarded").count()).toBe(0);
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Let the machine of db go").check();
  await button(page, "Update guarded").click();
  await page.waitForURL(/\/progress$/);
  const updated = await web.server.reaches(id, ["running"]);
  expect(updated).toMatchObject({ revision: 2, parameters: { password: null, webs: 1 } });
  expect(updated.instances[0]).toMatchObject({ name: "db", image: "nginx-1" });
  expect(complaints).toEqual([]);
});

test("a plan that does not hold any more is refused in the server's words, and the page says that it moved on", async ({
  expect,
}) => {
  const id = await running("moved");
  const { page } = await web.open(`/deployments/${id}/update`);
  await page.getByLabel("webs").fill("2");
  await button(page, "Plan the update").click();
  await planned(page).waitFor();
  // Looks no more at what becomes of it.
  await page.route(`**/v1/deployments/${id}`, (route) => route.abort());
  await grow(id);
  await web.server.reaches(id, ["running"]);
  await button(page, "Update moved").click();
  await page
    .getByText(/is not what would be done now: moved has revision 2 now, and had 1. Nothing was changed/)
    .waitFor();
  await page.unroute(`**/v1/deployments/${id}`);
  await page.getByText("This form began with revision 1, and what it plans would be refused.").waitFor();
  await button(page, "Begin anew").click();
  await button(page, "Plan the update").waitFor();
  expect(await page.getByLabel("app", { exact: true }).inputValue()).toBe("2");
});

test("what has no place is refused with its reason; mistakes stand at their lines and fields", async ({ expect }) => {
  const id = await running("full");
  const { page } = await web.open(`/deployments/${id}/update`);
  const source = page.getByLabel("Blueprint as YAML");
  await source.fill(PAIR.replace("app: { image: debian-12", "app: { image: no-such-image"));
  await button(page, "Plan the update").click();
  await page.getByText("Account north has no place for what is new beside what is there").waitFor();
  await page.getByText(/image no-such-image .*is not there/).waitFor();
  expect(await button(page, "Update full").count()).toBe(0);
  await source.fill(PAIR.replace("dependsOn: [db]", "dependsOn: [nobody]"));
  const line = PAIR.split("\n").findIndex((one) => one.includes("dependsOn")) + 1;
  await page.getByText(`Correct the blueprint first, in line ${line}.`).waitFor();
  await source.fill(PAIR);
  await page.getByLabel("webs").fill("11");
  // The browser itself would keep it from being sent.
  await page.evaluate("document.querySelector('form').noValidate = true");
  await button(page, "Plan again").click();
  await page.getByText("✕ must be a whole number from 1 to 10, not 11.").waitFor();
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("webs").fill("1");
  const members = page.getByRole("group", { name: "Members" });
  const app = members.getByLabel("app", { exact: true });
  for (const wrong of ["0", "1001"]) {
    await app.fill(wrong);
    await button(page, "Plan again").click();
    await page.getByText("what is wrong stands at its field or line").waitFor();
    await members.getByText(/^✕ /).waitFor();
    expect([wrong, await app.getAttribute("aria-invalid")]).toEqual([wrong, "true"]);
    expect([wrong, await source.getAttribute("aria-invalid")]).toEqual([wrong, null]);
  }
});

test("while it is updated the page says what runs beside what, and how it ends; a viewer is offered none of it", async ({
  expect,
}) => {
  const id = await running("watched");
  const { token } = await web.server.call(MadeToken, "POST /v1/tokens", { name: "looker", role: "viewer" });
  const looker = await web.open(`/deployments/${id}`, { token });
  await looker.page.getByText("3 of 3 ready").waitFor();
  expect(await looker.page.getByRole("link", { name: "Update", exact: true }).count()).toBe(0);
  await looker.page.goto(`/deployments/${id}/update`);
  await looker.page.getByText("This update is for others").waitFor();
  expect(await violations(looker.page)).toEqual([]);

  const cloud = web.datacentre.admin.cloud("north");
  const labels = { "slipway-instance": "app-2" };
  await cloud.addFaults([{ on: "probe", do: { kind: "not_listening" }, when: { labels }, times: "always" }]);
  await grow(id);
  await looker.page.getByText("watched is being updated").waitFor();
  const { page } = await web.open(`/deployments/${id}`);
  await page.getByText(/Revision 2 comes up beside what was there before.*“Cancel” leads back/).waitFor();
  expect(await page.getByRole("link", { name: "Update", exact: true }).count()).toBe(0);
  await button(page, "Cancel").click();
  await page.getByText(/machines? that the update has added will be removed/).waitFor();
  await button(page, "Cancel the update of watched").click();
  await web.server.reaches(id, ["running"]);
  await page.getByText("Revision 2, update by admin: cancelled").waitFor();
});
