import { expect, test } from "vitest";
import { Deployment } from "../../contract/deployment.ts";
import { EventPage } from "../../contract/event.ts";
import { Plan } from "../../contract/plan.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

const post = (path: string, body?: unknown) => ({ method: "POST", path, ...(body === undefined ? {} : { body }) });

/** The second machine is refused at the only account. */
async function failed(given: object, source = SHOP): Promise<{ stand: Stand; path: string; shown: Deployment }> {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const refused = { kind: "refuse", code: "insufficient_capacity" } as const;
  stand.operator("east").addFaults([{ on: "create", do: refused, when: { nth: 2 }, times: 1 }]);
  const { id } = await stand.reply(Deployment, 201, post("/v1/deployments", { blueprint: { source }, ...given }));
  const path = `/v1/deployments/${id}`;
  await stand.clock.advance(20_000);
  return { stand, path, shown: await stand.reply(Deployment, 200, { path }) };
}

test("a failed attempt is held for as long as the launch says, told, and released by hand", async () => {
  const { stand, path, shown } = await failed({ holdMs: 1_800_000 });
  expect(shown).toMatchObject({ state: "pending", attempts: [{ outcome: "failed" }] });
  expect(shown.actions).toContain("release");
  const { since = "", until = "" } = shown.study ?? {};
  expect(Date.parse(until) - Date.parse(since)).toBe(1_800_000);
  expect(shown.cost.perHour).toBeGreaterThan(0);
  expect(shown.instances.every(({ step }) => step === null)).toBe(true);
  const { events } = await stand.reply(EventPage, 200, { path: `${path}/events?limit=500` });
  expect(events).toContainEqual(expect.objectContaining({ kind: "study_begun", endsAt: until, unpriced: 0 }));
  await stand.clock.advance(600_000);
  expect((await stand.reply(Deployment, 200, { path })).state).toBe("pending");
  expect((await stand.reply(Deployment, 200, post(`${path}/release`))).study).not.toBeNull();
  await stand.clock.advance(20_000);
  expect(await stand.reply(Deployment, 200, { path })).toMatchObject({ state: "running", attempt: 2, study: null });
  expect((await stand.problem("not_in_this_state", post(`${path}/release`))).detail).toContain("holds nothing");
});

test("its blueprint may say so, and how long is bounded", async () => {
  const { stand, path, shown } = await failed({}, `${SHOP}launch: { onFailure: { hold: 5m } }\n`);
  expect(shown.study).not.toBeNull();
  await stand.clock.advance(330_000);
  expect((await stand.reply(Deployment, 200, { path })).state).toBe("running");
  await stand.problem("bad_request", post("/v1/deployments", { blueprint: { source: SHOP }, holdMs: 10 }));
});

test("a plan says for how long what fails would be held, and is launched so; once more it is as it was, or as is said then", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const plan = await stand.reply(Plan, 200, post("/v1/plan", { blueprint: { source: SHOP }, holdMs: 60_000 }));
  expect(plan.holdMs).toBe(60_000);
  const { id } = await stand.reply(Deployment, 201, post(`/v1/plans/${plan.id}/apply`));
  const path = `/v1/deployments/${id}`;
  expect((await stand.reply(Deployment, 200, { path })).holdMs).toBe(60_000);
  await stand.clock.advance(20_000);
  await stand.reply(Deployment, 200, post(`${path}/stop`));
  await stand.clock.advance(20_000);
  const again = await stand.reply(Deployment, 201, post(`${path}/relaunch`, { holdMs: 90_000 }));
  expect(again).toMatchObject({ holdMs: 90_000, relaunchOf: id });
  const unheld = await stand.reply(Plan, 200, post("/v1/plan", { blueprint: { source: SHOP } }));
  expect(unheld.holdMs).toBeNull();
});

test("what a blueprint holds may be held not at all, and so once more", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const source = `${SHOP}launch: { onFailure: { hold: 5m }, quarantine: 4h }\n`;
  const off = { blueprint: { source }, holdMs: null, quarantineMs: null };
  const none = { holdMs: null, quarantineMs: null };
  expect(await stand.reply(Plan, 200, post("/v1/plan", off))).toMatchObject(none);
  const { id } = await stand.reply(Deployment, 201, post("/v1/deployments", off));
  const path = `/v1/deployments/${id}`;
  expect(await stand.reply(Deployment, 200, { path })).toMatchObject(none);
  await stand.clock.advance(20_000);
  await stand.reply(Deployment, 200, post(`${path}/stop`));
  await stand.clock.advance(20_000);
  const again = await stand.reply(Deployment, 201, post(`${path}/relaunch`, {}));
  expect(again).toMatchObject({ ...none, relaunchOf: id });
});
