import { expect, test } from "vitest";
import { isSound } from "../../core/market/sound.ts";
import { calm } from "../../ports/provider-suite/stage.testsuite.ts";
import { type Exchange, flavor, IMAGE, ON, openReplayed } from "./cloud-replay.testsuite.ts";
import { LIMITS, NO_IMAGE, OWN } from "./parts.testsuite.ts";

const QUOTA: Exchange = {
  on: ON.quota,
  body: { quota: { port: { limit: 500, used: 4, reserved: 1 }, floatingip: { limit: -1, used: 0, reserved: 0 } } },
};
test("usage is in Nova's own counts, with those of ports; the permission to create is tried once", async () => {
  const either = [{ ...QUOTA, optional: true }, LIMITS, { ...QUOTA, optional: true }];
  await using opened = await openReplayed([...either, NO_IMAGE, ...either]);
  const quotas = await opened.cloud.usage(calm());
  expect(quotas).toEqual([
    { realm: null, dimension: "instances", most: 100, used: 2 },
    { realm: null, dimension: "cpu", most: null, used: 3 },
    { realm: null, dimension: "memoryMib", most: 1024000, used: 2048 },
    { realm: null, dimension: "ports", most: 500, used: 5 },
    { realm: null, dimension: "addresses", most: null, used: 0 },
  ]);
  await opened.cloud.usage(calm());
});

test("a Neutron that does not tell its quota is no fault of the account", async () => {
  const hidden = { on: ON.quota, status: 404, optional: true };
  await using opened = await openReplayed([hidden, LIMITS, hidden, NO_IMAGE]);
  expect((await opened.cloud.usage(calm())).map(({ dimension }) => dimension)).not.toContain("ports");
});

test("a flavor with a number that cannot be true is left out, and takes no other one with it", async () => {
  const flavors = [
    flavor("1", "lab.negative", { ram: -1 }),
    flavor("2", "lab.endless", { ram: 1e30 }),
    flavor("3", "lab.cursed", { disk: -20 }),
    flavor("4", "lab.small"),
  ];
  const zones: Exchange = { on: ON.zones, body: { availabilityZoneInfo: [{ zoneName: "az1" }] }, optional: true };
  await using opened = await openReplayed([zones, { on: ON.flavors, body: { flavors } }, zones], OWN);
  const { offers } = await opened.cloud.sizes(null, calm());
  expect(offers.filter(isSound).map(({ size }) => size)).toEqual(["lab.small"]);
});

test("offers are flavors in zones, with price, architecture and accelerators; what needs a volume is left out", async () => {
  const flavors = [
    flavor("2", "lab.small"),
    flavor("4", "lab.arm", { extra_specs: { "trait:COMPUTE_ARCH_AARCH64": "required" } }),
    flavor("5", "lab.gpu", { extra_specs: { "pci_passthrough:alias": "a100:2" } }),
    flavor("6", "lab.vgpu", { extra_specs: { "resources:VGPU": "1" } }),
    flavor("7", "lab.volume", { disk: 0 }),
    flavor("8", "lab.old", { "OS-FLV-DISABLED:disabled": true }),
  ];
  const link = { rel: "next", href: "http://inner/flavors/detail?marker=8" };
  const zones: Exchange = {
    on: ON.zones,
    body: { availabilityZoneInfo: [{ zoneName: "az1" }, { zoneName: "az2" }] },
    optional: true,
  };
  const script = [zones, { on: ON.flavors, body: { flavors, flavors_links: [link] } }, zones];
  await using opened = await openReplayed(script, { ...OWN, prices: "lab.small = 0.02", architecture: "riscv64" });
  const page = await opened.cloud.sizes(null, calm());
  expect(page.next).toBe("8");
  const offers = page.offers.filter(({ realm }) => realm === "az2");
  expect(page.offers).toHaveLength(8);
  expect(
    offers.map(({ size, architecture, accelerators, acceleratorKind, hourlyMicros }) => [
      size,
      architecture,
      accelerators,
      acceleratorKind,
      hourlyMicros,
    ]),
  ).toEqual([
    ["lab.small", "riscv64", 0, null, 20_000],
    ["lab.arm", "arm64", 0, null, null],
    ["lab.gpu", "riscv64", 2, "a100", null],
    ["lab.vgpu", "riscv64", 1, "vgpu", null],
  ]);
  expect(offers[0]).toMatchObject({
    cpu: 1,
    memoryMib: 1024,
    storageGib: 5,
    takes: { ports: 1, addresses: 1 },
  });
});

test("an offer takes ports and addresses as the account says for its zone", async () => {
  const zones: Exchange = {
    on: ON.zones,
    body: { availabilityZoneInfo: [{ zoneName: "az1" }, { zoneName: "az2" }] },
    optional: true,
  };
  const flavors = { on: ON.flavors, body: { flavors: [flavor("2", "lab.small")] } };
  const where = { az2: { networks: ["shop-net", "back"], publicAddress: true } };
  await using opened = await openReplayed([zones, flavors, zones], { floatingNetwork: "public", where });
  const { offers } = await opened.cloud.sizes(null, calm());
  expect(offers.map(({ takes }) => takes)).toEqual([{ ports: 1 }, { ports: 2, addresses: 1 }]);
});

const images = (...ids: readonly string[]): Exchange => ({
  on: ON.images,
  body: {
    images: ids.map((id) => ({ id, name: "debian", status: "active", visibility: "public" })),
    first: "/v2/images",
  },
});

test("images are told by id in every zone, and by name where none can have it too", async () => {
  const zones: Exchange = { on: ON.zones, body: { availabilityZoneInfo: [{ zoneName: "az1" }, { zoneName: "az2" }] } };
  const named = (id: string, name: string | null) => ({ id, name, status: "active" });
  const body = { images: [named("a", "debian"), named("b", "twin"), named("c", "twin"), named("d", null)] };
  const whole: Exchange = { on: ON.images, body };
  const first: Exchange = { on: ON.images, body: { ...body, next: "/v2/images?limit=1000&status=active&marker=d" } };
  await using opened = await openReplayed([zones, whole, zones, first, zones, images()]);
  const told = async () => {
    const page = await opened.cloud.images?.(null, calm());
    return [
      page?.next,
      page?.images.filter(({ realm }) => realm === "az2").map(({ choice, image }) => [choice, image]),
    ];
  };
  const byId = ["a", "b", "c", "d"].map((id) => [id, id]);
  expect(await told()).toEqual([null, [["debian", "a"], ...byId]]);
  expect(await told()).toEqual(["d", byId]);
  expect(await opened.cloud.images?.("d", calm())).toEqual({ images: [], next: null });
  expect(opened.asked.at(-1)?.query.get("marker")).toBe("d");
});

test.each<[string, readonly Exchange[], object, Readonly<Record<string, string>>]>([
  ["an id", [images(IMAGE)], { image: IMAGE }, { id: `in:${IMAGE}`, status: "active" }],
  ["debian", [images(IMAGE)], { image: IMAGE }, { name: "debian" }],
  ["nobody", [images()], { image: null, text: null }, { name: "nobody" }],
  [
    "twins",
    [images("a", "b")],
    { image: null, text: "several images are called twins there; use an id" },
    { name: "twins" },
  ],
  ["debian:12", [images(IMAGE)], { image: IMAGE }, { name: 'in:"debian:12"' }],
  [
    "property:os_distro=debian, os_version=12",
    [images("new", "old")],
    { image: "new" },
    { os_distro: "debian", os_version: "12", sort: "created_at:desc" },
  ],
  [
    "property:os_distro=none",
    [images()],
    { image: null, text: "no image there has the properties os_distro=none" },
    { os_distro: "none" },
  ],
])("an image is chosen by id, name or properties: %s", async (...[choice, script, expected, query]) => {
  await using opened = await openReplayed(script);
  expect(await opened.cloud.image(choice === "an id" ? IMAGE : choice, "az1", calm())).toEqual(expected);
  expect(Object.fromEntries(opened.asked.at(-1)?.query ?? [])).toMatchObject(query);
});
