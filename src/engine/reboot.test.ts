// A reboot on its way to a cloud: once at the most.

import { expect, test } from "vitest";
import { askReboot } from "../core/people/reboot.ts";
import { accountId, type DeploymentId } from "../core/ids.ts";
import type { Cloud } from "../ports/provider.ts";
import { describe } from "../core/story/describe.ts";
import type { FaultRule } from "../../datacentre/src/fault.ts";
import { clouded, createWorld, flockBlueprint, type World, type WorldOptions } from "./world.testsuite.ts";

const SHOWS_STOPPED = { name: "east", rebootsAs: "stopped", boot: { kind: "fixed", ms: 8_000 } } as const;

/** As of a provider that has no reboot. */
const WITHOUT: Pick<WorldOptions, "wrap"> = {
  wrap: (provider) => ({
    ...provider,
    open(account, credentials) {
      const cloud: Cloud = { ...provider.open(account, credentials) };
      Reflect.deleteProperty(cloud, "reboot");
      return cloud;
    },
  }),
};

interface Up {
  readonly world: World;
  readonly id: DeploymentId;
  /** What was told since. */
  readonly story: () => Promise<readonly string[]>;
}

async function up(given: WorldOptions = {}, members = 1): Promise<Up> {
  const world = await createWorld({ clouds: [SHOWS_STOPPED], ...given });
  await world.engine().start();
  await world.clock.advance(1_000);
  const id = await world.launch(flockBlueprint(members));
  await world.clock.advance(60_000);
  expect((await world.deployment(id)).state).toBe("running");
  const story = async (): Promise<readonly string[]> => {
    const events = await world.store.read((tx) => tx.events(id, 0, 1_000));
    return events.filter(({ body }) => body.kind.startsWith("reboot_")).map(({ body }) => describe(body));
  };
  return { world, id, story };
}

async function reboot({ world, id }: Up): Promise<void> {
  await world.store.write(async (tx) => {
    const { now, ids } = await tx.lock([id]);
    for (const snapshot of await tx.snapshots(ids)) {
      const instance = snapshot.instances[0]?.name ?? "";
      const asked = askReboot(snapshot, { by: "ada", now, instance });
      if ("refused" in asked) throw new Error(asked.refused.text);
      for (const wave of asked.changes) await tx.apply([{ ...wave, newMachines: [] }]);
    }
  });
}

const faulty = ({ world }: Up, ...rules: FaultRule[]): void => world.operator("east").addFaults(rules);

test("a machine that its cloud shows as stopped while it boots is no member that has stopped", async () => {
  const one = await up();
  await reboot(one);
  await one.world.clock.advance(4_000);
  expect(
    one.world
      .operator("east")
      .snapshot()
      .machines.map(({ state }) => state),
  ).toEqual(["stopped"]);
  expect((await one.world.deployment(one.id)).state).toBe("running");
  await one.world.clock.advance(30_000);
  expect((await one.world.deployment(one.id)).state).toBe("running");
  expect((await one.story()).slice(1)).toEqual([
    expect.stringMatching(/: its cloud has taken the reboot$/),
    expect.stringMatching(/: its reboot is over$/),
  ]);
  expect(one.world.datacentre.billing.aliveNow()).toHaveLength(1);
});

test("one that never comes back is found when its time is over", async () => {
  const one = await up();
  faulty(one, { on: "reboot", do: { kind: "never_boot" } });
  await reboot(one);
  await one.world.clock.advance(100_000);
  expect((await one.world.deployment(one.id)).state).toBe("running");
  await one.world.clock.advance(60_000);
  expect((await one.world.deployment(one.id)).state).toBe("stopped");
});

test("an answer that is lost is told, and the cloud is asked once", async () => {
  let times = 0;
  const counted = clouded((cloud) => ({
    reboot(machine, signal) {
      times += 1;
      return cloud.reboot?.(machine, signal) ?? Promise.resolve();
    },
  }));
  const one = await up(counted);
  faulty(one, { on: "reboot", do: { kind: "lose_answer" } });
  await reboot(one);
  await one.world.clock.advance(300_000);
  expect((await one.story())[1]).toMatch(/whether its cloud reboots it is not known, and it is not asked again/);
  expect([times, (await one.world.deployment(one.id)).state]).toEqual([1, "running"]);
});

test("a cloud that cannot says so, and one that could not be asked for long is not asked any more", async () => {
  const none = await up(WITHOUT);
  await reboot(none);
  await none.world.clock.advance(2_000);
  expect((await none.story())[1]).toMatch(/ is not rebooted, its cloud cannot reboot machines$/);

  const late = await up();
  const { limiter } = (await late.world.store.read((tx) => tx.account(accountId("acc-east")))) ?? { limiter: null };
  if (limiter === null) throw new Error("no account");
  const pausedUntil = late.world.clock.now() + 400_000;
  await late.world.store.write((tx) => tx.setLimiter(accountId("acc-east"), { ...limiter, pausedUntil }));
  await reboot(late);
  await late.world.clock.advance(450_000);
  expect((await late.story())[1]).toMatch(/ is not rebooted, its cloud could not be asked in time: ask again$/);
});
