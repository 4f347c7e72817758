// Machines of several parts, on either way.

import { describe, expect, test } from "vitest";
import type { CreateRequest, PartChoice } from "../cloud-api.ts";
import type { CloudSettings } from "../settings.ts";
import type { PartQuery, PartRequest, TenantApi } from "../tenant-api.ts";
import { MEDIUM, refusal, stagesBy, WAYS } from "../ways.testsuite.ts";

const HOUR_MS = 3_600_000;
const PORT: PartRequest = { kind: "port", name: "db-port", realm: "plain-a", labels: { owner: "us" } };
const VOLUME: PartRequest = { kind: "volume", name: "db-volume", realm: "plain-a", sizeGib: 10 };
const ADDRESS: PartRequest = { kind: "address", name: "db-address", realm: "plain-a" };
const HOST = { cpu: 64, memoryMib: 131_072, storageGib: 2000 };
const TWO_REALMS: Partial<CloudSettings> = {
  realms: ["plain-a", "plain-b"].map((name) => ({ name, images: ["debian-12"], hosts: [HOST] })),
};

async function names(api: TenantApi, query: PartQuery = {}): Promise<string[]> {
  return (await api.listParts(query)).parts.map(({ name }) => name);
}

describe.each(WAYS)("%s: parts made by themselves", (_, way) => {
  const cloudWith = stagesBy(way);

  test("a port first, then a volume, then the machine, then an address: each has its own id, state and labels", async () => {
    const { clock, api } = await cloudWith({
      boot: { kind: "fixed", ms: 1000 },
      parts: { making: { kind: "fixed", ms: 200 }, publicByPart: true },
    });
    const port = await api.createPart(PORT);
    expect(port).toMatchObject({ kind: "port", state: "making", machine: null, stays: true, labels: { owner: "us" } });
    await expect(api.create({ ...MEDIUM, parts: [{ id: port.id }] })).rejects.toMatchObject(refusal("wrong_state"));
    const volume = await api.createPart(VOLUME);
    await clock.advance(200);
    expect((await api.getPart(port.id)).state).toBe("available");
    const machine = await api.create({ ...MEDIUM, parts: [{ id: port.id }, { id: volume.id }] });
    expect(machine.parts).toEqual([port.id, volume.id]);
    expect(await api.getPart(volume.id)).toMatchObject({ state: "attached", machine: machine.id, sizeGib: 10 });
    await clock.advance(1000);
    expect(await api.get(machine.id)).toMatchObject({ privateAddress: port.address, publicAddress: null });
    const address = await api.createPart({ ...ADDRESS, machine: machine.id });
    expect(await api.get(machine.id)).toMatchObject({ publicAddress: address.address });
    await clock.advance(200);
    expect(await api.getPart(address.id)).toMatchObject({ state: "attached", machine: machine.id });

    await api.remove(machine.id);
    expect(await names(api, { isLone: true })).toEqual(["db-port", "db-volume", "db-address"]);
    for (const { id } of [port, volume, address]) await api.removePart(id);
    await expect(api.getPart(port.id)).rejects.toMatchObject(refusal("not_found"));
    expect(await names(api)).toEqual([]);
  });

  test("a cloud may need a part that was made before the machine, and tells so", async () => {
    const { api, operator } = await cloudWith({ parts: { needed: ["port"], publicByPart: true } });
    const told = { needed: ["port"], implied: [], labelled: true, publicByPart: true, keys: false };
    expect((await api.traits()).parts).toEqual(told);
    await expect(api.create(MEDIUM)).rejects.toMatchObject(refusal("invalid_request"));
    await expect(api.create({ ...MEDIUM, parts: [{ kind: "port" }] })).rejects.toMatchObject(
      refusal("invalid_request"),
    );
    const { id } = await api.createPart(PORT);
    await api.getPart(id);
    expect((await api.create({ ...MEDIUM, parts: [{ id }] })).parts).toEqual([id]);
    // Whoever else is there has what it needs.
    operator.plant("plain", { ...MEDIUM, name: "theirs" });
    expect(await names(api)).toEqual(["db-port", "theirs-port"]);
  });

  test("a part of a machine can't go before it is taken off; an address may move", async () => {
    const { api } = await cloudWith({ parts: { publicByPart: true } });
    const [first, second] = [await api.create(MEDIUM), await api.create({ ...MEDIUM, name: "web" })];
    const { id, address } = await api.createPart({ ...ADDRESS, machine: first.id });
    expect((await api.get(first.id)).publicAddress).toBe(address);
    await expect(api.removePart(id)).rejects.toMatchObject(refusal("in_use"));
    await expect(api.attachPart(id, second.id)).rejects.toMatchObject(refusal("in_use"));
    await expect(api.create({ ...MEDIUM, parts: [{ id }] })).rejects.toMatchObject(refusal("in_use"));
    expect((await api.detachPart(id)).state).toBe("available");
    expect((await api.get(first.id)).publicAddress).toBeNull();
    await api.attachPart(id, second.id);
    expect(await api.get(second.id)).toMatchObject({ publicAddress: address, parts: [id] });
    expect(await names(api, { machine: second.id })).toEqual(["db-address"]);
  });

  test("what is somewhere else, of somebody else, gone, or without a size that it needs, is refused", async () => {
    const { api, operator } = await cloudWith({
      ...TWO_REALMS,
      lingerMs: HOUR_MS,
      tenants: ["plain", "other"].map((name) => ({ name, key: `${name}-key` })),
    });
    const { id } = await api.createPart({ ...PORT, realm: "plain-b" });
    const machine = await api.create(MEDIUM);
    await expect(api.attachPart(id, machine.id)).rejects.toMatchObject(refusal("invalid_reference"));
    await expect(api.create({ ...MEDIUM, parts: [{ id }] })).rejects.toMatchObject(refusal("invalid_reference"));
    await expect(api.createPart({ ...PORT, realm: "plain-b", machine: machine.id })).rejects.toMatchObject(
      refusal("invalid_reference"),
    );
    const theirs = operator.plantPart("other", PORT);
    await expect(api.removePart(theirs.id)).rejects.toMatchObject(refusal("not_found"));
    await expect(api.create({ ...MEDIUM, parts: [{ id: theirs.id }] })).rejects.toMatchObject(
      refusal("invalid_reference"),
    );
    await expect(api.createPart({ kind: "volume", name: "v", realm: "plain-a" })).rejects.toMatchObject(
      refusal("invalid_request"),
    );
    await expect(api.createPart({ ...PORT, sizeGib: 5 })).rejects.toMatchObject(refusal("invalid_request"));
    await expect(api.createPart({ ...PORT, name: "" })).rejects.toMatchObject(refusal("invalid_request"));
    await expect(api.createPart({ ...PORT, realm: "moon" })).rejects.toMatchObject(refusal("invalid_realm"));
    await api.remove(machine.id);
    await expect(api.createPart({ ...PORT, machine: machine.id })).rejects.toMatchObject(refusal("wrong_state"));
    expect(await names(api)).toEqual(["db-port"]);
  });

  test("lists come in pages, by kind, name, labels, late, and may be partial or empty", async () => {
    const { clock, api, operator } = await cloudWith({ ...TWO_REALMS, pageSize: 2, visibilityMs: 100 });
    for (const request of [PORT, VOLUME, { ...PORT, name: "far", realm: "plain-b" }]) await api.createPart(request);
    expect(await names(api)).toEqual([]);
    await clock.advance(100);
    const first = await api.listParts({});
    const last = await api.listParts({ cursor: first.next ?? "" });
    expect([...first.parts, ...last.parts].map(({ name }) => name)).toEqual(["db-port", "db-volume", "far"]);
    expect(last.next).toBeNull();
    expect(await names(api, { kind: "volume" })).toEqual(["db-volume"]);
    expect(await names(api, { name: "far" })).toEqual(["far"]);
    expect(await names(api, { labels: { owner: "us" }, isLone: true })).toEqual(["db-port", "far"]);
    expect(await names(api, { isLone: false })).toEqual([]);
    operator.addFaults([
      { on: "listParts", do: { kind: "list_partial", realms: ["plain-a"] } },
      { on: "listParts", do: { kind: "list_empty" } },
    ]);
    expect(await api.listParts({})).toMatchObject({ parts: [{ name: "far" }], unreachableRealms: ["plain-a"] });
    expect(await api.listParts({})).toMatchObject({ parts: [], unreachableRealms: [] });
  });
});

describe.each(WAYS)("%s: parts made with their machine", (_, way) => {
  const cloudWith = stagesBy(way);
  const labels = { owner: "us" };
  const all: Partial<CloudSettings> = { parts: { implied: ["port", "volume"] } };

  test("are named after it, labelled like it, and go with it, later than it", async () => {
    const { clock, api, datacentre } = await cloudWith({
      parts: { implied: ["port", "volume"], removal: { kind: "fixed", ms: 500 } },
    });
    const request: CreateRequest = { ...MEDIUM, labels, parts: [{ kind: "volume", sizeGib: 5 }, { kind: "volume" }] };
    const machine = await api.create({ ...request, publicAddress: true });
    const { parts } = await api.listParts({ labels, machine: machine.id });
    expect(parts.map(({ name, sizeGib }) => [name, sizeGib])).toEqual([
      ["db-volume", 5],
      ["db-volume-2", 40],
      ["db-port", null],
      ["db-address", null],
    ]);
    expect((await api.get(machine.id)).publicAddress).toBe(parts.at(-1)?.address);
    await api.remove(machine.id);
    await expect(api.get(machine.id)).rejects.toMatchObject(refusal("not_found"));
    expect(datacentre.billing.partsAliveNow()).toHaveLength(4);
    expect((await api.listParts({})).parts.map(({ state }) => state)).toEqual(Array(4).fill("removing"));
    await clock.advance(500);
    expect(datacentre.billing.partsAliveNow()).toEqual([]);
  });

  test("may have no labels, so that only their names tell whose they are", async () => {
    const { api } = await cloudWith({ parts: { implied: ["volume"], labelled: false } });
    await api.create({ ...MEDIUM, labels });
    expect(await names(api, { labels })).toEqual([]);
    expect(await names(api, { name: "db-volume" })).toEqual(["db-volume"]);
  });

  test("stay where the cloud leaves them, or as the request says", async () => {
    const { api } = await cloudWith({ parts: { implied: ["port", "volume", "address"], leftBehind: ["volume"] } });
    const first = await api.create(MEDIUM);
    await api.remove(first.id);
    expect(await names(api, { isLone: true })).toEqual(["db-volume"]);
    const parts: CreateRequest["parts"] = [
      { kind: "volume", stays: false },
      { kind: "port", stays: true },
    ];
    const second = await api.create({ ...MEDIUM, name: "web", parts, publicAddress: false });
    expect((await api.get(second.id)).publicAddress).toBeNull();
    await api.remove(second.id);
    expect(await names(api, { isLone: true })).toEqual(["db-volume", "web-port"]);
  });

  test("what was made by itself goes with its machine where it was told to", async () => {
    const { api } = await cloudWith();
    const { id } = await api.createPart({ ...PORT, stays: false });
    const machine = await api.create({ ...MEDIUM, parts: [{ id }] });
    await api.remove(machine.id);
    expect(await names(api)).toEqual([]);
  });

  test("a machine that vanishes takes its own along", async () => {
    const { api, operator } = await cloudWith(all);
    const { id } = await api.create(MEDIUM);
    operator.vanish(id);
    expect(await names(api)).toEqual([]);
  });
});

describe.each(WAYS)("%s: parts have quota and price", (_, way) => {
  const cloudWith = stagesBy(way);

  test.each<[string, number, PartRequest]>([
    ["ports", 1, PORT],
    ["volumes", 1, VOLUME],
    ["volumeGib", 10, VOLUME],
    ["addresses", 1, ADDRESS],
  ])("%s are limited, also when they are made with a machine", async (dimension, limit, request) => {
    const { api, operator } = await cloudWith();
    operator.setQuota("plain", { [dimension]: limit });
    const { id } = await api.createPart(request);
    const message = `Quota exceeded for ${dimension}: ${limit} of ${limit} used, ${limit} requested`;
    await expect(api.createPart(request)).rejects.toMatchObject({ ...refusal("quota_exceeded"), message });
    const { kind } = request;
    const parts: PartChoice[] = [kind === "port" || kind === "address" ? { kind } : { kind: "volume", sizeGib: 10 }];
    await expect(api.create({ ...MEDIUM, parts })).rejects.toMatchObject({ ...refusal("quota_exceeded"), message });
    expect(operator.snapshot().machines).toEqual([]);
    await api.removePart(id);
    const made = await api.create({ ...MEDIUM, parts });
    expect((await api.usage()).rows).toContainEqual({ dimension, realm: null, limit, used: limit });
    await api.remove(made.id);
    expect((await api.usage()).rows).toContainEqual({ dimension, realm: null, limit, used: 0 });
  });

  test("they are billed in a log of their own from birth to end, and cost also when alone", async () => {
    const { clock, api, datacentre } = await cloudWith({
      parts: { prices: { volumeGib: 0.01, address: 0.5 } },
      sizes: [{ name: "medium", cpu: 1, memoryMib: 1, storageGib: 1, hourlyPrice: 2 }],
    });
    const volume = await api.createPart(VOLUME);
    await clock.advance(HOUR_MS);
    const machine = await api.create({ ...MEDIUM, parts: [{ id: volume.id }, { kind: "address" }] });
    await clock.advance(HOUR_MS);
    await api.remove(machine.id);
    await clock.advance(HOUR_MS);
    const { billing } = datacentre;
    expect(billing.partEntries()).toMatchObject([
      { kind: "born", part: "volume", name: "db-volume", hourlyPrice: 0.1, at: 1_000_000 },
      { kind: "born", part: "address", name: "db-address", hourlyPrice: 0.5 },
      { kind: "gone", part: "address", at: 1_000_000 + 2 * HOUR_MS },
    ]);
    expect(billing.partsAliveNow()).toMatchObject([{ partId: volume.id }]);
    expect(billing.costUntil(clock.now(), "plain")).toBeCloseTo(2 + 0.3 + 0.5, 10);
    expect(billing.entries().map(({ kind }) => kind)).toEqual(["born", "running", "gone"]);
  });
});

describe.each(WAYS)("%s: what goes wrong with parts", (_, way) => {
  const cloudWith = stagesBy(way);

  test("a part that fails after the machine was made: the machine ends in error, the others are there", async () => {
    const { clock, api, operator } = await cloudWith({
      boot: { kind: "fixed", ms: 100 },
      parts: { implied: ["port", "address"] },
    });
    operator.addFaults([{ on: "create", do: { kind: "part_fails", part: "address", code: "quota_exceeded" } }]);
    const { id } = await api.create(MEDIUM);
    await clock.advance(100);
    const fault = { code: "quota_exceeded", text: "The address could not be made" };
    expect(await api.get(id)).toMatchObject({ state: "error", fault });
    expect(await names(api)).toEqual(["db-port"]);
    await api.remove(id);
    expect(await names(api)).toEqual([]);
  });

  test("a part made after its machine may be refused, by kind, or end in error", async () => {
    const { api, operator } = await cloudWith();
    const machine = await api.create(MEDIUM);
    operator.addFaults([
      { on: "createPart", when: { part: "address" }, do: { kind: "refuse", code: "quota_exceeded" } },
      { on: "createPart", when: { part: "volume" }, do: { kind: "make_error", text: "no space left" } },
    ]);
    await api.createPart(PORT);
    await expect(api.createPart({ ...ADDRESS, machine: machine.id })).rejects.toMatchObject(refusal("quota_exceeded"));
    const { id } = await api.createPart(VOLUME);
    expect(await api.getPart(id)).toMatchObject({
      state: "error",
      fault: { code: "internal_error", text: "no space left" },
    });
    await expect(api.attachPart(id, machine.id)).rejects.toMatchObject(refusal("wrong_state"));
    await api.removePart(id);
  });

  test("a machine may leave parts behind that should have gone", async () => {
    const { api, operator } = await cloudWith({ parts: { implied: ["port", "volume"] } });
    operator.addFaults([
      { on: "remove", when: { name: "db" }, do: { kind: "parts_left", parts: ["volume"] } },
      { on: "remove", when: { name: "web" }, do: { kind: "parts_left" } },
    ]);
    for (const name of ["db", "web"]) await api.remove((await api.create({ ...MEDIUM, name })).id);
    expect(await names(api, { isLone: true })).toEqual(["db-volume", "web-port", "web-volume"]);
  });

  test("a removal may be ignored, or be slow; a part may vanish by hand", async () => {
    const { clock, api, operator } = await cloudWith();
    const [port, volume] = [await api.createPart(PORT), await api.createPart(VOLUME)];
    operator.addFaults([
      { on: "removePart", when: { part: "port" }, do: { kind: "remove_ignored" } },
      { on: "removePart", when: { name: "db-volume" }, do: { kind: "remove_slow", ms: 9000 } },
    ]);
    await api.removePart(port.id);
    await api.removePart(volume.id);
    await clock.advance(8999);
    expect(await names(api)).toEqual(["db-port", "db-volume"]);
    await clock.advance(1);
    expect(await names(api)).toEqual(["db-port"]);
    const machine = await api.create({ ...MEDIUM, parts: [{ id: port.id }] });
    operator.vanishPart(port.id);
    expect((await api.get(machine.id)).parts).toEqual([]);
    expect(() => operator.vanishPart(port.id)).toThrow(`No part ${port.id}`);
  });
});
