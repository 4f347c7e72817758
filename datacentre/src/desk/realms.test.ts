// Realms that do not answer, on either way.

import { describe, expect, test } from "vitest";
import type { CloudSettings } from "../settings.ts";
import { MEDIUM, refusal, stagesBy, WAYS } from "../ways.testsuite.ts";

const HOST = { cpu: 64, memoryMib: 131_072, storageGib: 2000 };
const TWO: Partial<CloudSettings> = {
  realms: ["plain-a", "plain-b"].map((name) => ({ name, images: ["debian-12"], hosts: [HOST] })),
  parts: { implied: ["port"] },
};
const THERE = { ...MEDIUM, name: "web", realm: "plain-b" };

describe.each(WAYS)("%s: a realm that is down", (_, way) => {
  const cloudWith = stagesBy(way);

  test("is named by lists, which go on with the others; what is in it is not told, and goes on", async () => {
    const { clock, api, operator, datacentre } = await cloudWith({ ...TWO, boot: { kind: "fixed", ms: 1000 } });
    const here = await api.create(MEDIUM);
    const there = await api.create(THERE);
    operator.setRealmDown("plain-b", true);
    await clock.advance(1000);
    expect(await api.realms()).toEqual([
      { name: "plain-a", isUp: true },
      { name: "plain-b", isUp: false },
    ]);
    expect(operator.snapshot().downRealms).toEqual(["plain-b"]);
    expect(await api.list({})).toMatchObject({ machines: [{ id: here.id }], unreachableRealms: ["plain-b"] });
    expect(await api.listParts({})).toMatchObject({ parts: [{ name: "db-port" }], unreachableRealms: ["plain-b"] });
    expect((await api.get(here.id)).state).toBe("running");
    await expect(api.get(there.id)).rejects.toMatchObject({
      ...refusal("realm_down"),
      message: "The realm plain-b does not answer",
    });
    expect(datacentre.billing.entries()).toContainEqual(
      expect.objectContaining({ machineId: there.id, kind: "running" }),
    );
    expect(await api.probe(there.id, { kind: "tcp", port: 22 })).toBe("open");
    operator.setRealmDown("plain-b", false);
    expect((await api.get(there.id)).state).toBe("running");
    expect((await api.list({})).unreachableRealms).toEqual([]);
  });

  test("refuses whatever is asked of it, and nothing is done; a search by name can't be sure", async () => {
    const { api, operator, datacentre } = await cloudWith(TWO);
    const { id, parts } = await api.create(THERE);
    operator.setRealmDown("plain-b", true);
    const [part = ""] = parts;
    const refused = [
      () => api.create(THERE),
      () => api.createPart({ kind: "port", name: "p", realm: "plain-b" }),
      () => api.start(id),
      () => api.stop(id),
      () => api.remove(id),
      () => api.console(id),
      () => api.getPart(part),
      () => api.detachPart(part),
      () => api.sizes({ realm: "plain-b" }),
      () => api.images({ realm: "plain-b" }),
      () => api.findByName("db"),
    ];
    for (const ask of refused) await expect(ask()).rejects.toMatchObject(refusal("realm_down"));
    expect(datacentre.billing.aliveNow()).toMatchObject([{ machineId: id }]);
    expect(datacentre.billing.partsAliveNow()).toMatchObject([{ partId: part }]);
    await api.create(MEDIUM);
  });

  test("is named where offers and images of all realms are read", async () => {
    const { api, operator } = await cloudWith(TWO);
    operator.setRealmDown("plain-a", true);
    const { offers, unreachableRealms } = await api.sizes({});
    expect([new Set(offers.map(({ realm }) => realm)), unreachableRealms]).toEqual([new Set(["plain-b"]), ["plain-a"]]);
    expect(await api.images({})).toMatchObject({ images: [{ realm: "plain-b" }], unreachableRealms: ["plain-a"] });
    operator.setRealmDown("plain-a", false);
    expect((await api.sizes({})).unreachableRealms).toEqual([]);
  });

  test("may show partial records, as Nova does: id, realm and age, and an unknown state", async () => {
    const { api, operator } = await cloudWith({ ...TWO, downReads: "partial" });
    const here = await api.create({ ...MEDIUM, labels: { owner: "us" } });
    const { id } = await api.create({ ...THERE, labels: { owner: "us" } });
    operator.setRealmDown("plain-b", true);
    const partial = { id, realm: "plain-b", state: "unknown", name: "", labels: {}, createdAt: 1_000_000 };
    expect(await api.get(id)).toMatchObject(partial);
    const { machines, unreachableRealms } = await api.list({});
    expect(machines).toMatchObject([{ id: here.id, state: "running" }, partial]);
    expect(unreachableRealms).toEqual(["plain-b"]);
    expect(await api.list({ labels: { owner: "us" } })).toMatchObject({
      machines: [{ id: here.id }],
      unreachableRealms: ["plain-b"],
    });
    await expect(api.remove(id)).rejects.toMatchObject(refusal("realm_down"));
  });

  test("one page may name realms that the others list", async () => {
    const { api, operator } = await cloudWith({ ...TWO, pageSize: 1 });
    for (const name of ["a", "b", "c"]) await api.create({ ...MEDIUM, name });
    operator.addFaults([{ on: "list", when: { nth: 2 }, do: { kind: "list_partial", realms: ["plain-b"] } }]);
    const pages = [await api.list({})];
    for (let next = pages[0]?.next; next; next = pages.at(-1)?.next) pages.push(await api.list({ cursor: next }));
    expect(pages.map((page) => page.unreachableRealms)).toEqual([[], ["plain-b"], []]);
  });

  test("a fault may take one down for a while: the one that a call is about, a named one, or the first", async () => {
    const { clock, api, operator } = await cloudWith(TWO);
    operator.addFaults([
      { on: "create", when: { realm: "plain-b" }, do: { kind: "realm_down", ms: 5000 } },
      { on: "list", do: { kind: "realm_down", ms: 7000, realm: "plain-a" } },
    ]);
    await expect(api.create(THERE)).rejects.toMatchObject(refusal("realm_down"));
    expect((await api.list({})).unreachableRealms).toEqual(["plain-a", "plain-b"]);
    await clock.advance(5000);
    expect((await api.list({})).unreachableRealms).toEqual(["plain-a"]);
    await clock.advance(2000);
    expect((await api.list({})).unreachableRealms).toEqual([]);
    expect(() => operator.addFaults([{ on: "any", do: { kind: "realm_down", ms: 1, realm: "moon" } }])).toThrow(
      "No realm moon",
    );
    operator.addFaults([{ on: "describe", do: { kind: "realm_down", ms: 9000 } }]);
    await api.describe();
    expect((await api.list({})).unreachableRealms).toEqual(["plain-a"]);
    operator.clearFaults();
    expect((await api.list({})).unreachableRealms).toEqual([]);
  });
});
