import { describe, expect, test } from "vitest";
import type { BillingEntry } from "./billing.ts";
import type { CloudApi, CreateRequest } from "./cloud-api.ts";
import { createDatacentre } from "./datacentre.ts";
import { plainCloud } from "./presets.ts";
import { randomOf } from "./random.ts";
import type { CloudSettings } from "./settings.ts";
import { VirtualClock } from "./virtual-clock.ts";

const SMALL: CreateRequest = { name: "web", realm: "plain-a", size: "small", image: "nginx-1" };
const HOUR_MS = 3_600_000;

function plain(changes: Partial<CloudSettings> = {}) {
  const clock = new VirtualClock();
  const datacentre = createDatacentre({ clouds: [plainCloud(changes)], clock });
  const api = datacentre.connect({ tenant: "plain", key: "plain-key", lostAnswers: "reject" });
  return { clock, api, billing: datacentre.billing, operator: datacentre.cloud("plain") };
}

describe("billing", () => {
  test("the log has every event at the time that it was due, however late anybody looked", async () => {
    const { clock, api, billing } = plain({
      boot: { kind: "fixed", ms: 1000 },
      removal: { kind: "fixed", ms: 300 },
    });
    const { id } = await api.create({ ...SMALL, labels: { owner: "us" } });
    await clock.advance(5000);
    await api.remove(id);
    await clock.advance(HOUR_MS);
    const entry = {
      cloud: "plain",
      tenant: "plain",
      machineId: id,
      name: "web",
      labels: { owner: "us" },
      realm: "plain-a",
      size: "small",
      hourlyPrice: 0.02,
    };
    expect(billing.entries()).toEqual([
      { ...entry, at: 0, kind: "born" },
      { ...entry, at: 1000, kind: "running" },
      { ...entry, at: 5300, kind: "gone" },
    ]);
    expect(billing.intervals()).toMatchObject([{ machineId: id, from: 0, to: 5300 }]);
    expect([0, 5299, 5300].map((at) => billing.aliveAt(at).length)).toEqual([1, 1, 0]);
  });

  test("a machine that breaks down while it is being removed is removed all the same", async () => {
    const { clock, api, billing, operator } = plain({ removal: { kind: "fixed", ms: 3000 } });
    const { id } = await api.create(SMALL);
    await clock.advance(1000);
    await api.remove(id);
    await clock.advance(1000);
    operator.kill(id, { to: "error" });
    await clock.advance(1999);
    expect((await api.get(id)).state).toBe("error");
    await clock.advance(1);
    expect(billing.aliveNow()).toEqual([]);
    await expect(api.get(id)).rejects.toMatchObject({ code: "not_found" });
  });

  test("entries of many machines come in order of time", async () => {
    const { clock, api, billing } = plain({ boot: { kind: "uniform", minMs: 0, maxMs: 900 } });
    for (let made = 0; made < 20; made++) await api.create(SMALL);
    await clock.advance(1000);
    const times = billing.entries().map(({ at }) => at);
    expect(times).toHaveLength(40);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(new Set(times).size).toBeGreaterThan(10);
  });

  test("a machine costs from its birth to its end, but not while it is stopped", async () => {
    const { clock, api, billing } = plain();
    const { id } = await api.create(SMALL);
    await clock.advance(HOUR_MS);
    await api.stop(id);
    await clock.advance(HOUR_MS);
    await api.start(id);
    await clock.advance(HOUR_MS / 2);
    await api.remove(id);
    await clock.advance(HOUR_MS);
    expect(billing.costUntil(clock.now(), "plain")).toBeCloseTo(0.03, 10);
    expect(billing.costUntil(HOUR_MS / 2, "plain")).toBeCloseTo(0.01, 10);
    expect(billing.costUntil(clock.now(), "other")).toBe(0);
  });
});

describe("accidents by hand", () => {
  test("kill, vanish, plant", async () => {
    const { api, operator } = plain();
    const { id } = await api.create(SMALL);
    operator.kill(id, { text: "pulled the plug" });
    expect(await api.get(id)).toMatchObject({ state: "stopped", fault: { text: "pulled the plug" } });
    operator.vanish(id);
    await expect(api.get(id)).rejects.toMatchObject({ code: "not_found" });
    operator.plant("plain", { ...SMALL, name: "foreign" });
    expect((await api.list({})).machines).toMatchObject([{ name: "foreign", labels: {} }]);
    expect(() => operator.kill("nobody")).toThrow("No machine nobody");
  });

  test("a host that goes down takes its machines along and takes no more", async () => {
    const { api, operator } = plain();
    const place = { realm: "plain-a", host: "plain-a-host-1" };
    const { id } = await api.create(SMALL);
    operator.setHostDown(place, true);
    expect(await api.get(id)).toMatchObject({ state: "error", fault: { code: "internal_error" } });
    await expect(api.create(SMALL)).rejects.toMatchObject({ code: "insufficient_capacity" });
    operator.setHostDown(place, false);
    operator.setCapacity(place, { cpu: 1, memoryMib: 2048, storageGib: 20 });
    await expect(api.create(SMALL)).rejects.toMatchObject({ code: "insufficient_capacity" });
    await api.remove(id);
    await api.create(SMALL);
  });

  test("best fit keeps room together where first fit does not", async () => {
    const host = (cpu: number) => ({ cpu, memoryMib: cpu * 2048, storageGib: 999 });
    const realms = [{ name: "plain-a", images: ["nginx-1"], hosts: [host(4), host(2)] }];
    const outcome = async (placement: "first_fit" | "best_fit") => {
      const { api } = plain({ realms, placement });
      await api.create({ ...SMALL, size: "medium" });
      return api.create({ ...SMALL, size: "large" }).then(
        () => "made",
        () => "refused",
      );
    };
    expect([await outcome("first_fit"), await outcome("best_fit")]).toEqual(["refused", "made"]);
  });
});

describe("one seed, one course of events", () => {
  /** Callers with a will of their own, on a cloud where everything takes a random time and goes wrong now and then. */
  async function story(seed: string): Promise<readonly BillingEntry[]> {
    const clock = new VirtualClock();
    const cloud = plainCloud({
      latency: { kind: "lognormal", medianMs: 80, sigma: 0.6, maxMs: 2000 },
      boot: { kind: "lognormal", medianMs: 3000, sigma: 0.4, maxMs: 20_000 },
      removal: { kind: "uniform", minMs: 100, maxMs: 900 },
    });
    const datacentre = createDatacentre({ clouds: [cloud], clock, seed });
    datacentre.cloud("plain").addFaults([
      { on: "any", probability: 0.1, times: "always", do: { kind: "lose_answer" } },
      { on: "create", probability: 0.2, times: "always", do: { kind: "die", afterMs: 700, to: "terminated" } },
    ]);
    const api = datacentre.connect({ tenant: "plain", key: "plain-key", lostAnswers: "reject" });
    const callers = Promise.all([1, 2, 3].map((caller) => call(api, clock, caller)));
    await clock.until(callers);
    await clock.advance(60_000);
    return datacentre.billing.entries();
  }

  async function call(api: CloudApi, clock: VirtualClock, caller: number): Promise<void> {
    const random = randomOf(`caller ${caller}`);
    for (let turn = 0; turn < 10; turn++) {
      const made = await api.create({ ...SMALL, name: `${caller}-${turn}` }).catch(() => null);
      await clock.sleep(random() * 5000);
      if (made !== null && random() < 0.7) await api.remove(made.id).catch(() => null);
    }
  }

  test("the same seed and calls give the same log, another seed another one", async () => {
    const [first, again, other] = [await story("a"), await story("a"), await story("b")];
    expect(first.length).toBeGreaterThan(50);
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });
});

test("settings with names that are there twice are refused", () => {
  const clouds = [plainCloud(), plainCloud({ name: "second" })];
  expect(() => createDatacentre({ clouds, clock: new VirtualClock() })).toThrow("two tenants are named plain");
});
