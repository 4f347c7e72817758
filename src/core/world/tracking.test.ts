import { describe, expect, test } from "vitest";
import { sampleAccount, sampleFault, sampleMachine, sampleObserved } from "../../ports/store.samples.ts";
import { machineId } from "../ids.ts";
import type { Machine } from "../machine.ts";
import {
  alertAfter,
  type Tally,
  type Transit,
  OFFERS_MS,
  USAGE_MS,
  countsFrom,
  type Health,
  healthAfter,
  isDouble,
  isLacking,
  isNews,
  isOverlooked,
  nextPollAt,
  probePauseMs,
  type Prospect,
} from "./tracking.ts";

const HEALTHY: Health = { health: "healthy", healthText: null };
const broken = sampleFault({ class: "transient", text: "connection refused" });

test("one failure of a healthy account is noted, two in a row make it unreachable", () => {
  const once = healthAfter(HEALTHY, broken);
  expect(once).toEqual({ health: "healthy", healthText: "connection refused" });
  expect(healthAfter(once, broken)).toEqual({ health: "unreachable", healthText: "connection refused" });
});

test("an account that was never reached is unreachable at once", () => {
  expect(healthAfter({ health: "unknown", healthText: null }, broken).health).toBe("unreachable");
});

test.each(["auth", "account", "config"] as const)("a fault of class %s suspends, with the cloud's words", (kind) => {
  const refused = sampleFault({ class: kind, text: "key revoked" });
  expect(healthAfter(HEALTHY, refused)).toEqual({ health: "suspended", healthText: "key revoked" });
});

test("a throttle says nothing about health", () => {
  expect(healthAfter(sampleAccount(), sampleFault({ class: "throttle" }))).toEqual(HEALTHY);
});

test("a suspension outlives failures and ends with a poll that passes", () => {
  const suspended: Health = { health: "suspended", healthText: "key revoked" };
  expect(healthAfter(suspended, broken)).toEqual(suspended);
  expect(healthAfter(suspended, null)).toEqual(HEALTHY);
});

const gone = (count: number, given: Partial<Machine> = {}): Machine[] =>
  Array.from({ length: count }, (_, index) => sampleMachine({ id: machineId(`m-${index}`), missing: 1, ...given }));
const GONE = { text: "gone", realms: [] };
const at = (realm: string, shown: number, missing: number): Tally => ({ realm, shown, missing });
const calm = { alert: null, name: "east" };
const alarmed = (...realms: string[]) => ({ alert: { text: "shows none", realms }, name: "east" });

describe("five machines gone at once, and none shown, is an alert", () => {
  test("of the realm that they are in", () => {
    const text =
      "account east in a shows none of its 5 machines; nothing is concluded from that until it shows some again";
    expect(alertAfter(calm, [at("a", 0, 5)], [])).toEqual({ realms: ["a"], text });
    expect(alertAfter(calm, [at("a", 0, 5), at("b", 1, 0)], [])).toEqual({ realms: ["a"], text });
    expect(alertAfter(calm, [at("b", 0, 5), at("a", 0, 6), at("c", 1, 0)], [])).toMatchObject({
      realms: ["a", "b"],
      text: expect.stringContaining("account east in a, b shows none of its 11 machines"),
    });
  });

  test("of the account, when they are in several and no realm shows any", () => {
    expect(alertAfter(calm, [at("a", 0, 3), at("b", 0, 2)], [])).toMatchObject({
      realms: [],
      text: expect.stringContaining("account east shows none of its 5 machines"),
    });
  });
});

test("fewer gone, or some still shown, is none", () => {
  expect(alertAfter(calm, [at("a", 0, 4)], [])).toBeNull();
  expect(alertAfter(calm, [at("a", 1, 5)], [])).toBeNull();
  expect(alertAfter(calm, [at("a", 0, 3), at("b", 1, 3)], [])).toBeNull();
});

test("an alert holds until some are shown again, or none is expected", () => {
  expect(alertAfter(alarmed("a"), [at("a", 0, 1)], [])).toMatchObject({ realms: ["a"] });
  expect(alertAfter(alarmed("a"), [at("a", 1, 2)], [])).toBeNull();
  expect(alertAfter(alarmed("a"), [], [])).toBeNull();
  expect(alertAfter(alarmed("a"), [at("b", 0, 4)], [])).toBeNull();
  expect(alertAfter(alarmed(), [at("a", 0, 1), at("b", 0, 0)], [])).toMatchObject({ realms: [] });
  expect(alertAfter(alarmed(), [at("a", 1, 1), at("b", 1, 0)], [])).toBeNull();
  expect(alertAfter(alarmed(), [], [])).toBeNull();
});

test("the alert of an account holds however few are expected, or how few of its realms are listed", () => {
  expect(alertAfter(alarmed(), [at("a", 0, 1)], [])).toMatchObject({ realms: [] });
  expect(alertAfter(alarmed(), [at("a", 0, 2)], ["b"])).toMatchObject({ realms: [] });
  expect(alertAfter(alarmed(), [at("a", 0, 0)], [])).toMatchObject({
    realms: [],
    text: expect.stringContaining("account east showed none of its machines"),
  });
  expect(alertAfter(alarmed("a"), [at("a", 0, 0)], [])).toMatchObject({ realms: ["a"] });
});

test("when an account shows some again, realms that show none and those not listed keep its alert", () => {
  expect(alertAfter(alarmed(), [at("a", 0, 1), at("b", 1, 0)], ["c"])).toMatchObject({
    realms: ["a", "c"],
    text: expect.stringContaining("account east in a, c does not show its machine"),
  });
  expect(alertAfter(alarmed(), [at("b", 1, 0)], ["c"])).toMatchObject({ realms: ["c"] });
  expect(alertAfter(alarmed(), [], ["c"])).toMatchObject({ realms: ["c"] });
});

test("a realm that a list says nothing of stays as it was", () => {
  expect(alertAfter(alarmed("a"), [], ["a"])).toMatchObject({ realms: ["a"] });
  expect(alertAfter(alarmed("b"), [at("a", 0, 5)], ["b"])).toMatchObject({ realms: ["a", "b"] });
  expect(alertAfter(calm, [], ["a"])).toBeNull();
});

const made = sampleMachine({ state: "made", externalId: "x-1", madeAt: 100, observedAt: 200 });
const shown = sampleObserved({ externalId: "x-1" });

test("what a list shows is news unless the machine has had some since the list was asked for", () => {
  expect(isNews(made, shown, 200)).toBe(true);
  expect(isNews(made, shown, 199)).toBe(false);
  expect(isNews({ ...made, startAskedAt: 300 }, shown, 299)).toBe(false);
  expect(isNews({ ...made, destroyedAt: 300 }, shown, 299)).toBe(false);
});

test("what a list shows of a machine whose create is on its way is none", () => {
  expect(isNews(sampleMachine(), shown, 1_000)).toBe(false);
  expect(isNews(sampleMachine({ state: "in_doubt" }), shown, 1_000)).toBe(true);
});

test("a second machine under one name is a double, and no news of the first", () => {
  const other = sampleObserved({ externalId: "x-2" });
  expect(isDouble(made, other)).toBe(true);
  expect(isDouble(made, shown)).toBe(false);
  expect(isDouble(sampleMachine(), other)).toBe(false);
  expect(isNews(made, other, 1_000)).toBe(false);
});

test("what a list shows and is no news is worth another list, unless the answer of a create decides", () => {
  expect(isOverlooked(made, shown, 199)).toBe(true);
  expect(isOverlooked(made, shown, 200)).toBe(false);
  expect(isOverlooked(made, sampleObserved({ externalId: "x-2" }), 199)).toBe(false);
  expect(isOverlooked(sampleMachine(), shown, 0)).toBe(false);
});

test("offers are read again after an hour, what is used of them after a minute", () => {
  expect([OFFERS_MS, USAGE_MS]).toEqual([3_600_000, 60_000]);
});

test("an account lacks a machine that should be there, for a few lists", () => {
  expect(isLacking(gone(1))).toBe(true);
  expect([6, 7].map((missing) => isLacking(gone(1, { missing })))).toEqual([true, false]);
  expect(isLacking(gone(1, { undoAskedAt: 1 }))).toBe(false);
});

const NOW = 1_000_000;
const settled: Prospect = {
  now: NOW,
  fault: null,
  health: "healthy",
  alert: null,
  lacking: false,
  countsFrom: null,
  overlooked: false,
  partial: false,
  transit: [],
  past: [],
  usualMs: 5_000,
  isAnnounced: false,
  random: 0.5,
};
const wait = (given: Partial<Prospect>): number => nextPollAt({ ...settled, ...given }) - NOW;

test("a settled account is polled about once a minute, not in step with others", () => {
  expect(wait({})).toBe(60_000);
  expect([wait({ random: 0 }), wait({ random: 0.999 })]).toEqual([45_000, 74_970]);
});

const booting = (oldestAt: number, newestAt = oldestAt): Transit[] => [
  { step: "boot", size: "s1", oldestAt, newestAt },
];

test("a step under way is looked at when it usually ends, and then more and more seldom", () => {
  const since = (ms: number) => ({ transit: booting(NOW - ms) });
  expect(wait(since(1_000))).toBe(4_000);
  expect(wait(since(5_000))).toBe(500);
  expect(wait({ ...since(1_500), usualMs: 0 })).toBe(250);
  expect(wait(since(60_000))).toBe(2_000);
});

test("of several steps the next to end counts", () => {
  expect(wait({ transit: booting(NOW - 4_000, NOW) })).toBe(1_000);
  expect(wait({ transit: booting(NOW - 60_000, NOW - 4_500) })).toBe(500);
  expect(wait({ transit: [...booting(NOW), ...booting(NOW - 4_900)] })).toBe(100);
});

test("a missing machine makes the account fast, an alert does not", () => {
  expect(wait({ lacking: true })).toBe(2_000);
  expect(wait({ lacking: true, alert: GONE })).toBe(10_000);
});

test("a machine that a list lacks while it may not be shown yet is looked for as soon as lists count", () => {
  expect(countsFrom(NOW, 1_000)).toBe(NOW + 1_001);
  expect(wait({ countsFrom: NOW + 400 })).toBe(400);
  expect(wait({ countsFrom: NOW - 1 })).toBe(0);
  expect(wait({ countsFrom: NOW + 100_000 })).toBe(60_000);
});

test("a list of which something was left out is repeated soon, one that did not come whole a little later", () => {
  expect(wait({ overlooked: true })).toBe(2_000);
  expect(wait({ overlooked: true, alert: GONE })).toBe(2_000);
  expect(wait({ partial: true })).toBe(10_000);
});

test("after a failure the account is left alone for a moment", () => {
  expect(wait({ fault: broken, transit: booting(NOW - 5_000, NOW) })).toBe(2_000);
  expect(wait({ fault: broken, health: "unreachable" })).toBe(10_000);
  expect(wait({ fault: broken, health: "suspended" })).toBe(60_000);
});

test("readiness checks are tried less and less often, down to every 2 s", () => {
  expect([0, 1, 2, 3, 4, 50].map(probePauseMs)).toEqual([500, 500, 1_000, 1_500, 2_000, 2_000]);
});
