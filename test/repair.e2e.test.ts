// A shop that runs loses its database, and heals by itself: what died is proven gone before another is asked for, and who holds its
// address follows. On real processes, by the datacentre's billing log.

import { expect, test } from "vitest";
import { quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { startServer } from "./stage/server.ts";

const SHOP = `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small, repair: { mode: replace, cascade: true } }
  app: { image: debian-12, profile: small, userData: "DB=\${{ db.privateAddress }}" }
  web: { image: nginx-1, profile: small }
`;
/** A machine that dies is seen with the next list of its account, which is made each minute. */
const SEEN_MS = 120_000;

test("a shop loses its db and heals, with the app that was told its address and without the web that was not", async () => {
  await using parts = new AsyncDisposableStack();
  const datacentre = await startDatacentre([quickCloud("north")]);
  parts.defer(() => datacentre.stop());
  const server = await startServer();
  parts.defer(async () => void (await server.child.end("SIGTERM")));
  await server.addAccounts(datacentre, ["north"]);
  const { id } = await server.launch(SHOP);
  const before = await server.reaches(id, ["running"]);
  const of = (deployment: typeof before, name: string) => deployment.instances.find((one) => one.name === name);
  const killed = of(before, "db")?.externalId ?? "";
  await datacentre.admin.cloud("north").kill(killed, { to: "error", text: "its host is lost" });
  await server.reaches(id, ["incomplete"], SEEN_MS);
  const after = await server.reaches(id, ["running"], SEEN_MS);

  const moved = ["db", "app", "web"].filter((name) => of(before, name)?.externalId !== of(after, name)?.externalId);
  expect(moved).toEqual(["db", "app"]);
  const lives = await datacentre.lives();
  expect(lives.filter(({ to }) => to === null)).toHaveLength(3);
  for (const name of moved) {
    const [old, next] = lives.filter(({ labels }) => labels["slipway-instance"] === name);
    expect(old?.to).toBeLessThanOrEqual(next?.from ?? 0);
  }
  const told = (await server.events(id)).flatMap((event) =>
    event.kind === "repair_ended" && event.isUp ? [[event.instance, event.outdated]] : [],
  );
  expect(told).toEqual([
    ["db", ["app"]],
    ["app", []],
  ]);
}, 300_000);
