// Claims and fences, stepped by hand.

import { expect, test } from "vitest";
import { type Provider, ProviderFault } from "../ports/provider.ts";
import { StoreAway } from "../ports/store.ts";
import { sampleFault } from "../ports/store.samples.ts";
import type { EngineDeps } from "./engine-deps.ts";
import type { Engine } from "./engine.ts";
import { createWorld, flockBlueprint, type World, type WorldOptions } from "./world.testsuite.ts";

const EAST = { clouds: [{ name: "east" }] };

/** A world whose one account is known, and a launch of one instance whose create is due. */
async function due(options: WorldOptions = EAST) {
  const world = await createWorld(options);
  const engine = world.engine();
  await world.clock.until(engine.round("poll"));
  const id = await world.launch(flockBlueprint(1));
  await engine.round("advance");
  return { world, engine, id };
}

/** The provider, with a hook between the opening of an account and the call. */
function opening(world: World, before: () => void): Partial<EngineDeps> {
  const sim = world.deps.providers.get("sim");
  if (sim === undefined) throw new Error("the world has a provider");
  const hooked: Provider = {
    ...sim,
    open(account, credentials) {
      before();
      return sim.open(account, credentials);
    },
  };
  return { providers: new Map([["sim", hooked]]) };
}

const round = (world: World, engine: Engine, kind: "call" | "advance" | "poll" = "call"): Promise<number> =>
  world.clock.until(engine.round(kind));

test("a process that was paused between claim and call does not send", async () => {
  const { world, id } = await due();
  let pausedMs = 0;
  const paused = world.engine({
    ...opening(world, () => {
      pausedMs = 13_000;
    }),
    clock: { ...world.deps.clock, monotonic: () => world.clock.now() + pausedMs },
  });
  await round(world, paused);
  expect(world.datacentre.billing.intervals()).toEqual([]);
  expect((await world.machines(id))[0]).toMatchObject({ state: "intent", sentAt: null, call: "create" });
  expect(world.logged("call not sent, its claim is too old")).toHaveLength(1);

  pausedMs = 0;
  await round(world, paused);
  expect(world.datacentre.billing.intervals()).toHaveLength(1);
});

test("an answer under an old claim is not written; the machine was found by look-up meanwhile", async () => {
  const { world, engine, id } = await due();
  world.operator("east").addFaults([{ on: "create", do: { kind: "delay", ms: 60_000 } }]);
  // Paused for as long as it waits: none of its timers go off.
  const frozen = world.engine({ clock: { ...world.deps.clock, sleep: () => new Promise(() => {}) } });
  const late = frozen.round("call");
  await world.clock.advance(41_000);
  await round(world, engine);
  const [adopted] = await world.machines(id);
  expect(adopted).toMatchObject({ state: "made", callNo: 2 });

  await world.clock.until(late);
  expect(world.logged("answer came too late")).toHaveLength(1);
  expect(await world.machines(id)).toEqual([adopted]);
  expect(world.datacentre.billing.intervals()).toHaveLength(1);
});

test("an answer whose claim is lost pulls the account's poll forward", async () => {
  const { world, engine } = await due();
  world.operator("east").addFaults([{ on: "create", do: { kind: "delay", ms: 90_000 } }]);
  const frozen = world.engine({ clock: { ...world.deps.clock, sleep: () => new Promise(() => {}) } });
  const late = frozen.round("call");
  await world.clock.advance(41_000);
  await round(world, engine);
  await world.clock.advance(20_000);
  await round(world, engine, "poll");
  expect((await world.account("east")).pollAt).toBeGreaterThan(world.clock.now() + 40_000);
  await world.clock.until(late);
  expect((await world.account("east")).pollAt).toBe(world.clock.now());
});

test("the claim of a dead process runs out, and its create is looked up, not sent again", async () => {
  const { world, engine, id } = await due();
  const store = world.store.join();
  const doomed = world.engine({ store });
  void doomed.round("call");
  await world.clock.advance(60);
  store.crash();
  await world.clock.advance(14_000);
  expect(await engine.round("call")).toBe(0);
  await world.clock.advance(1_000);
  await round(world, engine);
  expect((await world.machines(id))[0]).toMatchObject({ state: "made" });
  expect(world.datacentre.billing.intervals()).toHaveLength(1);
});

test("a create without an answer is a transient fault of unknown effect, named timeout", async () => {
  const { world, engine, id } = await due();
  world.operator("east").addFaults([{ on: "create", do: { kind: "lose_answer" } }]);
  await round(world, engine);
  expect((await world.machines(id))[0]).toMatchObject({ state: "in_doubt", call: "lookup" });
  const fault = { class: "transient", effect: "unknown", code: "timeout" };
  expect(world.logged("call failed")).toMatchObject([{ call: "create", fault }]);
});

test("a provider that ends in a bug is a fault of unknown effect, and its words are logged without secrets", async () => {
  const broken = (provider: Provider): Provider => ({
    ...provider,
    open: (account, credentials) => ({
      ...provider.open(account, credentials),
      create: (request) => Promise.reject(new TypeError(`bad ${credentials["key"]} in ${request.userData}`)),
    }),
  });
  const { world, engine, id } = await due({ ...EAST, wrap: broken });
  await round(world, engine);
  expect((await world.machines(id))[0]).toMatchObject({ state: "in_doubt" });
  expect(world.logged("call failed")).toMatchObject([{ fault: { code: "provider_broke", effect: "unknown" } }]);
  const [line] = world.logged("provider broke");
  expect(line?.["error"]).toContain("bad [redacted] in [redacted]");
});

test.each([1e300, Number.POSITIVE_INFINITY, Number.NaN, -1])(
  "a refusal with the wish %s is a refusal like any other: its answer is written, nothing is in doubt or owed",
  async (retryAfterMs) => {
    const fault = sampleFault({ class: "throttle", scope: "account", retryAfterMs });
    const world = await createWorld({
      ...EAST,
      wrap: (provider) => ({
        ...provider,
        open: (account, credentials) => ({
          ...provider.open(account, credentials),
          create: () => Promise.reject(new ProviderFault(fault)),
        }),
      }),
    });
    const engine = world.engine();
    await world.clock.until(engine.round("poll"));
    const id = await world.launch(flockBlueprint(1));
    await engine.round("advance");
    await round(world, engine);
    const hour = world.clock.now() + 3_600_000;
    const [machine] = await world.machines(id);
    expect(machine).toMatchObject({ state: "intent", call: "create", sentAt: null });
    expect(machine?.callAt ?? Infinity).toBeLessThanOrEqual(hour);
    const { limiter } = await world.account("east");
    expect(limiter.pausedUntil ?? Infinity).toBeLessThanOrEqual(hour);
    expect(world.logged("answer not written")).toEqual([]);
  },
);

test("an account that cannot be opened fails the call, and nobody was asked", async () => {
  const { world, id } = await due();
  const closed = world.engine(
    opening(world, () => {
      throw new ProviderFault(
        sampleFault({ class: "config", scope: "account", effect: "unknown", code: "invalid_account" }),
      );
    }),
  );
  await round(world, closed);
  expect((await world.machines(id))[0]).toMatchObject({ state: "refused", fault: { effect: "none" } });
});

test("a call whose account cannot be read, since the database is away, is put back as one that nobody sent", async () => {
  const { world, id } = await due();
  const store = world.store.join();
  const read: typeof store.read = () => Promise.reject(new StoreAway("unreachable"));
  await round(world, world.engine({ store: { ...store, read } }));
  expect(await world.machines(id)).toMatchObject([
    { state: "intent", call: "create", sentAt: null, claimedUntil: null },
  ]);
  expect(world.logged("account not read, so the call is put back")).toMatchObject([{ call: "create" }]);
});

test("an account of a provider that this version does not know fails the call", async () => {
  const { world, id } = await due();
  const poorer = world.engine({ providers: new Map() });
  await round(world, poorer);
  expect((await world.machines(id))[0]).toMatchObject({ state: "refused", fault: { code: "provider_unknown" } });
});

test("the answer is written again and again while the database is away and the claim lasts", async () => {
  const { world, id } = await due();
  const { store } = world;
  let refusals = 3;
  const flaky = world.engine({
    store: {
      ...store.join(),
      write: (act) =>
        store.write((tx) =>
          act({
            ...tx,
            endClaims: (claims) => {
              refusals -= 1;
              if (refusals >= 0) throw new Error("the database is restarting");
              return tx.endClaims(claims);
            },
          }),
        ),
    },
  });
  await round(world, flaky);
  expect((await world.machines(id))[0]).toMatchObject({ state: "made" });
  // The first time it was refused with what follows from it, and was tried without that at once.
  expect(world.logged("answer not written")).toHaveLength(2);
});

test("no more calls at a time than the account's limiter allows", async () => {
  const world = await createWorld(EAST);
  const engine = world.engine();
  await round(world, engine, "poll");
  await world.launch(flockBlueprint(14));
  await engine.round("advance");
  const first = engine.round("call");
  await world.clock.advance(10);
  expect(await world.engine().round("call")).toBe(0);
  expect(await world.clock.until(first)).toBe(10);
  expect(world.datacentre.billing.intervals()).toHaveLength(10);
});

test("new credentials are used within seconds, without a restart", async () => {
  const { world, engine } = await due();
  const account = await world.account("east");
  await world.store.write((tx) => tx.putAccount(account, world.deps.secrets.seal(JSON.stringify({ key: "wrong" }))));
  await world.clock.advance(5_000);
  await round(world, engine);
  expect(world.logged("call failed")[0]).toMatchObject({ fault: { class: "auth" } });
});

test("a process that has to end before a call could be sent puts it back", async () => {
  const { world, id } = await due();
  const store = world.store.join();
  const slow = world.engine({
    store: {
      ...store,
      // The account is read between claim and call.
      async read(act) {
        if (stopping) await world.clock.sleep(18_000);
        return store.read(act);
      },
    },
  });
  let stopping = false;
  await slow.start();
  stopping = true;
  await world.clock.advance(0);
  await world.clock.until(slow.stop());
  expect(await world.machines(id)).toMatchObject([{ state: "intent", sentAt: null, call: "create" }]);
  expect(world.datacentre.billing.intervals()).toEqual([]);
});
