import { expect, test } from "vitest";
import { sampleBlueprint, sampleDeployment, sampleInstance, sampleMachine } from "../../ports/store.samples.ts";
import type { ResolvedOutput } from "../blueprint/model.ts";
import type { Machine } from "../machine.ts";
import { changed } from "../change/changed.testsuite.ts";
import { PAIR, up as running } from "../world/world.testsuite.ts";
import { outputsOf } from "./outputs.ts";

const output = (name: string, value: ResolvedOutput["value"], secret = false): ResolvedOutput => ({
  name,
  description: null,
  secret,
  value,
});
const address = { kind: "instance", instances: ["db"], attribute: "publicAddress" } as const;
const outputs = [
  output("url", [{ kind: "text", text: "http://" }, address]),
  output("pass", [{ kind: "parameter", name: "password" }], true),
  output("about", [{ kind: "deployment", attribute: "name" }]),
  output("own", [{ kind: "self", attribute: "name" }]),
];
const deployment = sampleDeployment({
  name: "blue",
  blueprint: sampleBlueprint({ outputs, parameters: { password: null } }),
});
const up = sampleMachine({ state: "made", publicAddress: "192.0.2.7" });

function told(machine: Machine | null, secrets: Record<string, string> = {}) {
  const db = sampleInstance({ name: "db", machine: machine?.id ?? null });
  const known = outputsOf({ deployment, instances: [db], revisions: [] }, machine === null ? [] : [machine], secrets);
  return Object.fromEntries(known.map(({ name, value, missing }) => [name, value ?? { missing }]));
}

test("while an update comes up beside what is there, outputs are those of what is there", () => {
  const blueprint = { ...PAIR, outputs: [output("web", [{ ...address, instances: ["web"], attribute: "id" }])] };
  const world = running(blueprint);
  const said = () => outputsOf(world.snapshot(), [...world.machines.values()], {}).map(({ value }) => value?.slice(-2));
  world.update(changed(blueprint, "web", { images: ["web:2"] }));
  expect([world.deployment.state, said()]).toEqual(["updating", ["t1"]]);
  world.bringUp("web");
  expect([world.deployment.state, said()]).toEqual(["updating", ["t2"]]);
});

test("outputs are known as soon as what they are made of is", () => {
  expect(told(up, { password: "hunter22" })).toEqual({
    url: "http://192.0.2.7",
    pass: "hunter22",
    about: "blue",
    own: { missing: "self.name" },
  });
});

test("a machine that is not there, or on its way out, has no address for anybody", () => {
  const missing = { url: { missing: "db.publicAddress" }, pass: { missing: "params.password" }, about: "blue" };
  expect(told(null)).toMatchObject(missing);
  expect(told({ ...up, publicAddress: null })).toMatchObject(missing);
  expect(told({ ...up, undoAskedAt: 7 })).toMatchObject(missing);
  expect(told({ ...up, state: "gone" })).toMatchObject(missing);
});
