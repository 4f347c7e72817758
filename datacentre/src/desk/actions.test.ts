// What may be done in which state, on either way.

import { describe, expect, test } from "vitest";
import { createDatacentre } from "../datacentre.ts";
import { plainCloud } from "../presets.ts";
import type { CloudSettings } from "../settings.ts";
import type { TenantApi } from "../tenant-api.ts";
import { VirtualClock } from "../virtual-clock.ts";
import { ACCESS, MEDIUM, refusal, stagesBy, WAYS } from "../ways.testsuite.ts";
import { type Action, ACTIONS, actionsOf } from "./actions.ts";

const SLOW: Partial<CloudSettings> = {
  boot: { kind: "fixed", ms: 1000 },
  stopping: { kind: "fixed", ms: 300 },
  removal: { kind: "fixed", ms: 500 },
  imageCopy: { kind: "fixed", ms: 2000 },
};

/** What becomes of asking for it. */
function outcome(api: TenantApi, id: string, action: Action): Promise<string> {
  return api[action](id).then(
    ({ state }) => state,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}

describe.each(WAYS)("%s: actions", (_, way) => {
  const cloudWith = stagesBy(way);

  test("what is asked of a machine that is there already is accepted, or refused", async () => {
    for (const [repeatedActions, answers] of [
      ["accept", ["running", "stopping", "stopped"]],
      ["refuse", ["plain-0001 is running already", "plain-0001 is stopping already", "plain-0001 is stopped already"]],
    ] as const) {
      const { clock, api } = await cloudWith({ ...SLOW, repeatedActions });
      const { id } = await api.create(MEDIUM);
      await clock.advance(1000);
      const told = [await outcome(api, id, "start")];
      await api.stop(id);
      told.push(await outcome(api, id, "stop"));
      await clock.advance(300);
      told.push(await outcome(api, id, "stop"));
      expect(told).toEqual(answers);
    }
  });

  test("there may be states in which nothing can be done, as at Deltacloud", async () => {
    const { clock, api } = await cloudWith({ ...SLOW, actionlessStates: ["pending", "stopping"] });
    const { id } = await api.create(MEDIUM);
    for (const action of ACTIONS) {
      expect(await outcome(api, id, action)).toBe("plain-0001 is pending: nothing can be done with it");
    }
    await clock.advance(1000);
    await api.stop(id);
    await expect(api.remove(id)).rejects.toMatchObject(refusal("wrong_state"));
    await clock.advance(300);
    await api.remove(id);
  });

  test("what runs may have to be stopped first, as at oVirt", async () => {
    const { clock, api, operator } = await cloudWith({ ...SLOW, twoStep: true, removeFrom: "stopped" });
    const { id } = await api.create(MEDIUM);
    await expect(api.remove(id)).rejects.toMatchObject(refusal("locked"));
    await clock.advance(2000);
    await api.start(id);
    for (const _state of ["pending", "running"]) {
      await expect(api.remove(id)).rejects.toMatchObject(refusal("wrong_state"));
      await clock.advance(1000);
    }
    expect(await outcome(api, id, "remove")).toBe("plain-0001 is running: it must be stopped first");
    await api.stop(id);
    await clock.advance(300);
    expect((await api.remove(id)).state).toBe("stopping");
    expect((await api.remove(id)).state).toBe("stopping");
    await clock.advance(500);
    const second = await api.create(MEDIUM);
    operator.kill(second.id, { to: "error" });
    await api.remove(second.id);
  });

  test("a reboot: it runs on, its services are away for a time, and its operation ends", async () => {
    const { clock, api, operator } = await cloudWith({ ...SLOW, serviceDelay: { kind: "fixed", ms: 100 } });
    const { id } = await api.create(MEDIUM);
    await expect(api.reboot(id)).rejects.toMatchObject(refusal("wrong_state"));
    await clock.advance(1100);
    const listens = () => api.probe(id, { kind: "tcp", port: 22 });
    expect(await listens()).toBe("open");
    const { state, operation } = await api.reboot(id);
    expect([state, await listens()]).toEqual(["running", "closed"]);
    await clock.advance(1000);
    expect(await api.getOperation(operation ?? "")).toMatchObject({ kind: "reboot", state: "done" });
    await clock.advance(100);
    expect(await listens()).toBe("open");
    expect((await api.console(id)).match(/Booting/g)).toHaveLength(2);

    operator.addFaults([
      { on: "reboot", do: { kind: "operation_fails", afterMs: 50, text: "no" } },
      { on: "reboot", do: { kind: "not_listening" } },
    ]);
    const failed = await api.reboot(id);
    await clock.advance(50);
    expect(await api.getOperation(failed.operation ?? "")).toMatchObject({ state: "failed", fault: { text: "no" } });
    expect(await listens()).toBe("open");
    const overtaken = await api.reboot(id);
    await api.stop(id);
    await clock.advance(5000);
    expect((await api.getOperation(overtaken.operation ?? "")).state).toBe("failed");
    await api.start(id);
    await clock.advance(5000);
    expect(await listens()).toBe("closed");
  });

  test("a reboot at a cloud that shows machines as stopped meanwhile: it runs again, or never", async () => {
    const { clock, api, operator } = await cloudWith({ ...SLOW, rebootsAs: "stopped" });
    const { id } = await api.create(MEDIUM);
    await clock.advance(1000);
    const { operation } = await api.reboot(id);
    const shown = async () => [(await api.get(id)).state, (await api.getOperation(operation ?? "")).state];
    expect(await shown()).toEqual(["stopped", "running"]);
    await clock.advance(1000);
    expect(await shown()).toEqual(["running", "done"]);

    operator.addFaults([{ on: "reboot", do: { kind: "never_boot" } }]);
    await api.reboot(id);
    await clock.advance(60_000);
    expect((await api.get(id)).state).toBe("stopped");
    await api.start(id);
    await clock.advance(1000);
    await api.reboot(id);
    await api.remove(id);
    await clock.advance(5000);
    await expect(api.get(id)).rejects.toMatchObject(refusal("not_found"));
  });

  test("a console may come late, show something else, or not be there", async () => {
    const { clock, api, operator } = await cloudWith({ consoleDelayMs: 60_000 });
    const { id } = await api.create(MEDIUM);
    expect(await api.console(id)).toBe("");
    await clock.advance(60_000);
    expect(await api.console(id)).toContain("db login:");
    operator.addFaults([{ on: "console", do: { kind: "console_text", text: "\u001b[31mred" } }]);
    expect(await api.console(id)).toBe("\u001b[31mred");
    const none = await cloudWith({ hasConsole: false });
    const machine = await none.api.create(MEDIUM);
    await expect(none.api.console(machine.id)).rejects.toMatchObject({ message: "This cloud shows no consoles" });
  });
});

test("a face may show which actions a machine has now", async () => {
  const clock = new VirtualClock();
  const settings = plainCloud({ ...SLOW, actionlessStates: ["pending"], removeFrom: "stopped" });
  const datacentre = createDatacentre({ clouds: [settings], clock });
  const api = datacentre.connect(ACCESS);
  const door = datacentre.door({ lostAnswers: "reject", signal: new AbortController().signal });
  const { id } = await api.create(MEDIUM);
  const actions = () =>
    door.ask(ACCESS, { operation: "get", id }, ({ cloud }) => {
      const machine = cloud.machines.get(id);
      return machine === undefined ? [] : actionsOf(cloud, machine);
    });
  expect(await actions()).toEqual([]);
  await clock.advance(1000);
  expect(await actions()).toEqual(["stop", "reboot"]);
  await api.stop(id);
  expect(await actions()).toEqual([]);
  await clock.advance(300);
  expect(await actions()).toEqual(["start", "remove"]);
});
