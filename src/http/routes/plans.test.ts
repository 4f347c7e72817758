// What was planned is launched, exactly that and once, or nothing is.

import { UNLIMITED } from "../../core/market/amount.ts";
import { expect, test } from "vitest";
import { Deployment, DeploymentPage } from "../../contract/deployment.ts";
import { KeptPlan } from "../../contract/kept-plan.ts";
import { Plan } from "../../contract/plan.ts";
import { accountId, deploymentId } from "../../core/ids.ts";
import type { Conditions } from "../../core/market/offer.ts";
import { PLAN_KNOWN_MS } from "../../ports/plans.ts";
import { createWorld } from "../../engine/world.testsuite.ts";
import type { Store } from "../../ports/store.ts";
import { samplePool, sampleToken } from "../../ports/store.samples.ts";
import { hashToken } from "../auth.ts";
import { createStand, SHOP, type Stand, standOn } from "../stand.testsuite.ts";

const planOf = (body: object) => ({ method: "POST", path: "/v1/plan", as: "viewer", body }) as const;
const shop = planOf({ blueprint: { source: SHOP } });

function applying(id: string | null, key?: string) {
  const headers = key === undefined ? {} : { "idempotency-key": key };
  return { method: "POST", path: `/v1/plans/${id}/apply`, as: "operator", headers } as const;
}

async function standing(...names: readonly string[]): Promise<Stand> {
  const stand = await createStand({ clouds: names.map((name) => ({ name })) });
  await stand.startEngine();
  return stand;
}

/** All that an account sells costs twice as much from now on. */
function makeDearer(stand: Stand, name: string): Promise<void> {
  const id = accountId(`acc-${name}`);
  return stand.store.write(async (tx) => {
    await tx.lockAccount(id);
    const market = await tx.market("default");
    const book = market?.accounts.find(({ account }) => account.id === id)?.offers;
    const offers = await tx.offers(id, { limit: 100, after: null, realm: null });
    if (book === null || book === undefined) throw new Error(`${name} has no offers`);
    const dear = offers.map((offer) => ({ ...offer, hourlyMicros: 2 * Number(offer.hourlyMicros) }));
    await tx.putOffers(id, { ...conditionsOf(book), realms: book.realms, offers: dear, unlisted: [] });
  });
}

const conditionsOf = ({ userDataBytesMost, sharesLoopback, where }: Conditions): Conditions => ({
  userDataBytesMost,
  sharesLoopback,
  where,
});

const launched = async (stand: Stand) =>
  (await stand.reply(DeploymentPage, 200, { path: "/v1/deployments" })).deployments.length;

test("what was planned is launched: the same account, sizes, images and prices", async () => {
  const stand = await standing("east", "west", "north");
  for (let round = 0; round < 5; round += 1) {
    const plan = await stand.reply(Plan, 200, shop);
    const { id } = await stand.reply(Deployment, 201, applying(plan.id));
    await stand.clock.advance(30_000);
    const made = await stand.reply(Deployment, 200, { path: `/v1/deployments/${id}` });
    const [match] = plan.matches;
    expect(made.attempts).toMatchObject([{ account: match?.account, hourlyCost: match?.hourlyCost }]);
    const { realm, size } = match?.placements["db"] ?? {};
    expect(made.instances.find(({ name }) => name === "db")).toMatchObject({ realm, size, state: "running" });
    const kept = await stand.reply(KeptPlan, 200, { path: `/v1/plans/${plan.id}`, as: "viewer" });
    expect(kept).toMatchObject({ standing: "applied", createdBy: "the-viewer", deployment: id, plan });
  }
});

test("a plan is launched once, and the same request is answered with the same launch", async () => {
  const stand = await standing("east");
  const { id } = await stand.reply(Plan, 200, shop);
  const first = await stand.reply(Deployment, 201, applying(id, "one"));
  expect(await stand.reply(Deployment, 200, applying(id, "one"))).toMatchObject({ id: first.id });
  const { detail } = await stand.problem("plan_applied", applying(id, "two"));
  expect(detail).toMatch(new RegExp(`^Plan ${id} was carried out at .*: it is deployment ${first.id}\\. `));
  await stand.problem("key_reused", applying((await stand.reply(Plan, 200, shop)).id, "one"));
  expect(await launched(stand)).toBe(1);
});

test("of ten who launch a plan at once one does", async () => {
  const stand = await standing("east");
  const { id } = await stand.reply(Plan, 200, shop);
  const answers = await Promise.all(Array.from({ length: 10 }, () => stand.ask(applying(id))));
  expect(Map.groupBy(answers, ({ status }) => status).get(201)).toHaveLength(1);
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  expect(await launched(stand)).toBe(1);
});

test("a plan whose time is over is refused, and forgotten a day later", async () => {
  const stand = await standing("east");
  const { id } = await stand.reply(Plan, 200, shop);
  const aged = (as: string, ageMs: number) =>
    stand.store.write(async (tx) => {
      const row = await tx.plan(String(id));
      if (row === null) throw new Error("the plan is not kept");
      const expiresAt = (await tx.now()) - ageMs;
      await tx.insertPlan({ ...row, id: as, expiresAt });
      return new Date(expiresAt).toISOString();
    });
  const expiresAt = await aged("over", 0);
  await aged("old", PLAN_KNOWN_MS);
  const { detail } = await stand.problem("plan_expired", applying("over"));
  expect(detail).toBe(`Plan over expired at ${expiresAt}: plan again, look at the new plan, and apply that.`);
  expect(await stand.reply(KeptPlan, 200, { path: "/v1/plans/over" })).toMatchObject({ standing: "expired" });
  await stand.store.write((tx) => tx.prune({ deployments: 1, rows: 10 }));
  expect((await stand.problem("not_found", applying("old"))).detail).toMatch(
    /^There is no plan old: plans are forgotten/,
  );
  expect(await launched(stand)).toBe(0);
});

test("a stored blueprint that has changed since is not what was planned", async () => {
  const stand = await standing("east");
  const put = (source: string) =>
    stand.ask({ method: "PUT", path: "/v1/blueprints/shop", body: { source } }).then(({ status }) => status);
  expect(await put(SHOP)).toBe(200);
  const named = planOf({ blueprint: { name: "shop" } });
  const { id } = await stand.reply(Plan, 200, named);
  await put(SHOP.replace("profile: small", "profile: medium"));
  const { detail } = await stand.problem("plan_changed", applying(id));
  expect(detail).toContain(
    "blueprint shop has changed since, or a profile or rule that it goes by, or Slipway was upgraded and reads it otherwise: what it asks for db.",
  );
  const pinned = await stand.reply(Plan, 200, planOf({ blueprint: { name: "shop", version: 1 } }));
  await put(`${SHOP}# more\n`);
  await stand.reply(Deployment, 201, applying(pinned.id));
});

/** Counts reads, and does something before that one. */
function before(store: Store): { readonly store: Store; at(read: number, act: () => Promise<void>): void } {
  let left = Number.POSITIVE_INFINITY;
  let due = async (): Promise<void> => undefined;
  return {
    at(read, act) {
      left = read;
      due = act;
    },
    store: {
      ...store,
      async read(act) {
        left -= 1;
        if (left === 0) await due();
        return store.read(act);
      },
    },
  };
}

test("what changes while a plan is being applied is noticed, at whichever read it comes", async () => {
  const other = SHOP.replace("profile: small", "profile: medium");
  const otherSecret = SHOP.replace("hunter22", "hunter23");
  const outcomes = new Set<string>();
  for (const source of [other, otherSecret]) {
    for (let read = 1; read <= 10; read += 1) {
      const world = await createWorld({ clouds: [{ name: "east" }] });
      const watched = before(world.store);
      const stand = await standOn(world, { store: watched.store });
      await stand.startEngine();
      await stand.ask({ method: "PUT", path: "/v1/blueprints/shop", body: { source: SHOP } });
      const { id } = await stand.reply(Plan, 200, planOf({ blueprint: { name: "shop" } }));
      watched.at(read, () =>
        world.store.write(async (tx) => {
          await tx.addBlueprint({ name: "shop", source, createdBy: "another" });
        }),
      );
      const { status } = await stand.ask(applying(id));
      const { rows } = await stand.store.read((tx) => tx.deployments({ limit: 1 }));
      const [row] = rows;
      const launchedFrom =
        row === undefined ? null : await stand.store.read((tx) => tx.launchSource(row.deployment.id));
      expect([status, launchedFrom]).toEqual(status === 201 ? [201, SHOP] : [409, null]);
      outcomes.add(`${status}`);
    }
  }
  expect([...outcomes].sort()).toEqual(["201", "409"]);
});

test("what the policy says is part of the plan as well", async () => {
  const stand = await standing("east");
  const { id } = await stand.reply(Plan, 200, shop);
  await stand.ask({ method: "PATCH", path: "/v1/pools/default", body: { maxLeaseMs: 3_600_000 } });
  await stand.problem("bad_lease", applying(id));
  await stand.ask({ method: "PATCH", path: "/v1/pools/default", body: { maxLeaseMs: null } });
  await stand.reply(Deployment, 201, applying(id));
});

test("an account that is out, another price, another size: told with what is and what was", async () => {
  const stand = await standing("east", "west");
  const plan = () => stand.reply(Plan, 200, shop);
  const away = await plan();
  const account = away.matches[0]?.account;
  await stand.ask({ method: "PATCH", path: `/v1/accounts/${account}`, body: { enabled: false } });
  const other = account === "east" ? "west" : "east";
  expect((await stand.problem("plan_changed", applying(away.id))).detail).toContain(
    `it would go to account ${other} now, and was planned for ${account}. Nothing was launched;`,
  );
  const dear = await plan();
  await makeDearer(stand, other);
  const { realm, size, hourlyCost = 0 } = dear.matches[0]?.placements["db"] ?? {};
  const [was, is] = [Number(hourlyCost), Number(hourlyCost) * 2].map((price) => `$${price.toFixed(4)} per hour`);
  expect((await stand.problem("plan_changed", applying(dear.id))).detail).toContain(
    `the price of db, size ${size} in ${realm} of ${other}, is ${is} now, and was ${was}. Nothing`,
  );
  await stand.ask({ method: "PATCH", path: `/v1/accounts/${other}`, body: { enabled: false } });
  expect((await stand.problem("plan_changed", applying(dear.id))).detail).toContain("no other account of the pool can");
  expect(await launched(stand)).toBe(0);
});

test("who may not launch may plan, and not apply", async () => {
  const stand = await standing("east");
  const { id } = await stand.reply(Plan, 200, shop);
  await stand.problem("not_permitted", { ...applying(id), as: "viewer" });
  await stand.reply(Deployment, 201, applying(id));
});

test("a plan is there for those who see its pool, and is applied by those who may launch there", async () => {
  const stand = await standing("east");
  await stand.store.write(async (tx) => {
    const [everything] = await tx.pools();
    await tx.putPool(samplePool({ name: "web", members: everything?.members ?? [] }));
    await tx.putPool(samplePool({ name: "lab", members: everything?.members ?? [] }));
    for (const pool of ["web", "lab"]) {
      await tx.putUser({
        name: pool,
        enabled: true,
        groups: [],
        subject: null,
        claims: [],
        grants: [{ role: "launcher", pool }],
        limit: UNLIMITED,
        createdAt: 1,
      });
      await tx.putToken(sampleToken({ name: pool, hash: hashToken(pool), owner: pool, role: "admin" }));
    }
  });
  const as = (pool: string) => ({ as: null, headers: { authorization: `Bearer ${pool}` } });
  const { id } = await stand.reply(Plan, 200, {
    ...planOf({ blueprint: { source: SHOP }, pool: "web" }),
    ...as("web"),
  });
  await stand.problem("not_found", { path: `/v1/plans/${id}`, ...as("lab") });
  await stand.problem("not_found", { ...applying(id), ...as("lab") });
  const made = await stand.reply(Deployment, 201, { ...applying(id), ...as("web") });
  expect(made).toMatchObject({ pool: "web", createdBy: "web" });
  await stand.problem("not_found", { ...applying(id), ...as("lab") });
});

test("what could not be launched, or is only looked at, is not kept", async () => {
  const stand = await standing("east");
  const unkept = async (body: object) => {
    const { id, expiresAt } = await stand.meanwhile(stand.reply(Plan, 200, planOf(body)));
    expect([id, expiresAt]).toEqual([null, null]);
  };
  await unkept({ blueprint: { source: SHOP }, keep: false });
  const needing = SHOP.replace("secret: true, default: hunter22", "secret: true");
  await unkept({ blueprint: { source: needing } });
  await unkept({ blueprint: { source: SHOP }, maxHourly: 0.000001 });
  const unoffered = SHOP.replaceAll("debian-12", "plan9");
  await unkept({ blueprint: { source: unoffered } });
});

test("secrets lie sealed in the row, and are launched with", async () => {
  const stand = await standing("east");
  const parameters = { greeting: "hallo", password: "geheim-4711" };
  const { id } = await stand.reply(Plan, 200, planOf({ blueprint: { source: SHOP }, parameters }));
  const row = await stand.store.read((tx) => tx.plan(String(id)));
  expect(JSON.stringify(row)).not.toContain("geheim-4711");
  expect(row).toMatchObject({ request: { parameters: { greeting: "hallo" } }, secrets: expect.any(String) });
  const made = await stand.reply(Deployment, 201, applying(id));
  const sealed = await stand.store.read((tx) => tx.secretsOf([deploymentId(made.id)]));
  expect([...sealed.values()].map((one) => stand.deps.secrets.open(one))).toEqual([
    expect.stringContaining("geheim-4711"),
  ]);
});

test("a cap of dollars per hour holds for the plan and for what is launched of it", async () => {
  const stand = await standing("east");
  const free = await stand.reply(Plan, 200, shop);
  const cost = free.matches[0]?.hourlyCost ?? 0;
  const capped = await stand.reply(Plan, 200, planOf({ blueprint: { source: SHOP }, maxHourly: cost }));
  const { id } = await stand.reply(Deployment, 201, applying(capped.id));
  expect(await stand.reply(KeptPlan, 200, { path: `/v1/plans/${capped.id}` })).toMatchObject({ maxHourly: cost });
  const rows = await stand.store.read((tx) => tx.deployments({ limit: 1 }));
  expect(rows.rows[0]?.deployment).toMatchObject({ id, blueprint: { policy: { maxHourlyMicros: cost * 1_000_000 } } });
  const short = await stand.reply(Plan, 200, planOf({ blueprint: { source: SHOP }, maxHourly: cost * 0.9 }));
  expect(short.refused).toMatchObject([
    { code: "spend_cap", text: expect.stringMatching(/^most dollars per hour of this launch: /) },
  ]);
});

test("a plan that another version of Slipway has kept is refused in words, to be seen and to be applied", async () => {
  const stand = await standing("east");
  const { id } = await stand.reply(Plan, 200, shop);
  const kept = (as: string, change: object) =>
    stand.store.write(async (tx) => {
      const row = await tx.plan(String(id));
      if (row === null) throw new Error("the plan is not kept");
      await tx.insertPlan({ ...row, id: as, ...change });
    });
  await kept("shown", { shown: { blueprint: "shop" } });
  await kept("asked", { request: { blueprint: "shop" } });
  for (const of of ["shown", "asked"]) {
    const told = `Plan ${of} was made by another version of Slipway, and this one cannot read it: plan again, look at the new plan, and apply that.`;
    expect((await stand.problem("plan_changed", { path: `/v1/plans/${of}` })).detail).toBe(told);
    expect((await stand.problem("plan_changed", applying(of))).detail).toBe(told);
  }
  await kept("basis", { basis: "of other fields" });
  expect((await stand.problem("plan_changed", applying("basis"))).detail).toContain(
    "or Slipway was upgraded and reads",
  );
  expect(await launched(stand)).toBe(0);
});

test("secret values of a plan are for who gave them, and for operators; without any a launcher applies another's", async () => {
  const stand = await standing("east");
  await stand.store.write(async (tx) => {
    for (const name of ["ada", "bob"]) {
      const grants = [{ role: "launcher", pool: "default" }] as const;
      await tx.putUser({
        name,
        enabled: true,
        groups: [],
        subject: null,
        claims: [],
        grants,
        limit: UNLIMITED,
        createdAt: 1,
      });
      await tx.putToken(sampleToken({ name: `of-${name}`, hash: hashToken(name), owner: name, role: "admin" }));
    }
  });
  const as = (name: string) => ({ as: null, headers: { authorization: `Bearer ${name}` } });
  const planned = async (parameters: object) =>
    (await stand.reply(Plan, 200, { ...planOf({ blueprint: { source: SHOP }, parameters }), ...as("ada") })).id;
  await stand.reply(Deployment, 201, { ...applying(await planned({ greeting: "hi" })), ...as("bob") });
  const own = await planned({ password: "correct horse" });
  expect((await stand.problem("not_permitted", { ...applying(own), ...as("bob") })).detail).toBe(
    `Plan ${own} holds secret values that ada gave: it is for them to apply, or for the role operator in pool default, and bob has launcher. Plan the same with values of your own.`,
  );
  await stand.reply(Deployment, 201, { ...applying(own), ...as("ada") });
  await stand.reply(Deployment, 201, applying(await planned({ password: "correct horse" })));
});
