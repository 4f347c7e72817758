import { expect, test } from "vitest";
import { Pool } from "../../contract/account.ts";
import { Deployment } from "../../contract/deployment.ts";
import { EventPage } from "../../contract/event.ts";
import { Plan } from "../../contract/plan.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

const HOUR = 3_600_000;
const BLUEPRINT = { source: SHOP };
const post = (path: string, body: unknown) => ({ method: "POST", path, body });

async function launched(stand: Stand, leaseMs: number): Promise<Deployment> {
  await stand.startEngine();
  const made = await stand.reply(Deployment, 201, post("/v1/deployments", { blueprint: BLUEPRINT, leaseMs }));
  expect(made).toMatchObject({ leaseMs, leaseEndsAt: null });
  await stand.clock.advance(20_000);
  return stand.reply(Deployment, 200, { path: `/v1/deployments/${made.id}` });
}

test("a lease begins when all of it runs, is extended by its end, and stops the deployment", async () => {
  const stand = await createStand();
  const up = await launched(stand, HOUR);
  const path = `/v1/deployments/${up.id}`;
  const endsAt = new Date(Date.parse(up.allRunningAt ?? "") + HOUR);
  expect(up).toMatchObject({
    state: "running",
    leaseEndsAt: endsAt.toISOString(),
    actions: ["stop", "update", "extend"],
  });

  const until = new Date(endsAt.getTime() + HOUR).toISOString();
  for (let times = 0; times < 2; times += 1) {
    expect(await stand.reply(Deployment, 200, post(`${path}/extend`, { until }))).toMatchObject({ leaseEndsAt: until });
  }
  expect((await stand.problem("bad_lease", post(`${path}/extend`, { until: endsAt.toISOString() }))).detail).toMatch(
    /which is later; stop it to end it sooner\.$/,
  );
  expect((await stand.ask({ ...post(`${path}/extend`, { until }), as: "viewer" })).status).toBe(403);

  await stand.clock.advance(2 * HOUR);
  const over = await stand.reply(Deployment, 200, { path });
  expect(over).toMatchObject({ state: "stopped", leaseEndsAt: until, actions: ["delete", "relaunch"] });
  const { events } = await stand.reply(EventPage, 200, { path: `${path}/events` });
  const told = events.filter(({ kind }) => kind.startsWith("lease_") || kind === "stop_asked");
  expect(told.map(({ kind }) => kind)).toEqual(["lease_begun", "lease_extended", "lease_ending", "lease_ended"]);
  const late = post(`${path}/extend`, { until: new Date(Date.parse(until) + HOUR).toISOString() });
  expect((await stand.problem("not_in_this_state", late)).detail).toMatch(
    /is stopped and has no lease to extend any more\.$/,
  );
});

test("a pool that bounds leases refuses a launch, a plan and an extension beyond it, each with the remedy", async () => {
  const stand = await createStand();
  const patched = { method: "PATCH", path: "/v1/pools/default", body: { maxLeaseMs: 2 * HOUR } };
  expect(await stand.reply(Pool, 200, patched)).toMatchObject({ maxLeaseMs: 2 * HOUR });
  const asked = (leaseMs?: number) => ({ blueprint: BLUEPRINT, ...(leaseMs === undefined ? {} : { leaseMs }) });
  const none = await stand.problem("bad_lease", post("/v1/deployments", asked()));
  expect(none).toMatchObject({ errors: [{ pointer: "/leaseMs" }] });
  expect(none.detail).toMatch(/^Pool default lets a deployment run for 2 h, and this launch has no lease: give it one/);
  const long = await stand.problem("bad_lease", post("/v1/plan", asked(3 * HOUR)));
  expect(long.detail).toMatch(/and this one would run for 3 h: give it one of at most 2 h, with --lease or/);
  expect((await stand.reply(Plan, 200, post("/v1/plan", asked(HOUR)))).leaseMs).toBe(HOUR);

  const up = await launched(stand, 2 * HOUR);
  await stand.clock.advance(HOUR);
  const path = `/v1/deployments/${up.id}/extend`;
  const until = (ms: number) => ({ until: new Date(Date.parse(up.leaseEndsAt ?? "") + ms).toISOString() });
  const far = await stand.problem("bad_lease", post(path, until(2 * HOUR)));
  expect(far.detail).toMatch(/its lease would end in 2 h .*, and pool default allows 2 h from now\.$/);
  await stand.reply(Deployment, 200, post(path, until(HOUR / 2)));
  await stand.reply(Pool, 200, { ...patched, body: { maxLeaseMs: null } });
  await stand.reply(Deployment, 200, post(path, until(2 * HOUR)));
});
