import { expect, test } from "vitest";
import { at, SAMPLE_TIME, sampleAbout, sampleDeployment } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";

test("ls says of what cannot go on why, and when it is tried again", async () => {
  const parked = { text: "the database is too busy", since: at(0), tries: 3, nextTryAt: at(90) };
  const counts = { instanceCount: 3, readyCount: 1, debtCount: 0 };
  const deployments = [{ ...sampleDeployment({ parked }), ...counts }];
  await using stand = await standWith(
    { "GET /v1/deployments?limit=50": { json: { deployments, next: null } } },
    () => SAMPLE_TIME,
  );
  const { out, exitCode } = await stand.run(["ls"]);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/^shop .*cannot go on: the database is too busy, tried again in 1 min 30 s$/m);
});

test("ls says of a stuck rollback that goes on elsewhere that it waits for an account, and for how long at most", async () => {
  const seeking = sampleDeployment({ state: "rollback_failed", seeksUntil: at(90), failure: "db: no room" });
  const deployments = [{ ...seeking, instanceCount: 1, readyCount: 0, debtCount: 1 }];
  await using stand = await standWith(
    { "GET /v1/deployments?limit=50": { json: { deployments, next: null } } },
    () => SAMPLE_TIME,
  );
  const { out } = await stand.run(["ls"]);
  expect(out).toMatch(
    /^shop .*waits for another account, 1 min 30 s at most; 1 machine is not proven gone; the launch failed: db: no room$/m,
  );
});

test("ls shortens what is told whole elsewhere, and says where", async () => {
  const failure = `db: no room ${"x".repeat(2_048)}`;
  const counts = { instanceCount: 1, readyCount: 0, debtCount: 0 };
  const failed = { ...sampleDeployment({ state: "failed", failure }), ...counts };
  const deployments = [failed, { ...failed, name: "short", failure: "no room" }];
  await using stand = await standWith({ "GET /v1/deployments?limit=50": { json: { deployments, next: null } } });
  const { out, err } = await stand.run(["ls"]);
  expect(out.split("\n").map((line) => line.length < 200)).not.toContain(false);
  expect(out).toMatch(/db: no room x{87}…$/m);
  expect(err).toBe("A text that ends with … is told whole by: slipway show NAME\n");
});

test("a pool that nobody knows is told by the option that gave it, with the one that may be meant", async () => {
  const why = 'there is no pool prdo: did you mean "prod"? Pools: prod.';
  const errors = [{ pointer: "", detail: `query pool: ${why}` }];
  const path = "GET /v1/deployments?pool=prdo&limit=50";
  await using stand = await standWith({ [path]: problem("bad_pool", `query pool: ${why}`, { errors }) });
  for (const json of [[], ["--json"]]) {
    expect(await stand.run(["ls", "--pool", "prdo", ...json])).toEqual({
      exitCode: 2,
      out: "",
      err: `slipway: --pool: ${why}\n`,
    });
  }
});

test("who may not look at accounts is told that there are no deployments, and how to launch one", async () => {
  const empty = { "GET /v1/deployments?limit=50": { json: { deployments: [], next: null } } };
  const accounts = problem("not_permitted", "This needs the role viewer; ada has launcher in web.");
  const about = { json: sampleAbout("launcher", ["deployments", "tokens"]) };
  await using launcher = await standWith({ ...empty, "GET /v1/accounts": accounts, "GET /v1/about": about });
  const told = { exitCode: 0, out: "No deployments yet. Launch one: slipway launch BLUEPRINT.yaml --watch\n", err: "" };
  expect(await launcher.run(["ls"])).toEqual(told);
  await using viewer = await standWith({
    ...empty,
    "GET /v1/accounts": accounts,
    "GET /v1/about": { json: sampleAbout("viewer", ["tokens"]) },
  });
  expect(await viewer.run(["ls"])).toEqual({ ...told, out: "No deployments yet.\n" });
  await using broken = await standWith({ ...empty, "GET /v1/accounts": problem("internal", "It is broken.") });
  expect((await broken.run(["ls"])).exitCode).not.toBe(0);
});
