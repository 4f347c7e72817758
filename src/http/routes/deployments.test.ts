import { expect, test } from "vitest";
import { AuditPage } from "../../contract/audit.ts";
import { Deployment, DeploymentPage } from "../../contract/deployment.ts";
import { Evidence } from "../../contract/evidence.ts";
import { DebtList } from "../../contract/operation.ts";
import { deploymentId } from "../../core/ids.ts";
import { sampleNewDeployment, samplePool } from "../../ports/store.samples.ts";
import { createStand, SHOP, type Stand } from "../stand.testsuite.ts";

const at = (key: string, rest = "") => `/v1/deployments/${key}${rest}`;
const post = (path: string) => ({ method: "POST", path, as: "operator" }) as const;

async function launched(stand: Stand, more: object = {}): Promise<Deployment> {
  const body = { blueprint: { source: SHOP }, ...more };
  return stand.reply(Deployment, 201, { ...post("/v1/deployments"), body });
}

async function show(stand: Stand, key: string): Promise<Deployment> {
  return stand.reply(Deployment, 200, { path: at(key) });
}

test("a deployment is found by id and by name", async () => {
  const stand = await createStand();
  const { id } = await launched(stand);
  expect((await show(stand, id)).id).toBe(id);
  expect((await show(stand, "shop")).id).toBe(id);
  await stand.problem("not_found", { path: at("shopp") });
});

test("nobody is offered what their role forbids", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  stand.operator("east").addFaults([{ on: "create", do: full, when: { nth: 2 } }]);
  await launched(stand, { partial: true });
  await stand.clock.advance(30_000);
  const offered = async (as: "viewer" | "operator") => {
    const { actions, instances } = await stand.reply(Deployment, 200, { path: at("shop"), as });
    const list = await stand.reply(DeploymentPage, 200, { path: "/v1/deployments", as });
    return [actions, list.deployments[0]?.actions, instances.some(({ retryable }) => retryable)];
  };
  expect(await offered("operator")).toEqual([["stop", "update"], ["stop", "update"], true]);
  expect(await offered("viewer")).toEqual([[], [], false]);
});

test("a name in two pools is ambiguous, and the problem lists the ids", async () => {
  const stand = await createStand();
  await stand.store.write(async (tx) => {
    await tx.putPool(samplePool({ name: "prod", members: [] }));
    for (const [id, pool] of [
      ["dep-one", "default"],
      ["dep-two", "prod"],
    ] as const) {
      await tx.insertDeployment(sampleNewDeployment({ id: deploymentId(id), name: "shop", pool }));
    }
  });
  const { candidates, detail } = await stand.problem("ambiguous_name", { path: at("shop") });
  expect(candidates?.toSorted()).toEqual(["dep-one", "dep-two"]);
  expect(detail).toContain("dep-two in pool prod");
  await stand.problem("ambiguous_name", post(at("shop", "/cancel")));
});

test("a reply says what names the deployment alone: its id while another pool has one of that name", async () => {
  const stand = await createStand();
  const insert = (id: string, pool: string) =>
    stand.store.write((tx) => tx.insertDeployment(sampleNewDeployment({ id: deploymentId(id), name: "shop", pool })));
  const refOf = async (key: string) => (await show(stand, key)).ref;
  await insert("dep-one", "default");
  expect(await refOf("dep-one")).toBe("shop");
  await stand.store.write((tx) => tx.putPool(samplePool({ name: "prod", members: [] })));
  await insert("dep-two", "prod");
  expect([await refOf("dep-one"), await refOf("dep-two")]).toEqual(["dep-one", "dep-two"]);
});

test("the list is filtered and paged, newest first", async () => {
  const stand = await createStand();
  await stand.startEngine();
  for (const name of ["one", "two", "three", "four", "five"]) {
    await launched(stand, { name });
    await stand.clock.advance(10);
  }
  await stand.ask(post(at("two", "/cancel")));
  await stand.clock.advance(10_000);
  const list = (query: string) => stand.reply(DeploymentPage, 200, { path: `/v1/deployments${query}`, as: "viewer" });
  const names = (page: DeploymentPage) => page.deployments.map(({ name }) => name);
  expect(names(await list(""))).toEqual(["five", "four", "three", "two", "one"]);
  expect(names(await list("?state=failed,stopped"))).toEqual(["two"]);
  expect(names(await list("?q=o"))).toEqual(["four", "two", "one"]);
  const first = await list("?limit=2");
  const second = await list(`?limit=2&cursor=${encodeURIComponent(first.next ?? "")}`);
  const third = await list(`?limit=2&cursor=${encodeURIComponent(second.next ?? "")}`);
  expect([names(first), names(second), names(third), third.next]).toEqual([
    ["five", "four"],
    ["three", "two"],
    ["one"],
    null,
  ]);
  expect(first.deployments[0]).toMatchObject({ instanceCount: 2, account: "east", debtCount: 0 });
});

test("a cancel is recorded once, is carried out, and is refused when there is nothing to cancel", async () => {
  const stand = await createStand();
  await stand.startEngine();
  await launched(stand);
  await stand.clock.advance(2_000);
  const cancelled = await stand.reply(Deployment, 200, post(at("shop", "/cancel")));
  expect([cancelled.cancelAskedAt === null, cancelled.actions]).toEqual([false, []]);
  await stand.reply(Deployment, 200, post(at("shop", "/cancel")));
  await stand.clock.advance(10_000);
  const failed = await show(stand, "shop");
  expect([failed.state, failed.final, failed.actions]).toEqual(["failed", true, ["delete", "relaunch"]]);
  expect([failed.standing, failed.summary]).toEqual(["cancelled", "is cancelled"]);
  expect(failed.launchEndedAt).toBe(failed.endedAt);
  expect(failed.attempts).toMatchObject([{ outcome: "cancelled" }]);
  // A machine that was never seen running is stopped now, but nobody waits for its start.
  expect(failed.instances.map(({ state, step }) => [state, step])).toEqual([
    ["stopped", null],
    ["new", null],
  ]);
  const { detail } = await stand.problem("not_in_this_state", post(at("shop", "/cancel")));
  expect(detail).toContain("is failed");
});

test("a stop of a launch under way cancels it", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const { id } = await launched(stand);
  const stopped = await stand.reply(Deployment, 200, post(at("shop", "/stop")));
  expect(stopped).toMatchObject({ stopAskedAt: null, cancelAskedAt: expect.any(String) });
  await stand.clock.advance(20_000);
  expect(await show(stand, id)).toMatchObject({ standing: "cancelled" });
});

test("a running deployment is stopped, then deleted, and its history stays", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const { id } = await launched(stand);
  await stand.clock.advance(20_000);
  const prices = async () => (await show(stand, id)).instances.map(({ hourlyCost }) => hourlyCost !== null);
  expect(await prices()).toEqual([true, true]);
  await stand.problem("not_in_this_state", { method: "DELETE", path: at("shop") });
  await stand.reply(Deployment, 200, post(at("shop", "/stop")));
  await stand.clock.advance(10_000);
  expect((await show(stand, id)).state).toBe("stopped");
  // What is gone costs nothing any more.
  expect(await prices()).toEqual([false, false]);
  await stand.reply(Deployment, 200, { method: "DELETE", path: at("shop"), as: "operator" });
  await stand.clock.advance(5_000);
  await stand.problem("not_found", { path: at("shop") });
  const deleted = await show(stand, id);
  expect([deleted.deletedAt === null, deleted.actions, deleted.machines.length]).toEqual([false, [], 2]);
  const all = await stand.reply(DeploymentPage, 200, { path: "/v1/deployments?deleted=true" });
  expect(all.deployments.map((row) => row.id)).toEqual([id]);
  expect((await stand.reply(DeploymentPage, 200, { path: "/v1/deployments" })).deployments).toEqual([]);
});

test("a delete with stop takes down what runs", async () => {
  const stand = await createStand();
  await stand.startEngine();
  const { id } = await launched(stand);
  await stand.clock.advance(20_000);
  await stand.reply(Deployment, 200, { method: "DELETE", path: at("shop", "?stop=true") });
  await stand.clock.advance(30_000);
  expect((await show(stand, id)).deletedAt).not.toBeNull();
  expect(stand.datacentre.billing.aliveNow()).toEqual([]);
});

test("a failed member of a partial launch is retried by hand", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  stand.operator("east").addFaults([{ on: "create", do: full, when: { nth: 2 } }]);
  await launched(stand, { partial: true });
  await stand.clock.advance(30_000);
  const partly = await show(stand, "shop");
  expect([partly.state, partly.actions]).toEqual(["incomplete", ["stop", "update"]]);
  // The launch is over, however long it stays like this; the list says the same.
  expect(partly.launchEndedAt).toBe(partly.attempts[0]?.endedAt);
  const list = await stand.reply(DeploymentPage, 200, { path: "/v1/deployments" });
  expect(list.deployments[0]?.launchEndedAt).toBe(partly.launchEndedAt);
  expect(partly.instances.map(({ name, retryable }) => [name, retryable])).toEqual([
    ["db", false],
    ["web", true],
  ]);
  await stand.problem("not_in_this_state", post(at("shop", "/instances/db/retry")));
  await stand.problem("no_such_instance", post(at("shop", "/instances/cache/retry")));
  await stand.reply(Deployment, 200, post(at("shop", "/instances/web/retry")));
  await stand.clock.advance(20_000);
  expect((await show(stand, "shop")).state).toBe("running");
});

test("a rollback that got stuck and goes on elsewhere says until when it looks for an account", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const east = stand.operator("east");
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  east.addFaults([
    { on: "remove", do: { kind: "refuse", code: "internal_error" }, times: "always" },
    { on: "create", do: full, when: { nth: 2 } },
  ]);
  const source = `${SHOP}launch: { onRollbackFailure: continue, refusals: { sizes: 1 }, deadlines: { undo: 1m, launch: 30m } }\n`;
  const { id } = await launched(stand, { blueprint: { source } });
  expect((await show(stand, id)).seeksUntil).toBeNull();
  await stand.clock.advance(5 * 60_000);
  const stuck = await show(stand, id);
  expect([stuck.state, stuck.seeksUntil]).toEqual(["rollback_failed", stuck.launchDeadlineAt]);
  const { deployments } = await stand.reply(DeploymentPage, 200, { path: "/v1/deployments" });
  expect(deployments.map(({ seeksUntil }) => seeksUntil)).toEqual([stuck.launchDeadlineAt]);
  await stand.clock.advance(30 * 60_000);
  const over = await show(stand, id);
  expect([over.state, over.seeksUntil]).toEqual(["rollback_failed", null]);
  expect(over.failure).toMatch(/; the launch's time is up$/);
});

test("machines that two attempts owe of one instance are told apart", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }, { name: "west" }] });
  await stand.startEngine();
  for (const name of ["east", "west"]) {
    stand.operator(name).addFaults([
      { on: "remove", do: { kind: "refuse", code: "internal_error" }, times: "always" },
      { on: "create", do: { kind: "refuse", code: "insufficient_capacity" }, when: { nth: 2 } },
    ]);
  }
  const source = `${SHOP}launch: { onRollbackFailure: continue, refusals: { sizes: 1 }, deadlines: { undo: 1m } }\n`;
  const { id } = await launched(stand, { blueprint: { source } });
  await stand.clock.advance(10 * 60_000);
  const { debt, attempts } = await show(stand, id);
  expect([attempts.length, debt.count]).toEqual([2, 2]);
  expect(debt.why).toMatch(/^db of attempt 1, db of attempt 2: /);
});

test("a rollback that got stuck is retried by hand", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  stand.operator("east").addFaults([{ on: "remove", do: { kind: "refuse", code: "internal_error" }, times: "always" }]);
  const { id } = await launched(stand);
  await stand.clock.advance(2_000);
  await stand.ask(post(at("shop", "/cancel")));
  await stand.problem("not_in_this_state", post(at("shop", "/retry-rollback")));
  await stand.clock.advance(15 * 60_000);
  const stuck = await show(stand, id);
  expect([stuck.state, stuck.debt.count, stuck.actions]).toEqual([
    "rollback_failed",
    1,
    ["abandon_debt", "retry_rollback"],
  ]);
  expect([stuck.summary, stuck.launchEndedAt]).toEqual([
    "has a rollback that is stuck: 1 machine is not proven gone",
    null,
  ]);
  expect(stuck.debt.perHour).toBeGreaterThan(0);
  await stand.reply(Deployment, 200, post(at("shop", "/retry-rollback")));
  stand.operator("east").clearFaults();
  await stand.clock.advance(10 * 60_000);
  expect((await show(stand, id)).state).toBe("failed");
});

test("a rollback that got stuck goes on without a machine that is given up, and the audit says which", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  stand.operator("east").addFaults([{ on: "remove", do: { kind: "refuse", code: "internal_error" }, times: "always" }]);
  const { id } = await launched(stand);
  await stand.clock.advance(2_000);
  await stand.ask(post(at("shop", "/cancel")));
  await stand.clock.advance(15 * 60_000);
  const [left] = (await show(stand, id)).machines;
  const retry = (skip: unknown) => ({ ...post(at("shop", "/retry-rollback")), body: { skip } });
  await stand.problem("no_such_machine", retry(["cache"]));
  await stand.problem("bad_request", retry("db"));
  await stand.reply(Deployment, 200, retry([left?.id]));
  await stand.clock.advance(1_000);
  const over = await show(stand, id);
  expect([over.state, over.debt.count]).toEqual(["failed", 1]);
  const { entries } = await stand.reply(AuditPage, 200, { path: "/v1/audit?limit=1" });
  expect(entries[0]).toMatchObject({ subject: "shop", after: { skipped: [left?.id] } });
});

test("what stopped with a machine that is not proven gone says so everywhere, and offers what it can be asked", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const { id } = await launched(stand);
  await stand.clock.advance(20_000);
  stand.operator("east").addFaults([{ on: "remove", do: { kind: "refuse", code: "internal_error" }, times: "always" }]);
  await stand.ask(post(at("shop", "/stop")));
  await stand.clock.advance(15 * 60_000);
  const stopped = await show(stand, id);
  expect([stopped.state, stopped.actions, stopped.debt.count]).toEqual(["stopped", ["abandon_debt", "relaunch"], 2]);
  expect(stopped.summary).toBe("is stopped, but 2 machines are not proven gone");
  const list = await stand.reply(DeploymentPage, 200, { path: "/v1/deployments" });
  expect(list.deployments[0]).toMatchObject({ summary: stopped.summary, actions: stopped.actions, debtCount: 2 });
  expect(await stand.reply(DebtList, 200, { path: "/v1/debt" })).toMatchObject({ debts: [{}, {}] });
  await stand.problem("has_debt", { method: "DELETE", path: at("shop") });
  await stand.reply(Deployment, 200, { method: "DELETE", path: at("shop", "?abandonDebt=true") });
  await stand.clock.advance(1_000);
  expect((await show(stand, id)).deletedAt).not.toBeNull();
});

test("what a stop waits for is told: a delete that is ignored, an account that cannot be used, and until when", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const { id } = await launched(stand);
  await stand.clock.advance(20_000);
  stand.operator("east").addFaults([{ on: "remove", do: { kind: "remove_ignored" }, times: "always" }]);
  await stand.ask(post(at("shop", "/stop")));
  await stand.clock.advance(70_000);
  const stopping = await show(stand, id);
  expect(stopping.machines.map(({ fault }) => fault?.code)).toEqual(["delete_ignored", "delete_ignored"]);
  expect(stopping).toMatchObject({ undoBy: expect.any(String), troubles: [], debt: { why: null } });
  expect(Date.parse(stopping.undoBy ?? "") - Date.parse(stopping.since)).toBe(10 * 60_000);
  await stand.store.write(async (tx) => {
    const account = await tx.accountNamed("east");
    if (account !== null) await tx.putAccount({ ...account, health: "suspended", healthText: "key revoked" }, null);
  });
  expect((await show(stand, id)).troubles).toEqual([{ account: "east", text: "is suspended: key revoked" }]);
  await stand.clock.advance(15 * 60_000);
  const { undoBy, debt } = await show(stand, id);
  expect(undoBy).toBeNull();
  expect(debt.why).toMatch(/^\S+, \S+: its cloud accepted the delete, and still showed the machine/);
});

test("a launch that waits for what a cloud cannot be asked says so", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const broken = { kind: "refuse", code: "internal_error", message: "the registry is broken" } as const;
  stand.operator("east").addFaults([{ on: "images", do: broken, times: "always" }]);
  const odd = SHOP.replaceAll("image: debian-12", "image: debian-99");
  const { id } = await launched(stand, { blueprint: { source: odd }, anyway: true });
  await stand.clock.advance(30_000);
  const { state, troubles } = await show(stand, id);
  expect(state).toBe("new");
  expect(troubles).toEqual([
    { account: "east", text: expect.stringContaining("could not be asked whether it has image") },
  ]);
  expect(troubles[0]?.text).toContain("the registry is broken");
  // Another launch of the pool is told of what it asks for itself.
  const other = await launched(stand, {
    blueprint: { source: SHOP.replaceAll("debian-12", "debian-98") },
    anyway: true,
  });
  await stand.clock.advance(30_000);
  const told = (await show(stand, other.id)).troubles;
  expect(told.map(({ text }) => text)).toEqual([expect.stringContaining("image debian-98")]);
  stand.operator("east").clearFaults();
  await stand.clock.advance(180_000);
  // It is asked again, and is not there.
  expect(await show(stand, id)).toMatchObject({ state: "failed", troubles: [] });
});

test("the evidence of a failed machine is kept, and only of such", async () => {
  const stand = await createStand({ clouds: [{ name: "east" }] });
  await stand.startEngine();
  const full = { kind: "refuse", code: "insufficient_capacity" } as const;
  stand.operator("east").addFaults([{ on: "create", do: full, when: { nth: 2 } }]);
  await launched(stand);
  await stand.clock.advance(30_000);
  const { machines } = await show(stand, "shop");
  const db = machines.find(({ instance }) => instance === "db");
  const evidence = await stand.reply(Evidence, 200, { path: `/v1/machines/${db?.id}/evidence`, as: "viewer" });
  expect(evidence).toMatchObject({ machine: db?.id });
  expect(evidence.console).not.toBeNull();
  await stand.problem("not_found", { path: "/v1/machines/nothing/evidence" });
});
