import { expect, test } from "vitest";
import { clockTime, plain } from "./print.ts";
import { sampleDeployment, sampleInstance } from "./replies.samples.ts";
import { treeLines } from "./tree.ts";

test("an instance that costs more than usual says why", () => {
  const instead = {
    realm: "east-1",
    size: "small",
    hourlyCost: 0.1,
    because: "capacity was refused: no room",
    at: "2026-11-22T23:10:00.000Z",
    takenHourlyCost: 0.2,
  };
  const taken = { realm: "east-1", size: "large", instead };
  const db = sampleInstance({ state: "running", ready: true, ...taken });
  const app = sampleInstance({ name: "app", state: "pending", ...taken });
  const web = sampleInstance({ name: "web", state: "running", ...taken });
  const frame = { now: 0, width: Infinity, height: Infinity, paint: plain };
  const text = treeLines(sampleDeployment({ instances: [db, app, web] }), frame).join("\n");
  const why = `on large at $0.2000 an hour (chosen at ${clockTime(Date.parse(instead.at))}), not small at $0.1000 an hour: capacity was refused: no room`;
  expect(text.split(why)).toHaveLength(4);
  expect(text).toContain(`running, ready, ${why}`);
});
