import { expect, test } from "vitest";
import { BlueprintList, CheckedBlueprint, PutBlueprint, StoredBlueprint } from "../../contract/blueprint.ts";
import { createStand, SHOP } from "../stand.testsuite.ts";

const put = (name: string, source: string) => ({ method: "PUT", path: `/v1/blueprints/${name}`, body: { source } });

test("a check says what a launch may give and what it will make", async () => {
  const stand = await createStand();
  const asked = { method: "POST", path: "/v1/blueprints/check", as: "viewer", body: { source: SHOP } } as const;
  const { name, parameters, instances } = await stand.reply(CheckedBlueprint, 200, asked);
  expect([name, instances]).toEqual([
    "shop",
    [
      { name: "db", count: 1, image: "debian-12", dependsOn: [] },
      { name: "web", count: 1, image: "debian-12", dependsOn: ["db"] },
    ],
  ]);
  expect(parameters.map((one) => [one.name, one.type, one.secret, one.default])).toEqual([
    ["greeting", "string", false, "hello"],
    ["password", "string", true, null],
  ]);
  await stand.problem("bad_blueprint", { ...asked, body: { source: "slipway: 1" } });
});

test("a check holds profiles and images against what the server knows", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  const asked = (source: string) => ({ method: "POST", path: "/v1/blueprints/check", body: { source } });
  const strange = SHOP.replace("image: debian-12", "image: debian-21");
  // Before any cloud was asked, nobody knows.
  expect(await stand.reply(CheckedBlueprint, 200, asked(strange))).toMatchObject({ warnings: [], checkedAt: [] });
  await stand.startEngine();
  expect(await stand.reply(CheckedBlueprint, 200, asked(SHOP))).toMatchObject({ warnings: [], checkedAt: ["east"] });
  const { warnings } = await stand.meanwhile(stand.reply(CheckedBlueprint, 200, asked(strange)));
  const detail =
    'instances.db.image names the image "debian-21", which no account offers at present: did you mean "debian-12"?';
  expect(warnings).toEqual([{ pointer: "/instances/db/image", line: 7, column: 16, detail }]);
  const images = { "debian-21": "debian-12", "debian-12": "gone" };
  await stand.ask({ method: "PATCH", path: "/v1/accounts/east", body: { images } });
  const mapped = await stand.meanwhile(stand.reply(CheckedBlueprint, 200, asked(strange)));
  expect(mapped.warnings.map(({ pointer }) => pointer)).toEqual(["/instances/web/image"]);
  const large = SHOP.replace("profile: small", "profile: { cpu: 500, memory: 1GiB }");
  const tooLarge = await stand.reply(CheckedBlueprint, 200, asked(large));
  expect(tooLarge.warnings).toMatchObject([
    { pointer: "/instances/db/image" },
    { pointer: "/instances/db/profile", line: 7, detail: expect.stringContaining("at most") },
    { pointer: "/instances/web/image" },
  ]);
  const small = SHOP.replace("profile: small", "profile: smal");
  for (const request of [asked(small), put("shop", small)]) {
    const { errors } = await stand.problem("bad_blueprint", request);
    expect(errors).toMatchObject([
      { pointer: "/instances/db/profile", line: 7, detail: expect.stringContaining('did you mean "small"') },
    ]);
  }
});

test("a member that no launch would make is a mistake before there are parameters, but for a deployment whose members keep their numbers", async () => {
  const stand = await createStand();
  const source = `slipway: 1
name: shop
parameters:
  more: { type: integer }
instances:
  web: { image: debian-12, profile: small, count: 2 }
  app: { image: debian-12, profile: small, count: "\${{ params.more }}" }
  db: { image: debian-12, profile: small, userData: "\${{ web[2].id }} \${{ app[3].id }} \${{ web.id }} \${{ params.more }}" }
outputs:
  third: "\${{ web[3].privateAddress }}"
`;
  const check = { method: "POST", path: "/v1/blueprints/check", body: { source } };
  for (const request of [check, put("shop", source)]) {
    const { errors } = await stand.problem("bad_blueprint", request);
    expect(errors).toMatchObject([{ line: 10, detail: expect.stringContaining('"web" has members 1 to 2: mend') }]);
  }
  const kept = { ...check, body: { source, keepsNumbers: true } };
  expect((await stand.reply(CheckedBlueprint, 200, kept)).name).toBe("shop");
});

test("what parameters decide is left open in the outline", async () => {
  const stand = await createStand();
  const source = `slipway: 1
name: shop
parameters: { image: { type: string, default: debian-12 }, count: { type: integer, default: 3, min: 1, max: 9 } }
instances:
  web: { image: "\${{ params.image }}", count: "\${{ params.count }}", profile: small }
`;
  const asked = { method: "POST", path: "/v1/blueprints/check", body: { source } };
  const { instances, parameters } = await stand.reply(CheckedBlueprint, 200, asked);
  expect(instances).toEqual([{ name: "web", count: null, image: null, dependsOn: [] }]);
  expect(parameters[1]).toMatchObject({ default: 3, min: 1, max: 9, choices: null });
});

test("every change is a version, the same text is none, and old versions stay", async () => {
  const stand = await createStand();
  const first = await stand.reply(PutBlueprint, 200, put("shop", SHOP));
  expect(first).toMatchObject({ name: "shop", version: 1, createdBy: "the-admin", source: SHOP, isNew: true });
  expect(await stand.reply(PutBlueprint, 200, put("shop", SHOP))).toEqual({ ...first, isNew: false });
  const second = `# with a comment\n${SHOP}`;
  expect(await stand.reply(PutBlueprint, 200, put("shop", second))).toMatchObject({ version: 2, isNew: true });
  const newest = await stand.reply(StoredBlueprint, 200, { path: "/v1/blueprints/shop", as: "viewer" });
  expect([newest.version, newest.source]).toEqual([2, second]);
  expect((await stand.reply(StoredBlueprint, 200, { path: "/v1/blueprints/shop?version=1" })).source).toBe(SHOP);
  await stand.problem("not_found", { path: "/v1/blueprints/shop?version=3" });
  const { blueprints } = await stand.reply(BlueprintList, 200, { path: "/v1/blueprints/shop/versions" });
  expect(blueprints.map(({ version }) => version)).toEqual([2, 1]);
  const all = await stand.reply(BlueprintList, 200, { path: "/v1/blueprints" });
  expect(all.blueprints.map(({ name, version }) => [name, version])).toEqual([["shop", 2]]);
});

test("what could not be launched, or has another name, is not stored", async () => {
  const stand = await createStand();
  await stand.problem("bad_blueprint", put("shop", "slipway: 1\nname: shop\n"));
  const { errors } = await stand.problem("bad_blueprint", put("store", SHOP));
  expect(errors).toMatchObject([{ pointer: "/source" }]);
  await stand.problem("bad_request", put("Shop", SHOP));
  expect((await stand.reply(BlueprintList, 200, { path: "/v1/blueprints" })).blueprints).toEqual([]);
});

test("a blueprint is deleted with all versions", async () => {
  const stand = await createStand();
  await stand.ask(put("shop", SHOP));
  expect((await stand.ask({ method: "DELETE", path: "/v1/blueprints/shop" })).status).toBe(204);
  await stand.problem("not_found", { path: "/v1/blueprints/shop" });
  await stand.problem("not_found", { path: "/v1/blueprints/shop/versions" });
  await stand.problem("not_found", { method: "DELETE", path: "/v1/blueprints/shop" });
});
