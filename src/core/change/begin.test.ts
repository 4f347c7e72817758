import { expect, test } from "vitest";
import { MACHINES_MOST } from "../decision/repair.ts";
import { sampleMachine, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { machineId } from "../ids.ts";
import { askReboot } from "../people/reboot.ts";
import { recordProbe } from "../world/record.ts";
import { changed } from "./changed.testsuite.ts";
import { by, fails, launched, PAIR, up } from "../world/world.testsuite.ts";

const NEW_WEB = changed(PAIR, "web", { images: ["web:2"] });

test("what is not up, and what is on its way, is not updated", () => {
  expect(launched(PAIR).update(NEW_WEB)).toMatch(/is pending and only one that is up can be updated/);
  const world = up(PAIR);
  world.see("web", "stopped");
  world.instances = world.instances.map((row) => (row.name === "web" ? { ...row, runningAt: null } : row));
  expect(world.update(NEW_WEB)).toMatch(/cannot be updated while web is on its way; wait/);
  world.instances = world.instances.map((row) => (row.name === "web" ? { ...row, state: "running" } : row));
  expect(world.update(NEW_WEB)).toMatch(/while web is on its way/);
  world.instances = world.instances.map((row) => (row.name === "web" ? { ...row, state: "shutting_down" } : row));
  expect(world.update(NEW_WEB)).toMatch(/while web is on its way/);
});

test("its revision keeps what it changes and why, whatever comes of it", () => {
  const world = up(PAIR);
  expect(world.update(NEW_WEB)).toBeNull();
  const changes = [{ name: "web", change: "replace", reasons: [expect.stringContaining("image")] }];
  expect(world.revisions.map((one) => one.changes)).toEqual([[], changes]);
  world.answer("web", fails());
  world.haulBack();
  expect(world.revisions[1]).toMatchObject({ outcome: "failed", changes });
});

test("what is being rebooted is not updated, nor is anything beside it, until that is over", () => {
  const world = up(PAIR);
  world.ask(askReboot(world.snapshot(), { ...by(world), instance: "db" }));
  expect(world.update(NEW_WEB)).toMatch(/cannot be updated while db is being rebooted; wait until that is over$/);
  world.answer("db", { kind: "rebooted" });
  expect(world.update(NEW_WEB)).toMatch(/while db is being rebooted/);
  for (const state of ["stopped", "running"] as const) {
    world.pass(1);
    world.see("db", state);
  }
  expect(world.update(NEW_WEB)).toBeNull();
});

test("one that is told by its live check alone to be dead is replaced, though its cloud shows it running", () => {
  const world = up(PAIR);
  world.instances = world.instances.map((row) =>
    row.name === "web" ? { ...row, readyAt: null, deadSince: world.now, missed: 3 } : row,
  );
  expect(world.update(PAIR)).toBeNull();
  expect(world.instance("web")).toMatchObject({ state: "pending", deadSince: null });
});

test("a protected member is named, and nothing begins", () => {
  const world = up(changed(PAIR, "web", { protect: true }));
  const before = world.events.length;
  const after = changed(NEW_WEB, "web", { protect: true });
  expect(world.update(after)).toMatch(/web is protected, and would be replaced or removed/);
  expect(world.events).toHaveLength(before);
  expect(world.update(after, { allowReplace: ["web"] })).toBeNull();
});

test("what has no place beside what is there is refused with the reason", () => {
  const world = up(PAIR);
  const cap = { ...NEW_WEB, policy: { ...PAIR.policy, maxHourlyMicros: 25_000 } };
  expect(world.update(cap)).toMatch(
    /account east has no place for what is new beside what is there: .*launch.maxHourly/,
  );
});

test("a member whose names are used up is not replaced any more", () => {
  const world = up(PAIR);
  const old = {
    deployment: world.deployment.id,
    instance: "web",
    attemptNo: 1,
    state: "gone",
    call: null,
    callAt: null,
  } as const;
  for (let no = 2; no <= MACHINES_MOST; no += 1) {
    const id = machineId(`sw-${world.deployment.id}-a1-web-t${no}`);
    world.machines.set(id, sampleMachine({ ...old, id }));
  }
  expect(world.update(NEW_WEB)).toMatch(/names that machines of web can have in this deployment are used up/);
});

test("one that its cloud alone is to tell of is ready as it is; one that is to call home is another machine", () => {
  const tried = changed(PAIR, "web", { ready: { kind: "tcp", port: 80 } });
  const world = up(PAIR);
  world.update(tried);
  world.tell((draft) => recordProbe(draft, { machine: world.machineOf("web").id, passed: true }));
  world.settle();
  expect(world.update(PAIR)).toBeNull();
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 3 });
  expect(world.update(changed(PAIR, "web", { ready: { kind: "callback" } }))).toBeNull();
  expect([world.deployment.state, world.instance("web").state]).toEqual(["updating", "pending"]);
});

test("a member that is added anew takes its next number", () => {
  const world = up(PAIR);
  const [db] = PAIR.instances;
  world.update({ ...PAIR, instances: db === undefined ? [] : [db] });
  world.haulBack();
  world.update({ ...PAIR, instances: [...(db === undefined ? [] : [db]), sampleResolvedInstance({ name: "web" })] });
  expect(world.machineOf("web").id).toMatch(/web-t2$/);
  world.bringUp("web");
  expect(world.deployment).toMatchObject({ state: "running", revisionNo: 3 });
});
