// How long one decision of selection takes: 50 instances of 5 profiles over 10 accounts that sell 900 sizes in 20 realms each. Clocks of
// shared machines lie, so processor time is quoted, and beside it a bound of the same run: looking once at each of the 180,000 offers.

import { accountId } from "../src/core/ids.ts";
import { candidates } from "../src/core/market/candidates.ts";
import type { Offer } from "../src/core/market/offer.ts";
import { sampleMarket, sampleMarketAccount, sampleOffer } from "../src/ports/market.samples.ts";
import { SAMPLE_TIME, sampleBlueprint, sampleResolvedInstance, SMALL_PROFILE } from "../src/ports/store.samples.ts";

const ACCOUNTS = 10;
const REALMS = 20;
const SIZES = 900;
const PROFILES = 5;
const INSTANCES = 50;
const ROUNDS = 30;

/** Sizes of which each is a little larger and dearer than the one before, with turns in between as in real lists. */
function offersOf(account: number): readonly Offer[] {
  return Array.from({ length: REALMS * SIZES }, (_, at) => {
    const no = at % SIZES;
    const cpu = 1 + (no % 64);
    return sampleOffer({
      realm: `realm-${Math.floor(at / SIZES)}`,
      size: `size-${no}`,
      cpu,
      memoryMib: 1024 * (1 + ((no * 7) % 256)),
      storageGib: 10 * (1 + (no % 50)),
      hourlyMicros: 1_000 * (1 + ((no * 31 + account * 17) % 5_000)),
    });
  });
}

const profiles = Array.from({ length: PROFILES }, (_, at) => ({
  ...SMALL_PROFILE,
  name: `profile-${at}`,
  cpu: 2 ** at,
  memoryMib: 2048 * 2 ** at,
  storageGib: 20,
}));
const blueprint = sampleBlueprint({
  instances: Array.from({ length: INSTANCES }, (_, at) => {
    const group = at % PROFILES;
    const [profile] = profiles.slice(group);
    if (profile === undefined) throw new Error("there are as many profiles as groups");
    return sampleResolvedInstance({
      name: `member-${at}`,
      group: `group-${group}`,
      index: at,
      images: ["debian-12"],
      profiles: [profile],
    });
  }),
});
const market = sampleMarket({
  accounts: Array.from({ length: ACCOUNTS }, (_, at) =>
    sampleMarketAccount({ account: { id: accountId(`acc-${at}`), name: `account-${at}` }, offers: offersOf(at) }),
  ),
});

function decide(round: number): number {
  const { matches } = candidates({
    blueprint,
    market,
    history: { placements: [], attempts: [], bounds: { sizes: 3, realms: 2 } },
    callbackBase: "http://slipway",
    now: SAMPLE_TIME,
    deployment: null,
    by: { name: "ada", at: SAMPLE_TIME },
    draw: `${round}/1`,
  });
  if (matches.length === 0) throw new Error("something fits");
  return matches.length;
}

/** Each offer once. */
function bound(): number {
  let fits = 0;
  for (const { offers } of market.accounts) {
    for (const realm of offers?.realms ?? []) {
      for (const profile of profiles.slice(0, 1)) fits += offers?.fitting(profile, realm).length ?? 0;
    }
  }
  return fits;
}

function cpuMs(act: () => unknown): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

const first = cpuMs(() => decide(0));
const later = Array.from({ length: ROUNDS }, (_, at) => cpuMs(() => decide(at + 1))).toSorted((a, b) => a - b);
const middle = later[Math.floor(later.length / 2)] ?? 0;
process.stdout.write(
  `first decision, which indexes ${ACCOUNTS * REALMS * SIZES} offers: ${first.toFixed(0)} ms of processor time; ` +
    `each after it: ${middle.toFixed(1)} ms (${(later.at(-1) ?? 0).toFixed(1)} at most); ${bound()} fits of one profile\n`,
);
