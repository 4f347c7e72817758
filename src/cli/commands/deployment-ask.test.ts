import { describe, expect, test } from "vitest";
import { sampleDeployment } from "../replies.samples.ts";
import { moved, problem, standWith, streaming } from "../stand.samples.ts";

const ID = sampleDeployment().id;

describe("asking", () => {
  test.each([
    [["cancel", "shop"], "failed", 0],
    [["cancel", "shop"], "running", 1],
    [["stop", "shop"], "stopped", 0],
    [["retry-rollback", "shop"], "failed", 0],
    [["retry-rollback", "shop"], "rollback_failed", 1],
    [["retry", "shop", "db"], "incomplete", 4],
  ] as const)("%j --wait that ends %s exits with %i", async (argv, state, code) => {
    const [verb, ...rest] = argv;
    const below = rest.length > 1 ? `instances/${rest[1]}/${verb}` : verb;
    const shown = { json: sampleDeployment({ state, eventNo: 1, instances: [] }) };
    await using stand = await standWith({
      [`POST /v1/deployments/shop/${below}`]: shown,
      [`GET /v1/deployments/${ID}`]: shown,
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "failed")]),
    });
    expect((await stand.run([...argv, "--wait"])).exitCode).toBe(code);
  });

  test("a delete that comes too early says how to stop first", async () => {
    const refusal = problem("not_in_this_state", "Deployment shop is running.");
    await using stand = await standWith({ "DELETE /v1/deployments/shop": refusal });
    const { exitCode, err } = await stand.run(["rm", "shop"]);
    expect({ exitCode, err }).toEqual({
      exitCode: 1,
      err: "slipway: Deployment shop is running.\n  stop and delete it: slipway rm --stop shop\n",
    });
  });
});
