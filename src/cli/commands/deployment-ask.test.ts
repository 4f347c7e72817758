import { describe, expect, test } from "vitest";
import { at, sampleDeployment, sampleInstance } from "../replies.samples.ts";
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
    const shown = { json: sampleDeployment({ state, eventNo: 1, instances: [sampleInstance({ state: "error" })] }) };
    await using stand = await standWith({
      [`POST /v1/deployments/shop/${below}`]: shown,
      [`GET /v1/deployments/${ID}`]: shown,
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(1, "failed")]),
    });
    expect((await stand.run([...argv, "--wait"])).exitCode).toBe(code);
  });

  test.each([
    sampleInstance({ state: "shutting_down" }),
    sampleInstance({ state: "pending", step: "boot" }),
    sampleInstance({ state: "new" }),
    sampleInstance({ state: "running", ready: true }),
  ])("retry waits while its instance is under way, and shows the steps from the request on", async (busy) => {
    const over = sampleInstance({ state: "running", ready: true });
    const told = (eventNo: number, instance: typeof busy, state: "incomplete" | "running") => ({
      json: sampleDeployment({ state, eventNo, instances: [instance] }),
    });
    await using stand = await standWith({
      "POST /v1/deployments/shop/instances/db/retry": told(8, busy, "incomplete"),
      [`GET /v1/deployments/${ID}`]: [told(8, busy, "incomplete"), told(9, over, "running")],
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(8, "incomplete"), moved(9, "running")]),
    });
    const { exitCode, out } = await stand.run(["retry", "shop", "db", "--watch"]);
    expect({ exitCode, numbers: out.match(/^ +\d+/gm)?.map(Number) }).toEqual({ exitCode: 0, numbers: [8, 9] });
    expect(stand.requests.at(2)?.headers["last-event-id"]).toBe("7");
  });

  test("stop waits for what it asked, not for the state before", async () => {
    const asked = { json: sampleDeployment({ state: "running", eventNo: 8, stopAskedAt: at(7) }) };
    const over = { json: sampleDeployment({ state: "stopped", eventNo: 9, stopAskedAt: at(7) }) };
    await using stand = await standWith({
      "POST /v1/deployments/shop/stop": asked,
      [`GET /v1/deployments/${ID}`]: [asked, over],
      [`GET /v1/deployments/${ID}/stream`]: streaming([moved(8, "running"), moved(9, "pending")]),
    });
    expect((await stand.run(["stop", "shop", "--wait"])).exitCode).toBe(0);
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

  test("a delete that is refused does not keep the others", async () => {
    await using stand = await standWith({
      "DELETE /v1/deployments/blue": problem("not_found", "There is no deployment blue."),
      "DELETE /v1/deployments/shop": { json: sampleDeployment() },
      "DELETE /v1/deployments/green": problem("not_found", "There is no deployment green."),
    });
    expect(await stand.run(["rm", "blue", "shop", "green"])).toMatchObject({
      exitCode: 2,
      out: "shop is being deleted\n",
      err: "slipway: There is no deployment blue.\n  There is no deployment green.\n",
    });
  });
});
