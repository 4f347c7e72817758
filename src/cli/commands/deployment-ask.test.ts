import { describe, expect, test } from "vitest";
import { RepairRequest, RollbackRetry } from "../../contract/repair.ts";
import { at, sampleDeployment, sampleInstance, sampleMachine } from "../replies.samples.ts";
import { moved, problem, standWith, streaming } from "../stand.samples.ts";

const ID = sampleDeployment().id;

describe("asking", () => {
  test.each([
    { argv: ["cancel", "shop"], standing: "cancelled", debts: 0, code: 0 },
    { argv: ["cancel", "shop"], standing: "cancelled", debts: 1, code: 5 },
    { argv: ["cancel", "shop"], standing: "running", debts: 0, code: 1 },
    { argv: ["stop", "shop"], standing: "stopped", debts: 0, code: 0 },
    { argv: ["stop", "shop"], standing: "stopped", debts: 2, code: 5 },
    { argv: ["retry-rollback", "shop"], standing: "failed", debts: 0, code: 0 },
    { argv: ["retry-rollback", "shop"], standing: "rollback_failed", debts: 1, code: 5 },
    { argv: ["retry", "shop", "db"], standing: "incomplete", debts: 0, code: 4 },
    { argv: ["retry", "shop", "db"], standing: "incomplete", debts: 1, code: 4 },
  ] as const)("$argv --wait that ends $standing with $debts not proven gone exits with $code", async (row) => {
    const { argv, standing, debts, code } = row;
    const [verb, ...rest] = argv;
    const below = rest.length > 1 ? `instances/${rest[1]}/${verb}` : verb;
    const instances = [sampleInstance({ state: "error" })];
    const debt = { count: debts, perHour: 0.04, total: 0.01, unpriced: 0, why: "db: it is locked" };
    const state = standing === "cancelled" ? "failed" : standing;
    const cancelAskedAt = standing === "cancelled" ? at(1) : null;
    const shown = { json: sampleDeployment({ state, cancelAskedAt, eventNo: 1, instances, debt }) };
    await using stand = await standWith({
      [`POST /v1/deployments/shop/${below}`]: shown,
      [`GET /v1/deployments/${ID}`]: shown,
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "failed")]),
    });
    expect((await stand.run([...argv, "--wait"])).exitCode).toBe(code);
  });

  test.each([
    sampleInstance({ state: "shutting_down" }),
    sampleInstance({ state: "pending", step: "boot" }),
    sampleInstance({ state: "new" }),
    sampleInstance({ state: "running", ready: true }),
  ])("retry waits while its instance is under way, and shows the steps from the request on", async (busy) => {
    const over = sampleInstance({ state: "running", ready: true });
    const told = (eventNo: number, instance: typeof busy, state: "incomplete" | "running") => ({
      json: sampleDeployment({ state, eventNo, instances: [instance] }),
    });
    await using stand = await standWith({
      "POST /v1/deployments/shop/instances/db/retry": told(8, busy, "incomplete"),
      [`GET /v1/deployments/${ID}`]: [told(8, busy, "incomplete"), told(9, over, "running")],
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(8, "incomplete"), moved(9, "running")]),
    });
    const { exitCode, out } = await stand.run(["retry", "shop", "db", "--watch"]);
    expect({ exitCode, numbers: out.match(/^ +\d+/gm)?.map(Number) }).toEqual({ exitCode: 0, numbers: [8, 9] });
    expect(stand.requests.at(2)?.headers["last-event-id"]).toBe("7");
  });

  test.each([
    { standing: "stopped" as const, code: 0, said: "shop is stopped already" },
    { standing: "failed" as const, code: 0, said: "shop is failed already" },
    { standing: "pending" as const, code: 1, said: "cannot be stopped" },
  ])("down of one that is $standing, where a stop is refused, exits with $code", async ({ standing, code, said }) => {
    const shown = { json: sampleDeployment({ state: standing, final: standing !== "pending" }) };
    await using stand = await standWith({
      "POST /v1/deployments/shop/stop": problem(
        "not_in_this_state",
        `Deployment shop is ${standing} and cannot be stopped.`,
      ),
      "GET /v1/deployments/shop": shown,
    });
    const { exitCode, out, err } = await stand.run(["down", "shop"]);
    expect({ exitCode, told: out + err }).toEqual({ exitCode: code, told: expect.stringContaining(said) });
  });

  test("what was stopped before is told to be so", async () => {
    const asked = { json: sampleDeployment({ state: "stopped", final: true, stopAskedAt: at(7) }) };
    await using stand = await standWith({ "POST /v1/deployments/shop/stop": asked });
    const { out, err } = await stand.run(["down", "shop"]);
    expect(out + err).toBe("shop is stopped already.\n");
  });

  test("a cancel of an update says that only what it has added goes", async () => {
    const asked = { json: sampleDeployment({ state: "updating", cancelAskedAt: at(7) }) };
    await using stand = await standWith({ "POST /v1/deployments/shop/cancel": asked });
    const { out, err } = await stand.run(["cancel", "shop"]);
    expect(out + err).toContain("shop goes back to what it was: only what its update has added is removed.");
  });

  test("a stop of a launch under way says that it is cancelled", async () => {
    const asked = { json: sampleDeployment({ state: "pending", cancelAskedAt: at(7) }) };
    await using stand = await standWith({ "POST /v1/deployments/shop/stop": asked });
    const { out, err } = await stand.run(["stop", "shop"]);
    expect(out + err).toContain("shop is being cancelled");
  });

  test("stop waits for what it asked, not for the state before", async () => {
    const asked = { json: sampleDeployment({ state: "running", eventNo: 8, stopAskedAt: at(7) }) };
    const over = { json: sampleDeployment({ state: "stopped", eventNo: 9, stopAskedAt: at(7) }) };
    await using stand = await standWith({
      "POST /v1/deployments/shop/stop": asked,
      [`GET /v1/deployments/${ID}`]: [asked, over],
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(8, "running"), moved(9, "pending")]),
    });
    expect((await stand.run(["stop", "shop", "--wait"])).exitCode).toBe(0);
  });

  test("stop tells in one sentence what it has not proven", async () => {
    const debt = { count: 2, perHour: 0.04, total: 0.01, unpriced: 0, why: "db: it is locked" };
    const shown = { json: sampleDeployment({ state: "stopped", eventNo: 1, stopAskedAt: at(7), debt }) };
    await using stand = await standWith({
      "POST /v1/deployments/shop/stop": shown,
      [`GET /v1/deployments/${ID}`]: shown,
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "running")]),
    });
    expect(await stand.run(["stop", "shop", "--wait"])).toEqual({
      exitCode: 5,
      out: "",
      err:
        "slipway: shop is stopped, but 2 machines are not proven gone\n" +
        "  see slipway show shop\n  see slipway debt ls\n",
    });
  });

  test("a delete that is refused for debt says so in the command line's own words", async () => {
    const debt = { count: 1, perHour: 0.04, total: 0.01, unpriced: 0, why: "db: it is locked" };
    await using stand = await standWith({
      "DELETE /v1/deployments/shop": problem("has_debt", "Deployment shop: delete it with abandonDebt."),
      "GET /v1/deployments/shop": { json: sampleDeployment({ state: "stopped", debt }) },
    });
    expect(await stand.run(["rm", "shop"])).toEqual({
      exitCode: 1,
      out: "",
      err:
        "slipway: shop is stopped, but 1 machine is not proven gone\n" +
        "  wait until that is proven: slipway debt ls\n" +
        "  or delete it while Slipway goes on removing them: slipway rm --abandon-debt shop\n",
    });
  });

  test("a delete that debt holds up says how to wait no longer", async () => {
    const debt = { count: 1, perHour: 0.04, total: 0.01, unpriced: 0, why: "db: it is locked" };
    const waits = { json: sampleDeployment({ state: "rollback_failed", debt, deleteAskedAt: at(3) }) };
    await using stand = await standWith({
      "DELETE /v1/deployments/shop?stop=true": waits,
      "DELETE /v1/deployments/shop?stop=true&abandonDebt=true": waits,
    });
    expect((await stand.run(["rm", "--stop", "shop"])).out).toBe(
      "shop is being deleted: it is brought down first\n" +
        "  1 machine is not proven gone; to wait no longer: slipway rm --stop --abandon-debt shop\n",
    );
    expect((await stand.run(["rm", "--stop", "--abandon-debt", "shop"])).out).toBe(
      "shop is being deleted: it is brought down first\n",
    );
  });

  test("a delete that comes too early says how to stop first", async () => {
    const refusal = problem("not_in_this_state", "Deployment shop is running.");
    await using stand = await standWith({
      "DELETE /v1/deployments/shop": refusal,
      "GET /v1/deployments/shop": { json: sampleDeployment({ state: "running", actions: ["stop"] }) },
    });
    const { exitCode, err } = await stand.run(["rm", "shop"]);
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: "slipway: Deployment shop is running.\n  stop and delete it: slipway rm --stop shop\n",
    });
  });

  test("a delete of what is stuck with debt offers both ways on", async () => {
    const stuck = sampleDeployment({ state: "rollback_failed", actions: ["cancel", "abandon_debt"] });
    await using stand = await standWith({
      "DELETE /v1/deployments/shop": problem("not_in_this_state", "Deployment shop cannot be deleted yet."),
      "GET /v1/deployments/shop": { json: stuck },
    });
    expect((await stand.run(["rm", "shop"])).err).toBe(
      "slipway: Deployment shop cannot be deleted yet.\n" +
        "  stop it, and delete it once nothing is left: slipway rm --stop shop\n" +
        "  or delete it while Slipway goes on removing what is left: slipway rm --stop --abandon-debt shop\n",
    );
  });

  test("what is named in hints is the id while another deployment has that name", async () => {
    const twin = sampleDeployment({ state: "running", ref: ID, actions: ["stop"] });
    await using stand = await standWith({
      [`POST /v1/deployments/${ID}/stop`]: { json: twin },
      [`GET /v1/deployments/${ID}`]: { json: twin },
    });
    expect((await stand.run(["stop", ID])).out).toBe(`shop is being stopped. Watch it: slipway watch ${ID}\n`);
    expect((await stand.run(["show", ID])).out).toContain(`slipway stop ${ID}  # undo`);
  });

  test.each([
    ["rm", (name: string) => `DELETE /v1/deployments/${name}`],
    ["stop", (name: string) => `POST /v1/deployments/${name}/stop`],
    ["release", (name: string) => `POST /v1/deployments/${name}/release`],
    ["cancel", (name: string) => `POST /v1/deployments/${name}/cancel`],
    ["retry-rollback", (name: string) => `POST /v1/deployments/${name}/retry-rollback`],
  ])("%s of several does not stop at one that is refused, and prints a reply per line as JSON", async (verb, route) => {
    const shop = sampleDeployment({ state: "running" });
    const blue = sampleDeployment({ id: "bbbbbbbbbbbb", name: "blue" });
    await using stand = await standWith({
      [route("red")]: problem("not_found", "There is no deployment red."),
      [route("shop")]: { json: shop },
      [route("green")]: problem("not_found", "There is no deployment green."),
      [route("blue")]: { json: blue },
    });
    const names = ["red", "shop", "green", "blue"];
    const told = await stand.run([verb, ...names]);
    expect(told.out.match(/^\w+ is \w+/gm)).toHaveLength(2);
    const err = "slipway: There is no deployment red.\n  There is no deployment green.\n";
    expect({ exitCode: told.exitCode, err: told.err }).toEqual({ exitCode: 2, err });
    const asJson = await stand.run([verb, ...names, "--json"]);
    expect(asJson).toEqual({ exitCode: 2, err, out: `${JSON.stringify(shop)}\n${JSON.stringify(blue)}\n` });
  });

  test("what is released is being rolled back, which takes its time", async () => {
    const held = sampleDeployment({ name: "shop", ref: "shop" });
    await using stand = await standWith({ "POST /v1/deployments/shop/release": { json: held } });
    const { out } = await stand.run(["release", "shop"]);
    expect(out).toBe("shop is being rolled back. Watch it: slipway watch shop\n");
  });

  test("retry-rollback names what is given up, and says so", async () => {
    const script = {
      "POST /v1/deployments/shop/retry-rollback": { json: sampleDeployment({ state: "rollback_failed" }) },
    };
    await using stand = await standWith(script);
    const { out } = await stand.run(["retry-rollback", "shop", "--skip", "db", "--skip", "web"]);
    expect(out).toContain("shop goes on without db, web.");
    expect(stand.requests.map(({ body }) => RollbackRetry.parse(body))).toEqual([{ skip: ["db", "web"] }]);
  });

  test("stop --wait of several asks all of them before it waits for the first, and tells the worst", async () => {
    const ids = { shop: ID, blue: "bbbbbbbbbbbb" };
    const shown = (name: keyof typeof ids, state: "stopped" | "failed") => ({
      json: sampleDeployment({ id: ids[name], name, state, eventNo: 1 }),
    });
    const script = {
      "POST /v1/deployments/shop/stop": shown("shop", "failed"),
      "POST /v1/deployments/blue/stop": shown("blue", "stopped"),
      [`GET /v1/deployments/${ids.shop}`]: shown("shop", "failed"),
      [`GET /v1/deployments/${ids.blue}`]: shown("blue", "stopped"),
      [`GET /v1/deployments/${ids.shop}/stream`]: streaming([moved(1, "failed")]),
      [`GET /v1/deployments/${ids.blue}/stream`]: streaming([moved(1, "failed")]),
    };
    await using stand = await standWith(script);
    const { exitCode, out } = await stand.run(["stop", "shop", "blue", "--wait", "--json"]);
    expect(exitCode).toBe(1);
    expect(out).toBe(
      `${JSON.stringify(shown("shop", "failed").json)}\n${JSON.stringify(shown("blue", "stopped").json)}\n`,
    );
    expect(stand.requests.slice(0, 3).map(({ method }) => method)).toEqual(["POST", "POST", "GET"]);
  });

  test("a retry of several instances is followed once, from the first request on", async () => {
    const asked = (eventNo: number, state: "pending" | "running" = "pending") => ({
      json: sampleDeployment({ state, eventNo, instances: [sampleInstance({ state: "pending", step: "boot" })] }),
    });
    await using stand = await standWith({
      "POST /v1/deployments/shop/instances/db/retry": asked(8),
      "POST /v1/deployments/shop/instances/app/retry": asked(9),
      [`GET /v1/deployments/${ID}`]: [asked(9), asked(10, "running")],
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(8, "pending"), moved(9, "pending"), moved(10, "running")]),
    });
    const { exitCode, out } = await stand.run(["retry", "shop", "db", "app", "--watch"]);
    expect({ exitCode, numbers: out.match(/^ +\d+/gm)?.map(Number) }).toEqual({ exitCode: 0, numbers: [8, 9, 10] });
    expect(stand.requests.filter(({ url }) => url.endsWith("/stream"))).toHaveLength(1);
  });

  test("a repair says what it replaces, and names members only where they are given", async () => {
    const shown = sampleDeployment({ state: "incomplete", instances: [sampleInstance({ state: "shutting_down" })] });
    await using stand = await standWith({ "POST /v1/deployments/shop/repair": { json: shown } });
    const all = await stand.run(["repair", "shop"]);
    const named = await stand.run(["repair", "shop", "db", "app"]);
    expect([all.exitCode, named.exitCode]).toEqual([0, 0]);
    expect(all.out).toContain("shop replaces what has failed");
    expect(named.out).toContain("shop replaces db, app");
    await stand.run(["repair", "shop", "--allow-replace", "db"]);
    expect(stand.requests.map(({ body }) => RepairRequest.parse(body))).toEqual([
      {},
      { instances: ["db", "app"] },
      { allowReplace: ["db"] },
    ]);
  });

  test.each([
    { standing: "running" as const, code: 0 },
    { standing: "incomplete" as const, code: 4 },
  ])("repair --wait that ends $standing exits with $code", async ({ standing, code }) => {
    const state = standing === "running" ? "running" : "error";
    const instances = [sampleInstance({ state, ready: standing === "running" })];
    const shown = { json: sampleDeployment({ state: standing, eventNo: 1, instances }) };
    await using stand = await standWith({
      "POST /v1/deployments/shop/repair": shown,
      [`GET /v1/deployments/${ID}`]: shown,
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "failed")]),
    });
    expect((await stand.run(["repair", "shop", "db", "--wait"])).exitCode).toBe(code);
  });

  test("of several that had the name the one that was taken is told", async () => {
    const shown = sampleDeployment({ state: "shutting_down", id: "new1", relaunchOf: "old1" });
    await using stand = await standWith({ "POST /v1/deployments/shop/stop": { json: shown } });
    expect((await stand.run(["stop", "shop"])).out).toContain("shop (new1) is being stopped");
  });

  test.each([
    [["db"], "slipway repair shop db --allow-replace db"],
    [[], "slipway repair shop --allow-replace db"],
    [["app", "db", "--allow-replace", "app"], "slipway repair shop app db --allow-replace app --allow-replace db"],
  ])("what a protected member is in the way of comes with all that was asked for: %j", async (asked, remedy) => {
    const detail =
      "Deployment shop: db is protected, and `slipway repair shop --allow-replace db` lets its machine go.";
    await using stand = await standWith({ "POST /v1/deployments/shop/repair": problem("protected", detail) });
    const { exitCode, err } = await stand.run(["repair", "shop", ...asked]);
    expect([exitCode, err]).toEqual([
      1,
      `slipway: Deployment shop: db is protected, and \`${remedy}\` lets its machine go.\n`,
    ]);
  });

  test("a repair that may not be asked for is refused in the server's words", async () => {
    const detail = "Deployment shop is running and has no failed instance to repair.";
    await using stand = await standWith({ "POST /v1/deployments/shop/repair": problem("not_in_this_state", detail) });
    const { exitCode, err } = await stand.run(["repair", "shop"]);
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: expect.stringContaining("has no failed instance to repair"),
    });
  });

  test("a delete says what is free by it, and what is not", async () => {
    const gone = sampleMachine({ state: "gone", open: false });
    const owed = sampleMachine({ debtSince: at(5) });
    const debt = { count: 1, perHour: 0.04, total: 0, unpriced: 0, why: "db: it is locked" };
    const replies = {
      over: sampleDeployment({ state: "stopped", endedAt: at(9), deletedAt: at(9), machines: [gone] }),
      owing: sampleDeployment({ state: "failed", endedAt: at(9), deletedAt: at(9), machines: [gone, owed], debt }),
      left: sampleDeployment({ state: "stopped", endedAt: at(9), machines: [gone, sampleMachine()] }),
      up: sampleDeployment({ state: "running", machines: [sampleMachine(), sampleMachine()] }),
    };
    const told: Record<string, string> = {};
    for (const [name, json] of Object.entries(replies)) {
      await using stand = await standWith({ "DELETE /v1/deployments/shop": { json } });
      told[name] = (await stand.run(["rm", "shop"])).out;
    }
    const free = "shop is deleted: its name in pool default is free again";
    expect(told).toEqual({
      over: `${free}, no machine is left. Its history: slipway show ${ID}\n`,
      owing: `${free}; not proven gone and still counted against limits: 1 machine (slipway debt ls). Its history: slipway show ${ID}\n`,
      left: "shop is being deleted: what is left of it is removed first (1 machine)\n",
      up: "shop is being deleted: it is brought down first (2 machines)\n",
    });
  });
});
