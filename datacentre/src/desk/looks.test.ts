// Looks at many machines at once, on either way: by ids, by list, by what has changed.

import { describe, expect, test } from "vitest";
import { createDatacentre } from "../datacentre.ts";
import { plainCloud } from "../presets.ts";
import type { CloudSettings } from "../settings.ts";
import { ACCESS, MEDIUM, refusal, stagesBy, WAYS } from "../ways.testsuite.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { seen } from "./lists.ts";

const HOST = { cpu: 64, memoryMib: 131_072, storageGib: 2000 };
const TWO: Partial<CloudSettings> = {
  realms: ["plain-a", "plain-b"].map((name) => ({ name, images: ["debian-12"], hosts: [HOST] })),
};
const ids = (machines: readonly { readonly id: string }[]): string[] => machines.map(({ id }) => id);

describe.each(WAYS)("%s: a look at many ids", (_, way) => {
  const cloudWith = stagesBy(way);

  test("leaves out what is missing, or fails because of it, as the cloud does", async () => {
    const lenient = await cloudWith();
    const made = await lenient.api.create(MEDIUM);
    const both = [made.id, "plain-9999"];
    expect(await lenient.api.getMany(both)).toMatchObject({ machines: [{ id: made.id }], unreachableRealms: [] });
    const strict = await cloudWith({ missingIds: "fail" });
    const { id } = await strict.api.create(MEDIUM);
    expect(ids((await strict.api.getMany([id])).machines)).toEqual([id]);
    await expect(strict.api.getMany([id, "plain-9999"])).rejects.toMatchObject({
      ...refusal("not_found"),
      message: "No machine plain-9999",
    });
  });

  test("takes so many and no more", async () => {
    const { api } = await cloudWith({ lookMost: 2 });
    expect((await api.traits()).lookMost).toBe(2);
    await api.getMany(["a", "b"]);
    await expect(api.getMany(["a", "b", "c"])).rejects.toMatchObject({
      message: "3 ids are too many for one look: 2 at most",
    });
    expect(await api.findByNames(["a", "b"])).toEqual([]);
    await expect(api.findByNames(["a", "b", "c"])).rejects.toMatchObject({
      message: "3 names are too many for one search: 2 at most",
    });
  });

  test("names realms that do not answer, and shows partial records where the cloud does", async () => {
    for (const [downReads, shown] of [
      ["refuse", ["running"]],
      ["partial", ["running", "unknown"]],
    ] as const) {
      const { api, operator } = await cloudWith({ ...TWO, downReads });
      const asked = [(await api.create(MEDIUM)).id, (await api.create({ ...MEDIUM, realm: "plain-b" })).id];
      operator.setRealmDown("plain-b", true);
      const { machines, unreachableRealms } = await api.getMany(asked);
      expect([machines.map(({ state }) => state), unreachableRealms]).toEqual([shown, ["plain-b"]]);
    }
  });

  test("knows nothing of other tenants' machines", async () => {
    const tenants = ["plain", "other"].map((name) => ({ name, key: `${name}-key` }));
    const { api, operator } = await cloudWith({ tenants });
    const { id } = operator.plant("other", MEDIUM);
    expect((await api.getMany([id])).machines).toEqual([]);
  });
});

describe.each(WAYS)("%s: ids that show late", (_, way) => {
  const cloudWith = stagesBy(way);

  test("are not found for a while after they were told, whatever is asked", async () => {
    const { clock, api } = await cloudWith({ idVisibilityMs: 1000 });
    expect((await api.traits()).idVisibilityMs).toBe(1000);
    const { id } = await api.create(MEDIUM);
    const part = await api.createPart({ kind: "port", name: "p", realm: "plain-a" });
    const asked = [
      () => api.get(id),
      () => api.stop(id),
      () => api.remove(id),
      () => api.console(id),
      () => api.getPart(part.id),
      () => api.createPart({ kind: "address", name: "a", realm: "plain-a", machine: id }),
    ];
    await clock.advance(999);
    for (const ask of asked) await expect(ask()).rejects.toMatchObject(refusal("not_found"));
    expect((await api.getMany([id])).machines).toEqual([]);
    await expect(api.create({ ...MEDIUM, parts: [{ id: part.id }] })).rejects.toMatchObject(
      refusal("invalid_reference"),
    );
    await clock.advance(1);
    expect((await api.get(id)).state).toBe("running");
    expect(ids((await api.getMany([id])).machines)).toEqual([id]);
    await api.create({ ...MEDIUM, parts: [{ id: part.id }] });
  });
});

describe.each(WAYS)("%s: lists", (_, way) => {
  const cloudWith = stagesBy(way);

  test("by name and realm", async () => {
    const { api } = await cloudWith(TWO);
    const [first, second] = [await api.create(MEDIUM), await api.create({ ...MEDIUM, name: "web", realm: "plain-b" })];
    expect(ids((await api.list({ name: "db" })).machines)).toEqual([first.id]);
    expect(ids((await api.list({ realm: "plain-b" })).machines)).toEqual([second.id]);
    expect((await api.list({ name: "db", realm: "plain-b" })).machines).toEqual([]);
  });

  test("what has changed since a time has also what is gone since then, though no other list shows it", async () => {
    const { clock, api, operator } = await cloudWith();
    const [old, dead, vanished] = [await api.create(MEDIUM), await api.create(MEDIUM), await api.create(MEDIUM)];
    await clock.advance(10_000);
    const since = clock.now();
    await api.remove(dead.id);
    operator.vanish(vanished.id);
    const fresh = await api.create({ ...MEDIUM, labels: { owner: "us" } });
    expect(ids((await api.list({})).machines)).toEqual([old.id, fresh.id]);
    const { machines } = await api.list({ changedSince: since });
    expect(machines).toMatchObject([
      { id: dead.id, state: "terminated", goneAt: since },
      { id: vanished.id, state: "terminated", goneAt: since },
      { id: fresh.id, state: "running", goneAt: null, changedAt: since },
    ]);
    expect(ids((await api.list({ changedSince: since, labels: { owner: "us" } })).machines)).toEqual([fresh.id]);
    expect((await api.list({ changedSince: since + 1 })).machines).toEqual([]);
  });

  test("what is terminated may be shown for an hour, as at EC2", async () => {
    const { clock, api } = await cloudWith({ lingerMs: 3_600_000 });
    const { id } = await api.create(MEDIUM);
    await api.remove(id);
    await clock.advance(3_599_999);
    expect(await api.get(id)).toMatchObject({ state: "terminated", goneAt: 1_000_000 });
    await clock.advance(1);
    await expect(api.get(id)).rejects.toMatchObject(refusal("not_found"));
  });
});

test("a face may have all that a list shows at once, to page and filter in the vendor's own way", async () => {
  const datacentre = createDatacentre({ clouds: [plainCloud({ pageSize: 1 })], clock: new VirtualClock() });
  const operator = datacentre.cloud("plain");
  for (const name of ["a", "b", "c"]) operator.plant("plain", { ...MEDIUM, name });
  const door = datacentre.door({ lostAnswers: "reject", signal: new AbortController().signal });
  const { machines, show } = await door.ask(ACCESS, { operation: "list" }, (asked) => seen(asked, {}));
  expect(machines.map((machine) => show(machine).name)).toEqual(["a", "b", "c"]);
});
