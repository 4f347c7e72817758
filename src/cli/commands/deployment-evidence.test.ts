import { expect, test } from "vitest";
import { at, sampleDeployment, sampleInstance, sampleMachine } from "../replies.samples.ts";
import { problem, standWith } from "../stand.samples.ts";

const deployment = sampleDeployment({
  instances: [sampleInstance({ name: "db" }), sampleInstance({ name: "web" })],
  machines: [sampleMachine({ id: "m1", instance: "db" }), sampleMachine({ id: "m2", instance: "web" })],
});
const script = {
  "GET /v1/deployments/shop": { json: deployment },
  "GET /v1/machines/m1/evidence": {
    json: { machine: "m1", at: at(0), fault: "no boot", console: "one\r\n\u001b[31mtwo" },
  },
  "GET /v1/machines/m2/evidence": problem("not_found", "Nothing was kept."),
};

test("evidence is that of the last machine of which any was kept, without what drives the terminal", async () => {
  await using stand = await standWith(script);
  const { exitCode, out } = await stand.run(["evidence", "shop"]);
  expect(exitCode).toBe(0);
  expect(out.split("\n").slice(0, 3)).toEqual([`# m1, kept ${at(0)}`, "# no boot", "one"]);
  expect(out).not.toContain("\u001b");
});

test("an instance without evidence and one that does not exist are told apart", async () => {
  await using stand = await standWith(script);
  const none = await stand.run(["evidence", "shop", "web"]);
  expect([none.exitCode, none.err]).toEqual([1, "slipway: nothing was kept of shop web\n"]);
  const misspelt = await stand.run(["evidence", "shop", "wbe"]);
  expect([misspelt.exitCode, misspelt.err]).toEqual([
    2,
    'slipway: in deployment shop there is no instance wbe: did you mean "web"? Instances: db, web.\n',
  ]);
});
