import { describe, expect, test } from "vitest";
import { sampleBlueprint, sampleResolvedInstance } from "../../ports/store.samples.ts";
import type { DeploymentState } from "../states.ts";
import { timeText } from "../story/times.ts";
import { by, PAIR, up, type World } from "../world/world.testsuite.ts";
import { inState } from "./in-state.testsuite.ts";
import { askReboot } from "./reboot.ts";
import { askRepair } from "./requests.ts";

const reboot = (world: World, instance: string): string | null =>
  world.ask(askReboot(world.snapshot(), { ...by(world), instance }));

const UP = "; only members of one that is up";

describe("a reboot", () => {
  test.each<[DeploymentState, string, string | null]>([
    ["new", "new", UP],
    ["pending", "pending", UP],
    ["running", "running", null],
    ["incomplete", "running", null],
    ["updating", "running", UP],
    ["reverting", "running", UP],
    ["rollback_in_progress", "shutting_down", UP],
    ["rollback_complete", "shutting_down", UP],
    ["rollback_failed", "shutting_down", UP],
    ["shutting_down", "shutting_down", UP],
    ["stopped", "stopped", UP],
    ["failed", "new", UP],
  ])("in %s", (state, member, why) => {
    const world = inState(state);
    const { name } = world.deployment;
    const said = reboot(world, "db");
    expect(said).toBe(why === null ? null : `deployment ${name} is ${state} and cannot reboot db (${member})${why}`);
    expect(world.kinds().includes("reboot_asked")).toBe(why === null);
  });

  test("of a member that stands still, that is on its way up or being replaced, and of nobody, is refused", () => {
    const world = inState("incomplete");
    const { name } = world.deployment;
    expect(reboot(world, "web")).toBe(
      `deployment ${name} is incomplete and cannot reboot web (stopped); only what runs can be rebooted`,
    );
    expect(reboot(world, "wbe")).toContain(`has no instance wbe`);
    world.instances = world.instances.map((one) => (one.name === "db" ? { ...one, readyAt: null } : one));
    expect(reboot(world, "db")).toBe(
      `deployment ${name} is incomplete and cannot reboot db (running): it is not up yet`,
    );
    world.ask(askRepair(world.snapshot(), { ...by(world), instances: ["web"], allowReplace: [] }));
    expect(reboot(world, "web")).toMatch(/cannot reboot web \(\w+\): it is being replaced$/);
  });

  test("asked for once more before its cloud has answered is the same one, and afterwards refused for a while", () => {
    const world = up(PAIR);
    reboot(world, "web");
    const told = world.events.length;
    expect(reboot(world, "web")).toBeNull();
    expect(world.events).toHaveLength(told);
    world.answer("web", { kind: "rebooted" });
    const until = Number(world.machineOf("web").rebootUntil);
    expect(reboot(world, "web")).toContain(
      `cannot reboot web (running): it is being rebooted, and may be again from ${timeText(until)}`,
    );
    world.pass(until - world.now);
    world.answer("web", { kind: "looked", observed: world.seen("web") });
    expect(reboot(world, "web")).toBeNull();
  });

  test("asked for once more while its deployment is stopped is refused", () => {
    const world = up(PAIR);
    reboot(world, "web");
    world.claim(world.machineOf("web"));
    world.deployment = { ...world.deployment, stopAskedAt: world.now };
    expect(reboot(world, "web")).toContain(`cannot reboot web (running)${UP}`);
  });

  test("is held up by no protection: the machine stays", () => {
    const instances = [sampleResolvedInstance({ name: "web", protect: true })];
    const world = up(sampleBlueprint({ instances }));
    expect(reboot(world, "web")).toBeNull();
  });
});
