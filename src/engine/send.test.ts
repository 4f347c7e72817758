// What goes over the wire for a job: looks together, handles kept and given back.

import { expect, test } from "vitest";
import type { DeploymentId } from "../core/ids.ts";
import type { Handle, KnownMachine, MachineRef } from "../core/machine.ts";
import { HandleNotKept, type Keep, ProviderFault } from "../ports/provider.ts";
import { sampleChanges, sampleFault } from "../ports/store.samples.ts";
import { flock } from "./flock.testsuite.ts";
import { clouded, createWorld, flockBlueprint, ONE_SIZE, type World, type WorldOptions } from "./world.testsuite.ts";

const EAST = { clouds: [{ name: "east", removal: { kind: "fixed", ms: 2_000 } }] } as const;

async function ask(
  world: World,
  id: DeploymentId,
  what: "stopAskedAt" | "cancelAskedAt" = "stopAskedAt",
): Promise<void> {
  await world.store.write(async (tx) => {
    const { now } = await tx.lock([id]);
    for (const { deployment } of await tx.snapshots([id])) {
      await tx.apply([sampleChanges({ ...deployment, [what]: now, wakeAt: now })]);
    }
  });
}

test("what was asked to go is looked at together, as many at once as the cloud takes", async () => {
  const asked: number[] = [];
  const counted = clouded((cloud) => ({
    look(machines, signal) {
      asked.push(machines.length);
      return cloud.look(machines, signal);
    },
  }));
  const { world, id } = await flock(12, { ...EAST, ...counted, traits: { lookMost: 5 } });
  await ask(world, id);
  await world.clock.advance(30_000);
  expect((await world.deployment(id)).state).toBe("stopped");
  expect(world.datacentre.billing.aliveNow()).toEqual([]);
  expect(Math.max(...asked)).toBe(5);
  expect(asked.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(12);
  // By itself each of them would be looked at several times.
  expect(asked.length).toBeLessThan(40);
});

test("a look that leaves one out, or cannot tell of it, says nothing of it, and the others are as they are", async () => {
  const pick = (machines: readonly KnownMachine[], place: number) => machines[place]?.name ?? "";
  let troubles = 3;
  const silent = clouded((cloud) => ({
    async look(machines, signal) {
      const looks = new Map(await cloud.look(machines, signal));
      if (machines.length < 2 || troubles === 0) return looks;
      troubles -= 1;
      looks.delete(pick(machines, 0));
      return looks.set(pick(machines, 1), { kind: "unknown", fault: sampleFault({ code: "host_away" }) });
    },
  }));
  const { world, id } = await flock(4, { ...EAST, ...silent });
  await ask(world, id);
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("stopped");
  const codes = world.logged("call failed").map(({ fault }) => JSON.stringify(fault));
  expect(codes.some((fault) => fault.includes("left_out"))).toBe(true);
  expect(codes.some((fault) => fault.includes("host_away"))).toBe(true);
});

test("a machine that was accepted and never came to be blocks what was full, though it is not there to tell", async () => {
  const late = {
    kind: "operation_fails",
    afterMs: 500,
    text: "no host has room",
    code: "insufficient_capacity",
  } as const;
  const failures = { shown: "nothing", reason: "operation" } as const;
  const clouds = [{ name: "east", sizes: ONE_SIZE, failures }, { name: "west" }];
  const world = await createWorld({ clouds });
  await world.engine().start();
  await world.clock.advance(1_000);
  world.operator("east").addFaults([{ on: "create", do: late }]);
  const id = await world.launch(flockBlueprint(2));
  await world.clock.advance(120_000);
  expect((await world.deployment(id)).state).toBe("running");
  const blocks = await world.store.read((tx) => tx.blocks());
  expect(blocks).toMatchObject([{ account: "acc-east", reason: "capacity", text: "no host has room" }]);
});

async function due(options: WorldOptions) {
  const world = await createWorld({ clouds: [{ name: "east" }], ...options });
  const engine = world.engine();
  await world.clock.until(engine.round("poll"));
  const id = await world.launch(flockBlueprint(1));
  await engine.round("advance");
  return { world, engine, id };
}

const HANDLE: Handle = { disk: "d-1", ports: ["p-1", "p-2"] };

test("what was kept while a machine was made is in the ledger, and given to whoever looks for it", async () => {
  const found: MachineRef[] = [];
  const lost = new ProviderFault(sampleFault({ class: "transient", effect: "unknown" }));
  const losing = clouded((cloud) => ({
    async create(request, keep, signal) {
      await keep({ disk: "d-1" });
      await keep(HANDLE);
      await cloud.create(request, keep, signal);
      throw lost;
    },
    lookup(installation, machines, signal) {
      found.push(...machines);
      return cloud.lookup(installation, machines, signal);
    },
  }));
  const { world, engine, id } = await due(losing);
  await world.clock.until(engine.round("call"));
  expect((await world.machines(id))[0]).toMatchObject({ state: "in_doubt", handle: HANDLE });
  await world.clock.until(engine.round("call"));
  expect(found).toMatchObject([{ realm: "east-1", externalId: null, handle: HANDLE, isLeaving: false }]);
});

test("a process that stood still while it kept what it has asks for nothing more", async () => {
  let wentOn = false;
  let stoodMs = 0;
  const still = clouded(() => ({
    async create(_request, keep: Keep) {
      stoodMs = 20_000;
      await keep(HANDLE);
      wentOn = true;
      throw new Error("it went on");
    },
  }));
  const { world, id } = await due(still);
  const { clock } = world.deps;
  const engine = world.engine({ clock: { ...clock, monotonic: () => clock.monotonic() + stoodMs } });
  await world.clock.until(engine.round("call"));
  expect(wentOn).toBe(false);
  expect((await world.machines(id))[0]).toMatchObject({ state: "in_doubt", handle: HANDLE, call: "lookup" });
});

test.each(["it is not wanted any more", "the database is away"])(
  "a create goes no further when %s, and what it may have made is looked for",
  async (why) => {
    let refused: unknown = null;
    let spoil = async (): Promise<void> => {};
    const halting = clouded(() => ({
      async create(_request, keep: Keep) {
        await spoil();
        await keep(HANDLE).catch((error: unknown) => {
          refused = error;
          throw error;
        });
        throw new Error("it went on");
      },
    }));
    const { world, engine, id } = await due(halting);
    const store = world.store.join();
    spoil = async () => {
      if (why === "the database is away") return store.crash();
      await ask(world, id, "cancelAskedAt");
      await engine.round("advance");
    };
    const sender = why === "the database is away" ? world.engine({ store }) : engine;
    const round = sender.round("call");
    await world.clock.advance(30_000);
    expect(refused).toBeInstanceOf(HandleNotKept);
    if (sender !== engine) return;
    await round;
    const fault = { code: "handle_not_kept", effect: "unknown" };
    expect(world.logged("call failed")).toMatchObject([{ call: "create", fault }]);
    expect((await world.machines(id))[0]).toMatchObject({ state: "in_doubt", handle: HANDLE, call: "lookup" });
  },
);

test("what a provider wants to keep after its call's time is not kept, and it goes no further", async () => {
  let refused: unknown = null;
  const deaf = clouded(() => ({
    async create(_request, keep: Keep) {
      await world.clock.sleep(120_000);
      await keep(HANDLE).catch((error: unknown) => (refused = error));
      throw new Error("it went on");
    },
  }));
  const { world, engine, id }: Awaited<ReturnType<typeof due>> = await due(deaf);
  await world.clock.until(engine.round("call"));
  await world.clock.advance(120_000);
  expect(refused).toBeInstanceOf(HandleNotKept);
  expect((await world.machines(id))[0]).toMatchObject({ state: "in_doubt", handle: null });
});
