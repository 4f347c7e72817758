import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { Deployment } from "../../contract/deployment.ts";
import { UpdatePlan, UpdateRequest } from "../../contract/update.ts";
import { at as secondsAfter, sampleDeployment } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";
import type { Revision } from "../../contract/revision.ts";

const PLAN = "POST /v1/deployments/shop/update/plan";
const at = { realm: "east-1", size: "small", hourlyCost: 0.02 };

const plan = (given: Partial<UpdatePlan> = {}) => ({
  json: UpdatePlan.parse({
    id: "p1",
    expiresAt: "2026-01-01T00:00:00.000Z",
    deployment: "shop",
    revision: 1,
    account: "east",
    mistakes: [],
    instances: [
      { name: "db", change: "keep", reasons: [], from: at, to: null },
      { name: "web-1", change: "replace", reasons: ["its user data is another"], from: at, to: { ...at, image: "i" } },
      { name: "web-2", change: "add", reasons: ["it is to be there now"], from: null, to: { ...at, image: "i" } },
    ].map((one) => ({ ...one, isRemovedFirst: false })),
    protected: [],
    refused: [],
    now: { hourlyCost: 0.04, unpriced: 0 },
    later: { hourlyCost: 0.06, unpriced: 1 },
    most: { hourlyCost: 0.08, unpriced: 0 },
    ...given,
  }),
});

test("a plan is told instance by instance, with what it costs", async () => {
  await using stand = await standWith({ [PLAN]: plan() });
  const { exitCode, out } = await stand.run(["update", "shop", "--plan", "--set", "greeting=hey"]);
  expect(exitCode).toBe(0);
  expect(out.split("\n")).toEqual([
    "shop, revision 1, at east: 1 kept, 1 replaced, 1 added",
    "",
    "INSTANCE  CHANGE   FROM            TO              WHY",
    "db        keep     small (east-1)  -",
    "web-1     replace  small (east-1)  small (east-1)  its user data is another",
    "web-2     add      -               small (east-1)  it is to be there now",
    "",
    "Per hour: $0.0400 now, $0.0800 at the most while what is new runs beside it, $0.0600 + unknown then",
    "exactly that: slipway update shop --apply p1",
    "",
  ]);
  expect(UpdateRequest.parse(stand.requests[0]?.body)).toEqual({ parameters: { greeting: "hey" } });
});

test("whoever makes room for its successor is told apart", async () => {
  const [db, web, ...others] = plan().json.instances;
  if (db === undefined || web === undefined) throw new Error("no instances");
  const instances = [db, { ...web, isRemovedFirst: true }, ...others];
  await using stand = await standWith({ [PLAN]: plan({ instances }) });
  const { out } = await stand.run(["update", "shop", "--plan"]);
  expect(out).toContain("web-1     replace, removed first  small (east-1)");
  expect(out).toContain("$0.0800 at the most while what is new runs beside it");
});

test("where nothing new runs beside what is there, the price meanwhile does not say so", async () => {
  const [db, web] = plan().json.instances;
  if (db === undefined || web === undefined) throw new Error("no instances");
  const change = "remove" as const;
  const gone = { ...web, name: "web-2", change, to: null };
  for (const instances of [
    [db, { ...web, isRemovedFirst: true }],
    [db, gone],
  ]) {
    await using stand = await standWith({ [PLAN]: plan({ instances }) });
    const { out } = await stand.run(["update", "shop", "--plan"]);
    expect(out).toContain("Per hour: $0.0400 now, $0.0800 at the most while it is carried out, $0.0600 + unknown then");
  }
});

test("what has no place ends with 1 and says why; what has no value is named", async () => {
  const refused = [{ account: "east", realm: "east-1", code: "quota", text: "no more than 2 instances" } as const];
  const detail = "is required";
  const mistakes = [{ pointer: "/parameters/extra", parameter: "extra", detail }];
  await using stand = await standWith({ [PLAN]: plan({ refused, mistakes, later: null, most: null }) });
  const { exitCode, out, err } = await stand.run(["update", "shop", "--plan"]);
  expect(exitCode).toBe(1);
  expect(out).toContain("east, east-1: no more than 2 instances");
  expect(out).toContain("this plan did without: extra");
  expect(out).not.toContain("Per hour");
  expect(err).toContain("account east has no place for what is new beside what is there");
});

test("a protected member that is in the way is named with what allows it", async () => {
  await using stand = await standWith({ [PLAN]: [plan({ protected: ["web-1"] }), plan()] });
  const kept = await stand.run(["update", "shop", "--plan"]);
  expect([kept.exitCode, kept.err]).toEqual([1, expect.stringContaining("--allow-replace web-1 lets its machine go")]);
  expect((await stand.run(["update", "shop", "--plan", "--allow-replace", "web-1"])).exitCode).toBe(0);
  expect(UpdateRequest.parse(stand.requests[1]?.body)).toEqual({ parameters: {}, allowReplace: ["web-1"] });
});

test("a value that is given and is not right ends with 2, behind the plan", async () => {
  const mistakes = [{ pointer: "/parameters/port", line: 4, parameter: "port", detail: "port must be a number." }];
  await using stand = await standWith({ [PLAN]: plan({ mistakes }) });
  const { exitCode, out, err } = await stand.run(["update", "shop", "--plan", "--set", "port=x"]);
  expect([exitCode, out]).toEqual([2, expect.stringContaining("web-2")]);
  expect(err).toContain("port must be a number.");
});

test("another blueprint is read from its file, and its mistakes are told with their place", async () => {
  await using stand = await standWith({ [PLAN]: [plan(), problem("bad_blueprint", "The blueprint is not right.")] });
  const file = `${stand.folder}/shop.yaml`;
  await writeFile(file, "name: shop\n");
  const told = await stand.run(["update", "shop", file, "--plan", "--json"]);
  expect(UpdatePlan.parse(JSON.parse(told.out)).account).toBe("east");
  expect(UpdateRequest.parse(stand.requests[0]?.body).blueprint).toEqual({ source: "name: shop\n" });
  const wrong = await stand.run(["update", "shop", file, "--plan"]);
  expect([wrong.exitCode, wrong.err]).toEqual([2, expect.stringContaining("blueprint")]);
});

const LAUNCH: Revision = {
  no: 1,
  why: "launch",
  by: "ada",
  begunAt: secondsAfter(0),
  endedAt: secondsAfter(9),
  outcome: "succeeded",
  reason: null,
  changes: [],
};
const UPDATE = "POST /v1/deployments/shop/update";
const begun = (given: Partial<Deployment> = {}) => ({
  json: sampleDeployment({
    id: "dep1",
    name: "shop",
    ref: "shop",
    state: "updating",
    standing: "updating",
    revisions: [LAUNCH, { ...LAUNCH, no: 2, why: "update", outcome: null, endedAt: null }],
    ...given,
  }),
});

test("an update is asked for with what is given, and says how to follow and to cancel it", async () => {
  await using stand = await standWith({ [UPDATE]: begun() });
  const { exitCode, out } = await stand.run(["update", "shop", "--set", "version=2", "--allow-replace", "db"]);
  expect([exitCode, out]).toEqual([0, expect.stringContaining("shop is being updated, to revision 2.")]);
  expect(out).toContain("slipway cancel shop");
  expect(stand.requests[0]?.body).toEqual({ parameters: { version: "2" }, allowReplace: ["db"] });
});

test("a value comes from a file, for the update and for its plan", async () => {
  await using stand = await standWith({ [UPDATE]: begun(), [PLAN]: plan() });
  const file = `${stand.folder}/cert.pem`;
  await writeFile(file, "-----BEGIN\n");
  const argv = ["update", "shop", "--set", "version=2", "--set-file", `cert=@${file}`];
  expect([(await stand.run(argv)).exitCode, (await stand.run([...argv, "--plan"])).exitCode]).toEqual([0, 0]);
  const body = { parameters: { version: "2", cert: "-----BEGIN" } };
  expect(stand.requests.map((one) => one.body)).toEqual([body, body]);
  const twice = await stand.run([...argv, "--set", "cert=x"]);
  expect([twice.exitCode, twice.err]).toEqual([2, expect.stringContaining("by --set and by --set-file")]);
  expect((await stand.run(["update", "shop", "--apply", "p1", "--set-file", `cert=${file}`])).exitCode).toBe(2);
});

test("a value that an update lacks is one to give for the update", async () => {
  const detail = "parameters.cert has no value: give one for the launch; it must be text.";
  const errors = [{ pointer: "/parameters/cert", line: 4, column: 3, detail, parameter: "cert" }];
  await using stand = await standWith({ [UPDATE]: problem("bad_parameter", detail, { errors }) });
  const { exitCode, err } = await stand.run(["update", "shop"]);
  expect([exitCode, err]).toEqual([
    2,
    "slipway: parameter cert has no value: give one for the update; it must be text.\n" +
      "  give it with --set cert=VALUE, or --set-file cert=FILE when it is secret or long\n",
  ]);
});

test("an update that a protected member is in the way of says which option lets it go", async () => {
  const detail =
    "Deployment shop: db is protected, and would be replaced or removed; allow it by name, with allowReplace.";
  await using stand = await standWith({ [UPDATE]: problem("protected", detail) });
  const { exitCode, err } = await stand.run(["update", "shop", "--set", "version=2"]);
  expect([exitCode, err]).toEqual([1, `slipway: ${detail.replace("allowReplace", "--allow-replace db")}\n`]);
});

test("what was planned is applied by its id, and nothing beside it", async () => {
  await using stand = await standWith({ [UPDATE]: begun({ state: "running", standing: "running" }) });
  const { exitCode, out } = await stand.run(["update", "shop", "--apply", "p1"]);
  expect([exitCode, out]).toEqual([0, expect.stringContaining("is that already")]);
  expect(stand.requests[0]?.body).toEqual({ plan: "p1" });
  expect((await stand.run(["update", "shop", "--apply", "p1", "--set", "a=b"])).exitCode).toBe(2);
  expect((await stand.run(["update", "shop", "--apply", "p1", "--json"])).out).toContain('"id":"dep1"');
});

test("what changes nothing is done at once, whatever became of the update before it", async () => {
  const undone = { ...LAUNCH, no: 2, why: "update" as const, outcome: "failed" as const, reason: "no room" };
  const reply = begun({ state: "running", standing: "running", revisions: [LAUNCH, undone] });
  await using stand = await standWith({ [UPDATE]: reply });
  for (const follow of ["--wait", "--watch"]) {
    const { exitCode, out, err } = await stand.run(["update", "shop", follow]);
    expect([exitCode, out, err]).toEqual([0, "shop is that already: no machine had to be changed.\n", ""]);
  }
  const { exitCode, out } = await stand.run(["update", "shop", "--wait", "--json"]);
  expect([exitCode, out]).toEqual([0, expect.stringContaining('"id":"dep1"')]);
});

test("groups are scaled by name", async () => {
  await using stand = await standWith({ [UPDATE]: begun(), [PLAN]: plan() });
  expect((await stand.run(["scale", "shop", "web=5", "app=2"])).exitCode).toBe(0);
  expect(stand.requests[0]?.body).toEqual({ counts: { web: 5, app: 2 } });
  expect((await stand.run(["scale", "shop", "web=3", "--plan", "--allow-replace", "db"])).out).toContain("--apply p1");
  expect(stand.requests[1]?.body).toEqual({ counts: { web: 3 }, allowReplace: ["db"] });
  await stand.run(["scale", "shop", "web=2", "--remove", "web[2]", "--remove", "web-4"]);
  await stand.run(["scale", "shop", "--remove", "web[2]"]);
  expect(stand.requests.slice(2).map(({ body }) => body)).toEqual([
    { counts: { web: 2 }, remove: ["web[2]", "web-4"] },
    { counts: {}, remove: ["web[2]"] },
  ]);
  const nothing = await stand.run(["scale", "shop"]);
  expect([nothing.exitCode, nothing.err]).toEqual([2, expect.stringContaining("say how many members a group is")]);
  const asked = stand.requests.length;
  for (const given of ["web=many", "web=0", "web=51", "web=-1"]) {
    const wrong = await stand.run(["scale", "shop", given]);
    expect([wrong.exitCode, wrong.err]).toEqual([2, `slipway: ${given}: must be a whole number from 1 to 50\n`]);
  }
  const uncounted = await stand.run(["scale", "shop", "web"]);
  expect([uncounted.exitCode, uncounted.err]).toEqual([2, "slipway: scale web: must be GROUP=COUNT, such as web=5\n"]);
  expect(stand.requests.length).toBe(asked);
});

test("several members to go are given one by one", async () => {
  await using stand = await standWith({});
  const told = async (...argv: string[]) => (await stand.run(["scale", "shop", ...argv])).err;
  expect(await told("--remove", "web[1],web-3")).toBe(
    "slipway: --remove web[1],web-3: takes one name and may be repeated: --remove 'web[1]' --remove web-3\n",
  );
  expect(await told("web=2", "--allow-replace", "db, app")).toContain(": --allow-replace db --allow-replace app\n");
  expect(stand.requests).toEqual([]);
});

test.each([
  ["/counts/web", "web=3: web has 2 members"],
  ["/remove", "--remove: web has 2 members"],
])("what the server has against %s names what was typed", async (pointer, text) => {
  const detail = "web has 2 members";
  const refused = problem("bad_request", `x: ${detail}`, { errors: [{ pointer, detail }] });
  await using stand = await standWith({ [UPDATE]: refused, [PLAN]: refused });
  for (const how of ["--wait", "--plan"]) {
    const { exitCode, err } = await stand.run(["scale", "shop", "web=3", "--remove", "web[1]", how]);
    expect([exitCode, err]).toEqual([2, `slipway: ${text}\n`]);
  }
});
