import { expect, test } from "vitest";
import { Pool } from "../../contract/account.ts";
import { Deployment } from "../../contract/deployment.ts";
import { EventPage } from "../../contract/event.ts";
import { Plan } from "../../contract/plan.ts";
import { createStand, SHOP } from "../stand.testsuite.ts";

const HOUR = 3_600_000;
const post = (path: string, body?: unknown) => ({ method: "POST", path, ...(body === undefined ? {} : { body }) });
const patch = (body: object) => ({ method: "PATCH", path: "/v1/pools/default", body });

/** The second machine is made at the first account and does not boot. */
async function kept(given: object = { quarantineMs: 4 * HOUR }, source = SHOP) {
  const stand = await createStand({ clouds: [{ name: "east" }, { name: "west" }] });
  await stand.startEngine();
  for (const name of ["east", "west"])
    stand.operator(name).addFaults([{ on: "create", do: { kind: "boot_error" }, when: { nth: 2 }, times: 1 }]);
  const { id } = await stand.reply(Deployment, 201, post("/v1/deployments", { blueprint: { source }, ...given }));
  const path = `/v1/deployments/${id}`;
  await stand.clock.advance(60_000);
  return { stand, path, shown: await stand.reply(Deployment, 200, { path }) };
}

const keptOf = ({ machines }: Deployment) => machines.filter(({ quarantinedUntil }) => quarantinedUntil !== null);

test("the machine that failed is kept alone while the launch goes on, told with its price, and removed when it is released", async () => {
  const { stand, path, shown } = await kept();
  const all = keptOf(shown);
  const [machine] = all;
  expect(all.map(({ attempt }) => attempt)).toEqual([...new Set(all.map(({ attempt }) => attempt))]);
  expect(shown).toMatchObject({ state: "running", quarantineMs: 4 * HOUR });
  expect(machine).toMatchObject({ open: true, releasable: true, undoAskedAt: null, debtSince: null });
  const others = shown.instances.reduce((sum, { hourlyCost }) => sum + (hourlyCost ?? 0), 0);
  expect(shown.cost.perHour).toBeCloseTo(others + all.reduce((sum, { hourlyCost }) => sum + (hourlyCost ?? 0), 0));
  const { events } = await stand.reply(EventPage, 200, { path: `${path}/events?limit=500` });
  expect(events).toContainEqual(
    expect.objectContaining({ kind: "quarantine_begun", machine: machine?.id, hourlyCost: machine?.hourlyCost }),
  );
  const name = machine?.instance ?? "";
  // Whoever only looks sees it, and is not offered its end.
  const seen = await stand.reply(Deployment, 200, { path, as: "viewer" });
  expect(keptOf(seen).map(({ releasable }) => releasable)).toEqual(all.map(() => false));
  await stand.problem("not_permitted", { ...post(`${path}/instances/${name}/release`), as: "viewer" });
  expect((await stand.problem("not_in_this_state", post(`${path}/release`))).detail).toContain(`/${name}`);
  const released = await stand.reply(Deployment, 200, post(`${path}/instances/${name}/release`));
  expect(keptOf(released).filter(({ instance }) => instance === name)).toEqual([]);
  await stand.problem("not_in_this_state", post(`${path}/instances/${name}/release`));
  await stand.problem("no_such_instance", post(`${path}/instances/nobody/release`));
  await stand.clock.advance(60_000);
  const after = await stand.reply(Deployment, 200, { path });
  expect(after.machines.find(({ id }) => id === machine?.id)).toMatchObject({ open: false, state: "gone" });
  expect(after.state).toBe("running");
});

test("its blueprint may say so; its time ends it, and an account that has it cannot be removed before", async () => {
  const { stand, path, shown } = await kept({}, `${SHOP}launch: { quarantine: 10m }\n`);
  const [machine] = keptOf(shown);
  const account = `/v1/accounts/${machine?.account ?? ""}`;
  const refused = await stand.problem("in_use", { method: "DELETE", path: account });
  expect(refused.detail).toContain("machine");
  await stand.clock.advance(11 * 60_000);
  const after = await stand.reply(Deployment, 200, { path });
  expect([keptOf(after), after.machines.filter(({ open }) => open).length]).toEqual([[], after.instances.length]);
});

test("a pool bounds it: more is refused where it is asked for", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  expect(await stand.reply(Pool, 200, patch({ maxQuarantineMs: 2 * HOUR }))).toMatchObject({
    maxQuarantineMs: 2 * HOUR,
  });
  const asked = (quarantineMs?: number, source = SHOP) => ({ blueprint: { source }, quarantineMs });
  const much = await stand.problem("bad_quarantine", post("/v1/deployments", asked(3 * HOUR)));
  expect(much).toMatchObject({ errors: [{ pointer: "/quarantineMs" }] });
  expect(much.detail).toMatch(/^Pool default lets a machine that failed be kept for 2 h.*--quarantine/);
  await stand.problem("bad_quarantine", post("/v1/plan", asked(undefined, `${SHOP}launch: { quarantine: 3h }\n`)));
  await stand.problem("bad_request", post("/v1/plan", asked(10)));
  const plan = await stand.reply(Plan, 200, post("/v1/plan", asked(HOUR)));
  expect(plan.quarantineMs).toBe(HOUR);
  const { id, quarantineMs } = await stand.reply(Deployment, 201, post(`/v1/plans/${plan.id}/apply`));
  expect(quarantineMs).toBe(HOUR);
  // None needs one.
  expect((await stand.reply(Plan, 200, post("/v1/plan", asked()))).quarantineMs).toBeNull();
  await stand.clock.advance(20_000);
  await stand.reply(Deployment, 200, post(`/v1/deployments/${id}/stop`));
  await stand.clock.advance(20_000);
  expect(await stand.reply(Deployment, 201, post(`/v1/deployments/${id}/relaunch`, {}))).toMatchObject({
    quarantineMs: HOUR,
  });
  expect(await stand.reply(Pool, 200, patch({ maxQuarantineMs: null }))).toMatchObject({ maxQuarantineMs: null });
});
