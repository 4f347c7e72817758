import { expect, test } from "vitest";
import { Deployment } from "../../contract/deployment.ts";
import { EventPage } from "../../contract/event.ts";
import { createStand } from "../stand.testsuite.ts";

const SOURCE = `slipway: 1
name: shop
instances:
  db:
    image: debian-12
    profile: small
    repair: { mode: replace, tries: 1, cascade: true }
  web:
    image: debian-12
    profile: small
    userData: \${{ db.privateAddress }}
`;
const post = (path: string, body: unknown) => ({ method: "POST", path, body });

test("a member is replaced by hand, and who was told its address follows", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const { id } = await stand.reply(Deployment, 201, post("/v1/deployments", { blueprint: { source: SOURCE } }));
  const path = `/v1/deployments/${id}`;
  await stand.clock.advance(20_000);
  const up = await stand.reply(Deployment, 200, { path });
  const policy = { mode: "replace", tries: 1, withinMs: 3_600_000, cascade: true };
  expect(up).toMatchObject({
    state: "running",
    instances: [{ repair: policy, repairable: true, repairSince: null }, {}],
  });

  expect((await stand.problem("not_in_this_state", post(`${path}/repair`, {}))).detail).toMatch(/no failed instance/);
  expect((await stand.problem("no_such_instance", post(`${path}/repair`, { instances: ["dbb"] }))).detail).toMatch(
    /db/,
  );
  expect((await stand.ask({ ...post(`${path}/repair`, {}), as: "viewer" })).status).toBe(403);

  const asked = await stand.reply(Deployment, 200, post(`${path}/repair`, { instances: ["db"] }));
  expect(asked.instances[0]).toMatchObject({ state: "shutting_down", repairable: false });
  expect(asked.instances[0]?.repairSince).not.toBeNull();
  await stand.clock.advance(300_000);
  const whole = await stand.reply(Deployment, 200, { path });
  expect(whole).toMatchObject({ state: "running", instances: [{ repairSince: null }, { outdated: [] }] });
  for (const place of [0, 1]) expect(whole.instances[place]?.machine).not.toBe(up.instances[place]?.machine);
  const { events } = await stand.reply(EventPage, 200, { path: `${path}/events` });
  const told = events.filter(({ kind }) => kind === "repair_begun" || kind === "repair_ended").map(({ text }) => text);
  expect(told[0]).toMatch(/^db is being replaced, asked by /);
  expect(told.slice(1)).toEqual([
    "db is repaired; web was told about its former machine",
    "web is being replaced, its user data tells about the former machine of db",
    "web is repaired",
  ]);
});
