// What is accepted at once and has its result later, on either way.

import { describe, expect, test } from "vitest";
import type { FaultRule } from "../fault.ts";
import type { CloudSettings } from "../settings.ts";
import type { OperationQuery, TenantApi } from "../tenant-api.ts";
import { MEDIUM, refusal, stagesBy, WAYS } from "../ways.testsuite.ts";

const SLOW: Partial<CloudSettings> = {
  boot: { kind: "fixed", ms: 1000 },
  stopping: { kind: "fixed", ms: 300 },
  removal: { kind: "fixed", ms: 500 },
  imageCopy: { kind: "fixed", ms: 2000 },
};

async function told(api: TenantApi, query: OperationQuery = {}): Promise<string[]> {
  const { operations } = await api.listOperations(query);
  return operations.map(({ kind, state, fault }) => `${kind} ${state}${fault === null ? "" : `: ${fault.text}`}`);
}

describe.each(WAYS)("%s: operations", (_, way) => {
  const cloudWith = stagesBy(way);

  test("each request that takes a while has one, which ends when it is done", async () => {
    const { clock, api } = await cloudWith(SLOW);
    const { id, operation } = await api.create(MEDIUM);
    expect(await api.getOperation(operation ?? "")).toEqual({
      id: operation,
      kind: "create",
      target: id,
      name: "db",
      realm: "plain-a",
      correlation: null,
      startedAt: 1_000_000,
      state: "running",
      fault: null,
      endedAt: null,
    });
    await clock.advance(1000);
    expect(await api.getOperation(operation ?? "")).toMatchObject({ state: "done", endedAt: 1_001_000 });
    await api.stop(id);
    await clock.advance(300);
    await api.start(id);
    await clock.advance(1000);
    const { operation: last } = await api.remove(id);
    expect((await api.getOperation(last ?? "")).kind).toBe("remove");
    await clock.advance(500);
    expect(await told(api, { target: id })).toEqual(["create done", "stop done", "start done", "remove done"]);
  });

  test("on two-step clouds a create is done when the machine is stopped", async () => {
    const { clock, api } = await cloudWith({ ...SLOW, twoStep: true });
    const { id } = await api.create(MEDIUM);
    await clock.advance(1999);
    expect(await told(api)).toEqual(["create running"]);
    await clock.advance(1);
    await api.start(id);
    await clock.advance(1000);
    expect(await told(api)).toEqual(["create done", "start done"]);
  });

  test("one request overtakes another", async () => {
    const { clock, api } = await cloudWith(SLOW);
    const { id } = await api.create(MEDIUM);
    await api.remove(id);
    await clock.advance(500);
    expect(await told(api)).toEqual(["create failed: Overtaken by another request: remove", "remove done"]);
  });

  test("parts have theirs", async () => {
    const { clock, api } = await cloudWith({ parts: { making: { kind: "fixed", ms: 100 } } });
    const { id, operation } = await api.createPart({ kind: "port", name: "p", realm: "plain-a" });
    expect(await api.getOperation(operation ?? "")).toMatchObject({ kind: "createPart", target: id, state: "running" });
    await clock.advance(100);
    await api.removePart(id);
    expect(await told(api, { target: id })).toEqual(["createPart done", "removePart done"]);
  });

  test("they are listed in pages, by what they are about and how they stand, and forgotten after a while", async () => {
    const { clock, api, operator } = await cloudWith({ ...SLOW, pageSize: 2, operationsKeptMs: 60_000 });
    for (const name of ["a", "b", "c"]) await api.create({ ...MEDIUM, name });
    const first = await api.listOperations({});
    const last = await api.listOperations({ cursor: first.next ?? "" });
    expect([...first.operations, ...last.operations].map(({ name }) => name)).toEqual(["a", "b", "c"]);
    expect(last.next).toBeNull();
    expect(await told(api, { name: "b", state: "running" })).toEqual(["create running"]);
    operator.addFaults([{ on: "listOperations", do: { kind: "list_empty" } }]);
    expect(await told(api)).toEqual([]);
    await clock.advance(60_999);
    expect(await told(api, { name: "c" })).toEqual(["create done"]);
    await clock.advance(1);
    expect(await told(api)).toEqual([]);
    await expect(api.getOperation("plain-op-0001")).rejects.toMatchObject(refusal("not_found"));
  });

  test("other tenants' operations are not there", async () => {
    const { api, operator } = await cloudWith({
      tenants: ["plain", "other"].map((name) => ({ name, key: `${name}-key` })),
    });
    operator.plant("other", MEDIUM);
    expect(await told(api)).toEqual([]);
    await expect(api.getOperation("plain-op-0001")).rejects.toMatchObject(refusal("not_found"));
  });
});

describe.each(WAYS)("%s: what fails after it was accepted", (_, way) => {
  const cloudWith = stagesBy(way);
  const fails = (on: FaultRule["on"], how: object = {}): FaultRule => ({
    on,
    do: { kind: "operation_fails", code: "insufficient_capacity", text: "no host", ...how },
  });

  test("a create: the machine is in error, and only the operation says why", async () => {
    const { clock, api, operator } = await cloudWith(SLOW);
    operator.addFaults([fails("create", { afterMs: 200 })]);
    const { id, operation } = await api.create(MEDIUM);
    await clock.advance(200);
    expect(await api.get(id)).toMatchObject({ state: "error", fault: null });
    const fault = { code: "insufficient_capacity", text: "no host" };
    expect(await api.getOperation(operation ?? "")).toMatchObject({ state: "failed", fault, endedAt: 1_000_200 });
  });

  test.each(["error", "stopped", "terminated", "nothing"] as const)("a create may leave it %s", async (shown) => {
    const { clock, api, operator, datacentre } = await cloudWith({ ...SLOW, lingerMs: 60_000 });
    operator.addFaults([fails("create", { shown, reason: "machine" })]);
    const { id } = await api.create(MEDIUM);
    await clock.advance(1000);
    const seen = await api.get(id).then(
      ({ state, fault }) => `${state}: ${fault?.text}`,
      () => "nothing",
    );
    expect(seen).toBe(shown === "nothing" ? "nothing" : `${shown}: no host`);
    expect(await told(api)).toEqual(["create failed: no host"]);
    expect(datacentre.billing.aliveNow()).toHaveLength(shown === "error" || shown === "stopped" ? 1 : 0);
  });

  test("as the settings of the cloud say, where the fault does not", async () => {
    const { clock, api, operator } = await cloudWith({
      ...SLOW,
      failures: { shown: "nothing", reason: "operation" },
      realms: [{ name: "plain-a", images: ["debian-12"], hosts: [{ cpu: 2, memoryMib: 4096, storageGib: 99 }] }],
      roomAt: "late",
    });
    operator.addFaults([{ on: "create", when: { name: "web" }, do: { kind: "boot_error" } }]);
    const { id } = await api.create(MEDIUM);
    await api.create(MEDIUM);
    await clock.advance(1000);
    await api.remove(id);
    await clock.advance(500);
    await api.create({ ...MEDIUM, name: "web" });
    await clock.advance(1000);
    expect(operator.snapshot().machines).toEqual([]);
    expect(await told(api)).toEqual([
      "create done",
      "create failed: There is no room for medium in plain-a at present",
      "remove done",
      "create failed: No valid host was found",
    ]);
  });

  test("a start: down again, and it may be tried once more", async () => {
    const { clock, api, operator } = await cloudWith({ ...SLOW, twoStep: true });
    const { id } = await api.create(MEDIUM);
    await clock.advance(2000);
    operator.addFaults([fails("start", { shown: "stopped" })]);
    await api.start(id);
    expect((await api.get(id)).state).toBe("pending");
    await clock.advance(1000);
    expect(await api.get(id)).toMatchObject({ state: "stopped", fault: null });
    expect(operator.snapshot().hosts[0]?.used.cpu).toBe(0);
    await api.start(id);
    await clock.advance(1000);
    expect(await told(api, { target: id })).toEqual(["create done", "start failed: no host", "start done"]);
  });

  test("a stop or a removal: the machine lives on as it was, and may be asked again", async () => {
    const { clock, api, operator } = await cloudWith(SLOW);
    const { id } = await api.create(MEDIUM);
    await clock.advance(1000);
    operator.addFaults([fails("stop", { afterMs: 100 }), fails("remove", { afterMs: 100 })]);
    for (const ask of [() => api.stop(id), () => api.remove(id)]) {
      expect((await ask()).state).toBe("stopping");
      await clock.advance(100);
      expect((await api.get(id)).state).toBe("running");
    }
    await api.remove(id);
    await clock.advance(500);
    expect(await told(api)).toEqual(["create done", "stop failed: no host", "remove failed: no host", "remove done"]);
  });

  test("one that fails to go while it boots comes up later", async () => {
    const { clock, api, operator } = await cloudWith(SLOW);
    operator.addFaults([fails("remove", { afterMs: 100 })]);
    const { id } = await api.create(MEDIUM);
    await api.remove(id);
    await clock.advance(1100);
    expect((await api.get(id)).state).toBe("running");
    const late = await cloudWith({ ...SLOW, roomAt: "late", scheduling: { kind: "fixed", ms: 200 } });
    late.operator.addFaults([fails("remove", { afterMs: 100 })]);
    await late.api.remove((await late.api.create(MEDIUM)).id);
    await late.clock.advance(1300);
    expect(late.operator.snapshot().hosts[0]?.used.cpu).toBe(2);
    const twoStep = await cloudWith({ ...SLOW, twoStep: true });
    twoStep.operator.addFaults([fails("remove")]);
    const copied = await twoStep.api.create(MEDIUM);
    await twoStep.api.remove(copied.id);
    await twoStep.clock.advance(2000);
    expect((await twoStep.api.get(copied.id)).state).toBe("stopped");
  });

  test("parts: in error or never there, or still there", async () => {
    const { api, operator } = await cloudWith();
    operator.addFaults([fails("createPart"), fails("createPart", { shown: "nothing" }), fails("removePart")]);
    const create = () => api.createPart({ kind: "address", name: "a", realm: "plain-a" });
    const [broken, gone] = [await create(), await create()];
    expect(await api.getPart(broken.id)).toMatchObject({ state: "error", fault: null });
    await expect(api.getPart(gone.id)).rejects.toMatchObject(refusal("not_found"));
    await api.removePart(broken.id);
    expect((await api.getPart(broken.id)).state).toBe("error");
    expect(await told(api)).toEqual([
      "createPart failed: no host",
      "createPart failed: no host",
      "removePart failed: no host",
    ]);
    await api.removePart(broken.id);
    expect((await api.listParts({})).parts).toEqual([]);
  });
});
