import { expect, test } from "vitest";
import { up } from "../world/world.testsuite.ts";
import { formerIn } from "./former.ts";
import { DEFAULT_REPAIR } from "../blueprint/model.ts";
import { bringUpAt, repair, shop } from "./repair.testsuite.ts";

function changed() {
  const world = up(shop(DEFAULT_REPAIR));
  world.pass(1_000);
  repair(world, "db");
  world.haulBack();
  bringUpAt(world, "db", "10.0.0.8");
  const [, web] = world.deployment.blueprint.instances;
  if (web === undefined) throw new Error("there is no web");
  return { rows: { instances: world.instances, machines: [...world.machines.values()] }, web };
}

test("user data tells about a former machine by its address or its id, and never by its name", () => {
  const { rows, web } = changed();
  expect(formerIn(web, rows)).toEqual(["db"]);
  const told = (attribute: "id" | "publicAddress" | "name") =>
    formerIn({ ...web, userData: [{ kind: "instance", instances: ["db"], attribute }] }, rows);
  expect(told("id")).toEqual(["db"]);
  expect(told("publicAddress")).toEqual([]);
  expect(told("name")).toEqual([]);
});

test("who has no machine was told nothing, and nothing is said of who is not there", () => {
  const { rows, web } = changed();
  expect(formerIn({ ...web, name: "nobody" }, rows)).toEqual([]);
  const instances = rows.instances.map((one) => (one.name === "web" ? { ...one, machine: null } : one));
  expect(formerIn(web, { ...rows, instances })).toEqual([]);
  expect(formerIn({ ...web, userData: [{ kind: "instance", instances: ["nobody"], attribute: "id" }] }, rows)).toEqual(
    [],
  );
});
