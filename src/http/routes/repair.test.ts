import { expect, test } from "vitest";
import { AuditPage } from "../../contract/audit.ts";
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

test("a protected member is replaced only when that is said, and its retry is not offered", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const source = SOURCE.replace("cascade: true }", "cascade: true }\n    protect: true");
  const { id } = await stand.reply(Deployment, 201, post("/v1/deployments", { blueprint: { source } }));
  const path = `/v1/deployments/${id}`;
  await stand.clock.advance(20_000);
  const { detail } = await stand.problem("protected", post(`${path}/repair`, { instances: ["db"] }));
  expect(detail).toContain("--allow-replace db");
  const wish = { instances: ["db"], allowReplace: ["db"] };
  const asked = await stand.reply(Deployment, 200, post(`${path}/repair`, wish));
  expect(asked.instances).toMatchObject([{ protect: true, state: "shutting_down" }, { protect: false }]);
});

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
  const [entry] = (await stand.reply(AuditPage, 200, { path: "/v1/audit" })).entries;
  expect(entry?.after).toMatchObject({ repaired: ["db"], steps: expect.arrayContaining(["repair_begun"]) });
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

test("a member that runs and does not answer says so, and is replaced where its blueprint says so", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const live = "live: { http: { port: 80, path: /up }, period: 5s, failures: 2 }";
  const source = SOURCE.replace("    repair:", `    ${live}\n    repair:`);
  const { id } = await stand.reply(Deployment, 201, post("/v1/deployments", { blueprint: { source } }));
  const path = `/v1/deployments/${id}`;
  await stand.clock.advance(20_000);
  const check = { kind: "http", port: 80, path: "/up", periodMs: 5_000, failures: 2 };
  const sound = { ...check, missed: 0, lastAnswer: null, deadSince: null };
  expect((await stand.reply(Deployment, 200, { path })).instances).toMatchObject([{ live: sound }, { live: null }]);
  const silent = { on: "probe", do: { kind: "answers", status: 503 } } as const;
  stand.operator("east").addFaults([{ ...silent, times: 1 }]);
  await stand.clock.advance(4_900);
  const once = await stand.reply(Deployment, 200, { path });
  expect([once.state, once.instances[0]?.live]).toEqual([
    "running",
    { ...check, missed: 1, lastAnswer: "503", deadSince: null },
  ]);
  stand.operator("east").addFaults([{ ...silent, times: 4 }]);
  await stand.clock.advance(5_000);
  expect((await stand.reply(Deployment, 200, { path })).state).toBe("incomplete");
  await stand.clock.advance(30_000);
  const { events } = await stand.reply(EventPage, 200, { path: `${path}/events?limit=500` });
  const lost = "db is up no more: its live check failed 2 times in a row, last answer: 503";
  expect(events.map(({ text }) => text)).toContain(lost);
  expect((await stand.reply(Deployment, 200, { path })).state).toBe("running");
});
