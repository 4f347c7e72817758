// What clouds and machines write, from their answer to rows, events and log lines: no secret in it, and no more than is worth keeping.

import { expect, test } from "vitest";
import { type Provider, ProviderFault } from "../ports/provider.ts";
import { sampleFault, sampleResolvedInstance } from "../ports/store.samples.ts";
import { createWorld, ONE_SIZE, type World, type WorldOptions } from "./world.testsuite.ts";

async function start(options?: WorldOptions): Promise<World> {
  const world = await createWorld(options);
  await world.engine().start();
  // The first polls read what the accounts offer.
  await world.clock.advance(1_000);
  return world;
}

test("secrets are in no event, log line or evidence, whatever the cloud repeats", async () => {
  const secret = "s3cr3t-of-the-database";
  const words = `cannot run --password="${secret}" for east-key`;
  const world = await start({ clouds: [{ name: "east", sizes: ONE_SIZE }] });
  const db = sampleResolvedInstance({
    images: ["debian-12"],
    userData: [
      { kind: "text", text: "PASSWORD=" },
      { kind: "parameter", name: "password" },
    ],
  });
  const blueprint = { instances: [db], parameters: { password: null } };
  world.operator("east").addFaults([{ on: "create", do: { kind: "boot_error", text: words } }]);
  const broken = await world.launch(blueprint, "dep000000001", { password: secret });
  await world.clock.advance(30_000);
  world
    .operator("east")
    .addFaults([{ on: "create", do: { kind: "refuse", code: "invalid_user_data", message: words } }]);
  const refused = await world.launch(blueprint, "dep000000002", { password: secret });
  await world.clock.advance(30_000);
  world
    .operator("east")
    .addFaults([{ on: "list", do: { kind: "refuse", code: "wrong_key", message: words }, times: "always" }]);
  await world.clock.advance(90_000);
  for (const id of [broken, refused]) {
    expect((await world.deployment(id)).state).toBe("failed");
    const events = await world.store.read((tx) => tx.events(id, 0, 1_000));
    const told = JSON.stringify([events, await world.deployment(id), await world.machines(id)]);
    expect(told).toContain("[redacted]");
    expect(told).not.toContain(secret);
    expect(told).not.toContain("east-key");
  }
  const log = JSON.stringify([world.lines, await world.account("east")]);
  expect((await world.account("east")).healthText).toContain("[redacted]");
  expect(log).not.toContain("east-key");
  expect(log.replaceAll(`--password=\\"${secret}`, "")).not.toContain(secret);
});

test("secrets are in no event and no log line in another encoding either, and codes stay whole", async () => {
  const secret = "s3cr3t-of-the-database";
  const encoded = Buffer.from(`PASSWORD=${secret}\n`).toString("base64");
  const words = `bad user data ${encoded} in /v1?key=%65ast-key`;
  const fault = sampleFault({ class: "config", scope: "deployment", code: "invalid_east-key", text: words });
  const talkative = (provider: Provider): Provider => ({
    ...provider,
    open: (account, credentials) => ({
      ...provider.open(account, credentials),
      create: () => Promise.reject(new ProviderFault(fault)),
    }),
  });
  const world = await start({ clouds: [{ name: "east" }], wrap: talkative });
  const id = await world.launch({}, "dep000000001", { password: secret });
  await world.clock.advance(30_000);
  const told = JSON.stringify([await world.store.read((tx) => tx.events(id, 0, 1_000)), world.lines]);
  expect(told).toContain("bad user data UEFTU1dPUkQ9[redacted]o= in /v1?key=[redacted]");
  expect(told).toContain("invalid_east-key");
  expect(told).not.toContain(encoded);
});

test("a text of half a million characters is kept as its beginning, wherever it ends up", async () => {
  const words = `no room ${"x".repeat(499_992)}`;
  const world = await start({ clouds: [{ name: "east" }] });
  const refuse = { kind: "refuse", code: "insufficient_capacity", message: words } as const;
  world.operator("east").addFaults([{ on: "create", do: refuse, times: "always" }]);
  const id = await world.launch();
  await world.clock.advance(30_000);
  world
    .operator("east")
    .addFaults([{ on: "list", do: { kind: "refuse", code: "wrong_key", message: words }, times: "always" }]);
  await world.clock.advance(90_000);
  const { failure } = await world.deployment(id);
  expect(failure).toMatch(/^db: no room x+… 497,952 more characters; no other account is left to try$/);
  expect(await world.account("east")).toMatchObject({ healthText: expect.stringMatching(/^no room x+… 497,952 more/) });
  const events = await world.store.read((tx) => tx.events(id, 0, 1_000));
  for (const row of [...events, ...(await world.machines(id)), ...world.lines]) {
    expect(JSON.stringify(row).length).toBeLessThan(10_000);
  }
});

test("console output is kept from what failed, without secrets", async () => {
  const secret = "s3cr3t-of-the-database";
  const talkative = (provider: Provider): Provider => ({
    ...provider,
    open: (account, credentials) => ({
      ...provider.open(account, credentials),
      // The machine calls home with the nonce, and whoever else has it could do so too.
      console: async () => `booting\0 with ${secret} and east-key; calling /v1/callback/nonce-1`,
    }),
  });
  const world = await start({ clouds: [{ name: "east" }], wrap: talkative });
  world.operator("east").addFaults([{ on: "create", do: { kind: "boot_error" } }]);
  const db = sampleResolvedInstance({ images: ["debian-12"] });
  const id = await world.launch({ instances: [db] }, "dep000000001", { password: secret });
  await world.clock.advance(30_000);
  const [machine] = await world.machines(id);
  const evidence = machine && (await world.store.read((tx) => tx.evidence(machine.id)));
  expect(evidence?.console).toBe("booting with [redacted] and [redacted]; calling /v1/callback/[redacted]");
});
