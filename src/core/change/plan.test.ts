import { expect, test } from "vitest";
import { sampleMarketAccount, sampleOffer, sampleOffers } from "../../ports/market.samples.ts";
import { sampleAccount, sampleBlueprint, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { accountId } from "../ids.ts";
import { UNLIMITED } from "../market/amount.ts";
import {
  DEFAULT_POLICY,
  type LaunchPolicy,
  type ResolvedBlueprint,
  type ResolvedInstance,
} from "../blueprint/model.ts";
import { launched, PAIR, up, type World } from "../world/world.testsuite.ts";
import { planUpdate, type UpdateQuestion } from "./plan.ts";

const east = sampleAccount({ id: accountId("east"), name: "east", images: {}, health: "healthy" });

function planned(world: World, after: ResolvedBlueprint, given: Partial<UpdateQuestion> = {}) {
  return planUpdate({
    snapshot: world.snapshot(),
    after,
    changedSecrets: new Set(),
    allowReplace: [],
    market: world.market(),
    now: world.now,
    callbackBase: "http://slipway",
    ...given,
  });
}

const changed = (name: string, given: Partial<ResolvedInstance>): ResolvedBlueprint => ({
  ...PAIR,
  instances: PAIR.instances.map((spec) => (spec.name === name ? { ...spec, ...given } : spec)),
});

const withPolicy = (blueprint: ResolvedBlueprint, policy: Partial<LaunchPolicy>): ResolvedBlueprint => ({
  ...blueprint,
  policy: { ...DEFAULT_POLICY, ...policy },
});

test("what is replaced runs beside its former machine: both are paid, then one of them", () => {
  const plan = planned(up(PAIR), changed("web", { images: ["web:2"] }));
  expect(plan.changes.map(({ name, change }) => [name, change])).toEqual([
    ["db", "keep"],
    ["web", "replace"],
  ]);
  const [db, web] = plan.changes;
  expect(db).toMatchObject({ from: { realm: "east-1" }, to: null });
  expect(web).toMatchObject({ from: { size: "s1" }, to: { image: "web:2", fit: { offer: { realm: "east-1" } } } });
  expect(plan).toMatchObject({ account: "east", refused: [], unread: [] });
  expect([plan.now, plan.later, plan.most]).toEqual([
    { micros: 20_000, unpriced: 0 },
    { micros: 20_000, unpriced: 0 },
    { micros: 30_000, unpriced: 0 },
  ]);
});

test("nothing that is new costs nothing more, and what goes costs nothing in the end", () => {
  const world = up(PAIR);
  const [db] = PAIR.instances;
  const plan = planned(world, { ...PAIR, instances: db === undefined ? [] : [db] });
  expect(plan.changes[1]).toMatchObject({ name: "web", change: "remove", from: { size: "s1" }, to: null });
  expect([plan.later?.micros, plan.most?.micros]).toEqual([10_000, 20_000]);
});

test("what is new has to fit beside what is there, also below the cap of the blueprint", () => {
  const world = up(PAIR);
  const cap = planned(world, withPolicy(changed("web", { images: ["web:2"] }), { maxHourlyMicros: 25_000 }));
  expect(cap).toMatchObject({ later: null, most: null, refused: [{ account: "east", code: "spend_cap" }] });
  const limited = { ...east, limit: { ...UNLIMITED, instances: 2 } };
  const [first] = world.market().accounts;
  const market = { ...world.market(), accounts: first === undefined ? [] : [{ ...first, account: limited }] };
  expect(planned(world, changed("web", { images: ["web:2"] }), { market }).refused).toMatchObject([{ code: "quota" }]);
});

test("an account that has left the pool takes nothing new", () => {
  const world = up(PAIR);
  const market = { ...world.market(), accounts: [] };
  const plan = planned(world, changed("web", { images: ["web:2"] }), { market });
  expect(plan.refused).toMatchObject([{ account: "east", text: "the account is not in pool default any more" }]);
  expect(
    planned(world, changed("web", { repair: { ...sampleResolvedInstance().repair, tries: 9 } }), { market }),
  ).toMatchObject({
    refused: [],
    most: { micros: 20_000 },
  });
});

const cheapElsewhere = [...sampleOffers(["east-1"]), sampleOffer({ realm: "east-0", hourlyMicros: 1_000 })];

test("in one realm means that of what is kept; with nothing kept, and by another policy, the cheapest", () => {
  const world = up(PAIR);
  const market = { ...world.market(), accounts: [sampleMarketAccount({ account: east, offers: cheapElsewhere })] };
  const realmOf = (after: ResolvedBlueprint, name: string) =>
    planned(world, after, { market }).changes.find((one) => one.name === name)?.to?.fit.offer.realm;
  const web = changed("web", { images: ["web:2"] });
  expect(realmOf(web, "web")).toBe("east-1");
  expect(realmOf(withPolicy(web, { realms: "any" }), "web")).toBe("east-0");
  const all = { ...PAIR, instances: PAIR.instances.map((spec) => ({ ...spec, images: ["new"] })) };
  expect([realmOf(all, "db"), realmOf(all, "web")]).toEqual(["east-0", "east-0"]);
});

test("a new member of a group takes what the others have taken", () => {
  const member = (index: number) =>
    sampleResolvedInstance({ name: `web-${index}`, group: "web", index, images: ["first", "second"] });
  const two = sampleBlueprint({ instances: [member(1), member(2)] });
  const world = launched(two);
  world.placements = world.placements.map((row) => ({
    ...row,
    alternative: { profile: 0, image: 1 },
    image: "second",
  }));
  world.bringUp("web-1");
  world.bringUp("web-2");
  const three = { ...two, instances: [...two.instances, member(3)] };
  expect(planned(world, three).changes[2]).toMatchObject({
    change: "add",
    from: null,
    to: { image: "second", alternative: { profile: 0, image: 1 } },
  });
});

test("protected members that would be replaced or removed are named, unless that is allowed", () => {
  const kept = { ...PAIR, instances: PAIR.instances.map((spec) => ({ ...spec, protect: true })) };
  const world = up(kept);
  const [db] = kept.instances;
  const after = { ...kept, instances: db === undefined ? [] : [{ ...db, images: ["new"] }] };
  expect(planned(world, kept).kept).toEqual([]);
  expect(planned(world, after).kept).toEqual(["db", "web"]);
  expect(planned(world, after, { allowReplace: ["db"] }).kept).toEqual(["web"]);
});

test("a member that is not up is replaced, and what nobody knows the price of is counted", () => {
  const world = up(PAIR);
  world.see("web", "error");
  const offers = [sampleOffer({ hourlyMicros: null, realm: "east-1" })];
  const market = { ...world.market(), accounts: [sampleMarketAccount({ account: east, offers })] };
  const plan = planned(world, PAIR, { market });
  expect(plan.changes[1]).toMatchObject({ change: "replace", reasons: ["it is not up"] });
  expect(plan.most).toEqual({ micros: 20_000, unpriced: 1 });
});

const FIRST = { update: { order: "removeFirst" } } as const;
const limited = (world: World, instances: number): World => {
  world.limit = { ...UNLIMITED, instances };
  return world;
};

test("whoever goes first leaves its room, and is never paid twice; the plan says so", () => {
  const plan = planned(limited(up(PAIR), 2), changed("web", { images: ["web:2"], ...FIRST }));
  expect(plan.refused).toEqual([]);
  expect(plan.changes.map(({ name, isRemovedFirst }) => [name, isRemovedFirst])).toEqual([
    ["db", false],
    ["web", true],
  ]);
  expect(plan.changes[1]?.reasons.at(-1)).toBe("its former machine goes before its new one is asked for");
  expect(plan.changes[1]?.to).toMatchObject({ image: "web:2" });
  expect([plan.now, plan.later, plan.most]).toEqual([
    { micros: 20_000, unpriced: 0 },
    { micros: 20_000, unpriced: 0 },
    { micros: 20_000, unpriced: 0 },
  ]);
});

test("a dearer one costs the difference at the most, also where its former machine is gone already", () => {
  const world = up(PAIR);
  const offers = [sampleOffer({ hourlyMicros: 35_000, realm: "east-1" })];
  const market = { ...world.market(), accounts: [sampleMarketAccount({ account: east, offers })] };
  const plan = () => planned(world, changed("web", { images: ["web:2"], ...FIRST }), { market });
  expect([plan().most?.micros, plan().later?.micros]).toEqual([45_000, 45_000]);
  world.see("web", "gone");
  expect([plan().now.micros, plan().most?.micros]).toEqual([10_000, 45_000]);
});

test("a plan that has no place says which members would have one with removeFirst, where that helps", () => {
  const web = changed("web", { images: ["web:2"], group: "web" });
  const [refused] = planned(limited(up(PAIR), 2), web).refused;
  expect(refused?.text).toMatch(
    /own limit of pool default: needs 1 instance, 2 of 2 are used .*; it would fit with update.order: removeFirst for web: former machines go first then$/,
  );
  const [none] = planned(limited(up(PAIR), 1), web).refused;
  expect(none?.text).not.toMatch(/removeFirst/);
  const [already] = planned(limited(up(PAIR), 1), changed("web", { images: ["web:2"], ...FIRST })).refused;
  expect(already?.text).toMatch(/needs 1 instance, 1 of 1 is used|own limit of pool default/);
  expect(already?.text).not.toMatch(/removeFirst/);
});

test("what comes up beside what is there has to fit beside all of it", () => {
  const web = changed("web", { images: ["web:2"], ...FIRST });
  const both = {
    ...web,
    instances: web.instances.map((spec) => (spec.name === "db" ? { ...spec, images: ["db:2"] } : spec)),
  };
  expect(planned(limited(up(PAIR), 2), both).refused[0]?.text).toMatch(/removeFirst for db: former machines/);
  const plan = planned(limited(up(PAIR), 3), both);
  expect([plan.refused, plan.most]).toEqual([[], { micros: 30_000, unpriced: 0 }]);
});

test("a set that is new in all its members stays where it leaves room, be it cheaper elsewhere", () => {
  const world = up(PAIR);
  const offers = [sampleOffer({ realm: "east-0", hourlyMicros: 1 }), sampleOffer({ realm: "east-1" })];
  const all = { ...PAIR, instances: PAIR.instances.map((spec) => ({ ...spec, images: ["new"], ...FIRST })) };
  const realmsAt = (given: typeof offers) => {
    const market = { ...world.market(), accounts: [sampleMarketAccount({ account: east, offers: given })] };
    return planned(world, all, { market }).changes.map(({ to }) => to?.fit.offer.realm);
  };
  expect(realmsAt(offers)).toEqual(["east-1", "east-1"]);
  expect(realmsAt(offers.slice(0, 1))).toEqual(["east-0", "east-0"]);
});
