import { describe, expect, test } from "vitest";
import { fails, launched, PAIR, sight, TRAITS, type World } from "../world/world.testsuite.ts";
import { type CallOutcome, recordCalls, recordSeen } from "../world/record.ts";
import { record, recordAndDecide, type Told } from "./follow.ts";

function told(world: World, recording: Told["recording"]): Told {
  return { snapshot: world.snapshot(), now: world.now, recording };
}

function answered(world: World, outcome: CallOutcome): Told {
  const machine = world.machineOf("db");
  const call = world.claim(machine);
  const answer = { machine: machine.id, call, outcome, askedAt: world.now, traits: TRAITS };
  return told(world, (draft) => recordCalls(draft, [answer]));
}

/** The first of two is made, and has not been seen to run. */
function made(): World {
  const world = launched(PAIR);
  world.answer("db", { kind: "created", observed: sight(world.machineOf("db"), "pending") });
  return world;
}

const seenRunning = (world: World): Told => {
  const machine = world.machineOf("db");
  return told(world, (draft) => recordSeen(draft, [{ machine: machine.id, observed: sight(machine, "running") }]));
};

describe("what is told", () => {
  test("is written with what follows from it, each row once", () => {
    const world = made();
    const waves = recordAndDecide(seenRunning(world), world.around())?.waves ?? [];
    expect(waves).toHaveLength(1);
    expect(waves[0]?.instances.map(({ name, state }) => [name, state])).toEqual([
      ["db", "running"],
      ["web", "pending"],
    ]);
    expect(waves[0]?.newMachines.map(({ machine }) => machine.instance)).toEqual(["web"]);
    expect(waves[0]?.deployment.wakeAt).toBeGreaterThan(world.now);
  });

  test("leads to what two transactions would have led to", () => {
    const [together, apart] = [made(), made()];
    together.apply(recordAndDecide(seenRunning(together), together.around())?.waves ?? []);
    apart.apply(record(seenRunning(apart)));
    apart.settle();
    expect(together.snapshot()).toEqual(apart.snapshot());
    expect(together.events).toEqual(apart.events);
  });

  test("leaves the choice of another account to a decision under the accounts' locks", () => {
    const world = launched(PAIR);
    const refused = answered(world, fails({ class: "capacity" }));
    expect(recordAndDecide(refused, world.around())).toBeNull();
    expect(record(refused)[0]?.deployment.wakeAt).toBe(world.now);
  });

  test("says how things stood once it was recorded", () => {
    const world = made();
    const before = recordAndDecide(seenRunning(world), world.around())?.before;
    expect(before?.instances.map(({ state }) => state)).toEqual(["running", "new"]);
    expect(before?.machines).toHaveLength(1);
  });
});
