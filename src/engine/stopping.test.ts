// What our own end cuts short says nothing of the cloud.

import { expect, test } from "vitest";
import { type Cloud, ProviderFault } from "../ports/provider.ts";
import { sampleAccount, sampleFault } from "../ports/store.samples.ts";
import { EAST, flock } from "./flock.testsuite.ts";
import { clouded, createWorld, flockBlueprint, type World } from "./world.testsuite.ts";

const hanging = () => new Promise<never>(() => {});

/** Longer than an engine leaves to its calls. */
const PATIENT = { traits: { callTimeoutMs: { create: 60_000, other: 60_000 } } };

const pace = async (world: World): Promise<number> => (await world.account("east")).limiter.parallel;

test("a list that is cut short makes no account unreachable, and somebody else looks at once", async () => {
  let isHanging = false;
  const wrap = clouded((cloud) => ({ list: (...asked) => (isHanging ? hanging() : cloud.list(...asked)) }));
  const { world } = await flock(1, { ...EAST, ...wrap, ...PATIENT });
  isHanging = true;
  await world.store.write(async (tx) => tx.pollBy(sampleAccount().id, await tx.now()));
  await world.clock.advance(1_000);
  await world.clock.until(world.engine1.stop());
  expect(await world.account("east")).toMatchObject({ health: "healthy", healthText: null });
  isHanging = false;
  expect(await world.clock.until(world.engine().round("poll"))).toBe(1);
});

test("a look-up that is cut short is made again, and neither counts against the account nor against the machine", async () => {
  const lost = new ProviderFault(sampleFault({ class: "transient", effect: "unknown" }));
  const create: Cloud["create"] = () => Promise.reject(lost);
  const lookup: Cloud["lookup"] = hanging;
  const world = await createWorld({ ...EAST, ...clouded(() => ({ create, lookup })), ...PATIENT });
  const engine = world.engine();
  await engine.start();
  await world.clock.advance(1_000);
  const id = await world.launch(flockBlueprint(1));
  await world.clock.advance(5_000);
  const before = await pace(world);
  await world.clock.until(engine.stop());
  expect(await world.machines(id)).toMatchObject([{ call: "lookup", failures: 0, claimedUntil: null }]);
  expect(await pace(world)).toBe(before);
});

test("a create that is cut short is looked for, and does not count against the account", async () => {
  const create: Cloud["create"] = hanging;
  const world = await createWorld({ ...EAST, ...clouded(() => ({ create })), ...PATIENT });
  const engine = world.engine();
  await engine.start();
  await world.clock.advance(1_000);
  const id = await world.launch(flockBlueprint(1));
  await world.clock.advance(1_000);
  const before = await pace(world);
  await world.clock.until(engine.stop());
  const fault = { code: "process_stopped", effect: "unknown", text: "this process stops" };
  expect(await world.machines(id)).toMatchObject([{ state: "in_doubt", fault }]);
  expect(await pace(world)).toBe(before);
});
