import { expect, test } from "vitest";
import { sampleDeployment, sampleInstance } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";

const shop = sampleDeployment({
  state: "running",
  instances: [sampleInstance({ name: "db" }), sampleInstance({ name: "web", rebootable: true })],
});
const POST = `POST /v1/deployments/${shop.id}/instances/web/reboot`;

test("a reboot is asked for once, of the instance that is named", async () => {
  await using stand = await standWith({ "GET /v1/deployments/shop": { json: shop }, [POST]: { json: shop } });
  const { exitCode, out } = await stand.run(["reboot", "shop/web"]);
  expect([exitCode, out]).toEqual([
    0,
    "The cloud of web in shop is asked to reboot it. What comes of it: slipway events shop\n",
  ]);
  expect(stand.requests.filter(({ method }) => method === "POST")).toHaveLength(1);
  const asJson = await stand.run(["reboot", "shop/web", "--json"]);
  expect(JSON.parse(asJson.out)).toMatchObject({ id: shop.id });
});

test("one that may not be asked for is refused in the server's words, and which is meant is asked", async () => {
  const detail = "Deployment shop is running and cannot reboot web (stopped); only what runs can be rebooted.";
  await using stand = await standWith({
    "GET /v1/deployments/shop": { json: shop },
    [POST]: problem("not_in_this_state", detail),
  });
  const refused = await stand.run(["reboot", "shop/web"]);
  expect([refused.exitCode, refused.err]).toEqual([1, expect.stringContaining(detail)]);
  expect((await stand.run(["reboot", "shop"])).err).toContain("say which, as in shop/db");
});

test("what is being rebooted, and that more can be, is shown", async () => {
  const reboot = { step: "under_way", until: "2026-11-22T10:02:00.000Z" } as const;
  const [db = sampleInstance(), web = sampleInstance()] = shop.instances;
  const shown = { ...shop, instances: [{ ...db, reboot }, web] };
  await using stand = await standWith({ "GET /v1/deployments/shop": { json: shown } });
  const { out } = await stand.run(["show", "shop"]);
  expect(out).toMatch(/The reboot of db is under way: until .* at the latest it may stand still for it/);
  expect(out).toMatch(/slipway reboot shop\/INSTANCE +# boot a machine that runs again/);
});
