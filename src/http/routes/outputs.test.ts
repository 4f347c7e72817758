import { expect, test } from "vitest";
import { CheckedBlueprint } from "../../contract/blueprint.ts";
import { Deployment } from "../../contract/deployment.ts";
import { OutputList } from "../../contract/output.ts";
import { Plan } from "../../contract/plan.ts";
import { createStand, SHOP } from "../stand.testsuite.ts";

const SOURCE = `${SHOP}outputs:
  address: { value: "\${{ db.privateAddress }}", description: Where the data are }
  login: { value: "root:\${{ params.password }}@\${{ db.privateAddress }}", secret: true }
  greeting: \${{ params.greeting }}, \${{ deployment.name }}
`;
const path = "/v1/deployments/shop/outputs";
const launch = { method: "POST", path: "/v1/deployments", body: { blueprint: { source: SOURCE } } } as const;

test("a plan and a check tell which outputs there will be", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const asked = { method: "POST", path: "/v1/plan", body: { blueprint: { source: SOURCE } }, as: "viewer" } as const;
  expect((await stand.reply(Plan, 200, asked)).outputs).toEqual([
    { name: "address", description: "Where the data are", secret: false, from: ["db"] },
    { name: "login", description: null, secret: true, from: ["db"] },
    { name: "greeting", description: null, secret: false, from: [] },
  ]);
  const check = { method: "POST", path: "/v1/blueprints/check", body: { source: SOURCE }, as: "viewer" } as const;
  expect((await stand.reply(CheckedBlueprint, 200, check)).outputs).toMatchObject([
    { name: "address" },
    { name: "login", secret: true },
    { name: "greeting" },
  ]);
});

test("outputs are known while the machines are there, and secret ones to those alone who may change deployments", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const { outputs } = await stand.reply(Deployment, 201, launch);
  expect(outputs).toEqual([
    { name: "address", description: "Where the data are", secret: false, value: null, missing: "db.privateAddress" },
    { name: "login", description: null, secret: true, value: null, missing: null },
    { name: "greeting", description: null, secret: false, value: "hello, shop", missing: null },
  ]);
  await stand.clock.advance(30_000);
  const seen = async (as: "viewer" | "operator") =>
    (await stand.reply(OutputList, 200, { path, as })).outputs.map(({ value, missing }) => value ?? missing);
  const shown = await stand.reply(Deployment, 200, { path: "/v1/deployments/shop", as: "admin" });
  const address = shown.instances[0]?.privateAddress ?? "";
  expect(address).not.toBe("");
  expect(shown.outputs.map(({ value }) => value)).toEqual([address, null, "hello, shop"]);
  expect(await seen("viewer")).toEqual([address, null, "hello, shop"]);
  expect(stand.logged("secret outputs told")).toEqual([]);
  expect(await seen("operator")).toEqual([address, `root:hunter22@${address}`, "hello, shop"]);
  expect(stand.logged("secret outputs told")).toMatchObject([{ deployment: shown.id, token: "the-operator" }]);
  await stand.ask({ method: "POST", path: "/v1/deployments/shop/stop" });
  await stand.clock.advance(60_000);
  expect(await seen("operator")).toEqual(["db.privateAddress", "db.privateAddress", "hello, shop"]);
});

test("a secret output is that of the revision in force: the former one until all of the new set is ready", async () => {
  const stand = await createStand();
  await stand.startEngine();
  await stand.reply(Deployment, 201, launch);
  await stand.clock.advance(30_000);
  const login = async () => (await stand.reply(OutputList, 200, { path, as: "operator" })).outputs[1]?.value;
  const before = await login();
  expect(before).toMatch(/^root:hunter22@/);
  const body = { parameters: { password: "hunter33" } };
  const update = { method: "POST", path: "/v1/deployments/shop/update", body } as const;
  const begun = await stand.meanwhile(stand.reply(Deployment, 200, update));
  expect([begun.state, await login()]).toEqual(["updating", before]);
  await stand.clock.advance(60_000);
  expect((await stand.reply(Deployment, 200, { path: "/v1/deployments/shop" })).state).toBe("running");
  expect(await login()).toMatch(/^root:hunter33@/);
});

test("what is secret goes with its deployment", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const { id } = await stand.reply(Deployment, 201, launch);
  await stand.clock.advance(30_000);
  await stand.ask({ method: "DELETE", path: `/v1/deployments/${id}?stop=true` });
  await stand.clock.advance(15 * 60_000);
  const list = await stand.reply(OutputList, 200, { path: `/v1/deployments/${id}/outputs` });
  expect(list.outputs).toMatchObject([
    { value: null },
    { value: null, missing: "params.password, db.privateAddress" },
    { value: "hello, shop" },
  ]);
});

test("a deployment that is not there has no outputs", async () => {
  const stand = await createStand();
  await stand.problem("not_found", { path });
});
