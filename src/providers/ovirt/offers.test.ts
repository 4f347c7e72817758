import { expect, test } from "vitest";
import { isSound } from "../../core/market/sound.ts";
import { optional } from "../../cloud-http/replay.samples.ts";
import { calm } from "../../ports/provider-suite/stage.testsuite.ts";
import {
  CENTERS,
  CLUSTERS,
  type Exchange,
  missing,
  ON,
  openReplayed,
  PLACE,
  PROFILE,
  TEMPLATE,
  TYPES,
} from "./cloud-replay.testsuite.ts";
import { topologyOf } from "./offers.ts";

test("each instance type is offered in each cluster, at the account's prices", async () => {
  await using opened = await openReplayed([...PLACE, TYPES], {
    prices: "Small = 0.02",
    hourlyPricePerCpu: 0.01,
    hourlyPricePerGib: 0.005,
  });
  const { offers, next, unlisted } = await opened.cloud.sizes(null, calm());
  expect({ next, unlisted }).toEqual({ next: null, unlisted: [] });
  expect(offers.map(({ realm, size, architecture }) => [realm, size, architecture])).toEqual([
    ["Default", "Small", "x86_64"],
    ["Power", "Small", "ppc64"],
    ["Default", "Large", "x86_64"],
    ["Power", "Large", "ppc64"],
  ]);
  expect(offers[0]).toMatchObject({ cpu: 1, memoryMib: 2_048, storageGib: 500, hourlyMicros: 20_000, cut: null });
  expect(offers[2]).toMatchObject({ cpu: 4, memoryMib: 8_192, hourlyMicros: 80_000 });
});

test("machines that are cut are one offer a cluster, as large as the account says", async () => {
  const settings = { sizes: "custom", cluster: "Power", mostCpu: 8, mostMemoryGib: 32, mostStorageGib: 100 };
  await using opened = await openReplayed([...PLACE], {
    ...settings,
    hourlyPricePerCpu: 0.01,
    hourlyPricePerGib: 0.005,
  });
  const { offers } = await opened.cloud.sizes(null, calm());
  expect(offers).toHaveLength(1);
  expect(offers[0]).toMatchObject({
    realm: "Power",
    size: "custom",
    cpu: 8,
    memoryMib: 32_768,
    storageGib: 100,
    hourlyMicros: null,
    cut: {
      hourlyMicrosPerCpu: 10_000,
      hourlyMicrosPerGib: 5_000,
      step: { cpu: 1, memoryMib: 1, storageGib: null },
      takesPer: {},
    },
  });
});

test.each([
  [1, 1, 1],
  [16, 16, 1],
  [24, 12, 2],
  [64, 16, 4],
  [17, 1, 17],
])("%i processors are %i sockets of %i cores", (cpu, sockets, cores) => {
  expect(topologyOf(cpu)).toEqual({ sockets, cores, threads: 1 });
});

test("many instance types come in pages", async () => {
  const types = Array.from({ length: 250 }, (_, no) => ({ id: `${no}`, name: `n${no}`, memory: "1073741824" }));
  const full: Exchange = { on: ON.types, body: { instance_type: types } };
  // Asked at once, in whatever order.
  await using opened = await openReplayed([...PLACE, full, CENTERS, CLUSTERS, TYPES]);
  const first = await opened.cloud.sizes(null, calm());
  expect(first.next).toBe("2");
  const second = await opened.cloud.sizes(first.next, calm());
  expect(second.next).toBeNull();
  expect(opened.asked.at(-1)?.query.get("search")).toBe("sortby name asc page 2");
});

test("an instance type with a number that cannot be true is left out, and takes no other one with it", async () => {
  const type = (name: string, memory: string, cores = "1") => ({
    id: name,
    name,
    memory,
    cpu: { topology: { cores } },
  });
  const all = [
    type("Endless", "9".repeat(40)),
    type("Negative", "-1"),
    type("Cursed", "1073741824", "-2"),
    type("Small", "1073741824"),
  ];
  const shown: Exchange = { on: ON.types, body: { instance_type: all } };
  await using opened = await openReplayed([optional(CENTERS), optional(CLUSTERS), shown]);
  const { offers } = await opened.cloud.sizes(null, calm());
  expect(new Set(offers.filter(isSound).map(({ size }) => size))).toEqual(new Set(["Small"]));
});

const template = (id: string, name: string, given: object = {}) => ({ id, name, status: "ok", ...given });
const OLD = template("t1", "debian-12", { version: { version_number: "1", version_name: "base version" } });
const NEW = template("t2", "debian-12", { version: { version_number: "2", version_name: "patched" } });
const LOCKED = template("t3", "debian-12", { version: { version_number: "3" }, status: "locked" });
const found = (...all: readonly object[]): Exchange => ({
  on: ON.templates,
  body: all.length === 0 ? {} : { template: all },
});

test.each<[string, readonly Exchange[], object]>([
  ["debian-12", [found(OLD, NEW, LOCKED)], { image: "t2" }],
  ["debian-12:1", [found(OLD, NEW, LOCKED)], { image: "t1" }],
  ["debian-12:patched", [found(OLD, NEW, LOCKED)], { image: "t2" }],
  ["debian-12:3", [found(OLD, NEW, LOCKED)], { image: null, text: "the template debian-12:3 is locked" }],
  ["debian-12", [found(template("t4", "Debian-12"))], { image: null, text: null }],
  ["debian", [found()], { image: null, text: null }],
  [TEMPLATE, [{ on: ON.template, body: template(TEMPLATE, "debian-12") }], { image: TEMPLATE }],
  [TEMPLATE, [missing(ON.template)], { image: null, text: null }],
  ["two words", [], { image: null, text: expect.stringMatching(/no name of a template/) }],
])("the image %s", async (choice, script, expected) => {
  await using opened = await openReplayed(script);
  expect(await opened.cloud.image(choice, "Default", calm())).toEqual(expected);
});

test("templates that can be used are told by name and id", async () => {
  const blank = template("00000000-0000-0000-0000-000000000000", "Blank");
  await using opened = await openReplayed([optional(found(OLD, NEW, LOCKED, blank)), ...PLACE], { cluster: "Default" });
  expect((await opened.cloud.images?.(null, calm()))?.images).toEqual([
    { realm: "Default", choice: "debian-12", image: "t2" },
    { realm: "Default", choice: "t2", image: "t2" },
  ]);
});

test("what networks lack is said before a launch", async () => {
  const networks: Exchange = { on: ON.networks, body: { network: [{ id: "n1", name: "shop" }] } };
  const profiles: Exchange = {
    on: ON.profiles,
    body: {
      vnic_profile: [
        { id: PROFILE, name: "shop", network: { id: "n1" } },
        { id: "p2", name: "isolated", network: { id: "n1" } },
      ],
    },
  };
  await using opened = await openReplayed([...PLACE, networks, profiles, ...PLACE, networks, profiles]);
  const lacks = (where: object) => opened.cloud.lacks?.(where, "Default", calm());
  expect(await lacks({})).toBeNull();
  expect(await lacks({ publicKey: "ssh-ed25519" })).toBeNull();
  expect(await lacks({ networks: ["shop", "isolated", "shop/shop", PROFILE] })).toBeNull();
  expect(await lacks({ networks: ["nobody"] })).toBe("slipway@internal sees no vNIC profile nobody");
});
