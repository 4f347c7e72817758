import { describe, expect, test } from "vitest";
import { readBlueprint } from "../../http/blueprint/yaml.ts";
import { sampleCut, sampleMarketAccount, sampleOffer } from "../../ports/market.samples.ts";
import { SMALL_PROFILE } from "../../ports/store.samples.ts";
import type { Blueprint } from "../blueprint/blueprint.ts";
import type { Mistake } from "../blueprint/mistake.ts";
import type { HardwareProfile } from "../blueprint/model.ts";
import { resolveBlueprint } from "../blueprint/resolve.ts";
import type { MarketAccount } from "./market.ts";
import { imagesNotFound, notOffered, sellersAmong, wantedAsWritten, wantedResolved } from "./offered.ts";

const HUGE: HardwareProfile = { ...SMALL_PROFILE, name: "huge", cpu: 64 };
const PROFILES = [SMALL_PROFILE, HUGE];
const LARGE = sampleOffer({ realm: "r1", cpu: 4, memoryMib: 8192 });
const PLAIN = "image: debian-12, profile: small";

function blueprint(web: string, parameters = ""): Blueprint {
  const read = readBlueprint(`slipway: 1\nname: shop\n${parameters}instances:\n  web: { ${web} }\n`);
  if ("mistakes" in read) throw new Error(read.mistakes.map(({ text }) => text).join("\n"));
  return read.ok;
}

const account = (given: Parameters<typeof sampleMarketAccount>[0] = {}) =>
  sampleMarketAccount({ offers: [LARGE], ...given });

const told = (mistakes: readonly Mistake[]): string[] =>
  mistakes.map(({ line, column, pointer, text, hint }) =>
    [`${line}:${column} ${pointer}`, text, ...(hint === undefined ? [] : [hint])].join(" | "),
  );

/** Of images those that begin with "deb" are there, but for "debain". */
const images = {
  isNowhere: (image: string) => !image.startsWith("deb") || image.startsWith("debain"),
  names: ["debian-12", "debian-13"],
};

function offerers(accounts: readonly MarketAccount[]) {
  const sellers = sellersAmong(accounts);
  if (sellers === null) throw new Error("nobody sells");
  return { owner: " of pool prod", sellers, profiles: PROFILES, images };
}

function asWritten(web: string, accounts = [account()], parameters = ""): string[] {
  return told(notOffered(wantedAsWritten(blueprint(web, parameters), PROFILES), offerers(accounts), "each"));
}

function launched(web: string, parameters = ""): string[] {
  const open = blueprint(web, parameters);
  const resolved = resolveBlueprint(open, { parameters: {}, profiles: PROFILES });
  if ("mistakes" in resolved) throw new Error(resolved.mistakes.map(({ text }) => text).join("\n"));
  return told(notOffered(wantedResolved(open, resolved.ok), offerers([account()]), "hopeless"));
}

test("nothing is known of all as long as one was not read, or has no realm to sell in, or there is none", () => {
  expect(sellersAmong([])).toBeNull();
  expect(sellersAmong([account(), account({ offers: null })])).toBeNull();
  expect(sellersAmong([account(), account({ account: { realms: { north: "r9" } } })])).toBeNull();
  const both = account({ realms: ["r1", "r2"] });
  expect(sellersAmong([both])).toMatchObject([{ realms: ["r1", "r2"] }]);
  expect(sellersAmong([{ ...both, account: { ...both.account, realms: { south: "r2", far: "r3" } } }])).toMatchObject([
    { realms: ["r2"] },
  ]);
});

test("images are looked for under the account's names of them, in the realms that it may use", () => {
  const wanted = wantedAsWritten(
    blueprint(
      'image: [debian-12, debian-13, "a${{ params.b }}"], profile: small',
      "parameters: { b: { type: string } }\n",
    ),
    PROFILES,
  );
  const has = (name: string, inRealm: string): MarketAccount => ({
    ...account({ realms: ["r1", "r2"], account: { images: { "debian-12": "img-7" }, realms: { only: "r1" } } }),
    answer: (kind, choice, realm) =>
      kind === "image" && choice === name && realm === inRealm
        ? { kind: "found", found: "i" }
        : { kind: "unread", text: null },
  });
  const missed = (...accounts: MarketAccount[]) => imagesNotFound(wanted, sellersAmong(accounts) ?? []);
  expect(missed(has("img-7", "r1"))).toEqual(["debian-13"]);
  expect(missed(has("img-7", "r1"), has("debian-13", "r1"))).toEqual([]);
  expect(missed(has("debian-12", "r1"), has("debian-13", "r2"))).toEqual(["debian-12", "debian-13"]);
});

describe("an image", () => {
  test("that none has is told at its place, with what is likely meant", () => {
    const place = "4:17 /instances/web/image | instances.web.image";
    const says = "which no account of pool prod offers at present";
    expect(asWritten(PLAIN)).toEqual([]);
    expect(asWritten("image: debain-12, profile: small")).toEqual([
      `${place} names the image "debain-12", ${says}: did you mean "debian-12"?`,
    ]);
    expect(asWritten("image: rocky, profile: small")).toEqual([
      `${place} names the image "rocky", ${says}: name one that exists, or map it: slipway account set --image.`,
    ]);
  });

  test("that a parameter names is judged once it has a value, and that parameter is to be mended", () => {
    const parameters =
      "parameters: { os: { type: string, default: debain-12 }, size: { type: string, default: huge } }\n";
    const web = "image: '${{ params.os }}', profile: '${{ params.size }}'";
    expect(asWritten(web, undefined, parameters)).toEqual([]);
    expect(launched(web, parameters)).toEqual([
      expect.stringMatching(
        /^5:17 \/parameters\/os \| instances\.web\.image names the image "debain-12", .* "debian-12"\?$/,
      ),
      expect.stringMatching(/^5:\d+ \/parameters\/size \| instances\.web\.profile names the hardware profile "huge"/),
    ]);
  });

  test("among alternatives keeps a launch only where there is no other", () => {
    const one = "image: [debain-12, debian-12], profile: [huge, small]";
    expect(asWritten(one)).toHaveLength(2);
    expect(launched(one)).toEqual([]);
    const none = launched("image: [debain-12, rocky], profile: [huge, { cpu: 8, memory: 1GiB }]");
    expect(none.map((text) => text.slice(0, text.indexOf(" |")))).toEqual([
      "4:18 /instances/web/image/0",
      "4:29 /instances/web/image/1",
      "4:47 /instances/web/profile/0",
      "4:53 /instances/web/profile/1",
    ]);
  });
});

describe("a hardware profile", () => {
  const custom = (more: string) => `image: debian-12, profile: { cpu: 2, memory: 2GiB, ${more} }`;
  const at = "4:37 /instances/web/profile | instances.web.profile";

  test("that a size fits, or a cut to measure, is offered", () => {
    const cut = sampleCut({ hourlyMicrosPerCpu: 1, hourlyMicrosPerGib: 1 });
    const flexible = sampleOffer({ realm: "r1", size: "custom", cpu: 64, memoryMib: 65_536, storageGib: 1_000, cut });
    expect(asWritten("image: debian-12, profile: huge", [account(), account({ offers: [flexible] })])).toEqual([]);
    expect(asWritten(custom("storage: 1GiB"))).toEqual([]);
  });

  test("named, that none fits, is told with what there is and what is offered", () => {
    expect(asWritten("image: debian-12, profile: huge")).toEqual([
      `${at} names the hardware profile "huge" (64 cpu, 2048 MiB of memory, 10 GiB of storage, x86_64), which no account of pool prod offers at present (at most 4 cpu): use another, or add an account that has it. | Hardware profiles that are offered: small.`,
    ]);
    const bare = account({ offers: [], realms: ["r1"] });
    expect(asWritten("image: debian-12, profile: huge", [bare])).toEqual([
      expect.stringMatching(/\(nothing of architecture x86_64\): use another, or add an account that has it\.$/),
    ]);
  });

  test("that nobody knows is another mistake", () => {
    expect(asWritten("image: debian-12, profile: nosuch")).toEqual([]);
  });

  const GPU = sampleOffer({ realm: "r1", accelerators: 2, acceleratorKind: "t4" });
  const SPOT = sampleOffer({ realm: "r1", spot: true });

  test.each<[string, string, Parameters<typeof sampleMarketAccount>[0]?]>([
    ["cpu: 5, memory: 2GiB", "at most 4 cpu"],
    ["cpu: 2, memory: 9GiB", "at most 8192 MiB of memory"],
    ["cpu: 2, memory: 2GiB, storage: 1TiB, accelerators: 2", "at most 20 GiB of storage, at most 0 accelerators"],
    ["cpu: 2, memory: 2GiB, architecture: arm64", "nothing of architecture arm64"],
    ["cpu: 1, memory: 1GiB, accelerators: 1, acceleratorKind: a100", "no accelerators"],
    ["cpu: 1, memory: 1GiB, accelerators: 1, acceleratorKind: a100", "accelerators: t4", { offers: [GPU] }],
    ["cpu: 1, memory: 1GiB, accelerators: 3, acceleratorKind: t4", "at most 2 accelerators", { offers: [GPU] }],
    ["cpu: 1, memory: 1GiB", "nothing but spot", { offers: [SPOT] }],
    ["cpu: 8, memory: 1GiB", "nothing but spot", { offers: [SPOT] }],
    [
      "cpu: 2, memory: 4GiB",
      "no size has all of it",
      {
        offers: [
          sampleOffer({ realm: "r1", cpu: 4, memoryMib: 1024 }),
          sampleOffer({ realm: "r1", size: "s2", cpu: 1, memoryMib: 8192 }),
          sampleOffer({ realm: "r2", cpu: 8, memoryMib: 8192 }),
        ],
        account: { realms: { only: "r1" } },
      },
    ],
  ])("written out as { %s }: %s", (profile, why, given = {}) => {
    const [text, ...more] = asWritten(`image: debian-12, profile: { ${profile} }`, [account(given)]);
    expect(more).toEqual([]);
    expect(text).toContain(`${at} asks for `);
    expect(text).toContain(`(${why}): ask for something else, or add an account that has it.`);
  });

  test("for spot is offered as spot alone", () => {
    const spot = `${PLAIN}, placement: { spot: true }`;
    expect(asWritten(spot, [account({ offers: [SPOT] })])).toEqual([]);
    expect(asWritten(spot)).toEqual([expect.stringContaining("(nothing as spot): use another, or add")]);
  });

  test.each([
    ["cpu: '${{ params.a }}', memory: 2GiB", "64", "/parameters/a"],
    ["cpu: 2, memory: '${{ params.a }}'", "64GiB", "/parameters/a"],
    ["cpu: 2, memory: 2GiB, storage: '${{ params.a }}'", "1TiB", "/parameters/a"],
    ["cpu: 2, memory: 2GiB, architecture: '${{ params.a }}'", "arm64", "/parameters/a"],
    ["cpu: 2, memory: 2GiB, accelerators: '${{ params.a }}'", "1", "/parameters/a"],
    ["cpu: 2, memory: 2GiB, acceleratorKind: '${{ params.a }}'", "a100", "/parameters/a"],
    ["cpu: 9, memory: '${{ params.a }}'", "2GiB", "/instances/web/profile"],
  ])("with parameters: %s", (profile, value, pointer) => {
    const isNumber = !/[A-Za-z]/.test(value);
    const parameters = `parameters: { a: { type: ${isNumber ? "integer" : "string"}, default: ${value} } }\n`;
    const web = `image: debian-12, profile: { ${profile} }`;
    expect(asWritten(web, undefined, parameters)).toEqual([]);
    expect(launched(web, parameters)).toEqual([
      expect.stringContaining(` ${pointer} | instances.web.profile asks for`),
    ]);
  });
});
