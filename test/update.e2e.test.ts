// A shop that runs is updated: what is new comes up beside what is there, and where that fails the old shop is whole, on its addresses. On
// real processes, by the datacentre's billing log.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { quickCloud, startDatacentre } from "./stage/datacentre.ts";
import { slipway } from "./stage/command.ts";
import { startServer } from "./stage/server.ts";

const shop = (appImage: string, webs: number) => `
slipway: 1
name: shop
instances:
  db: { image: postgres-16, profile: small }
  app: { image: ${appImage}, profile: small, count: 3, dependsOn: [db], userData: "DB=\${{ db.privateAddress }}" }
  web: { image: nginx-1, profile: small, count: ${webs} }
outputs:
  databases: { value: "\${{ db.privateAddress }}" }
`;

test("the shop scales from 2 to 4 web and back; an image of app whose third machine is refused leaves the old shop whole", async () => {
  await using parts = new AsyncDisposableStack();
  const datacentre = await startDatacentre([quickCloud("north")]);
  parts.defer(() => datacentre.stop());
  const server = await startServer();
  parts.defer(async () => void (await server.child.end("SIGTERM")));
  await server.addAccounts(datacentre, ["north"]);
  const { id } = await server.launch(shop("debian-12", 2));
  const before = await server.reaches(id, ["running"]);
  const addresses = (deployment: typeof before) =>
    Object.fromEntries(
      deployment.instances.map(({ name, externalId, privateAddress }) => [name, [externalId, privateAddress]]),
    );
  const alive = async () => (await datacentre.lives()).filter(({ to }) => to === null).length;

  const planned = await slipway(["scale", "shop", "web=4", "--plan", "--json"], server.env);
  const plan: { readonly id: string } = JSON.parse(planned.out);
  const scaled = await slipway(["update", "shop", "--apply", plan.id, "--watch"], server.env);
  expect([scaled.code, scaled.out]).toEqual([0, expect.stringContaining("updating → running")]);
  expect(await alive()).toBe(8);
  const four = await server.deployment(id);
  expect(addresses(four)).toMatchObject(addresses(before));
  expect(four.instances.map(({ name }) => name)).toContain("web-4");
  expect((await slipway(["scale", "shop", "web=2", "--wait"], server.env)).code).toBe(0);
  expect(addresses(await server.deployment(id))).toEqual(addresses(before));
  expect(await alive()).toBe(6);

  await datacentre.admin
    .cloud("north")
    .addFaults([{ on: "create", do: { kind: "refuse", code: "quota_exceeded" }, times: "always", when: { nth: 3 } }]);
  const file = join(mkdtempSync(join(tmpdir(), "slipway-update-")), "shop.yaml");
  writeFileSync(file, shop("nginx-1", 2));
  const { code, err } = await slipway(["update", "shop", file, "--wait"], server.env);
  expect([code, err]).toEqual([1, expect.stringContaining("the update of shop came to nothing")]);
  const after = await server.deployment(id);
  expect(after).toMatchObject({ state: "running", revision: 3, failure: null });
  expect(addresses(after)).toEqual(addresses(before));
  expect(await alive()).toBe(6);
  expect(after.revisions.map(({ outcome }) => outcome)).toEqual(["succeeded", "succeeded", "succeeded", "failed"]);
}, 300_000);

const leased = (launch: string) => `
slipway: 1
name: told
parameters:
  password: { type: string, secret: true }
instances:
  db: { image: postgres-16, profile: small, userData: "PASSWORD=\${{ params.password }}" }
  web: { image: nginx-1, profile: small, count: 3 }
outputs:
  login: { value: "root:\${{ params.password }}", secret: true }
${launch}`;

test("a person says which numbers go; outputs, lease and time are those of the update", async () => {
  await using parts = new AsyncDisposableStack();
  const cloud = quickCloud("north");
  const datacentre = await startDatacentre([{ ...cloud, boot: { kind: "fixed", ms: 12_000 } }]);
  parts.defer(() => datacentre.stop());
  const server = await startServer();
  parts.defer(async () => void (await server.child.end("SIGTERM")));
  await server.addAccounts(datacentre, ["north"]);
  const { id } = await server.launch(leased("launch: { lease: 8h }\n"), { parameters: { password: "former-one" } });
  const before = await server.reaches(id, ["running"]);
  expect(before.leaseEndsAt).not.toBeNull();
  const run = (...argv: string[]) => slipway(argv, server.env);

  const login = async () => (await run("output", "told", "login")).out.trim();
  expect(await login()).toBe("root:former-one");
  const file = join(mkdtempSync(join(tmpdir(), "slipway-update-")), "told.yaml");
  writeFileSync(file, leased(""));
  expect((await run("update", "told", file, "--set", "password=later-one")).code).toBe(0);
  // Its new machine takes long enough to boot.
  const [value, shown] = await Promise.all([login(), run("show", "told")]);
  expect([value, shown.out]).toEqual(["root:former-one", expect.stringMatching(/told +updating +\d+(\.\d+)? s/)]);
  const after = await server.reaches(id, ["running"]);
  expect([await login(), after.leaseEndsAt]).toEqual(["root:later-one", null]);

  const plan = await run("scale", "told", "--remove", "web[2]", "--plan");
  expect(plan.out).toMatch(/web-2 +remove/);
  expect((await run("scale", "told", "web=2", "--remove", "web[2]", "--wait")).code).toBe(0);
  const machinesOf = ({ instances }: typeof before) => instances.map(({ name, machine }) => [name, machine]);
  const left = machinesOf(await server.deployment(id));
  expect(left).toEqual(machinesOf(after).filter(([name]) => name !== "web-2"));
  const refused = await run("scale", "told", "--remove", "web[2]");
  expect([refused.code, refused.err]).toEqual([2, expect.stringContaining("there is no instance web[2]")]);
  expect((await run("scale", "told", "web=3", "--wait")).code).toBe(0);
  expect((await server.deployment(id)).instances.map(({ name }) => name)).toEqual(["db", "web-1", "web-2", "web-3"]);
}, 300_000);

const cramped = (image: string) => `
slipway: 1
name: cramped
instances:
  db: { image: postgres-16, profile: small, update: { order: removeFirst } }
  app: { image: ${image}, profile: small, dependsOn: [db], update: { order: removeFirst } }
`;

test("where an account has room for one set, the former machine is gone before its successor is asked for, and comes again where that fails", async () => {
  await using parts = new AsyncDisposableStack();
  const datacentre = await startDatacentre([
    quickCloud("narrow", { tenants: [{ name: "narrow", key: "narrow-key", quota: { instances: 2 } }] }),
  ]);
  parts.defer(() => datacentre.stop());
  const server = await startServer();
  parts.defer(async () => void (await server.child.end("SIGTERM")));
  await server.addAccounts(datacentre, ["narrow"]);
  const { id } = await server.launch(cramped("debian-12"));
  const before = await server.reaches(id, ["running"]);
  const file = join(mkdtempSync(join(tmpdir(), "slipway-update-")), "cramped.yaml");
  writeFileSync(file, cramped("nginx-1"));
  const run = (...argv: string[]) => slipway(argv, server.env);
  const ofApp = async () =>
    (await datacentre.lives())
      .filter(({ labels }) => labels["slipway-instance"] === "app")
      .map(({ from, to }) => [from, to]);

  expect((await run("update", "cramped", file, "--plan")).out).toMatch(/app +replace, removed first/);
  expect((await run("update", "cramped", file, "--wait")).code).toBe(0);
  const after = await server.deployment(id);
  expect(after).toMatchObject({ state: "running", revision: 2, failure: null });
  expect(after.instances[0]?.machine).toBe(before.instances[0]?.machine);
  const [former, next, ...more] = await ofApp();
  expect(more).toEqual([]);
  expect(Number(former?.[1])).toBeLessThanOrEqual(Number(next?.[0]));

  const refuse = { kind: "refuse", code: "invalid_size" } as const;
  const app = { labels: { "slipway-instance": "app" } };
  await datacentre.admin.cloud("narrow").addFaults([{ on: "create", do: refuse, when: app, times: 1 }]);
  writeFileSync(file, cramped("debian-12"));
  const { err } = await run("update", "cramped", file, "--wait");
  expect(err).toContain("the update of cramped came to nothing");
  expect(err).toContain("app was removed first and has been launched anew: what was on its disks is gone");
  expect(err).toContain("all else of cramped is as before; cramped is running");
  const again = await server.reaches(id, ["running"]);
  expect(again).toMatchObject({ revision: 2, instances: [{}, { image: "nginx-1", state: "running" }] });
  expect((await datacentre.alive()).length).toBe(2);
}, 300_000);
