import { expect, test } from "vitest";
import { AuditPage } from "../../contract/audit.ts";
import { Deployment } from "../../contract/deployment.ts";
import { KeptPlan } from "../../contract/kept-plan.ts";
import { UpdatePlan } from "../../contract/update.ts";
import type { Store, Tx } from "../../ports/store.ts";
import { createWorld } from "../../engine/world.testsuite.ts";
import { createStand, type Stand, standOn } from "../stand.testsuite.ts";

const shop = (image: string, webs: number, more = "") => `slipway: 1
name: shop
parameters:
  greeting: { type: string, default: hello }
  password: { type: string, secret: true }
${more}instances:
  db: { image: ${image}, profile: small, userData: "\${{ params.password }}" }
  web: { image: debian-12, profile: small, count: ${webs}, userData: "\${{ params.greeting }}" }
`;
const SOURCE = shop("debian-12", 1);
const post = (path: string, body: unknown = {}) => ({ method: "POST", path, as: "operator", body }) as const;
const planOf = (body: unknown) => post("/v1/deployments/shop/update/plan", body);
const withSource = (source: string, parameters = {}) => planOf({ blueprint: { source }, parameters });

async function running(given?: Stand): Promise<Stand> {
  const stand = given ?? (await createStand());
  await stand.startEngine();
  const parameters = { password: "correct horse" };
  await stand.reply(Deployment, 201, post("/v1/deployments", { blueprint: { source: SOURCE }, parameters }));
  await stand.clock.advance(20_000);
  return stand;
}

const planned = (stand: Stand, asked: ReturnType<typeof post>): Promise<UpdatePlan> =>
  stand.meanwhile(stand.reply(UpdatePlan, 200, asked));
const changesOf = ({ instances }: UpdatePlan) => instances.map(({ name, change }) => `${name} ${change}`);

test("a plan says what becomes of each instance, why, where and at what price, and changes nothing", async () => {
  const stand = await running();
  const before = await stand.reply(Deployment, 200, { path: "/v1/deployments/shop" });
  const plan = await planned(stand, withSource(shop("debian-12", 2)));
  expect(changesOf(plan)).toEqual(["db keep", "web-1 keep", "web-2 add"]);
  expect(plan).toMatchObject({ deployment: "shop", revision: 1, account: before.account, refused: [], mistakes: [] });
  const [db, , web] = plan.instances;
  expect(db?.from).toMatchObject({ realm: expect.any(String), size: expect.any(String) });
  expect(web).toMatchObject({ from: null, to: { realm: db?.from?.realm, hourlyCost: expect.any(Number) } });
  const added = web?.to?.hourlyCost ?? 0;
  expect(plan.now.hourlyCost).toBe(before.cost.perHour);
  expect(plan.later?.hourlyCost).toBeCloseTo(before.cost.perHour + added, 6);
  expect(plan.most).toEqual(plan.later);
  expect(await stand.reply(Deployment, 200, { path: "/v1/deployments/shop" })).toEqual(before);
});

test("values are as they are, secret ones too, but those that are given", async () => {
  const stand = await running();
  const same = await planned(stand, planOf({}));
  expect(changesOf(same)).toEqual(["db keep", "web-1 keep"]);
  expect(changesOf(await planned(stand, withSource(SOURCE)))).toEqual(["db keep", "web-1 keep"]);
  const greeted = await planned(stand, planOf({ parameters: { greeting: "hey" } }));
  expect(greeted.instances[1]).toMatchObject({
    change: "replace",
    reasons: ["its user data holds parameter greeting, which has another value"],
  });
  const kept = await planned(stand, planOf({ parameters: { password: "correct horse" } }));
  expect(changesOf(kept)).toEqual(["db keep", "web-1 keep"]);
  const other = await planned(stand, planOf({ parameters: { password: "battery staple" } }));
  expect(changesOf(other)).toEqual(["db replace", "web-1 keep"]);
  const more = await planned(stand, withSource(shop("debian-12", 1, "  extra: { type: string }\n")));
  expect(more.mistakes).toMatchObject([{ parameter: "extra" }]);
});

test("what has no place beside what is there is told with the reason", async () => {
  const stand = await running();
  const plan = await planned(stand, withSource(shop("no-such-image", 1)));
  expect(plan).toMatchObject({ later: null, most: null, refused: [{ account: plan.account }] });
  expect(plan.instances[0]).toMatchObject({ change: "replace", to: null });
});

test("what is not up, or not right, is refused; a viewer asks in vain", async () => {
  const stand = await running();
  await stand.problem("bad_blueprint", withSource("name: [\n"));
  await stand.problem("not_found", post("/v1/deployments/nobody/update/plan"));
  await stand.problem("not_permitted", { ...planOf({}), as: "viewer" });
  await stand.reply(Deployment, 200, post("/v1/deployments/shop/stop"));
  await stand.problem("not_in_this_state", planOf({}));
});

const shown = (stand: Stand) => stand.reply(Deployment, 200, { path: "/v1/deployments/shop" });
const refused = (stand: Stand, ...of: Parameters<Stand["problem"]>) => stand.meanwhile(stand.problem(...of));
const update = (body: unknown) => post("/v1/deployments/shop/update", body);

async function settled(stand: Stand, asked: ReturnType<typeof post>): Promise<Deployment> {
  const begun = await stand.meanwhile(stand.reply(Deployment, 200, asked));
  expect(begun.state).toBe("updating");
  await stand.clock.advance(60_000);
  return shown(stand);
}

test("an update is carried out, with the values that it has, and those that are given stay", async () => {
  const stand = await running();
  const before = await shown(stand);
  const greeted = await settled(stand, update({ parameters: { greeting: "hey" } }));
  expect(greeted).toMatchObject({ state: "running", revision: 2, parameters: { greeting: "hey" } });
  const machines = ({ instances }: Deployment) => instances.map(({ machine }) => machine);
  expect(machines(greeted)[0]).toBe(machines(before)[0]);
  expect(machines(greeted)[1]).not.toBe(machines(before)[1]);
  expect(greeted.revisions).toMatchObject([
    { no: 1, why: "launch", outcome: "succeeded" },
    { no: 2, why: "update", outcome: "succeeded", reason: null },
  ]);
  const [entry] = (await stand.reply(AuditPage, 200, { path: "/v1/audit?kind=deployment" })).entries;
  expect(entry).toMatchObject({ before: { revision: 1 }, after: { revision: 2, replaced: ["web-1"] } });
  const again = await stand.meanwhile(stand.reply(Deployment, 200, update({})));
  expect(again).toMatchObject({ state: "running", revision: 2 });
});

test("groups are scaled, whatever the blueprint says, and stay so", async () => {
  const stand = await running();
  const four = await settled(stand, update({ counts: { web: 3 } }));
  expect(four.instances.map(({ name }) => name)).toEqual(["db", "web-1", "web-2", "web-3"]);
  expect(changesOf(await planned(stand, planOf({})))).toEqual(["db keep", "web-1 keep", "web-2 keep", "web-3 keep"]);
  expect((await settled(stand, update({ counts: { web: 1 } }))).instances.map(({ name }) => name)).toEqual([
    "db",
    "web-1",
  ]);
  await refused(stand, "no_such_instance", update({ counts: { app: 3 } }));
  const shared = shop("debian-12", 1).replace("web: {", "web: &w {") + "  app: *w\n";
  await refused(stand, "bad_blueprint", update({ blueprint: { source: shared }, counts: { app: 3 } }));
  await refused(stand, "bad_blueprint", update({ blueprint: { source: "name: [\n" }, counts: { app: 3 } }));
});

test("a person chooses which members go; the others keep their numbers, and a gap is filled first", async () => {
  const stand = await running();
  await settled(stand, update({ counts: { web: 3 } }));
  const machines = async () => new Map((await shown(stand)).instances.map(({ name, machine }) => [name, machine]));
  const before = await machines();
  const chosen = planOf({ counts: { web: 2 }, remove: ["web[2]"] });
  expect(changesOf(await planned(stand, chosen))).toEqual(["db keep", "web-1 keep", "web-3 keep", "web-2 remove"]);
  await settled(stand, update({ remove: ["web-2"] }));
  const left = await machines();
  expect([...left.keys()]).toEqual(["db", "web-1", "web-3"]);
  expect([left.get("web-1"), left.get("web-3")]).toEqual([before.get("web-1"), before.get("web-3")]);
  expect(changesOf(await planned(stand, planOf({})))).toEqual(["db keep", "web-1 keep", "web-3 keep"]);
  expect(changesOf(await planned(stand, planOf({ counts: { web: 4 } })))).toEqual([
    "db keep",
    "web-1 keep",
    "web-2 add",
    "web-3 keep",
    "web-4 add",
  ]);
  await refused(stand, "no_such_instance", update({ remove: ["web[2]"] }));
  await refused(stand, "no_such_instance", update({ remove: ["db"] }));
  expect(await refused(stand, "bad_request", update({ counts: { web: 2 }, remove: ["web[1]"] }))).toMatchObject({
    detail: expect.stringMatching(/counts\.web: web has 1 member without those that are removed/),
  });
});

test("a count that no group can have is wrong where it is asked for", async () => {
  const stand = await running();
  for (const ask of [planOf, update]) {
    for (const web of [0, 51, -1, 1.5]) {
      expect(await refused(stand, "bad_request", ask({ counts: { web } }))).toMatchObject({
        detail: "counts.web: must be a whole number from 1 to 50",
        errors: [{ pointer: "/counts/web" }],
      });
    }
    const { detail } = await refused(stand, "bad_request", ask({ remove: ["web-1"] }));
    expect(detail).toBe("remove: web would have no member left: leave one, or update to a blueprint without web");
  }
});

test("a reference by number to a member that is removed is refused by the plan", async () => {
  const stand = await running();
  const told = shop("debian-12", 3).replace("${{ params.password }}", "${{ web[1].privateAddress }}");
  await settled(stand, update({ blueprint: { source: told } }));
  const problem = await refused(stand, "bad_blueprint", planOf({ remove: ["web[1]"] }));
  expect(problem.detail).toMatch(
    /refers to web\[1\], but "web" is to have members 2 and 3: mend the number, or let that member stay/,
  );
});

test("who refers to a member by its number keeps it, also when its group has fewer members than that", async () => {
  const stand = await running();
  const told = shop("debian-12", 3).replace("${{ params.password }}", "${{ web[3].privateAddress }}");
  await settled(stand, update({ blueprint: { source: told } }));
  const left = await settled(stand, update({ remove: ["web[2]"] }));
  const names = ["web-1", "web-3", "db"];
  expect(left.instances.map(({ name }) => name)).toEqual(names);
  expect(changesOf(await planned(stand, planOf({})))).toEqual(names.map((name) => `${name} keep`));
  // What stands beside it counts as well: none of it is lost because of the gap.
  const source = `${told.replace("count: 3", "count: 2")}launch: { lease: 2h }\n`;
  await stand.meanwhile(stand.reply(Deployment, 200, update({ blueprint: { source } })));
  await stand.clock.advance(20_000);
  expect(await shown(stand)).toMatchObject({ state: "running", leaseMs: 7_200_000, leaseEndsAt: expect.any(String) });
  const launched = post("/v1/deployments", {
    blueprint: { source },
    name: "other",
    parameters: { password: "battery staple" },
  });
  const { detail } = await stand.problem("bad_blueprint", launched);
  expect(detail).toMatch(/refers to web\[3\], but "web" has members 1 to 2: mend the number/);
});

test("a plan is carried out as it was shown, once, and not when the deployment has moved on", async () => {
  const stand = await running();
  const secret = await planned(stand, planOf({ parameters: { password: "battery staple" } }));
  const plan = await planned(stand, planOf({ counts: { web: 2 } }));
  expect([plan.id, plan.expiresAt]).toEqual([expect.any(String), expect.any(String)]);
  expect(await settled(stand, update({ plan: plan.id }))).toMatchObject({ state: "running", revision: 2 });
  await refused(stand, "plan_applied", update({ plan: plan.id }));
  expect(await refused(stand, "plan_changed", update({ plan: secret.id }))).toMatchObject({
    detail: expect.stringContaining("has revision 2 now, and had 1"),
  });
  await refused(stand, "not_found", update({ plan: "nobody" }));
  await refused(stand, "bad_request", update({ plan: plan.id, counts: { web: 2 } }));
  const kept = await planned(stand, planOf({ parameters: { password: "battery staple" } }));
  expect(await settled(stand, update({ plan: kept.id }))).toMatchObject({ state: "running", revision: 3 });
  expect(changesOf(await planned(stand, planOf({ parameters: { password: "battery staple" } })))).toEqual([
    "db keep",
    "web-1 keep",
    "web-2 keep",
  ]);
  const late = await planned(stand, planOf({ counts: { web: 1 } }));
  await stand.clock.advance(61 * 60_000);
  await refused(stand, "plan_expired", update({ plan: late.id }));
});

test("a plan that names who is gone by now is refused as all are that the deployment has moved on from", async () => {
  const stand = await running();
  await settled(stand, update({ counts: { web: 2 } }));
  const plan = await planned(stand, planOf({ remove: ["web-2"] }));
  await settled(stand, update({ counts: { web: 1 } }));
  expect(await refused(stand, "plan_changed", update({ plan: plan.id }))).toMatchObject({
    detail: `Plan ${plan.id} is not what would be done now: shop has revision 3 now, and had 2. Nothing was changed; plan again, look at the new plan, and apply that.`,
  });
});

test("a member that may be replaced must be one that is there", async () => {
  const stand = await running();
  for (const ask of [planOf, update]) {
    const { detail } = await refused(stand, "no_such_instance", ask({ allowReplace: ["db", "wbe-1"] }));
    expect(detail).toBe('Deployment shop has no instance wbe-1: did you mean "web-1"? It has db, web-1.');
  }
  expect(await planned(stand, planOf({ allowReplace: ["db"] }))).toMatchObject({ mistakes: [] });
});

test("what an update would be refused for begins nothing; a second one is refused, and a cancel leads back", async () => {
  const stand = await running();
  await refused(stand, "no_place", update({ blueprint: { source: shop("no-such-image", 1) } }));
  await refused(
    stand,
    "bad_parameter",
    update({ blueprint: { source: shop("debian-12", 1, "  extra: { type: string }\n") } }),
  );
  const before = await shown(stand);
  await stand.meanwhile(stand.reply(Deployment, 200, update({ counts: { web: 2 } })));
  await refused(stand, "not_in_this_state", update({ counts: { web: 3 } }));
  await stand.reply(Deployment, 200, post("/v1/deployments/shop/cancel"));
  await stand.clock.advance(60_000);
  const after = await shown(stand);
  expect(after).toMatchObject({ state: "running", revision: 1, cancelAskedAt: null });
  expect(after.instances.map(({ machine }) => machine)).toEqual(before.instances.map(({ machine }) => machine));
  expect(after.revisions[1]).toMatchObject({ outcome: "cancelled" });
});

test("what was given beside the blueprint stays, and is no change: a lease, a cap, a hold", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const parameters = { password: "correct horse" };
  const beside = { leaseMs: 3_600_000, maxHourly: 5, holdMs: 1_800_000 };
  await stand.reply(Deployment, 201, post("/v1/deployments", { blueprint: { source: SOURCE }, parameters, ...beside }));
  await stand.clock.advance(20_000);
  const same = await stand.meanwhile(stand.reply(Deployment, 200, update({})));
  expect(same).toMatchObject({ state: "running", revision: 1, leaseMs: 3_600_000 });
});

test("an update to another lease keeps to what its pool allows, and the lease that there is may stay", async () => {
  const stand = await running();
  const pool = { method: "PATCH", path: "/v1/pools/default", body: { maxLeaseMs: 3_600_000 } } as const;
  await stand.ask(pool);
  const leased = (lease: string) => `${SOURCE}launch: { lease: ${lease} }\n`;
  await refused(stand, "bad_lease", withSource(leased("2h")));
  await refused(stand, "bad_lease", update({ blueprint: { source: leased("2h") } }));
  expect(await planned(stand, planOf({ counts: { web: 2 } }))).toMatchObject({ mistakes: [] });
  const within = update({ blueprint: { source: leased("1h") } });
  await stand.meanwhile(stand.reply(Deployment, 200, within));
  await stand.clock.advance(20_000);
  const now = await shown(stand);
  expect(now).toMatchObject({ state: "running", leaseMs: 3_600_000, leaseEndsAt: expect.any(String) });
});

/** The store, with what each writing transaction asks of it. */
function noting(store: Store): { readonly store: Store; readonly written: string[][] } {
  const written: string[][] = [];
  const notedIn = (tx: Tx, names: string[]): Tx =>
    new Proxy(tx, {
      get(target, name, self) {
        names.push(String(name));
        return Reflect.get(target, name, self);
      },
    });
  const write: Store["write"] = (act) =>
    store.write((tx) => {
      const names: string[] = [];
      written.push(names);
      return act(notedIn(tx, names));
    });
  return { store: { ...store, write }, written };
}

test("blueprint, profiles and secrets are read before accounts, pool and user are locked", async () => {
  const world = await createWorld();
  const { store, written } = noting(world.store);
  const stand = await running(await standOn(world, { store }));
  await settled(stand, update({ counts: { web: 2 } }));
  const names = written.find((one) => one.includes("turnSource")) ?? [];
  const locksAt = names.indexOf("markets");
  expect(locksAt).toBeGreaterThan(names.indexOf("lock"));
  for (const name of ["launchSource", "secretsOf", "profiles", "setting"]) {
    expect([name, names.includes(name), names.lastIndexOf(name) < locksAt]).toEqual([name, true, true]);
  }
});

test("a plan of an update is read as it was made by those who may carry it out, and launched by nobody", async () => {
  const stand = await running();
  const plan = await planned(stand, planOf({ counts: { web: 2 } }));
  const { id: deployment } = await shown(stand);
  const read = { path: `/v1/plans/${plan.id}`, as: "operator" } as const;
  expect(await stand.reply(KeptPlan, 200, read)).toMatchObject({
    kind: "update",
    standing: "open",
    appliedAt: null,
    deployment,
    plan,
  });
  expect((await stand.problem("not_permitted", { ...read, as: "viewer" })).detail).toContain("needs the role launcher");
  const applied = await stand.problem("not_found", post(`/v1/plans/${plan.id}/apply`));
  expect(applied.detail).toContain(`carry it out by POST /v1/deployments/${deployment}/update`);
  await settled(stand, update({ plan: plan.id }));
  expect(await stand.reply(KeptPlan, 200, read)).toMatchObject({ standing: "applied", deployment, plan });
  const late = await planned(stand, planOf({ counts: { web: 1 } }));
  await stand.store.write(async (tx) => {
    const row = await tx.plan(String(late.id));
    if (row === null) throw new Error("the plan is not kept");
    await tx.insertPlan({ ...row, id: "late", expiresAt: await tx.now() });
    await tx.insertPlan({ ...row, id: "other", shown: { other: true } });
  });
  const path = (id: string) => ({ path: `/v1/plans/${id}`, as: "operator" }) as const;
  expect(await stand.reply(KeptPlan, 200, path("late"))).toMatchObject({ standing: "expired" });
  await stand.problem("plan_changed", path("other"));
});
