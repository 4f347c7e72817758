// The machine that a launch failed for has a row of its own, whatever becomes of the deployment, and goes when somebody says so.

import type { Page } from "playwright-core";
import { afterAll, beforeAll, test } from "vitest";
import { z } from "zod";
import { MadeToken } from "../../src/contract/access.ts";
import { quickCloud } from "../stage/datacentre.ts";
import { overflows, PHONE, startWeb, violations, type WebStage } from "./browser.ts";

const SOURCE = `slipway: 1
name: kept
instances:
  db: { image: debian-12, profile: small }
  web: { image: debian-12, profile: small, dependsOn: [db], update: { order: removeFirst } }
launch: { quarantine: 4h }
`;

let web: WebStage;

beforeAll(async () => {
  web = await startWeb([quickCloud("north")]);
});
afterAll(async () => web?.[Symbol.asyncDispose]());

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const rows = (page: Page) => page.getByRole("region", { name: "In quarantine" });

/** Of each launch the first so many machines of web do not boot. */
async function failing(times: number): Promise<void> {
  const when = { labels: { "slipway-instance": "web" } };
  await web.datacentre.admin.cloud("north").addFaults([{ on: "create", do: { kind: "boot_error" }, when, times }]);
}

test("a machine in quarantine is told with reason, price and end while the rest runs, and released from its row", async ({
  expect,
}) => {
  await failing(1);
  const { id } = await web.server.launch(SOURCE);
  await web.server.reaches(id, ["running"]);
  const { page, complaints } = await web.open(`/deployments/${id}`);
  await rows(page)
    .getByText("a machine that failed is kept to be looked at, at a price. It is no member of what runs.")
    .waitFor();
  const row = rows(page).getByRole("listitem");
  await row
    .getByText(/^web of attempt 1 at north \(north-a\), \$[\d.]+\/h\. It is removed in (?:3 h 59 min|4 h), at \w/)
    .waitFor();
  await row.getByText(/^Why the attempt failed: web: /).waitFor();
  expect(await violations(page)).toEqual([]);
  await page.setViewportSize(PHONE);
  expect(await overflows(page)).toBe(false);

  const { token } = await web.server.call(MadeToken, "POST /v1/tokens", { name: "looker", role: "viewer" });
  const looker = await web.open(`/deployments/${id}`, { token });
  await rows(looker.page)
    .getByText(/^web of attempt 1/)
    .waitFor();
  expect(await button(looker.page, "Release web").count()).toBe(0);

  await button(page, "Release web").click();
  const dialog = page.getByRole("alertdialog");
  await dialog.getByText(/^It is removed now, with whatever is stored there\. This ends \$[\d.]+\/h\.$/).waitFor();
  await dialog.getByText("The machine that web has now is not touched").waitFor();
  expect(await violations(page)).toEqual([]);
  await dialog.getByRole("button", { name: "Release web" }).click();
  await rows(page).waitFor({ state: "detached" });
  await rows(looker.page).waitFor({ state: "detached" });
  expect((await web.server.deployment(id)).state).toBe("running");
  expect(complaints).toEqual([]);
});

test("a launch that has failed keeps a machine of each attempt, released together; the form switches that off", async ({
  expect,
}) => {
  await failing(2);
  const { id } = await web.server.launch(SOURCE.replace("4h", "4h, maxAttempts: 2"), { name: "over" });
  await web.server.reaches(id, ["failed"]);
  const { page, complaints } = await web.open(`/deployments/${id}`);
  await rows(page)
    .getByText("2 machines that failed are kept to be looked at, at a price. The launch is over all the same.")
    .waitFor();
  expect(
    await rows(page)
      .getByText(/^web of attempt [12] at north/)
      .count(),
  ).toBe(2);
  expect(await violations(page)).toEqual([]);
  await button(page, "Edit and launch again").click();
  const quarantine = page.getByLabel("Keep the failed machine, hours");
  expect(await quarantine.inputValue()).toBe("4");
  const planned = page.getByText(
    /The machine that an attempt fails for is kept alone for 4 h.*at most \$[\d.]+ for each at north/,
  );
  await planned.waitFor();
  await quarantine.fill("0");
  await planned.waitFor({ state: "detached" });
  expect(await violations(page)).toEqual([]);
  await page.goBack();
  await button(page, "Release web").click();
  await page.getByText("Release 2 machines of web?").waitFor();
  const refuse = { kind: "refuse", code: "internal_error" } as const;
  await web.datacentre.admin.cloud("north").addFaults([{ on: "remove", do: refuse, times: "always" }]);
  await page.getByRole("alertdialog").getByRole("button", { name: "Release web" }).click();
  await rows(page).waitFor({ state: "detached" });
  const leaving = page.getByText(/^Not kept any more: web of attempt 1, web of attempt 2\. They are being removed/);
  await leaving.waitFor();
  expect(await violations(page)).toEqual([]);
  await web.datacentre.admin.cloud("north").clearFaults();
  await leaving.waitFor({ state: "detached" });
  expect(complaints).toEqual([]);
});

test("a pool bounds it on its page, and a launch that asks for more is told so", async ({ expect }) => {
  const { page } = await web.open("/pools");
  const pool = page.getByRole("region", { name: "Pool default" });
  await pool.getByRole("button", { name: "Quarantine" }).click();
  await page.getByLabel("Longest quarantine, hours").fill("2");
  expect(await violations(page)).toEqual([]);
  await button(page, "Set the quarantine").click();
  await pool.getByText("failed machines kept for at most 2 h").waitFor();
  const [told] = [await web.server.ask("POST /v1/plan", { blueprint: { source: SOURCE } })];
  expect(told.status).toBe(400);
  await web.server.call(z.unknown(), "PATCH /v1/pools/default", { maxQuarantineMs: null });
});

test("who is removed first is told in the plan, and numbers that go are chosen", async ({ expect }) => {
  const source = SOURCE.replace("dependsOn: [db],", "dependsOn: [db], count: 3,").replace("name: kept", "name: three");
  const { id } = await web.server.launch(source);
  await web.server.reaches(id, ["running"]);
  const { page, complaints } = await web.open(`/deployments/${id}/update?scale=web`);
  await page.getByLabel("web", { exact: true }).fill("2");
  const going = page.getByRole("group", { name: "Which 1 of web goes" });
  await going.getByText("web-3 goes: the highest numbers, unless others are chosen.").waitFor();
  await going.getByLabel("web-2").check();
  expect(await going.getByLabel("web-3").isDisabled()).toBe(true);
  await button(page, "Plan the update").click();
  await page
    .getByRole("region", { name: "Changes" })
    .getByRole("row", { name: /^web-2 .*Remove/ })
    .waitFor();
  expect(await violations(page)).toEqual([]);
  await button(page, "Change the blueprint too").click();
  const text = page.getByLabel("Blueprint as YAML");
  await text.fill((await text.inputValue()).replace("web: { image: debian-12", "web: { image: nginx-1"));
  await button(page, "Plan again").click();
  await page
    .getByText(/^Removed first: web-1, web-3\. By the blueprint's order their former machines are proven gone/)
    .waitFor();
  expect(await violations(page)).toEqual([]);
  await button(page, "Update three").click();
  await page.waitForURL(/\/progress$/);
  const { instances } = await web.server.reaches(id, ["running"]);
  expect(instances.map(({ name, image }) => [name, image])).toEqual([
    ["db", "debian-12"],
    ["web-1", "nginx-1"],
    ["web-3", "nginx-1"],
  ]);
  expect(complaints).toEqual([]);
});

test("a revision that failed is told with its reason, and with whose machine went for it", async ({ expect }) => {
  const source = SOURCE.replace("launch: { quarantine: 4h }\n", "").replace("name: kept", "name: spent");
  const { id } = await web.server.launch(source);
  await web.server.reaches(id, ["running"]);
  const when = { labels: { "slipway-instance": "web" } };
  const refuse = { kind: "refuse", code: "invalid_size" } as const;
  await web.datacentre.admin.cloud("north").addFaults([{ on: "create", do: refuse, when, times: 1 }]);
  const blueprint = { source: source.replace("web: { image: debian-12", "web: { image: nginx-1") };
  await web.server.call(z.unknown(), `POST /v1/deployments/${id}/update`, { blueprint });
  const { page, complaints } = await web.open(`/deployments/${id}`);
  const revisions = page.getByRole("list", { name: "Revisions" });
  await revisions.getByText(/Revision 2, update by admin: failed .*: web: /).waitFor();
  await revisions.getByText("web was removed first for it: what was on its disks is gone.").waitFor();
  await web.server.reaches(id, ["running"]);
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
});
