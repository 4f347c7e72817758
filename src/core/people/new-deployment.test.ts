import { expect, test } from "vitest";
import { sampleBlueprint, sampleDeployment } from "../../ports/store.samples.ts";
import { decide } from "../decision/decide.ts";
import { deploymentId } from "../ids.ts";
import { emptyMarket } from "../market/market.ts";
import { newDeployment } from "./new-deployment.ts";

const blueprint = sampleBlueprint();
const order = {
  id: deploymentId("dep1"),
  name: "shop",
  pool: "prod",
  blueprint,
  partial: true,
  relaunchOf: null,
  traceparent: null,
  seed: 7,
  by: "ann",
  now: 50,
};

test("a new deployment is due at once, with every instance of its blueprint and the event of who asked", () => {
  const { deployment, instances, events } = newDeployment(order);
  expect(deployment).toMatchObject({ name: "shop", pool: "prod", state: "new", wakeAt: 50, createdBy: "ann", seed: 7 });
  expect(Object.keys(deployment).toSorted()).toEqual(Object.keys(sampleDeployment()).toSorted());
  expect(instances.map(({ name, state, since, tries }) => [name, state, since, tries])).toEqual(
    blueprint.instances.map(({ name }) => [name, "new", 50, 0]),
  );
  expect(events).toEqual([
    {
      deployment: "dep1",
      no: deployment.eventNo,
      revision: 1,
      at: 50,
      body: { kind: "launch_asked", by: "ann", partial: true },
    },
  ]);
});

test("it can be decided as it is", () => {
  const { deployment, revision, instances } = newDeployment(order);
  const around = {
    market: emptyMarket("prod"),
    secrets: {},
    installation: "x",
    callbackBase: "http://x",
    nonce: () => "n",
  };
  const waves = decide(
    { deployment, instances, revisions: [revision], attempts: [], placements: [], machines: [] },
    50,
    around,
  );
  expect(waves.at(-1)?.deployment).toMatchObject({ state: "failed", eventNo: expect.any(Number) });
  expect(waves[0]?.events[0]).toMatchObject({ no: 2, revision: 1 });
  expect(waves.at(-1)?.revisions).toEqual([{ ...revision, endedAt: 50, outcome: "failed" }]);
});
