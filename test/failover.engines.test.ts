// From LXD to libvirt, both real: the project's quota is used up in the middle of a launch, and the whole site comes up on libvirt. What is asserted
// is what the engines themselves say, by the API and in the console.

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Browser } from "playwright-core";
import { z } from "zod";
import { buildWeb } from "../scripts/build-web.ts";
import { domainsAt } from "../src/providers/libvirt/lab.testsuite.ts";
import { addEngines, freshEngines, leftOnLibvirt, machinesOnLxd, SITE, useUp } from "./stage/engines.ts";
import { type ServerStage, startServer } from "./stage/server.ts";
import { consoleOf, startBrowser, violations } from "./web/browser.ts";

const LONG_MS = 280_000;
let server: ServerStage;
let browser: Browser;

beforeAll(async () => {
  await freshEngines();
  buildWeb();
  server = await startServer();
  await addEngines(server);
  browser = await startBrowser();
}, LONG_MS);

afterAll(async () => {
  await browser?.close();
  await server?.child.end("SIGTERM");
  await freshEngines();
}, LONG_MS);

test(
  "what LXD's project has no room for any more comes up on libvirt, and only there",
  async () => {
    await useUp();
    const { id } = await server.launch(SITE, { name: "site", pool: "engines" });
    const { page, context, complaints } = await consoleOf(server, browser).open(`/deployments/${id}/progress`);
    const deployment = await server.reaches(id, ["running", "failed"], LONG_MS);
    expect(deployment.failure).toBeNull();
    expect(deployment.attempts.map(({ account, outcome }) => [account, outcome])).toEqual([
      ["lxd", "failed"],
      ["libvirt", "succeeded"],
    ]);
    expect(deployment.attempts[0]?.fault).toMatchObject({ class: "quota", code: "instances_used_up" });
    // The first one was there, and is gone.
    expect(deployment.machines.filter(({ account }) => account === "lxd").map(({ open }) => open)).not.toContain(true);
    expect(await machinesOnLxd()).toEqual([]);
    const open = deployment.machines.filter((machine) => machine.open);
    expect(open.map(({ account }) => account)).toEqual(["libvirt", "libvirt", "libvirt"]);
    expect(await domainsAt("east")).toEqual(open.map(({ id: machine }) => machine).toSorted());

    const front = deployment.instances.find(({ name }) => name === "front-2");
    const shown = await fetch(`http://${front?.privateAddress}/`);
    expect(await shown.text()).toBe("Hello from the back, through front-2\n");

    const attempts = page.getByRole("region", { name: "Attempts" }).getByRole("listitem");
    await page.getByText("3 of 3 ready").waitFor();
    expect(await attempts.filter({ hasText: "lxd" }).innerText()).toMatch(/Failed[^]*maximum number of instances/);
    expect(await attempts.filter({ hasText: "libvirt" }).innerText()).toContain("Succeeded");
    expect(await violations(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();

    await server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
    await server.reaches(id, ["stopped"], LONG_MS);
    expect([await machinesOnLxd(), await leftOnLibvirt()]).toEqual([[], []]);
  },
  2 * LONG_MS,
);
