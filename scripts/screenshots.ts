// Makes the pictures of docs/ anew: a datacentre, a server, and the console in the Chromium that `npm ci` brings, at a desk and
// on a phone, in light and dark. `node scripts/screenshots.ts [NAME…]`. The picture `mixed` has a real OpenStack in it, and `engines` a real LXD and a real
// libvirt; they are made only where there are such:
// `scripts/ci/with-openstack.sh node scripts/screenshots.ts mixed`
// `scripts/ci/with-lxd.sh scripts/ci/with-libvirt.sh node scripts/screenshots.ts engines`

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { z } from "zod";
import type { CloudSettings } from "../datacentre/src/settings.ts";
import { quickCloud } from "../test/stage/datacentre.ts";
import { PHONE, startWeb, type WebStage } from "../test/web/browser.ts";

const ROOT = join(import.meta.dirname, "..");
const IMAGES = join(ROOT, "docs/images");
const SHOP = readFileSync(join(ROOT, "examples/shop.yaml"), "utf8");
const OFFERED = ["postgres-16", "debian-12", "nginx-1"];
const DESK = { width: 1280, height: 900 };

/** Slow enough to be seen at work. */
const PACE: Partial<CloudSettings> = {
  boot: { kind: "uniform", minMs: 2_500, maxMs: 4_500 },
  removal: { kind: "uniform", minMs: 500, maxMs: 1_000 },
};

interface Picture {
  readonly name: string;
  readonly path: string;
  /** Until it shows what it is for. */
  readonly ready: (page: Page) => Promise<unknown>;
}

async function furnish(web: WebStage): Promise<Record<"failover" | "owing", string>> {
  const { server, datacentre } = web;
  const any = z.unknown();
  const pools = { default: ["north", "south"], stuck: ["stuck"], fleet: ["wide"] };
  for (const [name, accounts] of Object.entries(pools)) {
    // The price decides.
    const members = accounts.map((account) => ({ account, group: 0 }));
    if (name === "default") await server.call(any, "PATCH /v1/pools/default", { members });
    else await server.call(any, "POST /v1/pools", { name, members });
  }
  const of = (instance: string) => ({ labels: { "slipway-instance": instance } });
  await datacentre.admin.cloud("stuck").addFaults([
    { on: "create", when: of("web-1"), do: { kind: "boot_error", text: "kernel panic: no root device" } },
    { on: "remove", when: of("web-2"), times: "always", do: { kind: "refuse", code: "internal_error" } },
  ]);
  await server.call(any, "PUT /v1/blueprints/shop", { source: SHOP });
  const before = await server.launch(SHOP, { name: "shop-staging", pool: "fleet" });
  const owing = await server.launch(SHOP.replace("boot: 5m", "boot: 5m\n    undo: 2s"), {
    name: "shop-test",
    pool: "stuck",
  });
  const failover = await server.launch(SHOP, { name: "shop" });
  await server.reaches(before.id, ["running"]);
  await server.reaches(owing.id, ["rollback_failed"]);
  await server.reaches(failover.id, ["running"]);
  return { failover: failover.id, owing: owing.id };
}

function picturesOf({ failover, owing }: Record<"failover" | "owing", string>): readonly Picture[] {
  const ready = (text: string | RegExp) => (page: Page) => page.locator("main").getByText(text).first().waitFor();
  return [
    { name: "deployments", path: "/deployments", ready: ready("shop-staging") },
    { name: "launch", path: "/launch?blueprint=shop", ready: ready("What would be asked for") },
    { name: "progress", path: `/deployments/${failover}/progress`, ready: ready("5 of 5 ready") },
    { name: "stuck", path: `/deployments/${owing}/progress`, ready: ready("not proven gone") },
    { name: "accounts", path: "/accounts", ready: ready("Blocks") },
    { name: "debt", path: "/debt", ready: ready("shop-test") },
  ];
}

const VIEWS = Object.entries({ desk: DESK, phone: PHONE }).flatMap(([place, viewport]) =>
  (["light", "dark"] as const).map((colorScheme) => ({ place, viewport, colorScheme })),
);

async function take(web: WebStage, { name, path, ready }: Picture): Promise<void> {
  for (const { place, ...options } of VIEWS) {
    const { page, context } = await web.open(path, { ...options, reducedMotion: "reduce" });
    await ready(page);
    await page.getByLabel(/^Loading/).waitFor({ state: "detached" });
    if (path.endsWith("/progress")) await page.locator(".react-flow__node").first().waitFor();
    const file = `${name}-${place}-${options.colorScheme}.png`;
    await page.screenshot({ path: join(IMAGES, file), animations: "disabled" });
    await context.close();
  }
}

/** The second attempt of a launch in its middle, which does not last: all four pictures at the same time. */
async function takeLaunching(web: WebStage): Promise<void> {
  for (const { account, realm, size, reason } of await blocksOf(web)) {
    const query = new URLSearchParams({ account, realm, size, reason });
    await web.server.call(z.unknown(), `DELETE /v1/blocks?${query.toString()}`);
  }
  const { id } = await web.server.launch(SHOP, { name: "shop-2" });
  const tabs = await Promise.all(
    VIEWS.map(async ({ place, ...options }) => ({
      ...(await web.open(`/deployments/${id}/progress`, options)),
      file: `launching-${place}-${options.colorScheme}.png`,
    })),
  );
  await Promise.all(
    tabs.map(async ({ page, context, file }) => {
      await page.getByRole("region", { name: "Attempts" }).getByText("Under way").waitFor();
      await page.getByRole("region", { name: "Attempts" }).getByRole("listitem").nth(1).waitFor();
      await page.getByText(/aiting for app-\d: booting/).waitFor();
      await page.screenshot({ path: join(IMAGES, file), animations: "disabled" });
      await context.close();
    }),
  );
}

/** Over three kinds of clouds, of which the third takes it. */
async function takeMixed(web: WebStage): Promise<void> {
  const { addMixed, MIXED_SHOP } = await import("../test/stage/mixed.ts");
  const { freshLab } = await import("../src/providers/openstack/lab.testsuite.ts");
  await freshLab();
  const { addOpenstack } = await import("../test/stage/openstack.ts");
  const third = { settings: { prices: "small = 0.012" } };
  await using _ = await addMixed(web.server, (server) => addOpenstack(server, "openstack", third));
  const { id } = await web.server.launch(MIXED_SHOP, { name: "shop-anywhere", pool: "mixed" });
  await web.server.reaches(id, ["running"], 300_000);
  // It is told with the steps, which come last.
  const ready = (page: Page) => page.getByText("offers not taken").first().waitFor();
  await take(web, { name: "mixed", path: `/deployments/${id}/progress`, ready });
  await freshLab();
}

/** From LXD, whose project is full, to libvirt. */
async function takeEngines(web: WebStage): Promise<void> {
  const { addEngines, freshEngines, SITE, useUp } = await import("../test/stage/engines.ts");
  await freshEngines();
  await addEngines(web.server);
  await useUp();
  const { id } = await web.server.launch(SITE, { name: "site", pool: "engines" });
  await web.server.reaches(id, ["running"], 600_000);
  const ready = (page: Page) => page.getByText("3 of 3 ready").first().waitFor();
  await take(web, { name: "engines", path: `/deployments/${id}/progress`, ready });
  await web.server.call(z.unknown(), `POST /v1/deployments/${id}/stop`);
  await web.server.reaches(id, ["stopped"], 300_000);
}

const Blocks = z.object({
  blocks: z.array(z.object({ account: z.string(), realm: z.string(), size: z.string(), reason: z.string() })),
});
const blocksOf = async (web: WebStage) => (await web.server.call(Blocks, "GET /v1/blocks")).blocks;

// Cheaper, and full at the third machine; where the next size up would cost more than the dearer account.
const hosts = [{ cpu: 3, memoryMib: 6_144, storageGib: 500 }];
const south = quickCloud("south", PACE);
await using web = await startWeb([
  quickCloud("north", { ...PACE, realms: [{ name: "north-a", hosts, images: OFFERED }] }),
  { ...south, sizes: south.sizes.map((size) => ({ ...size, hourlyPrice: size.hourlyPrice * 1.25 })) },
  quickCloud("stuck"),
  quickCloud("wide", PACE),
]);
const wanted = new Set(process.argv.slice(2));
const isWanted = (name: string): boolean => wanted.size === 0 || wanted.has(name);
interface OnReal {
  readonly name: string;
  readonly scripts: string;
  /** Variables that these scripts set. */
  readonly variables: readonly string[];
  readonly take: (web: WebStage) => Promise<void>;
}
const ON_REAL: readonly OnReal[] = [
  {
    name: "mixed",
    scripts: "scripts/ci/with-openstack.sh",
    variables: ["SLIPWAY_TEST_OPENSTACK"],
    take: takeMixed,
  },
  {
    name: "engines",
    scripts: "scripts/ci/with-lxd.sh scripts/ci/with-libvirt.sh",
    variables: ["SLIPWAY_TEST_LXD", "SLIPWAY_TEST_LIBVIRT"],
    take: takeEngines,
  },
];
const isOnRealAlone = wanted.size > 0 && [...wanted].every((name) => ON_REAL.some((one) => one.name === name));
const pictures = isOnRealAlone ? [] : picturesOf(await furnish(web));
for (const picture of pictures) if (isWanted(picture.name)) await take(web, picture);
if (isWanted("launching")) await takeLaunching(web);
for (const { name, scripts, variables, take: takeIt } of ON_REAL) {
  if (!isWanted(name)) continue;
  if (variables.every((variable) => process.env[variable] !== undefined)) await takeIt(web);
  else process.stdout.write(`${name} was left out: run it under ${scripts}\n`);
}
