// Users, groups, quotas and what webhooks are told of, as an admin changes them at the page.

import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { MadeToken, UserList } from "../../src/contract/access.ts";
import { PoolList } from "../../src/contract/account.ts";
import { WebhookList } from "../../src/contract/webhook.ts";
import { quickCloud } from "../stage/datacentre.ts";
import { startWeb, violations, type WebStage } from "./browser.ts";

let web: WebStage;

beforeAll(async () => {
  web = await startWeb([quickCloud("north"), quickCloud("south")]);
});
afterAll(() => web[Symbol.asyncDispose]());

test("an admin makes a group and a user with roles, gives them a quota, locks them out and removes both", async () => {
  const { page, context, complaints } = await web.open("/people");
  await page.getByText("No users").waitFor();
  await page.getByRole("button", { name: "New group" }).click();
  const group = page.getByRole("dialog", { name: "New group" });
  await group.getByLabel("Name").fill("crew");
  await group.getByRole("button", { name: "Add a role" }).click();
  await group.getByLabel("Role 1", { exact: true }).selectOption("operator");
  await group.getByLabel("Where role 1 counts").selectOption("default");
  await group.getByLabel("At the provider").fill("ops");
  expect(await violations(page)).toEqual([]);
  await group.getByRole("button", { name: "Make group" }).click();
  await page.getByRole("cell", { name: "operator in default" }).waitFor();

  await page.getByRole("button", { name: "New user" }).click();
  const user = page.getByRole("dialog", { name: "New user" });
  await user.getByLabel("Name").fill("ada");
  await user.getByRole("button", { name: "Add a role" }).click();
  await user.getByLabel("crew").check();
  expect(await violations(page)).toEqual([]);
  await user.getByRole("button", { name: "Add user" }).click();
  await page.getByRole("cell", { name: "viewer" }).waitFor();

  await page.getByRole("button", { name: "Limit of user ada" }).click();
  const quota = page.getByRole("dialog", { name: "Limit of user ada" });
  await quota.getByLabel("Deployments").fill("3");
  await quota.getByLabel("Families").fill("accelerators/h100=2");
  expect(await violations(page)).toEqual([]);
  await quota.getByRole("button", { name: "Set the limit" }).click();
  await page.getByText("at most 3 deployments, 2 accelerators/h100").waitFor();

  await page.getByRole("button", { name: "Change user ada" }).click();
  const change = page.getByRole("dialog", { name: "User ada" });
  await change.getByLabel("Let in").uncheck();
  await change.getByRole("button", { name: "Take role 1 away" }).click();
  await change.getByRole("button", { name: "Save" }).click();
  await page.getByText("Locked out").waitFor();
  const { users } = await web.server.call(UserList, "GET /v1/users");
  expect(users).toMatchObject([
    { name: "ada", enabled: false, groups: ["crew"], grants: [], limit: { families: { "accelerators/h100": 2 } } },
  ]);

  await page.getByRole("button", { name: "Remove user ada" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove user" }).click();
  await page.getByText("No users").waitFor();
  await page.getByRole("button", { name: "Remove group crew" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove group" }).click();
  await page.getByText("No groups").waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("a pool's page says what is nearly used, and a family that is none is told where it was typed", async () => {
  await web.server.call(z.unknown(), "PATCH /v1/pools/default", { limit: { instances: 1 } });
  const { page, context } = await web.open("/pools");
  await page.getByText("at most 1 machine").waitFor();
  const pool = page.getByRole("region", { name: "Pool default" });
  await pool.getByRole("button", { name: "Limit", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "Limit of pool default" });
  await dialog.getByLabel("Families").fill("cpu/standard");
  await dialog.getByRole("button", { name: "Set the limit" }).click();
  await dialog.getByRole("alert").waitFor();
  await dialog.getByLabel("Families").fill("cpu/standard=8");
  await dialog.getByLabel("Machines").fill("");
  await dialog.getByRole("button", { name: "Set the limit" }).click();
  await page.getByText("at most 8 cpu/standard").waitFor();
  const { pools } = await web.server.call(PoolList, "GET /v1/pools");
  expect(pools[0]?.limit).toMatchObject({ instances: null, families: { "cpu/standard": 8 } });
  await pool.getByRole("button", { name: "Limit per user" }).click();
  const each = page.getByRole("dialog", { name: "Limit of each user in pool default" });
  await each.getByText("What each user holds in this pool counts").waitFor();
  await each.getByText("Launches take no more than this").waitFor();
  expect(await each.getByLabel("Deployments").getAttribute("step")).toBe("1");
  await each.getByLabel("Deployments").fill("2");
  await each.getByRole("button", { name: "Set the limit" }).click();
  await page.getByText("The limit of each user in pool default is set").waitFor();
  await page.getByText("each user at most 2 deployments").waitFor();
  await context.close();
});

test("over a user's quota the launch form says that it would be refused, once for all accounts, and why", async () => {
  const limit = { instances: 0, deployments: 0 };
  await web.server.call(z.unknown(), "POST /v1/users", { name: "bo", grants: [{ role: "launcher" }], limit });
  const asked = { name: "bos", role: "launcher", owner: "bo" };
  const { token } = await web.server.call(MadeToken, "POST /v1/tokens", asked);
  const { page, context } = await web.open("/launch", { token });
  await page.getByLabel("From a file").check();
  await page
    .getByLabel("Blueprint as YAML")
    .fill("slipway: 1\nname: hello\ninstances:\n  web: { image: debian-12, profile: small }\n");
  await page.getByText("Your quota leaves no room: it would be refused.").waitFor();
  expect(await page.getByRole("region", { name: "Accounts" }).getByText("quota of user bo").count()).toBe(1);
  await page.getByRole("main").getByRole("button", { name: "Launch", exact: true }).click();
  await page.getByText(/needs 1 instance, 0 of 0 are used .*; quota of user bo: needs 1 deployment/).waitFor();
  await context.close();
});

test("a webhook is made for some kinds of events, and told of others later", async () => {
  const { page, context } = await web.open("/webhooks");
  await page.getByRole("button", { name: "New webhook" }).click();
  const add = page.getByRole("dialog", { name: "New webhook" });
  await add.getByLabel("Name").fill("pager");
  await add.getByLabel("Address").fill("https://pager.example.org/in");
  await add.getByLabel("All kinds of events").uncheck();
  await add.getByLabel("debt_opened").check();
  expect(await violations(page)).toEqual([]);
  await add.getByRole("button", { name: "Add webhook" }).click();
  await page.getByRole("dialog", { name: "Webhook pager" }).getByRole("button", { name: "I have kept it" }).click();
  await page.getByRole("button", { name: "Events of webhook pager" }).click();
  const change = page.getByRole("dialog", { name: "What webhook pager is told of" });
  await change.getByLabel("quota_near").check();
  expect(await violations(page)).toEqual([]);
  await change.getByRole("button", { name: "Save" }).click();
  await page.getByRole("table").getByText("debt_opened, quota_near").waitFor();
  const { webhooks } = await web.server.call(WebhookList, "GET /v1/webhooks");
  expect(webhooks[0]?.kinds).toEqual(["debt_opened", "quota_near"]);
  await context.close();
});
