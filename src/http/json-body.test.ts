// Names that JavaScript's objects have already: they are kept like any other, or refused by their name. None goes missing.

import { describe, expect, test } from "vitest";
import { CheckedAccount } from "../contract/account.ts";
import { Deployment } from "../contract/deployment.ts";
import { Plan } from "../contract/plan.ts";
import { createStand } from "./stand.testsuite.ts";

const INHERITED = ["constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__"];

const NEW_ACCOUNT = {
  name: "odd",
  provider: "sim",
  settings: { url: "http://127.0.0.1:1", tenant: "east" },
  credentials: { key: "east-key" },
};

/** JSON with a member called __proto__ in the object at this key: an object literal would lose it. */
function withProto(body: object, key: string): string {
  return JSON.stringify(body, (name, value: unknown) =>
    name === key && typeof value === "object" ? Object.fromEntries([["__proto__", "x"]]) : value,
  );
}

describe("__proto__ is refused with its place", () => {
  const source = "slipway: 1\nname: a\ninstances:\n  web: { image: debian-12, profile: small }\n";
  const launch = { blueprint: { source }, parameters: {} };
  test.each<[string, string, object]>([
    ["POST /v1/deployments", "parameters", launch],
    ["POST /v1/plan", "parameters", launch],
    ["POST /v1/plan", "blueprint", launch],
    ["POST /v1/plan", "", launch],
    ["POST /v1/accounts", "images", { ...NEW_ACCOUNT, images: {} }],
    ["POST /v1/accounts", "realms", { ...NEW_ACCOUNT, realms: {} }],
    ["POST /v1/accounts", "settings", NEW_ACCOUNT],
    ["POST /v1/accounts", "credentials", NEW_ACCOUNT],
    ["PATCH /v1/accounts/east", "limit", { limit: {} }],
    ["POST /v1/tokens", "", { name: "a", role: "viewer" }],
  ])("%s in %j", async (route, key, body) => {
    const [method = "", path = ""] = route.split(" ");
    const stand = await createStand();
    const problem = await stand.problem("bad_request", { method, path, body: withProto(body, key) });
    expect(problem.errors[0]?.pointer).toBe(key === "" ? "/__proto__" : `/${key}/__proto__`);
    expect(problem.detail).toContain("nothing can be called __proto__ here");
  });
});

test("parameters, instances, images and realms may be called what objects inherit", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  const images = Object.fromEntries(INHERITED.map((name) => [name, "debian-12"]));
  const patch = { method: "PATCH", path: "/v1/accounts/east", body: { images } };
  expect((await stand.reply(CheckedAccount, 200, patch)).images).toEqual(images);
  await stand.startEngine();
  const parameters = Object.fromEntries(INHERITED.slice(0, 4).map((name) => [name, `value of ${name}`]));
  const source = [
    "slipway: 1",
    "name: prototype",
    "parameters:",
    ...Object.keys(parameters).map((name) => `  ${name}: { type: string }`),
    "instances:",
    "  constructor: { image: constructor, profile: small }",
    "  prototype: { image: toString, profile: small, userData: '${{ params.constructor }} ${{ constructor.id }}' }",
    "",
  ].join("\n");
  const body = { blueprint: { source }, parameters };
  const plan = await stand.reply(Plan, 200, { method: "POST", path: "/v1/plan", body });
  expect(plan.parameters).toEqual(parameters);
  expect(Object.keys(plan.matches[0]?.placements ?? {})).toEqual(["constructor", "prototype"]);
  const { id } = await stand.reply(Deployment, 201, { method: "POST", path: "/v1/deployments", body });
  await stand.clock.advance(20_000);
  const up = await stand.reply(Deployment, 200, { path: `/v1/deployments/${id}` });
  expect(up).toMatchObject({ state: "running", parameters });
  expect(up.instances.map(({ name, image }) => [name, image])).toEqual([
    ["constructor", "constructor"],
    ["prototype", "toString"],
  ]);
});

test("what is not declared is refused by its name, whatever objects inherit", async () => {
  const stand = await createStand();
  const source = "slipway: 1\nname: a\ninstances:\n  web: { image: debian-12, profile: small }\n";
  for (const name of INHERITED) {
    const parameters = { [name]: "x" };
    const plan = { method: "POST", path: "/v1/plan", body: { blueprint: { source }, parameters } };
    expect((await stand.problem("bad_parameter", plan)).errors[0]?.pointer).toBe(`/parameters/${name}`);
    const settings = { ...NEW_ACCOUNT.settings, [name]: "x" };
    const account = { method: "POST", path: "/v1/accounts", body: { ...NEW_ACCOUNT, settings } };
    expect((await stand.problem("bad_account", account)).detail).toContain(`${name}: is not known`);
    const pool = { method: "POST", path: "/v1/pools", body: { name: "a", [name]: 1 } };
    expect((await stand.problem("unknown_field", pool)).errors[0]?.pointer).toBe(`/${name}`);
  }
});

test("a blueprint's own names are no different", async () => {
  const stand = await createStand();
  const lines = (section: string) => `slipway: 1\nname: a\n${section}\n`;
  const web = "web: { image: debian-12, profile: small";
  for (const [section, pointer] of [
    [`parameters: { __proto__: { type: string } }\ninstances: { ${web} } }`, "/parameters/__proto__"],
    [`instances: { ${web} }, __proto__: { image: a, profile: small } }`, "/instances/__proto__"],
    [`instances: { ${web}, __proto__: 1 } }`, "/instances/web/__proto__"],
    [`instances: { ${web}, dependsOn: [__proto__] } }`, "/instances/web/dependsOn/0"],
  ] as const) {
    const asked = { method: "POST", path: "/v1/blueprints/check", body: { source: lines(section) } };
    expect((await stand.problem("bad_blueprint", asked)).errors.map((error) => error.pointer)).toEqual([pointer]);
  }
});

test("a body that is very deep is refused before anything has to write it again", async () => {
  const stand = await createStand();
  const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
  const body = JSON.stringify(NEW_ACCOUNT).replace('"east"', deep);
  const { detail } = await stand.problem("bad_request", { method: "POST", path: "/v1/accounts", body });
  expect(detail).toContain("more than 64 levels");
  expect(stand.logged("request broke")).toEqual([]);
});

describe("a number that JSON's readers round is refused with the remedy", () => {
  const source =
    "slipway: 1\nname: a\nparameters: { n: { type: number } }\ninstances: { web: { image: a, profile: small } }\n";
  const plan = (n: string) => ({
    method: "POST",
    path: "/v1/plan",
    body: `{"blueprint": {"source": ${JSON.stringify(source)}}, "parameters": {"n": ${n}}}`,
  });

  test.each(["12345678901234567890", "9007199254740993", "0.1234567890123456789", "1e400", "1e-400"])(
    "%s",
    async (n) => {
      const stand = await createStand();
      const { errors } = await stand.problem("bad_request", plan(n));
      expect(errors).toEqual([
        { pointer: "/parameters/n", detail: expect.stringContaining(`send it as text, "${n}"`) },
      ]);
      const kept = await stand.reply(Plan, 200, plan(JSON.stringify(n)));
      expect(kept.parameters).toEqual({ n });
    },
  );

  test.each([
    ["0.10", 0.1],
    ["1.50e1", 15],
    ["-0", 0],
    ["0.0000001", "0.0000001"],
    ["9007199254740991", 9_007_199_254_740_991],
  ])("%s is not rounded", async (n, told) => {
    const stand = await createStand();
    expect((await stand.reply(Plan, 200, plan(n))).parameters).toEqual({ n: told });
  });

  test("elsewhere text is no remedy", async () => {
    const stand = await createStand();
    const body = '{"name": "a", "limit": {"cpu": 1.00000000000000000001}}';
    const { errors } = await stand.problem("bad_request", { method: "POST", path: "/v1/pools", body });
    expect(errors).toMatchObject([
      { pointer: "/limit/cpu", detail: expect.stringMatching(/to 1, .*write fewer digits$/) },
    ]);
  });
});
