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
    protect: true
    live: { tcp: 22, period: 5s, failures: 2 }
    repair: { mode: replace }
`;
const post = (path: string, body?: unknown) => ({ method: "POST", path, body });

async function up() {
  const stand = await createStand();
  await stand.startEngine();
  const { id } = await stand.reply(Deployment, 201, post("/v1/deployments", { blueprint: { source: SOURCE } }));
  await stand.clock.advance(20_000);
  const path = `/v1/deployments/${id}`;
  const shown = () => stand.reply(Deployment, 200, { path });
  const story = async () => {
    const { events } = await stand.reply(EventPage, 200, { path: `${path}/events` });
    return events.filter(({ kind }) => kind.startsWith("reboot_")).map(({ text }) => text);
  };
  return { stand, path, reboot: post(`${path}/instances/db/reboot`), shown, story };
}

test("a member is rebooted: it stays the machine that it is, and its check waits", async () => {
  const { stand, reboot, shown, story } = await up();
  const before = await shown();
  expect(before).toMatchObject({ state: "running", instances: [{ rebootable: true, reboot: null }] });
  expect((await stand.ask({ ...reboot, as: "viewer" })).status).toBe(403);
  const asked = await stand.reply(Deployment, 200, reboot);
  expect(asked.instances).toMatchObject([{ rebootable: false, reboot: { step: "asked" } }]);
  const [entry] = (await stand.reply(AuditPage, 200, { path: "/v1/audit" })).entries;
  expect(entry?.after).toEqual({ rebooted: ["db"], steps: ["reboot_asked"] });
  await stand.clock.advance(1_000);
  expect((await shown()).instances).toMatchObject([{ rebootable: false, reboot: { step: "under_way" } }]);
  expect((await stand.problem("not_in_this_state", reboot)).detail).toMatch(/is being rebooted, and may be again from/);
  await stand.clock.advance(200_000);
  const after = await shown();
  expect(after).toMatchObject({ state: "running", instances: [{ rebootable: true, reboot: null }] });
  expect(after.instances[0]?.machine).toBe(before.instances[0]?.machine);
  const [wish, ...rest] = await story();
  expect(wish).toMatch(/^Reboot of db asked by /);
  expect(rest).toEqual(["db: its cloud has taken the reboot", "db: its reboot is over"]);
});

test("who may not, and an instance that is not there, are refused", async () => {
  const { stand, path } = await up();
  const { detail } = await stand.problem("no_such_instance", post(`${path}/instances/bd/reboot`));
  expect(detail).toContain('did you mean "db"?');
  await stand.reply(Deployment, 200, post(`${path}/stop`));
  expect((await stand.problem("not_in_this_state", post(`${path}/instances/db/reboot`))).detail).toMatch(
    /cannot reboot db \(\w+\); only members of one that is up/,
  );
});
