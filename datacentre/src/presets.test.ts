// The story that the demo tells: a shop of db → 2 app → 2 web.

import { expect, test } from "vitest";
import { type CloudApi, CloudError, type CreateRequest } from "./cloud-api.ts";
import { createDatacentre } from "./datacentre.ts";
import { PRESETS } from "./presets.ts";
import { VirtualClock } from "./virtual-clock.ts";

const LEVELS = [
  [{ name: "db", size: "medium", image: "postgres-16" }],
  ["app-1", "app-2"].map((name) => ({ name, size: "small", image: "debian-12" })),
  ["web-1", "web-2"].map((name) => ({ name, size: "small", image: "nginx-1" })),
];

async function launch(cloud: string) {
  const clock = new VirtualClock();
  const api = createDatacentre({ clouds: PRESETS.demo, clock }).connect({ tenant: cloud, key: `${cloud}-key` });
  const run = async (): Promise<void> => {
    for (const level of LEVELS) {
      await Promise.all(level.map((wanted) => launchOne({ ...wanted, realm: `${cloud}-a` })));
    }
  };
  const launchOne = async (request: CreateRequest): Promise<void> => {
    const { id } = await api.create(request);
    while ((await api.probe(id, { kind: "tcp", port: 22 })) !== "open") {
      const { state } = await api.get(id);
      if (state === "stopped") await api.start(id);
      await clock.sleep(250);
    }
  };
  const outcome = await clock.until(
    run().then(
      () => "running",
      (error: unknown) => (error instanceof CloudError ? error.code : String(error)),
    ),
  );
  return { outcome, seconds: clock.now() / 1000, api, clock };
}

const count = async ({ api, clock }: { api: CloudApi; clock: VirtualClock }): Promise<number> =>
  (await clock.until(api.describe())).quota.used.instances;

test("north refuses the third machine for want of room", async () => {
  const north = await launch("north");
  expect(north.outcome).toBe("insufficient_capacity");
  expect(await count(north)).toBe(2);
});

test.each(["rhev", "south"])("%s has room for all five, in about as long as people like to watch", async (cloud) => {
  const launched = await launch(cloud);
  expect(launched.outcome).toBe("running");
  expect(await count(launched)).toBe(5);
  expect(launched.seconds).toBeGreaterThan(5.5);
  expect(launched.seconds).toBeLessThan(9.5);
});
