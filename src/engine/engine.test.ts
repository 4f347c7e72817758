// Launches from end to end: memory store, simulated clouds, virtual clock, pumps running.

import { expect, test } from "vitest";
import { accountId, type DeploymentId } from "../core/ids.ts";
import type { Observed } from "../core/machine.ts";
import type { Provider } from "../ports/provider.ts";
import type { Reach } from "../ports/reach.ts";
import { sampleChanges, sampleResolvedInstance } from "../ports/store.samples.ts";
import type { Engine } from "./engine.ts";
import { ONE_SIZE, createWorld, flockBlueprint, type World, type WorldOptions } from "./world.testsuite.ts";

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
  const world = await start({ clouds: [{ name: "east", sizes: ONE_SIZE }, { name: "west" }] });
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
  const db = sampleResolvedInstance({ images: ["debian-12"], ready: { kind: "tcp", port: 5432 } });
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
  const db = sampleResolvedInstance({ images: ["debian-12"], ready: { kind: "tcp", port: 5432 } });
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
  const db = sampleResolvedInstance({ images: ["debian-12"], ready: { kind: "http", port: 80, path: "/up" } });
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
  const db = sampleResolvedInstance({ images: ["debian-12"], ready: { kind: "http", port: 80, path: "/up" } });
  const id = await world.launch({ instances: [db] });
  expect(await metIn(world, id, 20_000)).toEqual([null, "none within 2 s", "503"]);
  const [machine] = await world.machines(id);
  const address = machine?.publicAddress ?? machine?.privateAddress;
  expect(tried).toEqual(Array.from({ length: 3 }, () => ({ address, kind: "http", port: 80, path: "/up" })));
  expect((await world.deployment(id)).state).toBe("running");
});

test("a machine that runs before it has an address is listed again soon, and tried as soon as it has one", async () => {
  const AFTER_MS = 8_000;
  let seenAt: number | null = null;
  const late = (provider: Provider): Provider => ({
    ...provider,
    open(account, credentials) {
      const cloud = provider.open(account, credentials);
      delete cloud.probe;
      const lent = (one: Observed): Observed => {
        if (one.state === "running") seenAt ??= world.clock.now();
        const hasNone = seenAt === null || world.clock.now() < seenAt + AFTER_MS;
        return hasNone ? { ...one, privateAddress: null, publicAddress: null } : one;
      };
      const list = cloud.list.bind(cloud);
      cloud.list = async (...asked) => {
        const listing = await list(...asked);
        return { ...listing, machines: listing.machines.map(lent) };
      };
      return cloud;
    },
  });
  const world = await createWorld({ clouds: [{ name: "east" }], wrap: late });
  const reach: Reach = { answers: async () => ({ passed: true }) };
  await world.engine({ reach }).start();
  await world.clock.advance(1_000);
  const db = sampleResolvedInstance({ images: ["debian-12"], ready: { kind: "tcp", port: 5432 } });
  const id = await world.launch({ instances: [db] });
  expect(await metIn(world, id, 25_000)).toEqual([null, "it has no address to try"]);
  const [instance] = (await world.store.read((tx) => tx.snapshot(id)))?.instances ?? [];
  expect(instance?.readyAt).toEqual(expect.any(Number));
  expect(Number(instance?.readyAt) - Number(instance?.runningAt)).toBeLessThan(AFTER_MS + 4_000);
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
  await world.clock.advance(40_000);
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
