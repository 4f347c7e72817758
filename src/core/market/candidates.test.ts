import { describe, expect, test } from "vitest";
import { UNLIMITED } from "./amount.ts";
import { sampleBlock, samplePool, SAMPLE_TIME, SMALL_PROFILE } from "../../ports/store.samples.ts";
import type { PoolMember } from "../account.ts";
import { accountId, deploymentId } from "../ids.ts";
import { fractionOf } from "../random.ts";
import { type Question } from "./candidates.ts";
import type { Market, MarketAccount } from "./market.ts";
import { sampleMarketAccount, sampleOffer } from "../../ports/market.samples.ts";
import type { Offer } from "./offer.ts";

import { blueprintOf, ask, group, sizesOf, refusal, one, quota, type Asked } from "./asking.testsuite.ts";

const CALLING = blueprintOf([{ ready: { kind: "callback" } }]);

test("machines call home where they are told of an address that they reach, or share this machine's loopback", () => {
  const fits = (given: Asked[1], sharesLoopback = false) =>
    ask([one({ sharesLoopback })], { blueprint: CALLING, ...given }).matches.length;
  expect(fits({ callbackBase: "http://slipway.example.org" })).toBe(1);
  expect(fits({ callbackBase: "http://127.0.0.1:7070" }, true)).toBe(1);
  // Nobody has to call.
  expect(fits({ callbackBase: "http://127.0.0.1:7070", blueprint: blueprintOf() })).toBe(1);
});

test("a realm where all machines seem gone is left out, and the others are not", () => {
  const alert = { text: "all of r1 seem gone", realms: ["r1"] };
  const offers = [sampleOffer({ realm: "r1" }), sampleOffer({ realm: "r2" })];
  const { matches } = ask([one({ account: { alert }, offers, realms: ["r1", "r2"] })]);
  expect(matches.map(({ realms }) => realms)).toEqual([["r2"]]);
});

describe("an account is refused with its reason", () => {
  test.each<[string, ...Asked]>([
    ["disabled: the account is disabled", [one({ account: { enabled: false } })]],
    ["disabled: pool default is disabled", [one()], { market: { pool: samplePool({ enabled: false }) } }],
    ["unhealthy: suspended: bad key", [one({ account: { health: "suspended", healthText: "bad key" } })]],
    ["unhealthy: unreachable: no reason known", [one({ account: { health: "unreachable" } })]],
    ["unhealthy: all seem gone", [one({ account: { alert: { text: "all seem gone", realms: [] } } })]],
    ["unhealthy: all of r1 seem gone", [one({ account: { alert: { text: "all of r1 seem gone", realms: ["r1"] } } })]],
    [
      "paused: its cloud throttles, and is left alone for another 5 min; a check of the account ends the pause when it passes",
      [one({ account: { limiter: { parallel: 1, pausedUntil: SAMPLE_TIME + 300_000 } } })],
    ],
    [
      "user_data: user data of db has 101 bytes at the least, and 100 are taken there",
      [one({ userDataBytesMost: 100 })],
      { blueprint: blueprintOf([{ userDataBytesLeast: 101 }]) },
    ],
    [
      "callback: db has to call home, and machines there do not reach http://127.0.0.1:7070: set SLIPWAY_URL_PUBLIC to an address of this server that they reach",
      [one()],
      { callbackBase: "http://127.0.0.1:7070", blueprint: CALLING },
    ],
    ["no_catalogue: its offers have not been read yet", [one({ offers: null })]],
    ["no_realm: the cloud offers no realm", [one({ offers: [], realms: [] })]],
    [
      "no_realm: the account is limited to this realm, and the cloud does not offer it",
      [one({ account: { realms: { east: "r9" } } })],
    ],
    ["no_image: image img (db) is not there", [one({ image: () => ({ kind: "absent", text: null }) })]],
    ["no_image: alias img names two", [one({ image: () => ({ kind: "absent", text: "alias img names two" }) })]],
    [
      "image_unread: whether it has image img (db) has not been read yet",
      [one({ image: () => ({ kind: "unread", text: null }) })],
    ],
    [
      "image_unread: whether it has image img (db) has not been read yet: it is broken",
      [one({ image: () => ({ kind: "unread", text: "it is broken" }) })],
    ],
    ["no_size: no size fits db (1 cpu, 2048 MiB of memory, 10 GiB of storage, x86_64)", [one({ offers: [] })]],
    ["no_size: db asks for no spot offers", [one({ offers: [sampleOffer({ realm: "r1", spot: true })] })]],
    [
      "quota: own limit of account east: needs 1 instance, 0 of 0 are used (raised by slipway account set east)",
      [one({ account: { limit: { ...UNLIMITED, instances: 0 } } })],
    ],
    [
      "quota: quota at its cloud: needs 1 cpu, 0 of 4 are free (raised by its operator)",
      [one({ quotas: [quota({ used: 5 })] })],
    ],
    [
      "pool_quota: own limit of pool default: needs 2048 MiB of memory, 0 of 1000 are used (raised by an admin with slipway pool set default, or freed when something in it stops)",
      [one()],
      { market: { pool: samplePool({ limit: { ...UNLIMITED, memoryMib: 1000 } }) } },
    ],
    [
      "blocked: capacity was refused: no host has room; next try in 60 s",
      [one()],
      { market: { blocks: [sampleBlock({ realm: "r1", size: "*" })] } },
    ],
    [
      "blocked: capacity was refused: no host has room; next try in 60 s",
      [one()],
      { market: { blocks: [sampleBlock({ realm: "*", size: "*" })] } },
    ],
    [
      "blocked: capacity was refused: no host has room; another launch is trying it",
      [one({ offers: [sampleOffer({ realm: "r1" })] })],
      {
        market: {
          blocks: [
            sampleBlock({
              realm: "r1",
              until: SAMPLE_TIME,
              probe: { deployment: deploymentId("other"), until: SAMPLE_TIME + 1 },
            }),
          ],
        },
      },
    ],
  ])("%s", (text, accounts, given) => {
    expect(refusal(accounts, given)).toEqual([text]);
  });

  test("naming an image that is called like what every object has, as the account calls it", () => {
    const asked: string[] = [];
    const account = one({
      account: { images: { toString: "native" } },
      image(choice) {
        asked.push(choice);
        return { kind: "absent", text: null };
      },
    });
    const images = (name: string) => ({ blueprint: blueprintOf([{ images: [name] }]) });
    expect(refusal([account], images("constructor"))).toEqual(["no_image: image constructor (db) is not there"]);
    refusal([account], images("toString"));
    expect(asked).toEqual(["constructor", "native"]);
  });

  test("in the words of its cloud, cut where they are many", () => {
    const text = "x".repeat(300);
    const short = `${"x".repeat(256)}… 44 more characters`;
    const health = { health: "unreachable", healthText: text } as const;
    expect(refusal([one({ account: health })])).toEqual([`unhealthy: unreachable: ${short}`]);
    const market = { blocks: [sampleBlock({ realm: "r1", size: "*", text })] };
    expect(refusal([one()], { market })).toEqual([`blocked: capacity was refused: ${short}; next try in 60 s`]);
  });

  test("realm by realm, where instances may go to any of its realms and none is left", () => {
    const account = sampleMarketAccount({ offers: [], realms: ["r1"], account: { realms: { a: "r8", b: "r9" } } });
    const { refused } = ask([account], { blueprint: blueprintOf([{}], { realms: "any" }) });
    expect(refused.map(({ realm, code }) => [realm, code])).toEqual([
      ["r8", "no_realm"],
      ["r9", "no_realm"],
    ]);
  });

  test("naming accelerators when they are wanted, and no storage when none is", () => {
    const profile = { ...SMALL_PROFILE, storageGib: 0, accelerators: 2 };
    const said = (given: Partial<typeof profile>) =>
      refusal([one()], { blueprint: blueprintOf([{ profiles: [{ ...profile, ...given }] }]) })[0];
    expect(said({})).toBe("no_size: no size fits db (1 cpu, 2048 MiB of memory, x86_64, 2 accelerators)");
    expect(said({ acceleratorKind: "a100" })).toContain("x86_64, 2 a100)");
    expect(said({ storageGib: 1 })).toContain("2048 MiB of memory, 1 GiB of storage, x86_64");
    expect(said({ accelerators: 1 })).toContain("x86_64, 1 accelerators)");
  });

  test("as a whole, where instances may go to any of its realms", () => {
    const { refused } = ask([sampleMarketAccount({ offers: [], realms: ["r1", "r2"] })], {
      blueprint: blueprintOf([{}], { realms: "any" }),
    });
    expect(refused.map(({ realm, code }) => [realm, code])).toEqual([[null, "no_size"]]);
  });

  test("for images that nobody has asked it for, which are named", () => {
    const { unread } = ask([
      one({ account: { images: { img: "native" } }, image: () => ({ kind: "unread", text: null }) }),
    ]);
    expect(unread).toEqual([{ account: accountId("acc-east"), kind: "image", realm: "r1", choice: "native" }]);
  });
});

describe("where machines are put", () => {
  const shop = blueprintOf([{ where: { networks: ["shop"] } }]);
  const asked = (blueprint = shop, given: Parameters<typeof one>[0] = {}) => {
    const questions: string[] = [];
    const where = (choice: string, realm: string) => {
      questions.push(`${realm} ${choice}`);
      return { kind: "found", found: "there" } as const;
    };
    return { ...ask([one({ where, ...given })], { blueprint }), questions };
  };

  test("is asked of the account once per group and realm, and not at all where nobody says anything", () => {
    const groups = blueprintOf([
      ...group("web", 3, { where: { networks: ["shop"], publicKey: "ssh-rsa AAAA" } }),
      ...group("db", 2),
    ]);
    const { matches, questions } = asked(groups);
    expect(matches).toHaveLength(1);
    expect(questions).toEqual(['r1 {"networks":["shop"],"publicKey":"ssh-rsa"}']);
    expect(asked(blueprintOf()).questions).toEqual([]);
  });

  test("is asked with the account's own defaults behind what the blueprint says", () => {
    const settings = { where: { "*": { networks: ["own"], key: "ops" }, r1: { key: "one" } } };
    expect(asked(shop, { account: { settings } }).questions).toEqual(['r1 {"networks":["shop"],"key":"one"}']);
    expect(asked(blueprintOf(), { account: { settings } }).questions).toEqual(['r1 {"networks":["own"],"key":"one"}']);
    expect(asked(shop, { account: { settings: { where: 7 } } }).questions).toEqual(['r1 {"networks":["shop"]}']);
  });

  test("keeps a realm out where it is not to be had, with the cloud's own words", () => {
    const offers = [sampleOffer({ realm: "r1" }), sampleOffer({ realm: "r2" })];
    const account = sampleMarketAccount({
      offers,
      where: (_, realm) =>
        realm === "r1" ? { kind: "absent", text: "there is no network shop" } : { kind: "found", found: "there" },
    });
    const { matches, refused } = ask([account], { blueprint: shop });
    expect(matches.map(({ realms }) => realms)).toEqual([["r2"]]);
    expect(refused).toMatchObject([
      { realm: "r1", code: "placement", text: "db cannot be placed: there is no network shop" },
    ]);
    const untold = one({ where: () => ({ kind: "absent", text: null }) });
    expect(refusal([untold], { blueprint: shop })).toEqual([
      "placement: db cannot be placed: not all of networks shop is there",
    ]);
  });

  test("is waited for as long as it is not known", () => {
    const account = one({ where: () => ({ kind: "unread", text: null }) });
    const text = "whether it has what db is placed by (networks shop) has not been read yet";
    expect(refusal([account], { blueprint: shop })).toEqual([`placement_unread: ${text}`]);
    expect(ask([account], { blueprint: shop }).unread).toEqual([
      { account: accountId("acc-east"), kind: "where", realm: "r1", choice: '{"networks":["shop"]}' },
    ]);
  });

  test("keeps an account out whose provider takes nothing of it", () => {
    const account = one({ account: { provider: "docker" }, takes: ["networks"] });
    const blueprint = blueprintOf([{ where: { networks: ["shop"], securityGroups: ["web"] } }]);
    expect(refusal([account], { blueprint })).toEqual(["placement: docker takes no securityGroups, which db asks for"]);
    expect(ask([account], { blueprint: shop }).matches).toHaveLength(1);
  });

  test("in other networks than the account's own is not known to reach this machine's loopback", () => {
    const given = { callbackBase: "http://127.0.0.1:7070" };
    const calling = blueprintOf([{ ready: { kind: "callback" }, where: { networks: ["shop"] } }]);
    expect(refusal([one({ sharesLoopback: true })], { ...given, blueprint: calling })[0]).toContain(
      "callback: db has to call home",
    );
  });
});

describe("a size", () => {
  const offer = (size: string, given: Partial<Offer> = {}) =>
    sampleOffer({ realm: "r1", size, hourlyMicros: 20, ...given });
  const offers = [
    offer("dear", { hourlyMicros: 30 }),
    offer("b"),
    offer("a"),
    offer("c"),
    offer("wide", { memoryMib: 9_000 }),
    offer("elsewhere", { realm: "r2", hourlyMicros: 1 }),
    offer("arm", { hourlyMicros: 1, architecture: "arm64" }),
    offer("flat", { hourlyMicros: 1, storageGib: 1 }),
    offer("unpriced", { hourlyMicros: null }),
  ];
  const sizeOf = (blocks: Market["blocks"] = [], given: Partial<Question> = {}) =>
    sizesOf(ask([one({ offers })], { ...given, market: { blocks } }).matches[0])["db"];

  test("is the cheapest that fits in the realm, then the smallest, then by name; one without a price comes last", () => {
    expect(sizeOf()).toBe("a");
    const blocked = ["a", "b", "c", "wide", "dear"].map((size) => sampleBlock({ realm: "r1", size }));
    expect([1, 2, 3, 4, 5].map((n) => sizeOf(blocked.slice(0, n)))).toEqual(["b", "c", "wide", "dear", "unpriced"]);
  });

  test("is the same in several realms: the first by name", () => {
    const equal = ["r2", "r1", "r3"].flatMap((realm) => [
      offer("a", { realm }),
      offer("x", { realm, hourlyMicros: null }),
    ]);
    const account = sampleMarketAccount({ offers: equal });
    const any = ask([account], { blueprint: blueprintOf([{}], { realms: "any" }) }).matches[0];
    expect(any?.places[0]?.fit.offer).toMatchObject({ realm: "r1", size: "a" });
    const orderIn = (realms: readonly string[]) =>
      account.offers?.fittingIn(SMALL_PROFILE, realms).map((fit) => `${fit.offer.size}/${fit.offer.realm}`);
    expect(orderIn(["r3", "r2", "r1"])).toEqual(["a/r1", "a/r2", "a/r3", "x/r1", "x/r2", "x/r3"]);
    expect(orderIn(["r3", "r2"])).toEqual(["a/r2", "a/r3", "x/r2", "x/r3"]);
  });

  test("has the accelerators that are asked for", () => {
    const gpus = [
      offer("any", { accelerators: 2, acceleratorKind: "l4" }),
      offer("right", { accelerators: 2, acceleratorKind: "a100", hourlyMicros: 99 }),
    ];
    const taken = (acceleratorKind: string | null) =>
      sizesOf(
        ask([one({ offers: gpus })], {
          blueprint: blueprintOf([{ profiles: [{ ...SMALL_PROFILE, accelerators: 1, acceleratorKind }] }]),
        }).matches[0],
      )["db"];
    expect([taken(null), taken("a100"), taken("h100")]).toEqual(["any", "right", undefined]);
  });

  test("is a spot offer only where such is asked for, up to its price", () => {
    const spots = [offer("lasting", { hourlyMicros: 1 }), offer("spot", { spot: true, hourlyMicros: 5 })];
    const taken = (maxHourlyMicros: number | null) =>
      ask([one({ offers: spots })], { blueprint: blueprintOf([{ spot: { maxHourlyMicros } }]) });
    expect([null, 5].map((most) => sizesOf(taken(most).matches[0])["db"])).toEqual(["spot", "spot"]);
    expect(taken(4).refused[0]?.text).toBe("db asks for spot offers");
    const onlySpot = ask([one({ offers: spots.slice(1) })], {
      blueprint: blueprintOf([{ spot: { maxHourlyMicros: 4 } }]),
    });
    expect(onlySpot.refused[0]?.text).toBe("spot offers for db cost more than it allows");
    const unknown = { ...offer("spot", { spot: true, hourlyMicros: null }) };
    const capped = ask([one({ offers: [unknown] })], { blueprint: blueprintOf([{ spot: { maxHourlyMicros: 4 } }]) });
    expect(capped.refused[0]?.text).toBe("spot offers for db cost more than it allows");
  });
});

describe("a match", () => {
  test("takes user data up to the most, and says how much that is", () => {
    const blueprint = blueprintOf([{ userDataBytesLeast: 100 }]);
    expect(ask([one({ userDataBytesMost: 100 })], { blueprint }).matches).toMatchObject([{ userDataBytesMost: 100 }]);
  });

  test("may use an offer whose block has run out, and one that it tries itself", () => {
    const me = deploymentId("me");
    for (const probe of [null, { deployment: me, until: SAMPLE_TIME + 9 }]) {
      const blocks = [sampleBlock({ realm: "r1", until: SAMPLE_TIME, probe })];
      expect(sizesOf(ask([one()], { deployment: me, market: { blocks } }).matches[0])).toEqual({ db: "s1" });
    }
  });

  test("leaves out what takes of a quota that was used up, and takes another size beside it", () => {
    const offers = ["a", "b", "other"].map((size, no) =>
      sampleOffer({
        realm: "r1",
        size,
        hourlyMicros: no + 1,
        takes: { [size === "other" ? "cpu/g" : "cpu/standard"]: 1 },
      }),
    );
    const blocks = [sampleBlock({ realm: "*", size: "* of cpu/standard", reason: "quota", until: SAMPLE_TIME + 9 })];
    expect(sizesOf(ask([one({ offers })]).matches[0])).toEqual({ db: "a" });
    expect(sizesOf(ask([one({ offers })], { market: { blocks } }).matches[0])).toEqual({ db: "other" });
  });

  test("keeps places in the blueprint's order, and counts choices no further than they matter", () => {
    const offers = Array.from({ length: 40 }, (_, i) => sampleOffer({ realm: "r1", size: `s${i}` }));
    const rare = ["x", "y", "z"].map((size) => sampleOffer({ realm: "r1", size, architecture: "arm64" }));
    const instances = [
      { name: "a-1", group: "a" },
      { name: "b", profiles: [{ ...SMALL_PROFILE, architecture: "arm64" }] },
      { name: "a-2", group: "a" },
    ];
    const [match] = ask([one({ offers: [...offers, ...rare] })], { blueprint: blueprintOf(instances) }).matches;
    expect(match?.places.map(({ instance, choices }) => [instance, choices])).toEqual([
      ["a-1", 16],
      ["b", 3],
      ["a-2", 16],
    ]);
  });
});

describe("the order", () => {
  const at = (name: string, hourlyMicros: number | null, member: Partial<PoolMember> = {}) =>
    one({
      account: { id: accountId(name), name },
      offers: [sampleOffer({ realm: "r1", hourlyMicros })],
      member: { account: accountId(name), ...member },
    });
  const order = (accounts: readonly MarketAccount[], draw = "7/1") =>
    ask(accounts, { draw }).matches.map(({ account }) => String(account));

  test("is by priority group, then by cost; what has no price comes last", () => {
    const accounts = [at("unpriced", null), at("dear", 30), at("cheap", 10), at("first", 99, { group: -1 })];
    expect(order(accounts)).toEqual(["first", "cheap", "dear", "unpriced"]);
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
    const firsts = (accounts: readonly MarketAccount[]) =>
      Array.from({ length: 400 }, (_, i) => order(accounts, `${i}`)[0]).filter((name) => name === "a").length;
    expect(firsts(equals)).toBeGreaterThan(150);
    expect(firsts(equals)).toBeLessThan(250);
    expect(firsts([at("a", 10, { weight: 100 }), at("b", 10, { weight: -100 })])).toBeGreaterThan(380);
  });
});
