import { describe, expect, test } from "vitest";
import {
  NOTHING,
  sampleAccount,
  sampleBlock,
  sampleBlueprint,
  sampleCatalogue,
  samplePool,
  sampleResolvedInstance,
  sampleSize,
  SAMPLE_TIME,
  SMALL_PROFILE,
  UNLIMITED,
} from "../ports/store.samples.ts";
import type { Account, Catalogue, Market, PoolMember } from "./account.ts";
import { accountId, deploymentId } from "./ids.ts";
import { fractionOf } from "./random.ts";
import { candidates, type Question } from "./select.ts";

const ALONE = sampleBlueprint({ instances: [sampleResolvedInstance({ image: "img-debian" })] });

const CALLING = sampleBlueprint({
  instances: [sampleResolvedInstance({ image: "img-debian", ready: { kind: "callback" } })],
});

function one(account: Partial<Account> = {}, member: Partial<PoolMember> = {}): Market["accounts"][number] {
  const row = sampleAccount({
    catalogue: sampleCatalogue({ realms: ["r1"], sizes: [sampleSize({ realms: ["r1"] })] }),
    ...account,
  });
  return { account: row, member: { account: row.id, group: 0, weight: 0, ...member }, reserved: NOTHING };
}

const offering = (catalogue: Partial<Catalogue>) =>
  one({ catalogue: sampleCatalogue({ realms: ["r1"], sizes: [sampleSize({ realms: ["r1"] })], ...catalogue }) });

function ask(accounts: Market["accounts"], given: Partial<Question> & { market?: Market } = {}) {
  const market: Market = { pool: samplePool(), poolReserved: NOTHING, accounts, blocks: [], ...given.market };
  const rest = {
    tried: [],
    now: SAMPLE_TIME,
    deployment: null,
    callbackBase: "http://slipway",
    draw: "7/1",
    blueprint: ALONE,
  };
  return candidates({ ...rest, ...given, market: { ...market, accounts } });
}

const market = (given: Partial<Market>): Market => ({
  pool: samplePool(),
  poolReserved: NOTHING,
  accounts: [],
  blocks: [],
  ...given,
});

const refusal = (accounts: Market["accounts"], given: Parameters<typeof ask>[1] = {}) => {
  const { matches, refused } = ask(accounts, given);
  expect(matches).toEqual([]);
  return refused.map(({ code, text }) => `${code}: ${text}`);
};

describe("an account is refused with its reason", () => {
  test.each<[string, Market["accounts"], Parameters<typeof ask>[1]]>([
    ["disabled: the account is disabled", [one({ enabled: false })], {}],
    ["disabled: pool default is disabled", [one()], { market: market({ pool: samplePool({ enabled: false }) }) }],
    ["unhealthy: suspended: bad key", [one({ health: "suspended", healthText: "bad key" })], {}],
    ["unhealthy: unreachable: no reason known", [one({ health: "unreachable" })], {}],
    ["unhealthy: all seem gone", [one({ alert: "all seem gone" })], {}],
    [
      "paused: its cloud asked to be left alone for another 5 min; a check of the account ends the pause when it passes",
      [one({ limiter: { parallel: 1, pausedUntil: SAMPLE_TIME + 300_000 } })],
      {},
    ],
    ["no_catalogue: its offers have not been read yet", [one({ catalogue: null })], {}],
    ["no_realm: the cloud offers no realm", [offering({ realms: [] })], {}],
    [
      "no_realm: the account is limited to this realm, and the cloud does not offer it",
      [one({ realms: { east: "r9" } })],
      {},
    ],
    ["no_image: image img-debian (db) is not there", [offering({ images: [] })], {}],
    ["no_size: no size fits db (1 cpu, 2048 MiB of memory, 10 GiB of storage, x86_64)", [offering({ sizes: [] })], {}],
    [
      "user_data: user data of db has 101 bytes at the least, and 100 are taken there",
      [offering({ userDataBytesMost: 100 })],
      {
        blueprint: sampleBlueprint({
          instances: [sampleResolvedInstance({ image: "img-debian", userDataBytesLeast: 101 })],
        }),
      },
    ],
    [
      "callback: db has to call home, and machines there do not reach http://127.0.0.1:7070: set SLIPWAY_URL_PUBLIC to an address of this server that they reach",
      [one()],
      { callbackBase: "http://127.0.0.1:7070", blueprint: CALLING },
    ],
    ["tried: tried before in this launch", [one()], { tried: [{ account: accountId("acc-east"), realm: "r1" }] }],
    ["quota: needs 1 instances, 0 of 0 are free", [one({ limit: { ...UNLIMITED, instances: 0 } })], {}],
    [
      "quota: needs 1 cpu, 0 of 4 are free",
      [offering({ limit: { ...UNLIMITED, cpu: 4 }, used: { ...NOTHING, cpu: 5 } })],
      {},
    ],
    [
      // Launched since the catalogue was read: the cloud's own count does not know of them yet.
      "quota: needs 1 cpu, 0 of 4 are free",
      [{ ...offering({ limit: { ...UNLIMITED, cpu: 4 }, used: NOTHING }), reserved: { ...NOTHING, cpu: 4 } }],
      {},
    ],
    [
      "pool_quota: quota of pool default: needs 2048 MiB of memory, 1000 of 1000 are free",
      [one()],
      { market: market({ pool: samplePool({ limit: { ...UNLIMITED, memoryMib: 1000 } }) }) },
    ],
    [
      "blocked: capacity was refused: no host has room; next try in 60 s",
      [one()],
      { market: market({ blocks: [sampleBlock({ realm: "r1" })] }) },
    ],
    [
      "blocked: capacity was refused: no host has room; next try in 60 s",
      [one()],
      { market: market({ blocks: [sampleBlock({ realm: "*", size: "*" })] }) },
    ],
    [
      "blocked: capacity was refused: no host has room; another launch is trying it",
      [one()],
      {
        market: market({
          blocks: [
            sampleBlock({
              realm: "r1",
              until: SAMPLE_TIME,
              probe: { deployment: deploymentId("other"), until: SAMPLE_TIME + 1 },
            }),
          ],
        }),
      },
    ],
  ])("%s", (text, accounts, given) => {
    expect(refusal(accounts, given)).toEqual([text]);
  });

  test("naming an image that is called like what every object has", () => {
    const blueprint = sampleBlueprint({ instances: [sampleResolvedInstance({ image: "constructor" })] });
    expect(refusal([one()], { blueprint })).toEqual(["no_image: image constructor (db) is not there"]);
  });

  test("naming accelerators when they are wanted", () => {
    const blueprint = sampleBlueprint({
      instances: [sampleResolvedInstance({ image: "img-debian", profile: { ...SMALL_PROFILE, accelerators: 2 } })],
    });
    expect(refusal([one()], { blueprint })[0]).toContain("x86_64, 2 accelerators");
  });

  test("without speaking of storage when none is wanted", () => {
    const profile = { ...SMALL_PROFILE, storageGib: 0, cpu: 99 };
    const blueprint = sampleBlueprint({ instances: [sampleResolvedInstance({ image: "img-debian", profile })] });
    expect(refusal([one()], { blueprint })[0]).toBe("no_size: no size fits db (99 cpu, 2048 MiB of memory, x86_64)");
  });
});

test("machines call home where they are told of an address that they reach, or share this machine's loopback", () => {
  const fits = (given: Parameters<typeof ask>[1], catalogue: Partial<Catalogue> = {}) =>
    ask([offering(catalogue)], { blueprint: CALLING, ...given }).matches.length;
  expect(fits({ callbackBase: "http://slipway.example.org" })).toBe(1);
  expect(fits({ callbackBase: "http://127.0.0.1:7070" }, { sharesLoopback: true })).toBe(1);
  // Nobody has to call.
  expect(fits({ callbackBase: "http://127.0.0.1:7070", blueprint: ALONE })).toBe(1);
});

test("user data of exactly what is taken fits, and the match says how much that is", () => {
  const instances = [sampleResolvedInstance({ image: "img-debian", userDataBytesLeast: 100 })];
  const { matches } = ask([offering({ userDataBytesMost: 100 })], { blueprint: sampleBlueprint({ instances }) });
  expect(matches).toMatchObject([{ userDataBytesMost: 100 }]);
});

describe("a size", () => {
  const sizes = [
    sampleSize({ name: "dear", hourlyMicros: 30, realms: ["r1"] }),
    sampleSize({ name: "b", hourlyMicros: 20, realms: ["r1"] }),
    sampleSize({ name: "a", hourlyMicros: 20, realms: ["r1"] }),
    sampleSize({ name: "c", hourlyMicros: 20, realms: ["r1"] }),
    sampleSize({ name: "wide", hourlyMicros: 20, memoryMib: 9_000, realms: ["r1"] }),
    sampleSize({ name: "elsewhere", hourlyMicros: 1, realms: ["r2"] }),
    sampleSize({ name: "arm", hourlyMicros: 1, architecture: "arm64", realms: ["r1"] }),
    sampleSize({ name: "flat", hourlyMicros: 1, storageGib: 1, realms: ["r1"] }),
  ];
  const sizeOf = (accounts: Market["accounts"], blocks: Market["blocks"] = []) =>
    ask(accounts, { market: market({ blocks }) }).matches[0]?.placements["db"]?.size;

  test("is the cheapest that fits in the realm, then the smallest", () => {
    expect(sizeOf([offering({ sizes })])).toBe("a");
  });

  test("that is blocked gives way to the next", () => {
    expect(sizeOf([offering({ sizes })], [sampleBlock({ realm: "r1", size: "a" })])).toBe("b");
  });

  test("is cut to measure where the cloud does that, priced by its parts", () => {
    const flexible = {
      max: { instances: 9, cpu: 8, memoryMib: 16_384, storageGib: 100 },
      architecture: "x86_64",
      hourlyMicrosPerCpu: 100,
      hourlyMicrosPerGib: 10,
    };
    const [match] = ask([offering({ sizes: [], flexible })]).matches;
    expect(match).toMatchObject({ placements: { db: { size: "small", hourlyMicros: 120 } }, hourlyMicros: 120 });
    const tiny = { ...flexible, max: { ...flexible.max, cpu: 0.5 } };
    expect(ask([offering({ sizes: [], flexible: tiny })]).refused[0]?.code).toBe("no_size");
  });
});

describe("a match", () => {
  test("sums what the whole blueprint takes, and maps images by the account", () => {
    const blueprint = sampleBlueprint({
      instances: [
        sampleResolvedInstance({ image: "debian-13" }),
        sampleResolvedInstance({ name: "web", image: "img-debian" }),
      ],
    });
    const [match] = ask([one()], { blueprint }).matches;
    expect(match?.amount).toEqual({ instances: 2, cpu: 2, memoryMib: 4096 });
    expect(match?.placements).toMatchObject({ db: { image: "img-debian" }, web: { image: "img-debian" } });
    expect(match?.hourlyMicros).toBe(20_000);
  });

  test("exists for every realm, each tried for itself", () => {
    const sizes = [sampleSize({ realms: ["r1", "r2"] })];
    const found = ask([offering({ realms: ["r1", "r2"], sizes })], {
      tried: [{ account: accountId("acc-east"), realm: "r1" }],
    });
    expect(found.matches.map(({ realm }) => realm)).toEqual(["r2"]);
    expect(found.refused.map(({ realm }) => realm)).toEqual(["r1"]);
  });

  test("exists only in the realms that the account is limited to", () => {
    const catalogue = sampleCatalogue({ realms: ["r1", "r2"], sizes: [sampleSize({ realms: ["r1", "r2"] })] });
    const { matches, refused } = ask([one({ catalogue, realms: { east: "r2", also: "r2" } })]);
    expect(matches.map(({ realm }) => realm)).toEqual(["r2"]);
    expect(refused).toEqual([]);
  });

  test("may use an offer whose block has run out, and one that it tries itself", () => {
    const me = deploymentId("me");
    for (const probe of [null, { deployment: me, until: SAMPLE_TIME + 9 }]) {
      const blocks = [sampleBlock({ realm: "r1", until: SAMPLE_TIME, probe })];
      expect(ask([one()], { deployment: me, market: market({ blocks }) }).matches).toHaveLength(1);
    }
  });
});

describe("the order", () => {
  const at = (name: string, hourlyMicros: number, member: Partial<PoolMember> = {}) =>
    one(
      {
        id: accountId(name),
        name,
        catalogue: sampleCatalogue({ realms: ["r1"], sizes: [sampleSize({ realms: ["r1"], hourlyMicros })] }),
      },
      { account: accountId(name), ...member },
    );
  const order = (accounts: Market["accounts"], draw = "7/1") =>
    ask(accounts, { draw }).matches.map(({ account }) => String(account));

  test("is by priority group, then by cost", () => {
    expect(order([at("dear", 30), at("cheap", 10), at("first", 99, { group: -1 })])).toEqual([
      "first",
      "cheap",
      "dear",
    ]);
  });

  test("has those last whose cloud is to be left alone for longer than a moment, whatever their group", () => {
    const paused = (ms: number, row = at("first", 1, { group: -1 })) => ({
      ...row,
      account: { ...row.account, limiter: { parallel: 1, pausedUntil: SAMPLE_TIME + ms } },
    });
    expect(order([paused(10_000), at("other", 10)])).toEqual(["first", "other"]);
    expect(order([paused(10_001), at("other", 10)])).toEqual(["other", "first"]);
    expect(order([paused(299_999)])).toEqual(["first"]);
  });

  test("among equals counts the lowest weight once and the next one twice", () => {
    const rows = [at("low", 10, { weight: -100 }), at("next", 10, { weight: -99 })];
    for (let number = 0; number < 100; number += 1) {
      const lot = (name: string, times: number) => fractionOf(`7/${number}/${name}/r1`) ** (1 / times);
      const [first] = order(rows, `7/${number}`);
      expect(first).toBe(lot("low", 1) > lot("next", 2) ? "low" : "next");
    }
  });

  test("among equals is drawn: the same for the same draw, shared out over many, and shifted by weights", () => {
    const equals = [at("a", 10), at("b", 10)];
    expect(order(equals, "1")).toEqual(order(equals, "1"));
    const firsts = (accounts: Market["accounts"]) =>
      Array.from({ length: 400 }, (_, i) => order(accounts, `${i}`)[0]).filter((name) => name === "a").length;
    expect(firsts(equals)).toBeGreaterThan(150);
    expect(firsts(equals)).toBeLessThan(250);
    expect(firsts([at("a", 10, { weight: 100 }), at("b", 10, { weight: -100 })])).toBeGreaterThan(380);
  });
});
