// What is sold, and what names of images mean.

import { expect, test } from "vitest";
import { calm } from "../../ports/provider-suite/stage.testsuite.ts";
import { entry, IMAGES, ON, openReplayed, PROFILES, REALMS, xml } from "./cloud-replay.testsuite.ts";

test("fixed profiles are sizes, those with ranges are cut, one without measures and realms that are down are not sold", async () => {
  const settings = { prices: "m1-small = 0.02", hourlyPricePerCpu: 0.01, hourlyPricePerGib: 0.005 };
  await using opened = await openReplayed([entry(), REALMS, PROFILES], settings);
  const { offers, unlisted, next } = await opened.cloud.sizes(null, calm());
  const usual = { realm: "us", accelerators: 0, acceleratorKind: null, family: null, spot: false, takes: {} };
  const large = { ...usual, cpu: 6, memoryMib: 15_360, storageGib: 1_024, hourlyMicros: null };
  const step = { cpu: 1, memoryMib: 4, storageGib: null };
  const cut = { hourlyMicrosPerCpu: 10_000, hourlyMicrosPerGib: 5_000, step, takesPer: {} };
  const small = { size: "m1-small", cpu: 1, memoryMib: 1_740, storageGib: 160, architecture: "i386" };
  expect(offers).toEqual([
    { ...usual, ...small, hourlyMicros: 20_000, cut: null },
    { ...large, size: "m1-large/x86_64", architecture: "x86_64", cut },
    { ...large, size: "m1-large/AArch64", architecture: "arm64", cut },
  ]);
  expect({ unlisted, next }).toEqual({ unlisted: [], next: null });
});

const property = (name: string, more: string): string => `<property name='${name}' ${more}/>`;
const fixed = (name: string, unit: string, value: string): string =>
  property(name, `kind='fixed' unit='${unit}' value='${value}'`);

test.each<[what: string, properties: string, expected: object | null]>([
  [
    "in other units",
    fixed("cpu", "count", "2") + fixed("memory", "GB", "4") + fixed("storage", "TB", "1"),
    { memoryMib: 4_096, storageGib: 1_024 },
  ],
  [
    "without storage and architecture",
    fixed("cpu", "count", "1") + fixed("memory", "MB", "512"),
    { storageGib: 0, architecture: "arm64" },
  ],
  [
    "with amd64",
    fixed("cpu", "count", "1") + fixed("memory", "MB", "512") + fixed("architecture", "label", "amd64"),
    { architecture: "x86_64" },
  ],
  ["without memory", fixed("cpu", "count", "1"), null],
  ["with half a processor", fixed("cpu", "count", "0.5") + fixed("memory", "MB", "512"), null],
  ["with impossible numbers", fixed("cpu", "count", "1") + fixed("memory", "MB", "1e300"), null],
  ["with negative ones", fixed("cpu", "count", "-1") + fixed("memory", "MB", "512"), null],
])("a profile %s", async (_, properties, expected) => {
  const profiles = xml(
    ON.profiles,
    `<hardware_profiles><hardware_profile id='p'>${properties}</hardware_profile></hardware_profiles>`,
  );
  await using opened = await openReplayed([entry(), REALMS, profiles], { architecture: "arm64" });
  const { offers } = await opened.cloud.sizes(null, calm());
  if (expected === null) return expect(offers).toEqual([]);
  expect(offers).toMatchObject([{ size: "p", hourlyMicros: null, ...expected }]);
});

test("a cloud without realms has one, called default", async () => {
  await using opened = await openReplayed([entry({ collections: ["instances", "hardware_profiles"] }), PROFILES]);
  expect(await opened.cloud.realms(calm())).toEqual(["default"]);
  expect((await opened.cloud.sizes(null, calm())).offers).toMatchObject(
    Array.from({ length: 3 }, () => ({ realm: "default" })),
  );
});

test("a realm that is down is still one", async () => {
  await using opened = await openReplayed([entry(), REALMS]);
  expect(await opened.cloud.realms(calm())).toEqual(["us", "eu"]);
});

test("images are found by id, and by a name that one alone has", async () => {
  const text = "several images are called Debian there; use an id";
  for (const [choice, expected] of [
    ["img2", { image: "img2" }],
    ["Fedora & more", { image: "img1" }],
    ["Debian", { image: null, text }],
    ["debian", { image: null, text: null }],
  ] as const) {
    await using opened = await openReplayed([IMAGES]);
    expect(await opened.cloud.image(choice, "us", calm())).toEqual(expected);
  }
  await using opened = await openReplayed([entry(), REALMS, IMAGES]);
  const page = await opened.cloud.images?.(null, calm());
  expect(page?.images.filter(({ realm }) => realm === "us").map(({ choice, image }) => `${choice} ${image}`)).toEqual([
    "Fedora & more img1",
    "img1 img1",
    "img2 img2",
    "img3 img3",
  ]);
});
