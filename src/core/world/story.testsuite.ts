// Whether the events of a world tell what its rows say.

import { expect } from "vitest";
import type { World } from "./world.testsuite.ts";

/** States rebuilt from the events alone equal the rows. */
export function checkStory(world: World): void {
  let state = "new";
  const instances = new Map(world.instances.map(({ name }) => [name, "new"]));
  const machines = new Map<string, string>();
  for (const { body } of world.events) {
    if (body.kind === "deployment_moved") {
      expect(body.from).toBe(state);
      state = body.to;
    } else if (body.kind === "instance_moved") {
      expect(body.from).toBe(instances.get(body.instance));
      instances.set(body.instance, body.to);
    } else if (body.kind === "machine_moved") {
      expect(body.from).toBe(machines.get(body.machine) ?? "intent");
      machines.set(body.machine, body.to);
    }
  }
  expect(world.deployment.state).toBe(state);
  for (const { name, state: now } of world.instances) expect(now).toBe(instances.get(name));
  for (const { id, state: now } of world.machines.values()) expect(now).toBe(machines.get(id) ?? "intent");
}
