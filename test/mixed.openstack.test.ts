// A launch over clouds of three kinds: no room at the first, no host for what is started at the second, and it comes up at the third. What is
// asserted is what the clouds themselves say, by the API and in the console.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { buildWeb } from "../scripts/build-web.ts";
import { allParts, allServers, freshLab } from "../src/providers/openstack/lab.testsuite.ts";
import { addMixed, MIXED_SHOP, type MixedStage } from "./stage/mixed.ts";
import { addOpenstack, namesOf } from "./stage/openstack.ts";
import { type ServerStage, startServer } from "./stage/server.ts";
import { stopWhole } from "./stage/shop.ts";
import { consoleOf, startBrowser, violations } from "./web/browser.ts";

let server: ServerStage;
let mixed: MixedStage;
let browser: Browser;

beforeAll(async () => {
  await freshLab();
  buildWeb();
  server = await startServer();
  mixed = await addMixed(server, addThird);
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
  await server?.child.end("SIGTERM");
  await mixed?.[Symbol.asyncDispose]();
  await freshLab();
});

const addThird = (to: ServerStage): Promise<void> =>
  addOpenstack(to, "openstack", { settings: { prices: "small = 0.012" } });

const NOTHING = { machines: 0, parts: 0, keys: 0 };

test("what EC2 has no room for and oVirt cannot start comes up on OpenStack, and only there", async () => {
  const { id } = await server.launch(MIXED_SHOP, { name: "shop", pool: "mixed" });
  const { page, context, complaints } = await consoleOf(server, browser).open(`/deployments/${id}/progress`);
  const attempts = page.getByRole("region", { name: "Attempts" }).getByRole("listitem");
  await attempts.nth(2).waitFor({ timeout: 240_000 });
  const deployment = await server.reaches(id, ["running", "failed"], 240_000);
  expect(deployment.failure).toBeNull();
  expect(deployment.attempts.map(({ account, outcome, fault }) => [account, outcome, fault?.class ?? null])).toEqual([
    ["ec2", "failed", "capacity"],
    ["ovirt", "failed", "capacity"],
    ["openstack", "succeeded", null],
  ]);
  expect(deployment.attempts[0]?.fault).toMatchObject({ code: "InsufficientInstanceCapacity", effect: "none" });
  expect(deployment.attempts[1]?.reason).toContain("There is no host that satisfies current scheduling constraints");

  // At both the first one ran. EC2 refused to make the third; oVirt made it, and refused its start.
  expect([mixed.ec2.lives(), mixed.ovirt.lives()]).toMatchObject([{ born: 2 }, { born: 3 }]);
  expect([mixed.ec2.lives().ran, mixed.ovirt.lives().ran]).not.toContain(0);
  expect([await mixed.ec2.left(), await mixed.ovirt.left()]).toEqual([NOTHING, NOTHING]);
  expect(deployment.machines.filter(({ open }) => open).map(({ account }) => account)).toEqual(
    Array<string>(4).fill("openstack"),
  );
  expect(await namesOf(null)).toEqual(["app-1", "app-2", "db", "web"]);
  expect((await allServers()).every(({ status }) => status === "ACTIVE")).toBe(true);

  await page.getByText("4 of 4 ready").waitFor();
  expect(await attempts.filter({ hasText: "ec2" }).innerText()).toContain("Failed");
  expect(await attempts.filter({ hasText: "ovirt" }).innerText()).toMatch(/Failed[^]*There is no host that satisfies/);
  expect(await attempts.filter({ hasText: "openstack" }).innerText()).toContain("Succeeded");
  expect(await violations(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await context.close();

  await stopWhole(server, id);
  expect([await namesOf(null), await allParts()]).toEqual([[], []]);
  expect([await mixed.ec2.left(), await mixed.ovirt.left()]).toEqual([NOTHING, NOTHING]);
}, 600_000);
