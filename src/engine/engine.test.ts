// Launches from end to end: memory store, simulated clouds, virtual clock, pumps running.

import { expect, test } from "vitest";
import { accountId, type DeploymentId } from "../core/ids.ts";
import { type Provider, ProviderFault } from "../ports/provider.ts";
import type { Reach } from "../ports/reach.ts";
import { sampleChanges, sampleFault, sampleResolvedInstance } from "../ports/store.samples.ts";
import type { Engine } from "./engine.ts";
import { createWorld, flockBlueprint, type World, type WorldOptions } from "./world.testsuite.ts";

async function start(options?: WorldOptions): Promise<World & { engine1: Engine }> {
  const world = await createWorld(options);
  const engine1 = world.engine();
  await engine1.start();
  // The first polls read what the accounts offer.
  await world.clock.advance(1_000);
  return { ...world, engine1 };
}

const alive = (world: World): string[] => world.datacentre.billing.aliveNow().map(({ name }) => name);

test("a launch comes up in order of dependency", async () => {
  const world = await start();
  const id = await world.launch();
  await world.clock.advance(20_000);
  expect(await world.story(id)).toEqual([
    "launch_asked",
    "pending",
    "account_selected",
    "db pending",
    "machine_asked",
    "db machine made",
    "db running",
    "instance_ready",
    "web pending",
    "machine_asked",
    "web machine made",
    "web running",
    "instance_ready",
    "attempt_ended",
    "running",
  ]);
  const [db, web] = world.datacentre.billing.intervals();
  const dbRuns = world.datacentre.billing.entries().find(({ kind, name }) => kind === "running" && name === db?.name);
  expect(web?.from).toBeGreaterThan(dbRuns?.at ?? Infinity);
});

test("a refusal hauls everything back and launches on the next account", async () => {
  const world = await start();
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  world.operator("east").addFaults([{ on: "create", do: full, when: { nth: 2 } }]);
  const id = await world.launch();
  await world.clock.advance(40_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(world.datacentre.billing.aliveNow().map(({ tenant }) => tenant)).toEqual(["west", "west"]);
  const east = world.datacentre.billing.intervals().filter(({ tenant }) => tenant === "east");
  const west = world.datacentre.billing.intervals().filter(({ tenant }) => tenant === "west");
  expect(east).toHaveLength(1);
  expect(Math.min(...west.map(({ from }) => from))).toBeGreaterThanOrEqual(east[0]?.to ?? Infinity);
});

test("a create whose answer is lost is found and adopted, not asked for again", async () => {
  const world = await start();
  world.operator("east").addFaults([{ on: "create", do: { kind: "lose_answer" } }]);
  const id = await world.launch();
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(world.datacentre.billing.intervals()).toHaveLength(2);
  expect(await world.story(id)).toContain("db machine in_doubt");
});

test("a create that never arrived is proven absent and asked for under a new name", async () => {
  const world = await start();
  world.operator("east").addFaults([{ on: "create", do: { kind: "lose_request" } }]);
  const id = await world.launch();
  await world.clock.advance(120_000);
  expect((await world.deployment(id)).state).toBe("running");
  const story = await world.story(id);
  expect(story.indexOf("db machine absent")).toBeGreaterThan(story.indexOf("db machine in_doubt"));
  expect(alive(world)).toHaveLength(2);
});

test("a create that takes effect after its absence was proven is swept", async () => {
  const world = await start();
  world.operator("east").addFaults([{ on: "create", do: { kind: "late_effect", ms: 75_000 } }]);
  const id = await world.launch();
  await world.clock.advance(240_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(world.datacentre.billing.intervals()).toHaveLength(3);
  expect(alive(world)).toHaveLength(2);
  expect(world.logged("stray found")).toHaveLength(1);
  // Its row is opened again and closed by the proof, and both are told.
  const turns = (await world.story(id)).filter((line) => line.startsWith("db machine"));
  expect(turns).toEqual(["in_doubt", "absent", "made", "made", "gone"].map((state) => `db machine ${state}`));
});

test("a machine made twice is used once, and the other is destroyed", async () => {
  const world = await start({ clouds: [{ name: "east", tokens: "off" }] });
  world.operator("east").addFaults([{ on: "create", do: { kind: "duplicate" } }]);
  const id = await world.launch();
  await world.clock.advance(200_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(world.datacentre.billing.intervals()).toHaveLength(3);
  expect(alive(world)).toHaveLength(2);
});

test("what stays stopped after its create is started", async () => {
  const world = await start({ clouds: [{ name: "east", twoStep: true, imageCopy: { kind: "fixed", ms: 3_000 } }] });
  const id = await world.launch();
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(await world.story(id)).toContain("start_asked");
  const past = await world.store.read((tx) => tx.pastBoots(accountId("acc-east"), ["small"], 9));
  expect(past.map(({ startMs }) => startMs)).toEqual([expect.any(Number), expect.any(Number)]);
  for (const { bootMs, startMs } of past) expect([bootMs, startMs ?? 0].every((ms) => ms >= 3_000)).toBe(true);
});

test("an instance is ready when its port answers, and no sooner", async () => {
  const world = await start({ clouds: [{ name: "east", serviceDelay: { kind: "fixed", ms: 20_000 } }] });
  const db = sampleResolvedInstance({ image: "debian-12", ready: { kind: "tcp", port: 5432 } });
  const id = await world.launch({ instances: [db] });
  await world.clock.advance(20_000);
  expect(await world.story(id)).toContain("db running");
  expect((await world.deployment(id)).state).toBe("pending");
  await world.clock.advance(10_000);
  expect((await world.deployment(id)).state).toBe("running");
});

test("a readiness check that fails for the cloud's reasons is tried again", async () => {
  const world = await start({ clouds: [{ name: "east" }] });
  world.operator("east").addFaults([{ on: "probe", do: { kind: "refuse", code: "unavailable" }, times: 3 }]);
  const db = sampleResolvedInstance({ image: "debian-12", ready: { kind: "tcp", port: 5432 } });
  const id = await world.launch({ instances: [db] });
  const refused = expect.stringMatching(/^none, the cloud cannot be asked: /);
  expect(await metIn(world, id, 20_000)).toEqual([null, refused]);
  expect((await world.deployment(id)).state).toBe("running");
  expect(world.logged("work broke")).toEqual([]);
});

/** What the first instance's readiness check met in this time, each once, in their order. */
async function metIn(world: World, id: DeploymentId, ms: number): Promise<unknown[]> {
  const met = new Set<unknown>();
  for (let passed = 0; passed < ms; passed += 250) {
    await world.clock.advance(250);
    met.add((await world.store.read((tx) => tx.snapshot(id)))?.instances[0]?.probeAnswer);
  }
  return [...met];
}

test("what a readiness check meets is kept while it is waited for, and with the failure", async () => {
  const world = await start({ clouds: [{ name: "east" }] });
  world.operator("east").addFaults([
    { on: "probe", do: { kind: "not_listening" }, times: 2 },
    { on: "probe", do: { kind: "answers", status: 401 }, times: "always" },
  ]);
  const db = sampleResolvedInstance({ image: "debian-12", ready: { kind: "http", port: 80, path: "/up" } });
  const id = await world.launch({ instances: [db] });
  expect(await metIn(world, id, 20_000)).toEqual([null, "connection refused", "401"]);
  await world.clock.advance(10 * 60_000);
  const snapshot = await world.store.read((tx) => tx.snapshot(id));
  expect(snapshot?.attempts[0]?.reason).toBe("db: the machine was not ready within 600 s; last answer: 401");
  expect(snapshot?.instances[0]?.probeAnswer).toBeNull();
});

test("where the cloud has no check of its own, the machine is reached directly", async () => {
  const unprobed = (provider: Provider): Provider => ({
    ...provider,
    open(account, credentials) {
      const cloud = provider.open(account, credentials);
      delete cloud.probe;
      return cloud;
    },
  });
  const world = await createWorld({ clouds: [{ name: "east" }], wrap: unprobed });
  const tried: unknown[] = [];
  const reach: Reach = {
    async answers(address, check) {
      tried.push({ address, ...check });
      // Nothing comes, then something else than what is waited for, then that.
      if (tried.length === 1) return new Promise(() => {});
      return tried.length === 3 ? { passed: true } : { passed: false, answer: "503" };
    },
  };
  await world.engine({ reach }).start();
  await world.clock.advance(1_000);
  const db = sampleResolvedInstance({ image: "debian-12", ready: { kind: "http", port: 80, path: "/up" } });
  const id = await world.launch({ instances: [db] });
  expect(await metIn(world, id, 20_000)).toEqual([null, "none within 2 s", "503"]);
  const [machine] = await world.machines(id);
  const address = machine?.publicAddress ?? machine?.privateAddress;
  expect(tried).toEqual(Array.from({ length: 3 }, () => ({ address, kind: "http", port: 80, path: "/up" })));
  expect((await world.deployment(id)).state).toBe("running");
});

test("a stop takes everything down and leaves nothing", async () => {
  const world = await start();
  const id = await world.launch();
  await world.clock.advance(20_000);
  await world.store.write(async (tx) => {
    const { ids, now } = await tx.lock([id]);
    for (const snapshot of await tx.snapshots(ids)) {
      await tx.apply([sampleChanges({ ...snapshot.deployment, stopAskedAt: now, wakeAt: now })]);
    }
  });
  await world.clock.advance(20_000);
  expect((await world.deployment(id)).state).toBe("stopped");
  expect(alive(world)).toEqual([]);
});

test("a throttled account is slowed down, and the step goes on", async () => {
  const world = await start({ clouds: [{ name: "east" }] });
  world.operator("east").addFaults([{ on: "create", do: { kind: "refuse", code: "throttled", retryAfterMs: 4_000 } }]);
  const id = await world.launch();
  const asked = world.clock.now();
  await world.clock.advance(2_000);
  const { limiter } = await world.account("east");
  expect(limiter.parallel).toBeLessThan(10);
  expect(limiter.pausedUntil).toBeGreaterThanOrEqual(asked + 4_000);
  await world.clock.advance(30_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect((await world.account("east")).limiter.parallel).toBeGreaterThan(limiter.parallel);
});

test("secrets are in no event, log line or evidence, whatever the cloud repeats", async () => {
  const secret = "s3cr3t-of-the-database";
  const words = `cannot run --password="${secret}" for east-key`;
  const world = await start({ clouds: [{ name: "east" }] });
  const db = sampleResolvedInstance({
    image: "debian-12",
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
  const db = sampleResolvedInstance({ image: "debian-12" });
  const id = await world.launch({ instances: [db] }, "dep000000001", { password: secret });
  await world.clock.advance(30_000);
  const [machine] = await world.machines(id);
  const evidence = machine && (await world.store.read((tx) => tx.evidence(machine.id)));
  expect(evidence?.console).toBe("booting with [redacted] and [redacted]; calling /v1/callback/[redacted]");
});

test("a boot that takes longer than usual is noticed within 2 s", async () => {
  const world = await start({ clouds: [{ name: "east", boot: { kind: "fixed", ms: 25_000 } }] });
  const id = await world.launch(flockBlueprint(1));
  await world.clock.advance(25_000);
  expect((await world.deployment(id)).state).toBe("pending");
  await world.clock.advance(2_200);
  expect((await world.deployment(id)).state).toBe("running");
});

test("two processes share the work and nothing is done twice", async () => {
  const world = await start();
  await world.engine().start();
  const ids = ["dep000000001", "dep000000002", "dep000000003"];
  for (const id of ids) await world.launch(flockBlueprint(4), id);
  await world.clock.advance(30_000);
  const { rows } = await world.store.read((tx) => tx.deployments({ limit: 10 }));
  expect(rows.map(({ deployment }) => deployment.state)).toEqual(["running", "running", "running"]);
  expect(world.datacentre.billing.intervals()).toHaveLength(12);
});

test("a process that dies in the middle of a create costs no machine and no second one", async () => {
  const world = await createWorld();
  const first = world.store.join();
  const doomed = world.engine({ store: first });
  await doomed.start();
  await world.clock.advance(1_000);
  const id = await world.launch();
  // The request takes 100 ms; its answer finds nobody.
  await world.clock.advance(60);
  first.crash();
  await world.engine().start();
  await world.clock.advance(90_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(world.datacentre.billing.intervals()).toHaveLength(2);
});

test("stopping waits for the answer of a running call", async () => {
  const world = await start({ clouds: [{ name: "east", latency: { kind: "fixed", ms: 5_000 } }] });
  await world.clock.advance(20_000);
  const id = await world.launch();
  await world.clock.advance(1_000);
  const asked = world.clock.now();
  await world.clock.until(world.engine1.stop());
  expect(world.clock.now() - asked).toBeLessThan(6_000);
  expect((await world.machines(id))[0]?.state).toBe("made");
  expect(world.logged("engine stopped")[0]).toMatchObject({ abandoned: 0 });
});

test("stopping cuts a call that never answers, within 20 s, and leaves it in doubt", async () => {
  const world = await start({ clouds: [{ name: "east" }] });
  world.operator("east").addFaults([{ on: "create", do: { kind: "lose_answer" } }]);
  const id = await world.launch();
  await world.clock.advance(1_000);
  const asked = world.clock.now();
  await world.clock.until(world.engine1.stop());
  expect(world.clock.now() - asked).toBeLessThanOrEqual(20_000);
  expect((await world.machines(id))[0]?.state).toBe("in_doubt");
  await world.engine().start();
  await world.clock.advance(30_000);
  expect((await world.deployment(id)).state).toBe("running");
  expect(world.datacentre.billing.intervals()).toHaveLength(2);
});

test("stopping ends within 20 s even when the database does not answer", async () => {
  const world = await createWorld();
  let hangs = false;
  const store = world.store.join();
  const engine = world.engine({
    store: { ...store, write: (act) => (hangs ? new Promise(() => {}) : store.write(act)) },
  });
  await engine.start();
  await world.clock.advance(1_000);
  hangs = true;
  await world.launch();
  await world.clock.advance(2_000);
  const asked = world.clock.now();
  await world.clock.until(engine.stop());
  expect(world.clock.now() - asked).toBe(20_000);
});
