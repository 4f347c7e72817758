import { expect, test } from "vitest";
import type { Deployment } from "../../contract/deployment.ts";
import { sampleDeployment, sampleInstance, sampleMachine } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";

const until = "2026-11-22T14:00:00.000Z";
const machine = sampleMachine({ id: "sw-1-a1-web-t1", instance: "web", quarantinedUntil: until, releasable: true });
const shop = sampleDeployment({ state: "running", instances: [sampleInstance({ name: "web" })], machines: [machine] });
const POST = "POST /v1/deployments/shop/instances/web/release";

test("what is kept is shown with its price and its end, and who may ends it", async () => {
  await using stand = await standWith({ "GET /v1/deployments/shop": { json: shop } });
  const { out } = await stand.run(["show", "shop"]);
  const line = out.replaceAll(/\s+/g, " ");
  expect(line).toContain("In quarantine: machine sw-1-a1-web-t1 of web, for which attempt 1 failed at");
  expect(line).toContain(`until ${until}; sooner: slipway release ${shop.ref}/web`);
  const unpriced = { ...machine, hourlyCost: null, publicAddress: "203.0.113.7", releasable: false };
  await using other = await standWith({ "GET /v1/deployments/shop": { json: { ...shop, machines: [unpriced] } } });
  const shown = (await other.run(["show", "shop"])).out.replaceAll(/\s+/g, " ");
  expect(shown).toContain("(203.0.113.7)");
  expect(shown).not.toContain("slipway release");
});

test("it is released by its deployment and instance", async () => {
  await using stand = await standWith({ [POST]: { json: { ...shop, final: true, state: "failed" } } });
  const { exitCode, out } = await stand.run(["release", "shop/web"]);
  expect([exitCode, out]).toEqual([
    0,
    expect.stringContaining("removes the machine of web that was kept in quarantine"),
  ]);
  expect((await stand.run(["release", "shop/"])).err).toContain("write DEPLOYMENT, or DEPLOYMENT/INSTANCE");
  const detail = "deployment shop is running and keeps no machine of web in quarantine";
  await using none = await standWith({ [POST]: problem("not_in_this_state", detail) });
  expect((await none.run(["release", "shop/web"])).err).toContain("keeps no machine of web");
});

test("who names an instance that is not in quarantine is told which are", async () => {
  const detail = "Deployment shop is running and keeps no machine of db in quarantine, but web";
  const refused = { "POST /v1/deployments/shop/instances/db/release": problem("not_in_this_state", detail) };
  const told = async (machines: Deployment["machines"]) => {
    await using stand = await standWith({ ...refused, "GET /v1/deployments/shop": { json: { ...shop, machines } } });
    return await stand.run(["release", "shop/db"]);
  };
  const only = "slipway: shop keeps none of db in quarantine, only";
  const second = { ...machine, id: "sw-1-a2-web-t1" };
  const app = { ...machine, id: "sw-1-a3-app-t1", instance: "app" };
  expect(await told([machine])).toMatchObject({ exitCode: 1, err: `${only} one of web: slipway release shop/web\n` });
  expect((await told([machine, second, app])).err).toBe(
    `${only} 2 of web, one of app: slipway release shop/web shop/app\n`,
  );
  expect((await told([])).err).toBe(`slipway: ${detail}\n`);
});

test.each(["down", "stop"])("%s of one that has failed says which machines of it go now", async (command) => {
  const leaving = { ...machine, quarantinedUntil: null, releasable: false, undoAskedAt: until };
  const other = { ...leaving, id: "sw-1-a2-web-t1" };
  const owed = { ...leaving, id: "sw-1-a3-web-t1", debtSince: until };
  const told = async (machines: readonly (typeof leaving)[]) => {
    const json = { ...shop, state: "failed", standing: "failed", final: true, machines };
    await using stand = await standWith({ "POST /v1/deployments/shop/stop": { json } });
    return await stand.run([command, "shop"]);
  };
  const one =
    "shop is failed already; its machine sw-1-a1-web-t1 of web, which was in quarantine, goes now: slipway show shop.\n";
  expect(await told([leaving, owed])).toMatchObject({ exitCode: 0, out: one });
  expect((await told([leaving, other])).out).toContain(
    "its machines sw-1-a1-web-t1 of web, sw-1-a2-web-t1 of web, which were in quarantine, go now",
  );
  expect((await told([owed, { ...leaving, open: false }])).out).toBe("shop is failed already.\n");
});

test("for how long is read as people write it", async () => {
  await using stand = await standWith({});
  const { exitCode, err } = await stand.run(["plan", "shop", "--quarantine", "4"]);
  expect([exitCode, err]).toEqual([2, expect.stringContaining("--quarantine 4:")]);
  expect((await stand.run(["pool", "set", "lab", "--max-quarantine", "9d"])).err).toContain("from 1s to 7d");
});

test.each(["0", "0s", "00m", "0.0h"])("%s is told how no time at all is written", async (zero) => {
  await using stand = await standWith({});
  for (const word of ["hold", "quarantine"]) {
    const { exitCode, err } = await stand.run(["relaunch", "shop", `--${word}`, zero]);
    expect([exitCode, err]).toEqual([2, `slipway: --${word} ${zero}: write none, which means no ${word}\n`]);
  }
  const { err } = await stand.run(["pool", "set", "lab", "--max-quarantine", zero]);
  expect(err).toBe(`slipway: --max-quarantine ${zero}: write none, which means no bound; the least is 1s\n`);
});

test("a hold and a quarantine of the blueprint are switched off by a word, which is another thing than to say nothing", async () => {
  await using stand = await standWith({ "POST /v1/deployments/shop/relaunch": { status: 201, json: shop } });
  await stand.run(["relaunch", "shop", "--hold", "none", "--quarantine", "none"]);
  await stand.run(["relaunch", "shop"]);
  const [off, unsaid] = stand.requests.map(({ body }) => body);
  expect(off).toEqual({ parameters: {}, holdMs: null, quarantineMs: null });
  expect(unsaid).toEqual({ parameters: {} });
});
