// What the cloud has to offer, on either way.

import { describe, expect, test } from "vitest";
import { createDatacentre } from "../datacentre.ts";
import { plainCloud, PRESETS } from "../presets.ts";
import type { CloudSettings } from "../settings.ts";
import type { ImageView, Offer, OfferQuery, TenantApi } from "../tenant-api.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { ACCESS, MEDIUM, refusal, stagesBy, WAYS } from "../ways.testsuite.ts";

const HOST = { cpu: 64, memoryMib: 131_072, storageGib: 2000 };
const REALMS = ["plain-a", "plain-b"].map((name) => ({ name, images: ["debian-12"], hosts: [HOST] }));

const SIZES: CloudSettings["sizes"] = [
  {
    name: "one",
    cpu: 1,
    memoryMib: 1024,
    storageGib: 10,
    hourlyPrice: 0.1,
    prices: { "plain-b": { hourlyPrice: 0.3 } },
  },
  { name: "only-b", cpu: 1, memoryMib: 1024, storageGib: 10, hourlyPrice: 0.1, realms: ["plain-b"] },
  { name: "theirs", cpu: 1, memoryMib: 1024, storageGib: 10, hourlyPrice: 0.1, tenants: ["other"] },
  {
    name: "gpu",
    family: "graphics",
    cpu: 8,
    memoryMib: 8192,
    storageGib: 10,
    architecture: "arm64",
    accelerators: { kind: "a100", count: 2 },
    hourlyPrice: 4,
    spotPrice: 1.5,
  },
];
const TENANTS = ["plain", "other"].map((name) => ({ name, key: `${name}-key` }));
const VARIED: Partial<CloudSettings> = { realms: REALMS, sizes: SIZES, tenants: TENANTS };

async function allOffers(api: TenantApi, query: OfferQuery = {}): Promise<Offer[]> {
  const { offers, next } = await api.sizes(query);
  return next === null ? [...offers] : [...offers, ...(await allOffers(api, { ...query, cursor: next }))];
}

const named = (offers: readonly Offer[]): string[] => offers.map(({ realm, size }) => `${realm} ${size}`);

describe.each(WAYS)("%s: sizes", (_, way) => {
  const cloudWith = stagesBy(way);

  test("come realm by realm, with price, family, architecture and accelerators; each realm and tenant has its own", async () => {
    const { api } = await cloudWith(VARIED);
    const offers = await allOffers(api);
    expect(named(offers)).toEqual(["plain-a one", "plain-a gpu", "plain-b one", "plain-b only-b", "plain-b gpu"]);
    expect(offers.map(({ hourlyPrice }) => hourlyPrice)).toEqual([0.1, 4, 0.3, 0.1, 4]);
    expect(offers[0]).toMatchObject({ family: "general", architecture: "x86_64", accelerators: null, spotPrice: null });
    expect(offers[1]).toEqual({
      realm: "plain-a",
      size: "gpu",
      family: "graphics",
      cpu: 8,
      memoryMib: 8192,
      storageGib: 10,
      architecture: "arm64",
      accelerators: { kind: "a100", count: 2 },
      hourlyPrice: 4,
      spotPrice: 1.5,
    });
    expect(named(await allOffers(api, { realm: "plain-a" }))).toEqual(["plain-a one", "plain-a gpu"]);
    await expect(api.sizes({ realm: "nowhere" })).rejects.toMatchObject(refusal("invalid_realm"));
    const other = await cloudWith(VARIED, { ...ACCESS, tenant: "other", key: "other-key" });
    expect(named(await allOffers(other.api, { realm: "plain-a" }))).toContain("plain-a theirs");
    expect((await api.describe()).sizes.map(({ name }) => name)).toEqual(["one", "only-b", "gpu"]);
  });

  test("what is not offered there, or not to this tenant, can't be had; what is, is billed at its realm's price", async () => {
    const { api, datacentre } = await cloudWith(VARIED);
    const create = (size: string, realm: string) => api.create({ ...MEDIUM, size, realm });
    await expect(create("only-b", "plain-a")).rejects.toMatchObject({
      ...refusal("invalid_size"),
      message: "The size only-b is not offered in plain-a",
    });
    await expect(create("theirs", "plain-a")).rejects.toMatchObject(refusal("invalid_size"));
    await create("one", "plain-a");
    await create("one", "plain-b");
    const born = datacentre.billing.entries().filter(({ kind }) => kind === "born");
    expect(born.map(({ hourlyPrice }) => hourlyPrice)).toEqual([0.1, 0.3]);
  });

  test("pages: one that fails does not spoil the others, and what is withdrawn in between moves nothing", async () => {
    const { api, operator } = await cloudWith({ ...VARIED, offerPageSize: 2 });
    const first = await api.sizes({});
    expect(named(first.offers)).toEqual(["plain-a one", "plain-a gpu"]);
    const cursor = first.next ?? "";
    operator.addFaults([{ on: "sizes", when: { nth: 1 }, do: { kind: "refuse", code: "internal_error" } }]);
    await expect(api.sizes({ cursor })).rejects.toMatchObject(refusal("internal_error"));
    operator.setOffer({ size: "one", realm: "plain-a" }, { isOffered: false });
    operator.setOffer({ size: "gpu", realm: "plain-b" }, { hourlyPrice: 9, spotPrice: null });
    const second = await api.sizes({ cursor });
    expect(named(second.offers)).toEqual(["plain-b one", "plain-b only-b"]);
    const last = await api.sizes({ cursor: second.next ?? "" });
    expect(last).toMatchObject({ offers: [{ size: "gpu", hourlyPrice: 9, spotPrice: null }], next: null });
    await expect(api.sizes({ cursor: "nonsense" })).rejects.toMatchObject(refusal("invalid_request"));
    await expect(api.create({ ...MEDIUM, size: "one" })).rejects.toMatchObject(refusal("invalid_size"));
    operator.setOffer({ size: "one" }, {});
    expect(named((await api.sizes({})).offers)).toContain("plain-a one");
  });

  test("a fault may strike the pages of one realm only", async () => {
    const { api, operator } = await cloudWith(VARIED);
    operator.addFaults([
      { on: "sizes", when: { realm: "plain-b" }, times: "always", do: { kind: "refuse", code: "unavailable" } },
    ]);
    await api.sizes({ realm: "plain-a" });
    await expect(api.sizes({ realm: "plain-b" })).rejects.toMatchObject(refusal("unavailable"));
  });

  test("prices may be kept from tenants, and are billed all the same", async () => {
    const { api, datacentre } = await cloudWith({ ...VARIED, tellsPrices: false });
    const offers = await allOffers(api);
    expect(new Set(offers.flatMap(({ hourlyPrice, spotPrice }) => [hourlyPrice, spotPrice]))).toEqual(new Set([null]));
    await api.create({ ...MEDIUM, size: "one" });
    expect(datacentre.billing.entries()[0]).toMatchObject({ hourlyPrice: 0.1 });
  });

  test("machines may be cut to measure, in whole steps, at a price per unit", async () => {
    const custom = {
      cpu: { most: 8, step: 1 },
      memoryMib: { most: 16_384, step: 512 },
      storageGib: { most: 100, step: 10 },
      hourlyPricePerCpu: 0.02,
      hourlyPricePerGib: 0.01,
    };
    const { api, operator, datacentre } = await cloudWith({ custom });
    expect((await api.traits()).custom).toEqual({ ...custom, family: "general", architecture: "x86_64" });
    const cut = { ...MEDIUM, size: "custom" };
    const measure = { cpu: 3, memoryMib: 1536, storageGib: 20 };
    await api.create({ ...cut, measure });
    expect(operator.snapshot().hosts[0]?.used).toMatchObject({ cpu: 3, memoryMib: 1536, storageGib: 20 });
    expect(datacentre.billing.entries()[0]?.hourlyPrice).toBeCloseTo(0.075, 10);
    const wrong: readonly [typeof measure, string][] = [
      [{ ...measure, memoryMib: 1000 }, "memoryMib must be 512 to 16384 in steps of 512, not 1000"],
      [{ ...measure, cpu: 9 }, "cpu must be 1 to 8 in steps of 1, not 9"],
      [{ ...measure, storageGib: 0 }, "storageGib must be 10 to 100 in steps of 10, not 0"],
    ];
    for (const [refused, message] of wrong) {
      await expect(api.create({ ...cut, measure: refused })).rejects.toMatchObject({
        ...refusal("invalid_size"),
        message,
      });
    }
    await expect(api.create({ ...MEDIUM, measure })).rejects.toMatchObject(refusal("invalid_size"));
    const plain = await cloudWith();
    expect((await plain.api.traits()).custom).toBeNull();
    await expect(plain.api.create({ ...cut, measure })).rejects.toMatchObject(refusal("invalid_size"));
  });
});

describe.each(WAYS)("%s: images", (_, way) => {
  const cloudWith = stagesBy(way);
  const images = ["a", "b"].map((realm) => [
    { id: `img-${realm}1`, name: "debian", aliases: ["stable"], tags: { os: "debian", release: "12" } },
    { id: `img-${realm}2`, name: "debian", tags: { os: "debian", release: "13" } },
    { id: `img-${realm}3`, name: "nginx", aliases: ["web"], architecture: "arm64" },
  ]);
  const changes: Partial<CloudSettings> = {
    realms: REALMS.map((realm, index) => ({ ...realm, images: images[index] ?? [] })),
  };
  const ids = ({ images: found }: { readonly images: readonly ImageView[] }): string[] => found.map(({ id }) => id);

  test("by realm, id, name, alias and tag, in pages", async () => {
    const { api } = await cloudWith({ ...changes, offerPageSize: 4 });
    expect((await api.realms()).map(({ name }) => name)).toEqual(["plain-a", "plain-b"]);
    const first = await api.images({});
    expect(ids(first)).toEqual(["img-a1", "img-a2", "img-a3", "img-b1"]);
    const second = await api.images({ cursor: first.next ?? "" });
    expect([ids(second), second.next]).toEqual([["img-b2", "img-b3"], null]);
    expect(ids(await api.images({ realm: "plain-b" }))).toEqual(["img-b1", "img-b2", "img-b3"]);
    expect(ids(await api.images({ realm: "plain-a", name: "debian" }))).toEqual(["img-a1", "img-a2"]);
    expect(ids(await api.images({ alias: "web" }))).toEqual(["img-a3", "img-b3"]);
    expect(ids(await api.images({ tags: { os: "debian", release: "13" } }))).toEqual(["img-a2", "img-b2"]);
    expect((await api.images({ id: "img-a3" })).images).toEqual([
      { realm: "plain-a", id: "img-a3", name: "nginx", aliases: ["web"], tags: {}, architecture: "arm64" },
    ]);
    expect(ids(await api.images({ id: "img-a3", realm: "plain-b" }))).toEqual([]);
  });

  test("a request may name one by id, or by a name or alias that means one only", async () => {
    const { api, operator } = await cloudWith(changes);
    const create = (image: string) => api.create({ ...MEDIUM, image });
    expect((await create("stable")).image).toBe("stable");
    await create("img-a2");
    await expect(create("img-b2")).rejects.toMatchObject(refusal("image_not_found"));
    await expect(create("debian")).rejects.toMatchObject({
      ...refusal("invalid_request"),
      message: "2 images of plain-a are called debian: choose one by its id",
    });
    await expect(create("web")).rejects.toMatchObject({
      message: "The image img-a3 is made for arm64, the size medium is x86_64",
    });
    operator.removeImage("plain-a", "img-a2");
    await expect(create("img-a2")).rejects.toMatchObject(refusal("image_not_found"));
    await create("debian");
    operator.addImage("plain-a", "fresh");
    await create("fresh");
  });

  test("where only ids count, names and aliases are for looking up", async () => {
    const { api } = await cloudWith({ ...changes, imagesBy: "id" });
    await expect(api.create({ ...MEDIUM, image: "stable" })).rejects.toMatchObject(refusal("image_not_found"));
    await api.create({ ...MEDIUM, image: "img-a1" });
  });
});

describe("the preset wide", () => {
  const open = (tenant: string): TenantApi => {
    const datacentre = createDatacentre({ clouds: PRESETS.wide, clock: new VirtualClock() });
    return datacentre.connect({ tenant, key: `${tenant}-key` });
  };

  test("has a thousand sizes in twenty realms, which differ", async () => {
    const api = open("wide");
    expect((await open("wide-lab").describe()).sizes).toHaveLength(1000);
    expect(await api.realms()).toHaveLength(20);
    const offers = await allOffers(api);
    expect(offers.length).toBeGreaterThan(10_000);
    expect(new Set(named(offers)).size).toBe(offers.length);
    const perRealm = Map.groupBy(offers, ({ realm }) => realm);
    expect(new Set([...perRealm.values()].map(({ length }) => length)).size).toBeGreaterThan(3);
    expect(new Set(offers.map(({ accelerators }) => accelerators?.kind))).toContain("h100");
    const one = offers.filter(({ size }) => size === "general1-2").map(({ hourlyPrice }) => hourlyPrice);
    expect(new Set(one).size).toBe(20);
  });

  test("gives its newest accelerators to the lab alone", async () => {
    const has = async (tenant: string) =>
      (await allOffers(open(tenant), { realm: "wide-01" })).some(({ size }) => size === "accelerated10-2");
    expect([await has("wide"), await has("wide-lab")]).toEqual([false, true]);
  });

  test("makes a machine by an image's alias", async () => {
    const request = { name: "db", realm: "wide-07", size: "memory3-8", image: "postgres-16" };
    expect((await open("wide").create(request)).state).toBe("pending");
  });
});

test("settings that speak of what is not there are refused", () => {
  const open = (changes: Partial<CloudSettings>) => () =>
    createDatacentre({ clouds: [plainCloud(changes)], clock: new VirtualClock() });
  const size = { name: "s", cpu: 1, memoryMib: 1, storageGib: 1, hourlyPrice: 1 };
  expect(open({ sizes: [{ ...size, realms: ["moon"] }] })).toThrow("the size s of plain: there is no moon");
  expect(open({ sizes: [{ ...size, prices: { sun: {} } }] })).toThrow("the size s of plain: there is no sun");
  expect(open({ sizes: [{ ...size, tenants: ["mars"] }] })).toThrow("the size s of plain: there is no mars");
  expect(open({ sizes: [size, size] })).toThrow("two sizes of plain are named s");
});
