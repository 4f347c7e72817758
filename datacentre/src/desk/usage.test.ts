// Quota in any dimension, per account and per realm, and what counts against it.

import { describe, expect, test } from "vitest";
import { CloudError, type CreateRequest } from "../cloud-api.ts";
import { createDatacentre } from "../datacentre.ts";
import { plainCloud } from "../presets.ts";
import type { CloudSettings } from "../settings.ts";
import type { TenantApi } from "../tenant-api.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { ACCESS, MEDIUM, refusal, stagesBy, WAYS } from "../ways.testsuite.ts";
import { createAll } from "./create.ts";

const HOST = { cpu: 64, memoryMib: 131_072, storageGib: 2000, accelerators: 8 };
const ROOMY: Partial<CloudSettings> = {
  realms: ["plain-a", "plain-b"].map((name) => ({ name, images: ["debian-12"], hosts: [HOST] })),
  sizes: [
    { name: "small", family: "general", cpu: 1, memoryMib: 1024, storageGib: 10, hourlyPrice: 1 },
    { name: "medium", family: "compute", cpu: 2, memoryMib: 2048, storageGib: 20, hourlyPrice: 2 },
    {
      name: "gpu",
      family: "graphics",
      cpu: 4,
      memoryMib: 4096,
      storageGib: 40,
      accelerators: { kind: "a100", count: 2 },
      hourlyPrice: 9,
    },
  ],
};

function limited(quota: Record<string, number | null>, realmQuota: Record<string, Record<string, number>> = {}) {
  return { ...ROOMY, tenants: [{ name: "plain", key: "plain-key", quota, realmQuota }] };
}

async function usedOf(api: TenantApi, realm: string | null = null): Promise<Record<string, number>> {
  const { rows } = await api.usage();
  return Object.fromEntries(rows.filter((row) => row.realm === realm).map(({ dimension, used }) => [dimension, used]));
}

describe.each(WAYS)("%s: quota", (_, way) => {
  const cloudWith = stagesBy(way);

  test.each<[string, string]>([
    ["instances", "small"],
    ["cpu", "medium"],
    ["memoryMib", "gpu"],
    ["storageGib", "gpu"],
    ["cpu/compute", "medium"],
    ["instances/general", "small"],
    ["accelerators", "gpu"],
    ["accelerators/a100", "gpu"],
  ])("%s is limited, and the refusal says so", async (dimension, size) => {
    const probing = await cloudWith(ROOMY);
    await probing.api.create({ ...MEDIUM, size });
    const one = (await usedOf(probing.api))[dimension] ?? 0;
    const { api } = await cloudWith(limited({ [dimension]: one }));
    await api.create({ ...MEDIUM, size });
    await expect(api.create({ ...MEDIUM, size })).rejects.toMatchObject({
      ...refusal("quota_exceeded"),
      message: `Quota exceeded for ${dimension}: ${one} of ${one} used, ${one} requested`,
    });
  });

  test("one family's limit leaves the others alone, and zero is told apart", async () => {
    const { api } = await cloudWith(limited({ "cpu/compute": 3, "accelerators/a100": 0 }));
    await api.create({ ...MEDIUM, size: "medium" });
    await expect(api.create({ ...MEDIUM, size: "medium" })).rejects.toMatchObject(refusal("quota_exceeded"));
    await api.create({ ...MEDIUM, size: "small" });
    await expect(api.create({ ...MEDIUM, size: "gpu" })).rejects.toMatchObject(refusal("quota_zero"));
  });

  test("a realm may have limits of its own beside those of the account", async () => {
    const { api, operator } = await cloudWith(limited({ instances: 2 }, { "plain-a": { "cpu/general": 1 } }));
    await api.create({ ...MEDIUM, size: "small" });
    await expect(api.create({ ...MEDIUM, size: "small" })).rejects.toMatchObject({
      message: "Quota exceeded for cpu/general in plain-a: 1 of 1 used, 1 requested",
    });
    await api.create({ ...MEDIUM, size: "small", realm: "plain-b" });
    await expect(api.create({ ...MEDIUM, size: "small", realm: "plain-b" })).rejects.toMatchObject({
      message: "Quota exceeded for instances: 2 of 2 used, 1 requested",
    });
    operator.setQuota("plain", {});
    operator.setQuota("plain", { instances: 1 }, "plain-b");
    await expect(api.create({ ...MEDIUM, size: "small", realm: "plain-b" })).rejects.toMatchObject({
      message: "Quota exceeded for instances in plain-b: 1 of 1 used, 1 requested",
    });
  });

  test("usage has what is limited or used, of the account and of realms, whoever uses it", async () => {
    const { api, operator } = await cloudWith(limited({ cpu: 8, addresses: 2 }, { "plain-b": { instances: 5 } }));
    const { id } = await api.create({ ...MEDIUM, size: "gpu" });
    operator.plant("plain", { ...MEDIUM, size: "small", realm: "plain-b" });
    operator.setUsedByOthers("plain", { cpu: 1 }, "plain-b");
    const { at, rows } = await api.usage();
    expect(at).toBe(1_000_000);
    expect(rows).toContainEqual({ dimension: "cpu", realm: null, limit: 8, used: 6 });
    expect(rows).toContainEqual({ dimension: "addresses", realm: null, limit: 2, used: 0 });
    expect(rows).toContainEqual({ dimension: "instances", realm: "plain-b", limit: 5, used: 1 });
    expect(rows).toContainEqual({ dimension: "cpu", realm: "plain-b", limit: null, used: 2 });
    expect(rows).toContainEqual({ dimension: "accelerators/a100", realm: null, limit: null, used: 2 });
    await api.remove(id);
    expect(await usedOf(api)).toMatchObject({ cpu: 2, instances: 1, "accelerators/a100": 0 });
    expect(operator.snapshot().tenants[0]).toMatchObject({
      limit: { cpu: 8 },
      realmLimits: { "plain-b": { instances: 5 } },
      used: { cpu: 2 },
    });
  });

  test("what others use leaves less, and is given back when they do", async () => {
    const { api, operator } = await cloudWith(limited({ cpu: 4 }));
    operator.setUsedByOthers("plain", { cpu: 3 });
    await expect(api.create({ ...MEDIUM, size: "medium" })).rejects.toMatchObject(refusal("quota_exceeded"));
    expect((await api.describe()).quota.used).toEqual({ instances: 0, cpu: 3, memoryMib: 0 });
    operator.setUsedByOthers("plain", {});
    await api.create({ ...MEDIUM, size: "medium" });
    expect(() => operator.setQuota("plain", { cpus: 1 })).toThrow("limit.cpus: is no dimension of a quota");
  });

  test("usage may be told as it was a while ago, while the count itself is not late", async () => {
    const { clock, api } = await cloudWith({ ...limited({ instances: 1 }, { "plain-a": {} }), usageLagMs: 60_000 });
    await clock.advance(100_000);
    const { id } = await api.create({ ...MEDIUM, size: "small" });
    await expect(api.create({ ...MEDIUM, size: "small" })).rejects.toMatchObject(refusal("quota_exceeded"));
    expect(await api.usage()).toMatchObject({ at: 1_040_000, rows: [{ dimension: "instances", used: 0 }] });
    await clock.advance(60_000);
    expect(await usedOf(api)).toMatchObject({ instances: 1 });
    expect(await usedOf(api, "plain-a")).toMatchObject({ instances: 1 });
    await api.remove(id);
    expect(await usedOf(api)).toMatchObject({ instances: 1 });
    await clock.advance(60_000);
    expect(await usedOf(api)).toMatchObject({ instances: 0 });
  });
});

describe.each(WAYS)("%s: checks that come late", (_, way) => {
  const cloudWith = stagesBy(way);
  const scheduling = { kind: "fixed", ms: 500 } as const;
  const boot = { kind: "fixed", ms: 1000 } as const;

  test("all are accepted at once, and the younger that were too many end in error, holding quota", async () => {
    const { clock, api } = await cloudWith({ ...limited({ instances: 2 }), quotaAt: "late", scheduling, boot });
    const made = await Promise.all(["a", "b", "c"].map((name) => api.create({ ...MEDIUM, name, size: "small" })));
    expect(made.map(({ state }) => state)).toEqual(["pending", "pending", "pending"]);
    await clock.advance(500);
    const [first, second, third] = await Promise.all(made.map(({ id }) => api.get(id)));
    expect([first?.state, second?.state]).toEqual(["pending", "pending"]);
    expect(third).toMatchObject({ state: "error", fault: { code: "quota_exceeded" } });
    expect(await usedOf(api)).toMatchObject({ instances: 3 });
    await clock.advance(1000);
    expect((await api.get(made[1]?.id ?? "")).state).toBe("running");
  });

  test("room is sought later: what finds none ends in error, and takes none", async () => {
    const { clock, api, operator } = await cloudWith({
      ...ROOMY,
      realms: [{ name: "plain-a", images: ["debian-12"], hosts: [{ cpu: 2, memoryMib: 9999, storageGib: 99 }] }],
      roomAt: "late",
      scheduling,
      boot,
    });
    const first = await api.create(MEDIUM);
    const second = await api.create(MEDIUM);
    await clock.advance(1500);
    expect((await api.get(first.id)).state).toBe("running");
    expect(await api.get(second.id)).toMatchObject({ state: "error", fault: { code: "insufficient_capacity" } });
    expect(operator.snapshot().hosts[0]?.used.cpu).toBe(2);
    await api.remove(second.id);
    expect(operator.snapshot().hosts[0]?.used.cpu).toBe(2);
  });

  test("what is removed before it was checked never takes a place", async () => {
    const { clock, api, operator } = await cloudWith({ ...ROOMY, roomAt: "late", scheduling });
    const { id } = await api.create(MEDIUM);
    await api.remove(id);
    await clock.advance(5000);
    expect(operator.snapshot().hosts[0]?.used.cpu).toBe(0);
    expect(await usedOf(api)).toMatchObject({ instances: 0 });
  });

  test("as at oVirt, quota is taken at the start and given back by a stop", async () => {
    const { api } = await cloudWith({ ...limited({ instances: 1 }), twoStep: true, quotaAt: "start" });
    const [first, second] = [await api.create(MEDIUM), await api.create(MEDIUM)];
    await api.start(first.id);
    await expect(api.start(second.id)).rejects.toMatchObject(refusal("quota_exceeded"));
    expect((await api.get(second.id)).state).toBe("stopped");
    await api.stop(first.id);
    expect((await api.get(first.id)).state).toBe("stopped");
    await api.start(second.id);
  });
});

describe("several at once, as faces may ask", () => {
  function stage(changes: Partial<CloudSettings>) {
    const datacentre = createDatacentre({ clouds: [plainCloud({ ...ROOMY, ...changes })], clock: new VirtualClock() });
    const door = datacentre.door({ lostAnswers: "reject", signal: new AbortController().signal });
    const ask = (requests: readonly CreateRequest[]) =>
      door.ask(ACCESS, { operation: "create" }, (asked) => createAll(asked, requests));
    return { datacentre, ask, operator: datacentre.cloud("plain") };
  }
  const three = ["a", "b", "c"].map((name) => ({ ...MEDIUM, name }));

  test("all are made, or none: neither quota nor room stays taken", async () => {
    const { ask, datacentre, operator } = stage(limited({ instances: 2 }));
    const refused = await ask(three).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(CloudError);
    expect(refused).toMatchObject({
      code: "quota_exceeded",
      about: { dimension: "instances", limit: 2, used: 2, requested: 1 },
    });
    expect(datacentre.billing.entries()).toEqual([]);
    expect(operator.snapshot().hosts[0]?.used.cpu).toBe(0);
    expect(operator.snapshot().tenants[0]?.used["instances"]).toBe(0);
    expect((await ask(three.slice(0, 2))).map(({ name }) => name)).toEqual(["a", "b"]);
  });

  test("among each other, too, names are unique where the cloud says so", async () => {
    const { ask, datacentre } = stage({ uniqueNames: true });
    await expect(ask([MEDIUM, MEDIUM])).rejects.toMatchObject({ code: "name_taken", about: { name: "db" } });
    expect(datacentre.billing.entries()).toEqual([]);
  });

  test("a turn of fate strikes the first", async () => {
    const { ask, datacentre, operator } = stage({});
    operator.addFaults([{ on: "create", do: { kind: "never_boot" } }]);
    await ask(three);
    const ran = datacentre.billing.entries().filter(({ kind }) => kind === "running");
    expect(ran.map(({ name }) => name)).toEqual(["b", "c"]);
  });
});

test("quota at the start is for clouds that have one", () => {
  const clouds = [plainCloud({ quotaAt: "start" })];
  expect(() => createDatacentre({ clouds, clock: new VirtualClock() })).toThrow("quotaAt start is for twoStep clouds");
});
