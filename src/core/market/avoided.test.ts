// What would usually have been taken for an instance, and why it was not.

import { describe, expect, test } from "vitest";
import { sampleMarketAccount, sampleOffer } from "../../ports/market.samples.ts";
import { SAMPLE_TIME, sampleBlock, samplePlacement, samplePool, SMALL_PROFILE } from "../../ports/store.samples.ts";
import { accountId } from "../ids.ts";
import { UNLIMITED } from "./amount.ts";
import { ask, blueprintOf, BOUNDS, type Given, group, one, quota } from "./asking.testsuite.ts";
import type { MarketAccount } from "./market.ts";
import { insteadOf } from "./place.ts";

const PRICES = { small: 10_000, medium: 15_000, large: 20_000 };
const sizes = (realm: string, prices: Readonly<Record<string, number | null>> = PRICES) =>
  Object.entries(prices).map(([size, hourlyMicros]) => sampleOffer({ realm, size, hourlyMicros }));
const account = accountId("acc-east");
const block = (given: Parameters<typeof sampleBlock>[0] = {}) =>
  sampleBlock({ account, realm: "r1", size: "small", until: SAMPLE_TIME + 60_000, text: "sold out", ...given });

/** By instance: `taken, not usual: why`. */
function told(of: MarketAccount, given: Given = {}): Record<string, string> {
  const places = ask([of], given).matches[0]?.places ?? [];
  return Object.fromEntries(
    places.map((place) => {
      const { realm, size } = place.fit.offer;
      const other = insteadOf(place, place.avoided);
      const not = other === null ? "" : `, not ${other.realm}/${other.size} at ${other.hourlyMicros}: ${other.because}`;
      return [place.instance, `${realm}/${size}${not}`];
    }),
  );
}

const offers = sizes("r1");

describe("the cheaper offer that was passed over is told with the reason", () => {
  test("when it is left alone after a refusal, whatever else is", () => {
    expect(told(one({ offers }))).toEqual({ db: "r1/small" });
    expect(told(one({ offers }), { market: { blocks: [block()] } })).toEqual({
      db: "r1/medium, not r1/small at 10000: capacity was refused: sold out",
    });
    const both = [block(), block({ size: "medium", reason: "quota", text: "no more" })];
    expect(told(one({ offers }), { market: { blocks: both } })).toEqual({
      db: "r1/large, not r1/small at 10000: capacity was refused: sold out",
    });
    // A dearer one that is left alone was passed over by nobody.
    expect(told(one({ offers }), { market: { blocks: [block({ size: "large" })] } })).toEqual({ db: "r1/small" });
  });

  test("when it was refused before in this launch", () => {
    const placements = [samplePlacement({ account, realm: "r1", size: "small", refused: "offer" })];
    const given = { history: { placements, attempts: [], bounds: BOUNDS } };
    const why = "it was refused before in this launch";
    expect(told(one({ offers }), given)).toEqual({ db: `r1/medium, not r1/small at 10000: ${why}` });
    // The cloud's own words say more.
    expect(told(one({ offers }), { ...given, market: { blocks: [block()] } })).toEqual({
      db: "r1/medium, not r1/small at 10000: capacity was refused: sold out",
    });
  });

  test("when quota for it is short, for those members that get no more of it", () => {
    const rare = offers.map((offer) => (offer.size === "small" ? { ...offer, takes: { rare: 1 } } : offer));
    const short = one({ offers: rare, quotas: [quota({ dimension: "rare", most: 1 })] });
    const why = "quota at its cloud: needs 2 of rare, 1 of 1 is free (raised by its operator)";
    expect(told(short, { blueprint: blueprintOf(group("db", 2)) })).toEqual({
      "db-1": "r1/small",
      "db-2": `r1/medium, not r1/small at 10000: ${why}`,
    });
  });

  test("when it is before what quota is short for", () => {
    const rare = offers.map((offer) => (offer.size === "medium" ? { ...offer, takes: { rare: 1 } } : offer));
    const short = one({ offers: rare, quotas: [quota({ dimension: "rare", most: 0 })] });
    expect(told(short, { market: { blocks: [block()] } })).toEqual({
      db: "r1/large, not r1/small at 10000: capacity was refused: sold out",
    });
  });

  test("when a whole alternative is passed over for it, and not when the one that is taken is cheaper", () => {
    const arm = { ...SMALL_PROFILE, architecture: "arm64" };
    const armed = (hourlyMicros: number) => [
      ...sizes("r1", { small: 10_000 }),
      sampleOffer({ realm: "r1", size: "arm", architecture: "arm64", hourlyMicros }),
    ];
    const blueprint = blueprintOf([{ profiles: [SMALL_PROFILE, arm] }]);
    const given = { blueprint, market: { blocks: [block()] } };
    expect(told(one({ offers: armed(30_000) }), given)).toEqual({
      db: "r1/arm, not r1/small at 10000: capacity was refused: sold out",
    });
    expect(told(one({ offers: armed(5_000) }), given)).toEqual({ db: "r1/arm" });
    const pool = samplePool({ limit: { ...UNLIMITED, hourlyMicros: 8_000 } });
    expect(told(one({ offers: armed(5_000) }), { blueprint, market: { pool } })).toEqual({ db: "r1/arm" });
  });

  test("when it is as cheap and of another size, or nobody knows a price", () => {
    const given = { market: { blocks: [block()] } };
    const why = "capacity was refused: sold out";
    expect(told(one({ offers: sizes("r1", { small: 1, tiny: 1 }) }), given)).toEqual({
      db: `r1/tiny, not r1/small at 1: ${why}`,
    });
    expect(told(one({ offers: sizes("r1", { small: null, tiny: null }) }), given)).toEqual({
      db: `r1/tiny, not r1/small at null: ${why}`,
    });
    // The same elsewhere for the same money is nothing to be told.
    const two = sampleMarketAccount({ offers: [...sizes("r1", { small: 1 }), ...sizes("r2", { small: 1 })] });
    expect(told(two, { ...given, blueprint: blueprintOf([{}], { realms: "any" }) })).toEqual({ db: "r2/small" });
  });
});

describe("members that are spread over realms", () => {
  const spread = (n: number) => ({ blueprint: blueprintOf(group("db", n), { realms: "spread" }) });
  const two = { offers: [...sizes("r1", { small: 1 }), ...sizes("r2", { big: 5 })] };

  test("are told of the realm that would have been theirs", () => {
    const all = { ...spread(2), market: { blocks: [block({ size: "*" })] } };
    expect(told(sampleMarketAccount(two))).toEqual({ db: "r1/small" });
    expect(told(sampleMarketAccount(two), all)).toEqual({
      "db-1": "r2/big, not r1/small at 1: capacity was refused: sold out",
      "db-2": "r2/big",
    });
  });

  test("are told of a realm that could not take its share", () => {
    const quotas = [quota({ realm: "r1", most: 1 })];
    const why = "quota at its cloud: needs 2 cpu, 1 of 1 is free (raised by its operator)";
    expect(told(sampleMarketAccount({ ...two, quotas }), spread(3))).toEqual({
      "db-1": `r2/big, not r1/small at 1: ${why}`,
      "db-2": "r2/big",
      "db-3": `r2/big, not r1/small at 1: ${why}`,
    });
  });

  test("take no notice of realms where nothing fits", () => {
    const offers = [...sizes("r1", { small: 1 }), sampleOffer({ realm: "r2", architecture: "arm64" })];
    expect(told(sampleMarketAccount({ offers }), spread(2))).toEqual({ "db-1": "r1/small", "db-2": "r1/small" });
  });

  test("of which a realm is out for want of an image are not told of it", () => {
    const offers = [...sizes("r1", { small: 1 }), ...sizes("r2", { big: 5 })];
    const without = sampleMarketAccount({
      offers,
      image: (_, realm) => (realm === "r1" ? { kind: "absent", text: null } : { kind: "found", found: "7" }),
    });
    expect(told(without, spread(1))).toEqual({ "db-1": "r2/big" });
  });
});
