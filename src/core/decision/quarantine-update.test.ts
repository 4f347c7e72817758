// A machine in quarantine beside what its deployment does later: updates whose members make room, ways back, and ends of all kinds.

import { describe, expect, test } from "vitest";
import { DEFAULT_POLICY } from "../blueprint/model.ts";
import { changed } from "../change/changed.testsuite.ts";
import type { Machine } from "../machine.ts";
import { isHeld } from "../market/market.ts";
import { askCancel, askDelete, askStop } from "../people/requests.ts";
import { by, fails, openMachines, PAIR, up, type World } from "../world/world.testsuite.ts";
import { doesNotBoot, failed, keeping, KEPT_MS, releaseWeb, rowOf, told, upBeside } from "./quarantine.testsuite.ts";
import { anew, limited, members, updating, withPolicy } from "./remove-first.testsuite.ts";

const { undoMs } = DEFAULT_POLICY.deadlines;

const cancel = (world: World) => world.ask(askCancel(world.snapshot(), by(world)));
const stop = (world: World) => world.ask(askStop(world.snapshot(), by(world)));
const remove = (world: World) =>
  world.ask(askDelete(world.snapshot(), { ...by(world), stop: true, abandonDebt: false }));

/** What is held under whichever quota, of account, pool and user. */
function counted(world: World, { account }: Machine): unknown[] {
  const { poolHeld, accounts, users } = world.market();
  const own = accounts.find((one) => one.account.id === account);
  return [own?.held.instances ?? 0, poolHeld.instances ?? 0, users.at(-1)?.held.instances ?? 0];
}

/** The former `web` of an update that has it removed first. */
function leaves(world: World): Machine {
  const former = openMachines(world).find(({ instance, attemptNo }) => instance === "web" && attemptNo === 2);
  if (former === undefined) throw new Error("web has no machine that leaves");
  expect(former.undoAskedAt).not.toBeNull();
  world.seeMachine(former, "gone");
  return former;
}

describe("an update whose members make room keeps nothing itself", () => {
  test("its new machine that fails goes with its way back, and so does the former one that fails when it is launched again", () => {
    const world = up(keeping(PAIR));
    updating(keeping(anew(PAIR, "web")), world);
    world.seeMachine(world.machineOf("web"), "gone");
    const next = doesNotBoot(world, "web");
    expect(world.deployment.state).toBe("reverting");
    expect(rowOf(world, next)).toMatchObject({ quarantinedUntil: null, undoAskedAt: world.now });
    world.haulBack();
    const again = doesNotBoot(world, "web");
    expect(again.id).not.toBe(next.id);
    expect(rowOf(world, again).quarantinedUntil).toBeNull();
    expect(world.deployment).toMatchObject({ state: "incomplete", revisionNo: 1 });
    expect(told(world, "quarantine_begun")).toEqual([]);
  });
});

describe("a machine in quarantine beside an update whose members make room", () => {
  test("holds its own place all the time, and the update takes the former member's", () => {
    const { world, web } = upBeside();
    limited(world, 3);
    updating(keeping(anew(PAIR, "web")), world);
    expect(members(world)).toEqual(["db running ready", "web new"]);
    leaves(world);
    expect(world.market().poolHeld.instances).toBe(3);
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 2 });
    expect(rowOf(world, web)).toMatchObject({ state: "made", undoAskedAt: null });
    expect(world.placements.filter(isHeld).map(({ attempt, instance, no }) => `${attempt} ${instance} ${no}`)).toEqual([
      "1 web 1",
      "2 db 1",
      "2 web 2",
    ]);
  });

  test("counts in its plan: where there is room for one set and itself, only who makes room is updated", () => {
    const { world } = upBeside();
    limited(world, 3);
    const beside = changed(keeping(PAIR), "web", { images: ["web:2"] });
    expect(world.update(beside)).toContain("removeFirst");
    limited(world, 4);
    expect(world.update(beside)).toBeNull();
  });

  test("counts on the way back: who made room is launched again when there is room for both", () => {
    const { world, web } = upBeside();
    limited(world, 3);
    updating(keeping(anew(PAIR, "web")), world);
    leaves(world);
    // Somebody lowers the limit while the quarantine holds a place.
    limited(world, 2);
    world.answer("web", fails());
    expect(world.deployment).toMatchObject({ state: "incomplete", revisionNo: 1 });
    expect(world.deployment.failure).toContain("has no place left for it now");
    releaseWeb(world);
    world.pass(30_000);
    expect(world.instance("web").state).toBe("error");
    // Proven gone, and not only asked to go.
    world.seeMachine(rowOf(world, web), "gone");
    world.pass(30_000);
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1, failure: null });
  });

  test("counts in what all together may cost: a cap with room for one set and itself lets members make room", () => {
    const { world } = upBeside();
    const [cost = 0] = [...world.machines.values()].map(({ hourlyMicros }) => hourlyMicros ?? 0);
    const after = keeping(anew(PAIR, "web"), { maxHourlyMicros: 3 * cost });
    expect(world.update(withPolicy(after, { maxHourlyMicros: 3 * cost - 1 }))).not.toBeNull();
    expect(world.update(after)).toBeNull();
    leaves(world);
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 2 });
  });

  test("that vanishes meanwhile changes nothing of the members, and leaves its place to others", () => {
    const { world, web } = upBeside();
    updating(keeping(anew(PAIR, "web")), world);
    world.seeMachine(web, "gone");
    expect(told(world, "quarantine_ended")).toMatchObject([{ machine: web.id, why: "gone" }]);
    expect([world.deployment.state, members(world)]).toEqual(["updating", ["db running ready", "web new"]]);
    expect(world.released(1)).toBe(true);
    leaves(world);
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 2 });
  });

  test("stays when the update is cancelled, and whose machine made room is launched again beside it", () => {
    const { world, web } = upBeside();
    updating(keeping(anew(PAIR, "web")), world);
    cancel(world);
    leaves(world);
    world.bringUp("web");
    expect(world.deployment).toMatchObject({ state: "running", revisionNo: 1 });
    expect(rowOf(world, web)).toMatchObject({ undoAskedAt: null });
    expect(rowOf(world, web).quarantinedUntil).not.toBeNull();
    // A later launch's cancel is none of it either.
    world.pass(KEPT_MS);
    expect(told(world, "quarantine_ended")).toMatchObject([{ why: "time" }]);
  });

  test.each([
    ["stopped", stop],
    ["deleted", remove],
  ] as const)(
    "goes when the update is %s, while a member's former machine is on its way out, and after",
    (why, end) => {
      for (const isGone of [false, true]) {
        const { world, web } = upBeside();
        updating(keeping(anew(PAIR, "web")), world);
        if (isGone) leaves(world);
        expect(end(world)).toBeNull();
        expect(rowOf(world, web).undoAskedAt).toBe(world.now);
        expect(told(world, "quarantine_ended")).toMatchObject([{ machine: web.id, why }]);
        world.haulBack();
        expect([world.deployment.state, openMachines(world)]).toEqual(["stopped", []]);
        expect(world.placements.some(isHeld)).toBe(false);
        expect(world.deployment.deletedAt !== null).toBe(why === "deleted");
      }
    },
  );

  test.each([
    ["stopped", stop],
    ["deleted", remove],
  ] as const)("goes when it is %s on the way back, where who made room is launched again no more", (why, end) => {
    const { world, web } = upBeside();
    updating(keeping(anew(PAIR, "web")), world);
    leaves(world);
    world.answer("web", fails());
    expect(end(world)).toBeNull();
    expect(told(world, "quarantine_ended")).toMatchObject([{ machine: web.id, why }]);
    world.haulBack();
    expect([world.deployment.state, openMachines(world)]).toEqual(["stopped", []]);
    expect(world.placements.some(isHeld)).toBe(false);
  });

  test("of a member that an update takes away is kept all the same, and is released by its name", () => {
    const { world, web } = upBeside();
    const { instances, ...rest } = keeping(PAIR);
    expect(world.update({ ...rest, instances: instances.filter(({ name }) => name === "db") })).toBeNull();
    world.haulBack();
    expect([world.deployment.state, members(world)]).toEqual(["running", ["db running ready"]]);
    expect(rowOf(world, web).undoAskedAt).toBeNull();
    expect(releaseWeb(world)).toBeNull();
    world.haulBack();
    expect([rowOf(world, web).state, world.released(1), world.deployment.state]).toEqual(["gone", true, "running"]);
  });
});

describe("what a machine in quarantine takes", () => {
  test("counts for its account, its pool and its user until it is proven gone, also as debt", () => {
    const { world, web } = upBeside();
    limited(world, 9);
    world.userLimit = world.limit;
    expect(counted(world, web)).toEqual([1, 3, 3]);
    releaseWeb(world);
    expect(counted(world, web)).toEqual([1, 3, 3]);
    world.pass(undoMs);
    expect(rowOf(world, web).debtSince).toBe(world.now);
    expect(counted(world, web)).toEqual([1, 3, 3]);
    world.haulBack();
    expect(counted(world, web)).toEqual([0, 2, 2]);
  });

  test("counts of a launch that has failed, until its stop has it gone", () => {
    const { world, web } = failed(keeping(PAIR), ["east"]);
    world.haulBack();
    world.userLimit = world.limit;
    expect([world.deployment.state, counted(world, web)]).toEqual(["failed", [1, 1, 1]]);
    expect(stop(world)).toBeNull();
    expect(counted(world, web)).toEqual([1, 1, 1]);
    world.haulBack();
    expect([counted(world, web), world.deployment.wakeAt]).toEqual([[0, 0, 0], null]);
  });

  test("leaves the launch no room where limits allow one set alone: it ends there, and what is kept stays", () => {
    const { world, web } = failed();
    limited(world, 2);
    world.haulBack();
    expect(world.deployment.state).toBe("failed");
    expect(told(world, "no_account")).toMatchObject([
      { refused: [{ text: expect.stringContaining("tried before") }, { text: expect.stringContaining("pool") }] },
    ]);
    expect(rowOf(world, web)).toMatchObject({ state: "made", undoAskedAt: null });
  });
});
