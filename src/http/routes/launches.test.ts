import { expect, test } from "vitest";
import { CheckedBlueprint } from "../../contract/blueprint.ts";
import { Deployment, DeploymentPage } from "../../contract/deployment.ts";
import { Plan } from "../../contract/plan.ts";
import type { ProblemCode } from "../../contract/problem.ts";
import { deploymentId } from "../../core/ids.ts";
import { ONE_SIZE } from "../../engine/world.testsuite.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

const launchOf = (body: object, headers = {}) =>
  ({ method: "POST", path: "/v1/deployments", as: "operator", body, headers }) as const;
const shop = (more = {}) => launchOf({ blueprint: { source: SHOP }, ...more });

async function countDeployments(stand: Stand): Promise<number> {
  return (await stand.reply(DeploymentPage, 200, { path: "/v1/deployments" })).deployments.length;
}

test("a launch answers with the new deployment and where it is", async () => {
  const stand = await createStand();
  const { headers } = await stand.ask(shop());
  const deployment = await stand.reply(Deployment, 200, { path: headers.get("location") ?? "" });
  expect(deployment).toMatchObject({
    name: "shop",
    pool: "default",
    state: "new",
    final: false,
    blueprint: "shop",
    createdBy: "the-operator",
    actions: ["cancel"],
    attempts: [],
    machines: [],
    cost: { total: 0, perHour: 0, failedAttempts: 0, unpriced: 0, unpricedNow: 0 },
  });
  expect(deployment.instances.map(({ name, state, dependsOn }) => [name, state, dependsOn])).toEqual([
    ["db", "new", []],
    ["web", "new", ["db"]],
  ]);
});

test("a launch keeps the trace that it is sent with, and what is none counts as not sent", async () => {
  const stand = await createStand();
  const keptOf = async (traceparent: string, more: Record<string, string> = {}) => {
    const sender = { traceparent, ...more };
    const { id } = await stand.reply(Deployment, 201, launchOf({ blueprint: { source: SHOP } }, sender));
    return (await stand.store.read((tx) => tx.deploymentHead(deploymentId(id))))?.traceparent;
  };
  const sent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  expect(await keptOf(sent)).toBe(sent);
  expect(await keptOf("hello")).toBeNull();
  expect(await keptOf(sent, { tracestate: "rojo=1, congo=2" })).toBe(`${sent} rojo=1,congo=2`);
  expect(await keptOf(sent, { tracestate: "no list" })).toBe(sent);
});

test("what was launched comes up, with what it costs and where it is", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const { id } = await stand.reply(Deployment, 201, shop());
  await stand.clock.advance(20_000);
  const running = await stand.reply(Deployment, 200, { path: `/v1/deployments/${id}` });
  expect(running).toMatchObject({ state: "running", account: "east", attempt: 1, actions: ["stop", "update"] });
  expect(
    running.instances.every(
      ({ ready, account, privateAddress }) => ready && account === "east" && privateAddress !== null,
    ),
  ).toBe(true);
  expect(running.attempts).toMatchObject([{ no: 1, account: "east", outcome: "succeeded" }]);
  expect(running.machines.map(({ state, open }) => [state, open])).toEqual([
    ["made", true],
    ["made", true],
  ]);
  const perHour = running.machines.reduce((sum, machine) => sum + (machine.hourlyCost ?? 0), 0);
  expect(running.cost.perHour).toBeCloseTo(perHour, 9);
  expect(running.cost.total).toBeGreaterThan(0);
  expect(running.cost.total).toBeLessThan(perHour);
  const created = Date.parse(running.createdAt);
  expect(Date.parse(running.firstRunningAt ?? "")).toBeGreaterThan(created);
  expect(Date.parse(running.allRunningAt ?? "")).toBeGreaterThan(Date.parse(running.firstRunningAt ?? ""));
});

test("an attempt that failed is told with its reason, and its cost is part of the whole", async () => {
  const stand = await createStand({ clouds: [{ name: "east", sizes: ONE_SIZE }, { name: "west" }] });
  await stand.startEngine();
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  stand.operator("east").addFaults([{ on: "create", do: full, when: { nth: 2 } }]);
  await stand.reply(Deployment, 201, shop());
  await stand.clock.advance(10 * 60_000);
  const { attempts, cost, account } = await stand.reply(Deployment, 200, { path: "/v1/deployments/shop" });
  expect(account).toBe("west");
  expect(attempts).toMatchObject([
    { no: 1, account: "east", outcome: "failed", failedInstance: "web", fault: { class: "capacity" } },
    { no: 2, account: "west", outcome: "succeeded", fault: null },
  ]);
  const [failed = 0, succeeded = 0] = attempts.map((attempt) => attempt.cost);
  expect(failed).toBeGreaterThan(0);
  expect(cost.failedAttempts).toBeCloseTo(failed, 9);
  expect(cost.total).toBeCloseTo(failed + succeeded, 9);
});

test("while an instance is on its way, the reply says what it waits for and until when", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const { id } = await stand.reply(Deployment, 201, shop());
  await stand.clock.advance(2_000);
  const { instances } = await stand.reply(Deployment, 200, { path: `/v1/deployments/${id}` });
  const [db, web] = instances;
  expect([db?.state, db?.step, web?.step]).toEqual(["pending", "boot", null]);
  expect(Date.parse(db?.deadlineAt ?? "")).toBe(Date.parse(db?.stepSince ?? "") + 10 * 60_000);
});

test("how long a step usually takes is told once two machines have been through it", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const bootOf = async (name: string) => {
    await stand.reply(Deployment, 201, launchOf({ blueprint: { source: SHOP }, name }));
    await stand.clock.advance(2_000);
    const { instances } = await stand.reply(Deployment, 200, { path: `/v1/deployments/${name}` });
    await stand.clock.advance(10 * 60_000);
    const ended = await stand.reply(Deployment, 200, { path: `/v1/deployments/${name}` });
    expect(ended.state).toBe("running");
    return { step: instances[0]?.step, usualMs: instances[0]?.usualMs ?? null };
  };
  expect(await bootOf("first")).toEqual({ step: "boot", usualMs: null });
  const { step, usualMs } = await bootOf("second");
  expect(step).toBe("boot");
  expect(usualMs).toBeGreaterThan(2_000);
});

test("the same request with the same key launches once", async () => {
  const stand = await createStand();
  const key = { "idempotency-key": "order 66" };
  const body = { blueprint: { source: SHOP }, partial: true, pool: "default" };
  const { id } = await stand.reply(Deployment, 201, launchOf(body, key));
  const otherOrder = { pool: "default", partial: true, blueprint: { source: SHOP } };
  expect((await stand.reply(Deployment, 200, launchOf(otherOrder, key))).id).toBe(id);
  await stand.problem("key_reused", launchOf({ ...body, partial: false }, key));
  expect(await countDeployments(stand)).toBe(1);
});

test("the same key at the same moment launches once", async () => {
  const stand = await createStand();
  const asked = launchOf({ blueprint: { source: SHOP } }, { "idempotency-key": "k" });
  const answers = await Promise.all(Array.from({ length: 6 }, () => stand.ask(asked)));
  const ids = new Set(answers.map(({ body }) => Deployment.parse(body).id));
  expect([ids.size, await countDeployments(stand)]).toEqual([1, 1]);
  expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
});

test("without a name the blueprint's is taken, with a number when it is taken", async () => {
  const stand = await createStand();
  const launched = await Promise.all(Array.from({ length: 4 }, () => stand.reply(Deployment, 201, shop())));
  expect(launched.map(({ name }) => name).sort()).toEqual(["shop", "shop-2", "shop-3", "shop-4"]);
});

test("a name that is taken is refused", async () => {
  const stand = await createStand();
  await stand.reply(Deployment, 201, shop({ name: "mine" }));
  const { errors } = await stand.problem("name_taken", shop({ name: "mine" }));
  expect(errors).toMatchObject([{ pointer: "/name" }]);
});

test("a pool must exist, and be said when it is not plain which", async () => {
  const stand = await createStand();
  const { detail } = await stand.problem("bad_pool", shop({ pool: "prod" }));
  expect(detail).toContain("there is no pool prod. Pools: default.");
  const make = (name: string) =>
    stand.ask({ method: "POST", path: "/v1/pools", body: { name, members: [{ account: "east" }] } });
  await make("prod");
  expect((await stand.reply(Deployment, 201, shop({ name: "first" }))).pool).toBe("default");
  await stand.ask({ method: "DELETE", path: "/v1/deployments/first?stop=true" });
  await stand.startEngine();
  await stand.clock.advance(5_000);
  expect((await stand.ask({ method: "DELETE", path: "/v1/pools/default" })).status).toBe(204);
  expect((await stand.reply(Deployment, 201, shop({ name: "second" }))).pool).toBe("prod");
  await make("test");
  const several = await stand.problem("bad_pool", shop({ name: "third" }));
  expect(several.errors).toEqual([{ pointer: "/pool", detail: "say which pool; there are prod, test" }]);
});

test("mistakes of a blueprint are all named with their places, and leave nothing behind", async () => {
  const stand = await createStand();
  const source =
    "slipway: 1\nname: shop\ninstances:\n  db: { image: debian-12, profile: smal }\n  web: { imag: x, profile: 7 }\n";
  const { errors, detail } = await stand.problem("bad_blueprint", launchOf({ blueprint: { source } }));
  const [profile, ...others] = errors;
  expect(profile).toMatchObject({ line: 4, pointer: "/instances/db/profile" });
  expect(profile?.detail).toContain('did you mean "small"?');
  expect(others.length).toBeGreaterThan(1);
  for (const error of others) {
    expect(error.line).toBe(5);
    expect(error.pointer).toMatch(/^\/instances\/web/);
  }
  expect(detail).toContain("Line 4");
  expect(await countDeployments(stand)).toBe(0);
});

test("a parameter that is missing, unknown or of the wrong type is a mistake", async () => {
  const stand = await createStand();
  const source = SHOP.replace("default: hello", "required: true");
  const blueprint = { source };
  const missing = await stand.problem("bad_parameter", launchOf({ blueprint }));
  expect(missing.errors).toMatchObject([{ pointer: "/parameters/greeting", parameter: "greeting", line: 4 }]);
  // Whoever gave the value cares for the parameter, not for the line of its declaration.
  expect(missing.detail).toMatch(/^parameters\.greeting /);
  const unknown = await stand.problem(
    "bad_parameter",
    launchOf({ blueprint, parameters: { greting: "x", greeting: "y" } }),
  );
  expect(unknown.errors).toMatchObject([{ pointer: "/parameters/greting", parameter: "greting" }]);
  await stand.problem("bad_parameter", launchOf({ blueprint, parameters: { greeting: [1] } }));
});

test("whatever else is wrong with a launch has a title that names it", async () => {
  const stand = await createStand();
  const told = async (code: ProblemCode, more: object) => {
    const { title, detail } = await stand.problem(code, launchOf({ blueprint: { source: SHOP }, ...more }));
    return `${title}. ${detail}`;
  };
  expect(await told("bad_name", { name: "No Name!" })).toMatch(/^The name is not right\. name: must be a name/);
  expect(await told("bad_pool", { pool: "No Pool!" })).toMatch(/^The pool is not right\. pool: must be a name/);
  expect(await told("bad_pool", { pool: "nope" })).toMatch(/^The pool is not right\. pool: there is no pool nope/);
  expect(await told("unknown_field", { poool: "default" })).toBe(
    "A field is not known. poool: is not known here: leave it out, or mend its name",
  );
  expect(await told("unknown_field", { maxAttempts: 2 })).toBe(
    "A field is not known. maxAttempts: is not known here: of a launch, the blueprint says it, in its section launch",
  );
  expect(await told("bad_request", { maxAttempts: 2, name: "No Name!" })).toContain("The request is not right. ");
});

test("a secret parameter is shown nowhere", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const parameters = { password: "correct horse", greeting: "hi" };
  const { id, ...shown } = await stand.reply(Deployment, 201, shop({ parameters }));
  expect(shown.parameters).toEqual({ greeting: "hi", password: null });
  await stand.clock.advance(20_000);
  for (const path of ["", "/events"]) {
    const { body } = await stand.ask({ path: `/v1/deployments/${id}${path}` });
    expect(JSON.stringify(body)).not.toContain("correct horse");
  }
  expect(JSON.stringify(stand.lines)).not.toContain("correct horse");
  const sealed = await stand.store.write((tx) => tx.secretsOf([deploymentId(id)]));
  expect([...sealed.values()].join()).not.toContain("correct horse");
});

test("a stored blueprint is launched by name, in the version asked for", async () => {
  const stand = await createStand();
  const put = (source: string) => stand.ask({ method: "PUT", path: "/v1/blueprints/shop", body: { source } });
  await put(SHOP);
  await put(`${SHOP}# two\n`);
  await stand.reply(Deployment, 201, launchOf({ blueprint: { name: "shop" } }));
  await stand.reply(Deployment, 201, launchOf({ blueprint: { name: "shop", version: 1 } }));
  await stand.problem("not_found", launchOf({ blueprint: { name: "shop", version: 3 } }));
  await stand.problem("not_found", launchOf({ blueprint: { name: "shops" } }));
});

test("a launch into a pool without accounts is refused, and nothing is written", async () => {
  const stand = await createStand();
  await stand.ask({ method: "POST", path: "/v1/pools", body: { name: "empty" } });
  const { errors } = await stand.problem("bad_pool", shop({ pool: "empty" }));
  expect(errors).toEqual([
    {
      pointer: "/pool",
      detail: expect.stringMatching(/^pool empty has no account: .*pool set empty --member NAME/),
    },
  ]);
  expect(await countDeployments(stand)).toBe(0);
});

test("what no account of the pool offers is refused at once with its place, once all have been read, but with `anyway`", async () => {
  const stand = await createStand();
  const source = SHOP.replace("image: debian-12", "image: debain-12");
  const typo = (more = {}) => launchOf({ blueprint: { source }, ...more });
  const early = await stand.reply(Deployment, 201, typo({ name: "early" }));
  expect(early.state).toBe("new");
  await stand.startEngine();
  const { detail, errors } = await stand.meanwhile(stand.problem("not_offered", typo()));
  const says = 'instances.db.image names the image "debain-12", which no account of pool default offers at present';
  expect(errors).toEqual([
    { pointer: "/instances/db/image", line: 7, column: 16, detail: `${says}: did you mean "debian-12"?` },
  ]);
  expect(detail).toBe(`Line 7: ${says}: did you mean "debian-12"? With "anyway": true it is launched all the same.`);
  expect(await countDeployments(stand)).toBe(1);
  const { id } = await stand.reply(Deployment, 201, typo({ anyway: true }));
  await stand.clock.advance(1_000);
  const failed = await stand.reply(Deployment, 200, { path: `/v1/deployments/${id}` });
  expect(failed.failure).toBe("east, west: image debain-12 (db) is not there; no account of the pool can host it");
  // Only the pool's accounts count: another one has it.
  const images = { "debain-12": "debian-12" };
  await stand.ask({ method: "PATCH", path: "/v1/accounts/west", body: { images } });
  await stand.ask({ method: "POST", path: "/v1/pools", body: { name: "prod", members: [{ account: "east" }] } });
  await stand.meanwhile(stand.problem("not_offered", typo({ pool: "prod" })));
  await stand.reply(Deployment, 201, typo({ pool: "default" }));
});

test("a plan asks whether what machines are placed by is there, and says what is not; unanswered it says so after a while", async () => {
  const stand = await createStand();
  const placed = SHOP.replace("profile: small }", "profile: small, placement: { networks: [shop] } }");
  const plan = { method: "POST", path: "/v1/plan", body: { blueprint: { source: placed } } } as const;
  const refusals = async () => (await stand.meanwhile(stand.reply(Plan, 200, plan))).refused;
  const engine = stand.engine();
  await engine.start();
  await stand.clock.advance(1_000);
  const said = { code: "placement", text: "db cannot be placed: there is no network shop" };
  expect(await refusals()).toMatchObject([said, said]);
  await engine.stop();
  // Answers that say no count for a minute.
  await stand.clock.advance(120_000);
  expect(await refusals()).toMatchObject([{ code: "placement_unread" }, { code: "placement_unread" }]);
});

test("a placement that no account of the pool has is refused at once, told by a check, and launched with `anyway`", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const source = SHOP.replace("profile: small }", "profile: small, placement: { networks: [shop] } }");
  const { detail, errors } = await stand.meanwhile(stand.problem("not_offered", launchOf({ blueprint: { source } })));
  const says =
    "instances.db.placement asks for what no account of pool default has at present (east: there is no network shop; west: there is no network shop): ask for what one of them has, or add an account that has it.";
  expect(errors).toEqual([
    { pointer: "/instances/db/placement", line: expect.any(Number), column: expect.any(Number), detail: says },
  ]);
  expect(detail).toContain('With "anyway": true');
  const check = { method: "POST", path: "/v1/blueprints/check", body: { source } } as const;
  const checked = await stand.meanwhile(stand.reply(CheckedBlueprint, 200, check));
  expect(checked.warnings.map(({ pointer }) => pointer)).toEqual(["/instances/db/placement"]);
  await stand.reply(Deployment, 201, launchOf({ blueprint: { source }, anyway: true }));
  // One account that has it is enough.
  stand.operator("west").addNetwork({ name: "shop" });
  // Answers that say no count for a minute.
  await stand.clock.advance(120_000);
  await stand.meanwhile(stand.reply(Deployment, 201, launchOf({ blueprint: { source }, name: "placed" })));
});

test("nobody waits for an image that one account is known to have, and one that was not answered about is no reason to refuse", async () => {
  const stand = await createStand();
  const engine = stand.engine();
  await engine.start();
  await stand.clock.advance(1_000);
  await engine.stop();
  const images = { "debain-12": "debian-12" };
  await stand.ask({ method: "PATCH", path: "/v1/accounts/west", body: { images } });
  const source = SHOP.replaceAll("debian-12", "debain-12");
  // Time stands still: whatever waits gets no reply.
  await stand.reply(Deployment, 201, launchOf({ blueprint: { source }, name: "found" }));
  const nowhere = SHOP.replaceAll("debian-12", "rocky");
  await stand.meanwhile(stand.reply(Deployment, 201, launchOf({ blueprint: { source: nowhere }, name: "unread" })));
});

test("an image that is only in realms which the account may not use is refused", async () => {
  const hosts = [{ cpu: 64, memoryMib: 262_144, storageGib: 4_000 }];
  const realms = [
    { name: "east-1", hosts, images: ["debian-13"] },
    { name: "east-2", hosts, images: ["debian-12"] },
  ];
  const stand = await createStand({ clouds: [{ name: "east", realms }] });
  await stand.startEngine();
  const only = (realm: string) =>
    stand.ask({ method: "PATCH", path: "/v1/accounts/east", body: { realms: { only: realm } } });
  await only("east-1");
  const { errors } = await stand.meanwhile(stand.problem("not_offered", shop()));
  expect(errors.map(({ pointer }) => pointer)).toEqual(["/instances/db/image", "/instances/web/image"]);
  await only("east-2");
  await stand.reply(Deployment, 201, shop());
});

test("hardware that a parameter chose and no account of the pool offers is that parameter's mistake", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const source = SHOP.replace("parameters:\n", "parameters:\n  cpu: { type: integer, default: 500 }\n").replace(
    "profile: small",
    'profile: { cpu: "${{ params.cpu }}", memory: 1GiB }',
  );
  const { errors } = await stand.problem("not_offered", launchOf({ blueprint: { source } }));
  expect(errors).toEqual([
    {
      pointer: "/parameters/cpu",
      parameter: "cpu",
      line: 8,
      column: expect.any(Number),
      detail: expect.stringMatching(/^instances\.db\.profile asks for 500 cpu, .*at most \d+ cpu/),
    },
  ]);
  await stand.reply(Deployment, 201, launchOf({ blueprint: { source }, parameters: { cpu: 1 } }));
});
