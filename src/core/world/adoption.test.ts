import { expect, test } from "vitest";
import { sampleBlueprint, sampleObserved, sampleResolvedInstance } from "../../ports/store.samples.ts";
import { accountId, machineIdOf } from "../ids.ts";
import type { Observed } from "../machine.ts";
import { changed } from "../change/changed.testsuite.ts";
import { adoption } from "./adoption.ts";
import { ALONE, launched, LOOSE, PAIR, sight, up, type World } from "./world.testsuite.ts";

const HOUR_MS = 3_600_000;

/** Put back from a backup, as a store does it: nothing goes on for an hour. */
function putBack(world: World): void {
  const resumedAt = world.now + HOUR_MS;
  world.deployment = { ...world.deployment, resumedAt, resumes: world.deployment.resumes + 1, wakeAt: world.now };
  world.settle();
}

function shown(world: World, instance: string, given: Partial<Observed> & { attempt?: number } = {}): Observed {
  const { attempt = 1, ...observed } = given;
  const name = machineIdOf({ deployment: world.deployment.id, attempt, instance, tryNo: 1 });
  return sampleObserved({ name, externalId: `ext-${name}`, realm: "east-1", state: "running", ...observed });
}

const adopted = (world: World, observed: Observed, account = "east") =>
  adoption(world.snapshot(), observed, {
    account: accountId(account),
    installation: "simulated0",
    now: world.now,
  });

test("a machine that a restored database has forgotten is the instance that was still to be launched, and is not asked for again", () => {
  const world = launched(PAIR);
  putBack(world);
  world.pass(1_000);
  expect(world.instance("web").state).toBe("new");
  world.apply(adopted(world, shown(world, "web")) ?? []);
  expect(world.instance("web")).toMatchObject({ state: "pending", tries: 1 });
  const row = world.machineOf("web");
  expect(row).toMatchObject({ state: "intent", call: "create", sentAt: world.now });
  expect(world.claim(row)).toBe("lookup");
  world.record(row, "lookup", { kind: "found", observed: [sight(row, "running")] });
  expect(world.machineOf("web")).toMatchObject({ state: "made", externalId: `ext-${row.id}` });
  expect(world.instance("web").state).toBe("running");
  world.bringUp("db");
  expect(world.deployment.state).toBe("pending");
  world.pass(HOUR_MS);
  expect(world.deployment.state).toBe("running");
});

test("one that has failed by then is launched anew with it", () => {
  const world = launched(LOOSE, { deployment: { partial: true } });
  world.bringUp("web");
  world.see("web", "error");
  expect(world.instance("web").state).toBe("error");
  putBack(world);
  const { id } = world.machineOf("web");
  world.machines.set(id, { ...world.machineOf("web"), state: "gone", call: null, callAt: null });
  const again = machineIdOf({ deployment: world.deployment.id, attempt: 1, instance: "web", tryNo: 2 });
  world.apply(adopted(world, shown(world, "web", { name: again })) ?? []);
  expect(world.instance("web")).toMatchObject({ state: "pending", machine: again });
});

test.each<[string, (world: World) => readonly [observed: Observed, account?: string]]>([
  ["its name says nothing", (world) => [shown(world, "web", { name: "sw-lost" })]],
  ["it is of another attempt", (world) => [shown(world, "web", { attempt: 2 })]],
  ["it is at another account", (world) => [shown(world, "web"), "west"]],
  ["it is in another realm", (world) => [shown(world, "web", { realm: "east-2" })]],
  ["there is no such instance", (world) => [shown(world, "cache")]],
  ["the instance has a machine", (world) => [shown(world, "db", {})]],
])("a machine is nobody's where %s", (_, given) => {
  const world = launched(PAIR);
  putBack(world);
  const [observed, account] = given(world);
  expect(adopted(world, observed, account)).toBeNull();
});

test("a machine is nobody's where its place is refused by now, where it calls home with what is forgotten, and where all goes down", () => {
  const refused = launched(PAIR);
  putBack(refused);
  refused.placements = refused.placements.map((row) => ({ ...row, refused: "offer" }));
  expect(adopted(refused, shown(refused, "web"))).toBeNull();
  const calling = sampleResolvedInstance({ name: "web", dependsOn: ["db"], ready: { kind: "callback" } });
  const called = launched(sampleBlueprint({ instances: [sampleResolvedInstance(), calling] }));
  putBack(called);
  expect(adopted(called, shown(called, "web"))).toBeNull();
  for (const wish of ["cancelAskedAt", "stopAskedAt"] as const) {
    const world = launched(PAIR);
    putBack(world);
    world.deployment = { ...world.deployment, [wish]: world.now };
    expect(adopted(world, shown(world, "web"))).toBeNull();
  }
});

test("a database that was never put back has forgotten nothing, and what runs lacks nobody", () => {
  const world = launched(PAIR);
  expect(adopted(world, shown(world, "web"))).toBeNull();
  const running = up(ALONE);
  putBack(running);
  expect(adopted(running, shown(running, "db"))).toBeNull();
});

test("a machine is nobody's while its instance waits in an update for the room of its former one", () => {
  const world = up(PAIR);
  const first = { images: ["web:2"], update: { order: "removeFirst" as const } };
  expect(world.update(changed(PAIR, "web", first))).toBeNull();
  expect(world.instance("web").state).toBe("new");
  putBack(world);
  const again = machineIdOf({ deployment: world.deployment.id, attempt: 1, instance: "web", tryNo: 2 });
  expect(adopted(world, shown(world, "web", { name: again }))).toBeNull();
});
