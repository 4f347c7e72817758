import { describe, expect, test } from "vitest";
import { UNLIMITED } from "./amount.ts";
import { sampleAttempt, sampleFault, samplePlacement, samplePool, SMALL_PROFILE } from "../../ports/store.samples.ts";
import { accountId } from "../ids.ts";
import type { MarketAccount } from "./market.ts";
import { sampleCut, sampleMarketAccount, sampleOffer } from "../../ports/market.samples.ts";
import type { Offer } from "./offer.ts";

import { BOUNDS, blueprintOf, group, ask, sizesOf, realmsOf, refusal, one, quota } from "./asking.testsuite.ts";

describe("quota", () => {
  const take = (account: Parameters<typeof one>[0], given: Parameters<typeof ask>[1] = {}) =>
    ask([one(account)], given);

  test("is what the cloud has not counted as used and we do not hold beside that count", () => {
    const held = { quotas: [quota({ most: 100, used: 50 })], uncounted: new Map([["r9", { cpu: 60 }]]) };
    expect(take(held).refused[0]?.text).toBe(
      "quota at its cloud: needs 1 cpu, 0 of 100 are free (raised by its operator)",
    );
    expect(take({ ...held, uncounted: new Map([["r9", { cpu: 49 }]]) }).matches).toHaveLength(1);
  });

  test("of a realm counts what is held in that realm", () => {
    const quotas = [quota({ realm: "r1", most: 1 }), quota({ realm: "r2", most: 0 })];
    expect(take({ quotas, uncounted: new Map([["r2", { cpu: 5 }]]) }).matches).toHaveLength(1);
    expect(take({ quotas, uncounted: new Map([["r1", { cpu: 1 }]]) }).refused[0]?.code).toBe("quota");
  });

  test("in a dimension of the cloud's own steers to a size that takes nothing of it", () => {
    const offers = [
      sampleOffer({ realm: "r1", size: "std", family: "standard", takes: { "cpu/standard": 4 } }),
      sampleOffer({ realm: "r1", size: "mem", family: "memory", takes: { "cpu/memory": 4 }, hourlyMicros: 20_000 }),
    ];
    const blueprint = blueprintOf(group("db", 3));
    const quotas = [quota({ dimension: "cpu/standard", most: 8 })];
    const { matches } = take({ offers, quotas }, { blueprint });
    expect(sizesOf(matches[0])).toEqual({ "db-1": "std", "db-2": "std", "db-3": "mem" });
    const all = [...quotas, quota({ dimension: "cpu/memory", most: 2 })];
    expect(take({ offers, quotas: all }, { blueprint }).refused[0]?.text).toBe(
      "quota at its cloud: needs 12 of cpu/standard, 8 of 8 are free (raised by its operator)",
    );
  });

  test("without a limit is none, and what the cloud counts beyond its limit is not less than nothing", () => {
    expect(take({ quotas: [quota({ most: null, used: 99 })] }).matches).toHaveLength(1);
    expect(take({ quotas: [quota({ most: 4, used: 9 })] }).refused[0]?.text).toBe(
      "quota at its cloud: needs 1 cpu, 0 of 4 are free (raised by its operator)",
    );
    expect(take({ quotas: [quota({ dimension: "addresses", most: 4, used: 9 })] }).matches).toHaveLength(1);
  });

  test("in dollars is what the launch, its pool and its account may spend, held ones included", () => {
    const cap = (maxHourlyMicros: number) => ({ blueprint: blueprintOf(group("db", 2), { maxHourlyMicros }) });
    expect(take({}, cap(20_000)).matches).toHaveLength(1);
    expect(take({}, cap(19_999)).refused.map(({ code, text }) => `${code}: ${text}`)).toEqual([
      "spend_cap: most dollars per hour of this launch: needs $0.0200 per hour, $0.0200 of $0.0200 are free (raised as launch.maxHourly in the blueprint, or where the launch is asked for)",
    ]);
    const pool = samplePool({ limit: { ...UNLIMITED, hourlyMicros: 50_000 } });
    expect(take({}, { market: { pool, poolHeld: { hourlyMicros: 45_000 } } }).refused[0]?.code).toBe("pool_quota");
    expect(take({}, { market: { pool, poolHeld: { hourlyMicros: 40_000 } } }).matches).toHaveLength(1);
    const account = { limit: { ...UNLIMITED, hourlyMicros: 50_000 } };
    expect(take({ account, held: { hourlyMicros: 45_000 } }).refused[0]?.code).toBe("quota");
  });

  test("in dollars refuses what has no price", () => {
    const offers = [sampleOffer({ realm: "r1", hourlyMicros: null })];
    const refused = take({ offers }, { blueprint: blueprintOf([{}], { maxHourlyMicros: 1 }) }).refused[0];
    expect(refused).toMatchObject({
      code: "spend_cap",
      text: "s1 has no known price, and dollars per hour are limited (most dollars per hour of this launch)",
    });
  });

  test("tells what the whole would take", () => {
    const blueprint = blueprintOf([...group("db", 3), ...group("web", 4)]);
    const little = { quotas: [quota({ most: 2 })] };
    expect(take(little, { blueprint }).refused[0]?.text).toBe(
      "quota at its cloud: needs 7 cpu, 2 of 2 are free (raised by its operator)",
    );
    // Each at its first alternative, however many it has.
    const profiles = [SMALL_PROFILE, { ...SMALL_PROFILE, memoryMib: 1024 }];
    const choosy = { blueprint: blueprintOf(group("db", 3, { profiles })) };
    expect(take(little, choosy).refused[0]?.text).toBe(
      "quota at its cloud: needs 3 cpu, 2 of 2 are free (raised by its operator)",
    );
  });

  test("adds fractions up without a rest", () => {
    const profiles = [{ ...SMALL_PROFILE, cpu: 0.1 }];
    const cut = sampleCut({ hourlyMicrosPerCpu: 1, hourlyMicrosPerGib: 1 });
    const offers = [sampleOffer({ realm: "r1", size: "custom", cut })];
    const blueprint = blueprintOf(group("db", 3, { profiles }));
    expect(take({ offers, quotas: [quota({ most: 0.3 })] }, { blueprint }).matches).toHaveLength(1);
  });
});

describe("realms", () => {
  const cheapIn = (realm: string, given: Partial<Offer> = {}) => sampleOffer({ realm, hourlyMicros: 5, ...given });
  const offers = [
    sampleOffer({ realm: "r1" }),
    sampleOffer({ realm: "r2", hourlyMicros: 20_000 }),
    cheapIn("r2", { size: "tiny", memoryMib: 2048, cpu: 1, storageGib: 10 }),
    sampleOffer({ realm: "r3", hourlyMicros: 30_000 }),
  ];

  test("are tried each for itself when all must share one", () => {
    const { matches } = ask([sampleMarketAccount({ offers })]);
    expect(matches.map(({ realms }) => realms)).toEqual([["r2"], ["r1"], ["r3"]]);
  });

  test("are all open to each instance with any", () => {
    const big = { ...SMALL_PROFILE, storageGib: 15 };
    const blueprint = blueprintOf([{ name: "db" }, { name: "web", profiles: [big] }], { realms: "any" });
    const { matches } = ask([sampleMarketAccount({ offers })], { blueprint });
    expect(matches).toHaveLength(1);
    expect(realmsOf(matches[0])).toEqual({ db: "r2", web: "r1" });
    expect(matches[0]?.realms).toEqual(["r1", "r2"]);
  });

  test("share the members of a group with spread, differing by one at most, cheapest first", () => {
    const blueprint = blueprintOf([...group("web", 5), ...group("db", 1)], { realms: "spread" });
    const [match] = ask([sampleMarketAccount({ offers })], { blueprint }).matches;
    expect(realmsOf(match)).toEqual({
      "web-1": "r2",
      "web-2": "r1",
      "web-3": "r3",
      "web-4": "r2",
      "web-5": "r1",
      "db-1": "r2",
    });
  });

  test("that cannot take their share are left out of a spread", () => {
    const blueprint = blueprintOf(group("web", 5), { realms: "spread" });
    const quotas = [quota({ realm: "r1", dimension: "instances", most: 1 })];
    const [match] = ask([sampleMarketAccount({ offers, quotas })], { blueprint }).matches;
    expect(Object.values(realmsOf(match))).toEqual(["r2", "r3", "r2", "r3", "r2"]);
    const alone = [...quotas, quota({ realm: "r2", dimension: "instances", most: 1 })];
    const [left] = ask([sampleMarketAccount({ offers, quotas: alone })], { blueprint }).matches;
    expect(Object.values(realmsOf(left))).toEqual(["r3", "r3", "r3", "r3", "r3"]);
    const none = [quota({ dimension: "instances", most: 1 })];
    expect(ask([sampleMarketAccount({ offers, quotas: none })], { blueprint }).refused[0]).toMatchObject({
      realm: null,
      text: "quota at its cloud: needs 5 instances, 1 of 1 is free (raised by its operator)",
    });
    const nowhere = ask([sampleMarketAccount({ offers: [], realms: ["r1"] })], { blueprint });
    expect(nowhere.refused[0]?.code).toBe("no_size");
  });

  test("without a price come last in a spread, and equals are drawn", () => {
    const priceless = ["r1", "r2", "r3"].map((realm) =>
      sampleOffer({ realm, hourlyMicros: realm === "r1" ? null : 5 }),
    );
    const blueprint = blueprintOf(group("web", 3), { realms: "spread" });
    const dealt = (draw: string) => {
      return Object.values(realmsOf(ask([sampleMarketAccount({ offers: priceless })], { blueprint, draw }).matches[0]));
    };
    const deals = Array.from({ length: 40 }, (_, i) => dealt(`${i}`));
    expect(new Set(deals.map((deal) => deal.at(-1)))).toEqual(new Set(["r1"]));
    expect(new Set(deals.map((deal) => deal[0]))).toEqual(new Set(["r2", "r3"]));
    expect(dealt("1")).toEqual(dealt("1"));
  });

  test("are those that the account is limited to", () => {
    const { matches, refused } = ask([
      sampleMarketAccount({ offers, account: { realms: { east: "r2", also: "r2" } } }),
    ]);
    expect(matches.map(({ realms }) => realms)).toEqual([["r2"]]);
    expect(refused).toEqual([]);
  });
});

describe("alternatives", () => {
  const gpu = (acceleratorKind: string) => ({ ...SMALL_PROFILE, accelerators: 1, acceleratorKind });
  const selling = (kinds: Readonly<Record<string, number>>, id = "east") =>
    one({
      account: { id: accountId(id), name: id },
      member: { account: accountId(id) },
      offers: Object.entries(kinds).map(([kind, hourlyMicros]) =>
        sampleOffer({
          realm: "r1",
          size: kind,
          accelerators: 1,
          acceleratorKind: kind,
          hourlyMicros,
          takes: { [kind]: 1 },
        }),
      ),
    });
  const workers = (n: number) => ({
    blueprint: blueprintOf(group("gpu", n, { profiles: [gpu("a100"), gpu("h100")] })),
  });

  test("are taken in their order, all members of a group alike, and the plan says why", () => {
    const a100 = { dimension: "a100", most: 1 };
    const both = selling({ a100: 10, h100: 99 });
    expect(sizesOf(ask([both], workers(1)).matches[0])).toEqual({ "gpu-1": "a100" });
    const [match] = ask([{ ...both, quotas: [quota(a100)] }], workers(2)).matches;
    expect(sizesOf(match)).toEqual({ "gpu-1": "h100", "gpu-2": "h100" });
    expect([...(match?.passedOver ?? [])]).toEqual([
      ["gpu", "quota at its cloud: needs 2 of a100, 1 of 1 is free (raised by its operator)"],
    ]);
  });

  test("that are all impossible are refused for the first", () => {
    const { refused } = ask([selling({ l4: 1 })], workers(1));
    expect(refused[0]?.text).toContain("1 a100)");
  });

  test("of images are told apart per realm", () => {
    const account = one({
      image: (choice) => (choice === "new" ? { kind: "absent", text: null } : { kind: "found", found: "7" }),
    });
    const [match] = ask([account], { blueprint: blueprintOf([{ images: ["new", "old"] }]) }).matches;
    expect(match?.places[0]).toMatchObject({ image: "7", alternative: { profile: 0, image: 1 } });
    expect([...(match?.passedOver ?? [])]).toEqual([["db", "image new (db) is not there"]]);
  });

  test("that come earlier beat price within a priority group, and not the group", () => {
    const dear = selling({ a100: 90 }, "dear");
    const cheap = selling({ h100: 1 }, "cheap");
    const order = (accounts: readonly MarketAccount[]) =>
      ask(accounts, workers(2)).matches.map(({ accountName }) => accountName);
    expect(order([cheap, dear])).toEqual(["dear", "cheap"]);
    expect(order([{ ...cheap, member: { ...cheap.member, group: -1 } }, dear])).toEqual(["cheap", "dear"]);
  });
});

describe("what earlier attempts have taught", () => {
  const offers = ["r1", "r2", "r3"].flatMap((realm) =>
    ["a", "b", "c", "d"].map((size) => sampleOffer({ realm, size, hourlyMicros: realm === "r1" ? 1 : 2 })),
  );
  const account = sampleMarketAccount({ offers });
  const after = (placements: Parameters<typeof samplePlacement>[0][], attempts = [sampleAttempt()].slice(1)) =>
    ask([account], {
      history: { placements: placements.map(samplePlacement), attempts, bounds: BOUNDS },
    });
  const best = (...asked: Parameters<typeof after>) => {
    const match = after(...asked).matches[0];
    return `${match?.realms.join()}/${sizesOf(match)["db"]}`;
  };
  const refusedIn = (realm: string, ...sizes: string[]) =>
    sizes.map((size, i) => ({ realm, size, attempt: i + 1, refused: "offer" as const }));

  test("a refused size gives way to the next one in its realm", () => {
    expect(best(refusedIn("r1", "a"))).toBe("r1/b");
    expect(best(refusedIn("r1", "a", "b"))).toBe("r1/c");
  });

  test("three refused sizes put the realm out, two refused realms the account", () => {
    expect(best(refusedIn("r1", "a", "b", "c"))).toBe("r2/a");
    expect(best([{ realm: "r1", refused: "realm" }])).toBe("r2/a");
    const both = after([{ realm: "r1", refused: "realm" }, ...refusedIn("r2", "a", "b", "c")]);
    expect(both.matches).toEqual([]);
    expect(both.refused).toEqual([
      { account: "east", realm: null, code: "tried", text: "tried before in this launch" },
    ]);
  });

  test("a refusal of the account or wider puts it out, and only it", () => {
    for (const refused of ["account", "provider", "deployment"] as const) {
      expect(after([{ refused }]).matches).toEqual([]);
      expect(after([{ refused, account: accountId("acc-west") }]).matches).toHaveLength(3);
    }
  });

  test("what was no refusal puts out the realm where it happened", () => {
    const failed = { outcome: "failed", failedInstance: "db", fault: sampleFault({ class: "transient" }) } as const;
    const places = [{ realm: "r1" }, { realm: "r3", instance: "web" }];
    expect(after(places, [sampleAttempt(failed)]).matches.map(({ realms }) => realms.join())).toEqual(["r2", "r3"]);
    const nobody = sampleAttempt({ ...failed, failedInstance: null, fault: null });
    expect(after(places, [nobody]).matches.map(({ realms }) => realms.join())).toEqual(["r2"]);
    const refused = sampleAttempt({ ...failed, fault: sampleFault({ class: "quota" }) });
    expect(after(places, [refused]).matches).toHaveLength(3);
    const succeeded = sampleAttempt({ outcome: "succeeded" });
    expect(after(places, [succeeded, sampleAttempt({ no: 2 })]).matches).toHaveLength(3);
  });

  test("says so of a size when nothing else is left there", () => {
    const alone = sampleMarketAccount({ offers: [sampleOffer({ realm: "r1", size: "a" })] });
    const history = { placements: [samplePlacement({ realm: "r1", size: "a", refused: "offer" })], attempts: [] };
    expect(refusal([alone], { history: { ...history, bounds: BOUNDS } })).toEqual([
      "tried: a was refused before in this launch",
    ]);
  });
});
