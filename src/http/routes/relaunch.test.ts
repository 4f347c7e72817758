import { expect, test } from "vitest";
import { BlueprintText } from "../../contract/blueprint.ts";
import { Deployment } from "../../contract/deployment.ts";
import { EventPage } from "../../contract/event.ts";
import { OutputList } from "../../contract/output.ts";
import { createStand, type Stand } from "../stand.testsuite.ts";

const SOURCE = `slipway: 1
name: shop
parameters:
  greeting: { type: string, default: hello }
  password: { type: string, secret: true }
instances:
  db: { image: debian-12, profile: small, userData: "\${{ params.password }}" }
outputs:
  said: { value: "\${{ params.greeting }}" }
  login: { value: "\${{ params.password }}", secret: true }
`;
const post = (path: string, body: unknown = {}, headers = {}) =>
  ({ method: "POST", path, as: "operator", body, headers }) as const;
const VALUES = { greeting: "ahoy", password: "correct horse" };
const again = (of: string, body: unknown = {}, headers = {}) => post(`/v1/deployments/${of}/relaunch`, body, headers);

async function told(stand: Stand, id: string): Promise<Record<string, string | null>> {
  const path = `/v1/deployments/${id}/outputs`;
  const { outputs } = await stand.reply(OutputList, 200, { path, as: "operator" });
  return Object.fromEntries(outputs.map(({ name, value }) => [name, value]));
}

/** A shop that has come up, and was stopped. */
async function stopped(): Promise<{ readonly stand: Stand; readonly old: Deployment }> {
  const stand = await createStand();
  await stand.startEngine();
  const { id } = await stand.reply(
    Deployment,
    201,
    post("/v1/deployments", { blueprint: { source: SOURCE }, parameters: VALUES, leaseMs: 3_600_000 }),
  );
  await stand.clock.advance(20_000);
  await stand.reply(Deployment, 200, post(`/v1/deployments/${id}/stop`));
  await stand.clock.advance(60_000);
  const old = await stand.reply(Deployment, 200, { path: `/v1/deployments/${id}` });
  expect(old).toMatchObject({ state: "stopped", actions: ["delete", "relaunch"] });
  return { stand, old };
}

test("what has ended is launched once more with the values it had, secret ones too, and leaves its name to the new one", async () => {
  const { stand, old } = await stopped();
  const key = { "idempotency-key": "once" };
  const { id, ...made } = await stand.reply(Deployment, 201, again("shop", {}, key));
  expect(made).toMatchObject({ name: "shop", ref: "shop", relaunchOf: old.id, successor: null, leaseMs: 3_600_000 });
  expect(await told(stand, id)).toEqual({ said: "ahoy", login: "correct horse" });
  expect((await stand.reply(Deployment, 200, again("shop", {}, key))).id).toBe(id);

  expect((await stand.reply(Deployment, 200, { path: "/v1/deployments/shop" })).id).toBe(id);
  const left = await stand.reply(Deployment, 200, { path: `/v1/deployments/${old.id}` });
  expect(left).toMatchObject({ name: "shop", ref: old.id, state: "stopped", successor: id });
  const { events } = await stand.reply(EventPage, 200, { path: `/v1/deployments/${old.id}/events` });
  expect(events.at(-1)).toMatchObject({ kind: "relaunch_asked", by: "the-operator", successor: id });
});

test("it is refused while the one that has the name has not ended, and goes on from any older one after that", async () => {
  const { stand, old } = await stopped();
  const second = await stand.reply(Deployment, 201, again("shop"));
  for (const of of ["shop", old.id]) {
    expect((await stand.problem("not_in_this_state", again(of))).detail).toMatch(/is launched once more only when/);
  }
  await stand.clock.advance(20_000);
  await stand.reply(Deployment, 200, post("/v1/deployments/shop/stop"));
  await stand.clock.advance(60_000);
  const third = await stand.reply(Deployment, 201, again(old.id, { parameters: { greeting: "hey" } }));
  expect(third).toMatchObject({ relaunchOf: old.id, parameters: { greeting: "hey" } });
  const path = `/v1/deployments/${second.id}`;
  expect(await stand.reply(Deployment, 200, { path })).toMatchObject({ successor: third.id });
  expect((await stand.ask({ ...again(old.id), as: "viewer" })).status).toBe(403);
});

test("another blueprint takes along the values that it declares, and is given its secrets anew", async () => {
  const { stand, old } = await stopped();
  const other = {
    source: SOURCE.replace("  password: { type: string, secret: true }", "  password: { type: string }"),
  };
  const leaking = await stand.problem("bad_parameter", again("shop", { blueprint: other }));
  expect(JSON.stringify(leaking.errors)).toContain("password");
  expect(JSON.stringify(leaking)).not.toContain(VALUES.password);
  const small = { source: SOURCE.replace(/ {2}greeting: .*\n/, "").replace(/ {2}said: .*\n/, "") };
  const made = await stand.reply(
    Deployment,
    201,
    again("shop", { blueprint: small, parameters: { password: "another horse" } }),
  );
  expect(made).toMatchObject({ parameters: {}, leaseMs: null, relaunchOf: old.id });
  expect(await told(stand, made.id)).toEqual({ login: "another horse" });
});

test("members have the numbers again that were chosen for them, as whoever refers to them expects", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const source = `slipway: 1
name: shop
instances:
  db: { image: debian-12, profile: small, userData: "\${{ web[3].privateAddress }}" }
  web: { image: debian-12, profile: small, count: 3 }
`;
  await stand.reply(Deployment, 201, post("/v1/deployments", { blueprint: { source } }));
  await stand.clock.advance(30_000);
  const remove = post("/v1/deployments/shop/update", { remove: ["web[2]"] });
  await stand.meanwhile(stand.reply(Deployment, 200, remove));
  await stand.clock.advance(60_000);
  await stand.reply(Deployment, 200, post("/v1/deployments/shop/stop"));
  await stand.clock.advance(60_000);
  const made = await stand.reply(Deployment, 201, again("shop"));
  expect(made.instances.map(({ name }) => name)).toEqual(["web-1", "web-3", "db"]);
});

test("what was deleted is launched by its blueprint", async () => {
  const { stand, old } = await stopped();
  await stand.ask({ method: "DELETE", path: `/v1/deployments/${old.id}`, as: "operator" });
  await stand.clock.advance(20_000);
  expect((await stand.problem("not_in_this_state", again(old.id))).detail).toMatch(/was deleted; launch its blueprint/);
});

test("who may launch it once more reads the text that it was launched from, and nobody else", async () => {
  const { stand, old } = await stopped();
  const path = `/v1/deployments/${old.id}/blueprint`;
  expect(await stand.reply(BlueprintText, 200, { path, as: "operator" })).toEqual({ source: SOURCE });
  await stand.problem("not_permitted", { path, as: "viewer" });
  await stand.problem("not_found", { path: "/v1/deployments/elsewhere/blueprint", as: "operator" });
});
